"""Do embeddedness and potential matter beyond a general propensity to cooperate? Within and between states.

Poast's objection to Henke (2017): states that cooperate simply keep cooperating. Each predictor is split into a
state's long-run mean and its deviation from it (Mundlak 1978), and the propensity enters as varying states,
as the record of United Nations peacekeeping, or as both.
"""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from data.panel import open_panel
from models.joint import inside, known_potential
from models.spec import ModelSpec
from workflows.draws.summary import summarise
from workflows.run.listener import Listener
from workflows.run.run import Run
from workflows.series.bridge import panels
from workflows.series.bridge.embedded_panel import BETWEEN, RECORD, WITHIN
from workflows.series.bridge.estimands import of_poast
from workflows.series.bridge.rungs import NOT_POOLED, with_keys
from workflows.series.bridge.runs import RungRun
from workflows.spec.run import RunSpec, SamplingSpec
from workflows.store.store import Stage, Store

if TYPE_CHECKING:
    from workflows.series.bridge.bridge import Bridge

#: Propensity to cooperate: id to (label, varying states?, record of peacekeeping?).
PROPENSITY = {
    "none": ("no propensity", False, False),
    "record": ("peacekeeping record", False, True),
    "states": ("varying states", True, False),
    "both": ("varying states and peacekeeping record", True, True),
}
QUANTITIES = {
    "potential_within": ("Potential", "within states"),
    "potential_between": ("Potential", "between states"),
    WITHIN: ("Embeddedness", "within states"),
    BETWEEN: ("Embeddedness", "between states"),
    RECORD: ("Peacekeeping record", "as it stands"),
}
TABLE = (
    "propensity",
    "label",
    "predictor",
    "level",
    "headline",
    "lower",
    "upper",
    "interval",
    "step",
    "unit",
    "rows",
    "states",
    "excludes_zero",
    "passed",
)


def poast_test(bridge: Bridge) -> PoastTest | None:
    """The test on a bridge's panel; None where it is not asked for, or there are no data for it."""
    if bridge.data is None or not bridge.settings.poast:
        return None
    sampling = bridge.sampling("poast")
    return PoastTest(
        bridge.spec, bridge.store, bridge.panel_stage, bridge.measured, bridge.data, sampling, bridge.listener
    )


class PoastTest:
    """The four models of the test, each a run kept on disk.

    Parameters
    ----------
    spec : RunSpec
        Its model gives likelihood, depth and priors; treaties have no intercepts of their own here, because
        these would take the differences between states' depths.
    panel_stage : Stage
        The panel, without embeddedness.
    measured : Run
        Depth under measurement alone.
    """

    def __init__(
        self,
        spec: RunSpec,
        store: Store,
        panel_stage: Stage,
        measured: Run,
        data: Path,
        sampling: SamplingSpec,
        listener: Listener | None = None,
    ) -> None:
        self.spec, self.store, self.measured, self.data = spec, store, measured, data
        self.sampling, self.listener, self.source = sampling, listener, panel_stage

    @cached_property
    def panel_stage(self) -> Stage:
        """The panel with embeddedness and record."""
        inputs = {"panel": self.source.about["content"], "source": self.source.key}
        compute = partial(panels.keep_embedded, self.source / "panel.nc", self.data)
        return self.store.stage("panel-embedded", inputs, compute, (panels.__name__,))

    @cached_property
    def panel(self) -> xr.Dataset:
        """See `panel_stage`."""
        return open_panel(self.panel_stage / "panel.nc")

    def model(self, propensity: str) -> ModelSpec:
        """The model's spec under one account of the propensity to cooperate."""
        _, states, record = PROPENSITY[propensity]
        part = self.spec.model.contribution
        names = [str(n) for n in self.panel["control"].values if record or n != RECORD]
        return with_keys(
            self.spec.model,
            {
                **NOT_POOLED,
                "contribution.likelihood": part.likelihood,
                "contribution.operation_year_effects": part.operation_year_effects,
                "contribution.state_effects": states,
                "contribution.within_between": True,
                "contribution.controls": names,
            },
        )

    @cached_property
    def steps(self) -> dict[str, float]:
        """SD of potential within states, and of states' means, over the rows."""
        depth = self.measured.plug_in_depth if inside(self.panel).any() else np.zeros(0)
        values = pd.Series(known_potential(self.panel, self.model("none"), depth))
        average = values.groupby(self.panel["row_state"].values).transform("mean")
        return {
            "within_step": float((values - average).std(ddof=0)),
            "between_step": float(average.std(ddof=0)),
        }

    def run(self, propensity: str) -> RungRun:
        """The run of one model."""
        spec = self.spec.model_copy(
            update={
                "name": f"poast-{propensity}",
                "model": self.model(propensity),
                "sampling": self.sampling,
            }
        )
        return RungRun(
            spec,
            self.store.folder / "rungs",
            self.panel_stage,
            of_poast,
            self.steps,
            self.measured,
            self.listener,
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every effect under every account of the propensity; columns ``TABLE``."""
        return pd.concat([self._rows(name) for name in PROPENSITY], ignore_index=True)[list(TABLE)]

    def _rows(self, propensity: str) -> pd.DataFrame:
        run = self.run(propensity)
        spread = self.panel["controls"].std("row").to_series()
        steps = {
            "potential_within": self.steps["within_step"],
            "potential_between": self.steps["between_step"],
            **spread,
        }
        rows = summarise(run.effect).rename(columns={"median": "headline"})
        units = {"Potential": "of similarity (0-1)", "Embeddedness": "ties"}
        rows["step"] = rows["quantity"].map(steps)
        rows["predictor"], rows["level"] = zip(*rows["quantity"].map(QUANTITIES), strict=True)
        rows["unit"] = rows["predictor"].map(units).fillna("log(1 + persons)")
        return rows.assign(
            propensity=propensity,
            label=PROPENSITY[propensity][0],
            rows=self.panel.sizes["row"],
            states=self.panel.sizes["state"],
            excludes_zero=rows["lower"] * rows["upper"] > 0,
            passed=run.passed,
        )


def survivors(table: pd.DataFrame) -> list[str]:
    """What survives: for each predictor and level, whether its interval excludes zero, and under what."""
    lines = []
    for (predictor, level), rows in table.groupby(["predictor", "level"], sort=False):
        if predictor == QUANTITIES[RECORD][0]:
            continue
        lines.append(f"{predictor}, {level}: {_verdict(rows)}")
    return lines


def _verdict(rows: pd.DataFrame) -> str:
    failed = rows[~rows["passed"]]["label"]
    sound = rows[rows["passed"]]
    aside = f" (the gate failed with {', '.join(failed)})" if len(failed) else ""
    if sound.empty:
        return f"no model passed the gate.{aside}"
    every = "every model that passed the gate" if len(failed) else "every model"
    clear = sound[sound["excludes_zero"]]
    signs = set(np.sign(clear["headline"]))
    if clear.empty:
        return f"the interval includes zero in {every}.{aside}"
    word = "positive" if signs == {1.0} else "negative" if signs == {-1.0} else "of either sign"
    if len(clear) == len(sound) and len(signs) == 1:
        return (
            f"{word} in {every}: it survives each account of a propensity to cooperate that they give.{aside}"
        )
    unclear = sound[~sound["excludes_zero"]]["label"]
    text = f"{word} with {', '.join(clear['label'])}"
    return (
        f"{text}; the interval includes zero with {', '.join(unclear)}.{aside}"
        if len(unclear)
        else f"{text}.{aside}"
    )
