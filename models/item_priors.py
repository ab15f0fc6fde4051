"""Priors of graded items and known item parameters, as declared in a spec; `models.item_parameters` registers them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import Field, Strict, model_validator

from data.common.declared import Declared, Level, Many, Name, Scale
from data.common.errors import InputError
from data.common.near import one_of

#: Posterior of the graded items on ATOP 5.1: the prior of runs whose treaties are too few to learn them.
KNOWN_ITEMS = Path(__file__).resolve().parent / "known_items.json"


LevelAndScale = Annotated[tuple[Level, Scale], Strict(False)]
"""Mean and SD of a normal distribution."""


class ItemPrior(Declared):
    """What is already known of one provision, from a posterior of earlier treaties.

    All entries are (mean, sd) of normal distributions.
    """

    loading: LevelAndScale = Field(description="loading, latent SDs of the response per SD of depth")
    threshold: LevelAndScale = Field(
        description="first threshold t[1]; Phi(-t[1]) is the share of treaties with the provision"
    )
    log_gap: Many[LevelAndScale] = Field(
        default=(),
        max_length=3,
        description="logarithms of the K - 2 distances between successive thresholds",
    )


class DepthPriors(Declared):
    """Proper priors of the graded measurement model; every default is visible here.

    Depth has mean 0 and standard deviation 1 over treaties; loadings are in standard
    deviations of the latent response per standard deviation of depth (1 means that
    depth explains half the variance of the response).
    """

    anchor_loading_median: Scale = Field(1.0, description="median of the lognormal loading of the anchor")
    anchor_loading_log_sd: Scale = Field(0.5, description="SD of the log loading of the anchor")
    loading_mean: Level = Field(0.8, description="mean of the other loadings (leans positive)")
    loading_sd: Scale = Field(0.8, description="SD of the other loadings")
    threshold_mean: Level = Field(
        1.0, description="mean of first thresholds; 1.0 is a provision in 16 % of treaties"
    )
    threshold_sd: Scale = Field(1.0, description="SD of first thresholds")
    gap_median: Scale = Field(0.4, description="median distance between successive thresholds")
    gap_log_sd: Scale = Field(0.75, description="SD of the log distance between thresholds")
    anchor: Name = Field("bases", description="the provision whose loading is lognormal, where it varies")
    sign: str = Field(
        "anchor",
        pattern="^(anchor|none)$",
        description="'anchor': lognormal anchor loading and positive sum of the others; "
        "'none': symmetric anchor prior and no constraint, to show what the first prevents",
    )
    items: dict[str, ItemPrior] = Field(
        default_factory=dict, description="informative priors by provision; the others keep the defaults"
    )

    @model_validator(mode="after")
    def _of_provisions(self) -> DepthPriors:
        if not self.items and self.anchor == "bases":
            return self
        from data.treaties.provisions import PROVISIONS  # readers of files, which a spec need not wait for

        for key, names in (("anchor", [self.anchor]), ("items", self.items)):
            for name in names:
                if name not in PROVISIONS:
                    raise InputError(f"the provision {name!r}", one_of(name, PROVISIONS), key=key)
        held = self.items.get(self.anchor)
        if held is not None and self.sign == "anchor" and held.loading[0] <= 0:
            found = f"a mean loading of {held.loading[0]:g}"
            raise InputError(found, "a positive one, of the anchor", key=f"items.{self.anchor}.loading")
        return self


def known_items(path: Path = KNOWN_ITEMS) -> DepthPriors:
    """Priors whose item parameters are the posterior of the graded model on ATOP 5.1.

    Means and standard deviations come from `coalition depth reference`; the file carries
    the release, treaties, seed and versions behind them. Correlations between items are
    left out: on the marginal scale of `models.items` they are small.
    """
    record = json.loads(path.read_text())
    return DepthPriors(items={name: ItemPrior(**item) for name, item in record["items"].items()})
