"""What prior and posterior predict, and what was seen; of shares alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from data.common.disk import load_netcdf
from figures import predictive
from models.outcomes import explained
from workflows.estimands.checks import observed
from workflows.pages.pictures._picture import Drawn, Picture

if TYPE_CHECKING:
    from workflows.run.run import Run


def pictures(run: Run) -> Iterator[Picture]:
    """One figure."""
    if not explained(run.joint.contribution.likelihood).of_forces:
        return
    seen = observed(run.joint)
    before, after = (
        load_netcdf(run.stage(stage) / file)["outcome"].values.reshape(-1, seen.size)
        for stage, file in (("prior", "prior_predictive.nc"), ("predictive", "posterior_predictive.nc"))
    )
    yield Picture(
        "predictive",
        "What prior and posterior predict, and what was seen",
        partial(predictive.predictive_check, seen, before, after),
        predictive.caption(seen, before, after),
        pd.DataFrame(predictive.predictive_summary(seen, after)).T.reset_index(names="statistic"),
        predictive.ALT,
    )


DRAWN = Drawn(50, "checks", pictures)
