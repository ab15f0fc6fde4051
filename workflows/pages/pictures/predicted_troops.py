"""Predicted troops of the average military against potential; of shares alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytensor.tensor as pt
import xarray as xr

from figures import predicted_troops
from models.joint import Joint
from models.outcomes import explained
from workflows.draws.evaluate import evaluate
from workflows.draws.summary import INTERVAL_KIND, middle_and_ends
from workflows.estimands.headline import AVERAGE_ARMED_FORCES
from workflows.pages.pictures._picture import Drawn, Picture

if TYPE_CHECKING:
    from workflows.run.run import Run


def pictures(run: Run) -> Iterator[Picture]:
    """One figure, beside the linear models."""
    if not explained(run.joint.contribution.likelihood).of_forces:
        return
    posterior = run.fit.draws["posterior"].to_dataset()
    curves = predicted_table(run.joint, posterior, run.effect.attrs["step"], linear_models(run.headline))
    title = "Predicted troops against potential"
    yield Picture.of(predicted_troops, title, curves, armed_forces=AVERAGE_ARMED_FORCES)


def predicted_table(joint: Joint, draws: xr.Dataset, step: float, linear: dict[str, dict]) -> pd.DataFrame:
    """Predicted troops of the average military against a change of potential.

    Parameters
    ----------
    linear : mapping of label to {"estimate", "lower", "upper", "interval"}
        Linear models: share per unit of potential.
    """
    grid = np.linspace(-1.0, 1.0, 9)
    mean_share = float(joint.design.outcome.share.mean())
    rows = []
    for label, row in linear.items():
        for change in grid * step:
            ends = sorted((row["lower"] * change, row["upper"] * change))
            values = [mean_share + v for v in (row["estimate"] * change, *ends)]
            rows.append((label, change, *(AVERAGE_ARMED_FORCES * v for v in values), row["interval"]))
    expected = pt.stack([joint.contribution.expected(float(c * step)).mean() for c in grid])
    values = evaluate(joint, draws, {"troops": (expected, ("change",))}, most=1000)["troops"].values
    values = AVERAGE_ARMED_FORCES * values.reshape(-1, grid.size)
    for change, column in zip(grid * step, values.T, strict=True):
        lower, median, upper = middle_and_ends(column)
        rows.append(("Joint hierarchical model", change, median, lower, upper, INTERVAL_KIND))
    return pd.DataFrame(rows, columns=["label", "change", "troops", "lower", "upper", "interval"])


_ENDS = {"estimate": "headline", "lower": "lower", "upper": "upper"}


def linear_models(comparison: pd.DataFrame) -> dict[str, dict]:
    """The linear rows that Figure 3 sets beside the posterior: the study's last printed, and this panel's."""
    out = {}
    wanted = {
        "published:all_controls": "All Controls, as printed",
        "panel:clustered": "Least squares on this panel",
    }
    for key, label in wanted.items():
        row = comparison[comparison["id"] == key]
        if len(row):
            scale = AVERAGE_ARMED_FORCES * float(row["step"].iloc[0])
            values = {c: float(row[n].iloc[0]) / scale for c, n in _ENDS.items()}
            out[label] = {**values, "interval": row["interval"].iloc[0]}
    return out


DRAWN = Drawn(40, "potential", pictures)
