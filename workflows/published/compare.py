"""The comparison on the headline effect: published, on this panel by least squares, and posterior."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from models.joint import Joint
from workflows.draws.summary import summarise
from workflows.estimands.headline import NAMES, linear_headline
from workflows.judge.identification import PHRASES, holding
from workflows.published.frequentist import estimate
from workflows.published.headline import COLUMNS, headline_rows, published_rows
from workflows.published.study import load_study


def posterior_rows(joint: Joint, headline: xr.Dataset) -> pd.DataFrame:
    """Headline rows of a posterior; columns of `workflows.published.headline.COLUMNS`."""
    out = []
    how = holding(joint.spec, joint.panel)
    tied = f"; {PHRASES[how]}" if how.startswith("tied") else ""
    for row in summarise(headline).to_dict("records"):
        if row["quantity"] == "headline_all_rows" and joint.panel.sizes["operation"] == 1:
            continue  # the same number as that of the one operation
        label = row["label"]
        mine = np.ones(joint.design.state.size, bool)
        if row["quantity"] == "headline_operation":
            mine = joint.panel["row_operation"].values == label
        likelihood = joint.contribution.likelihood.name.replace("_", " ")
        out.append(
            {
                "id": f"posterior:{row['quantity'].removeprefix('headline_')}"
                + (f":{label}" if label else ""),
                "label": f"{label or NAMES[row['quantity']]}: posterior",
                "group": "posterior",
                "parent": "panel:clustered",
                "headline": row["median"],
                "lower": row["lower"],
                "upper": row["upper"],
                "interval": row["interval"],
                "rows": int(mine.sum()),
                "states": len(np.unique(joint.design.state[mine])),
                "step": headline.attrs["step"],
                "similarity_held": headline.attrs["similarity_held"] == "True",
                "note": f"{joint.spec.depth.measurement} {likelihood}, {joint.spec.potential.kind} potential"
                + tied,
            }
        )
    return pd.DataFrame(out, columns=list(COLUMNS))


def panel_design(joint: Joint, potential: np.ndarray) -> tuple[pd.DataFrame, list[str]]:
    """The model's predictors as a regression table's: no effects but those of operations.

    Parameters
    ----------
    potential : ndarray, shape (row,)

    Returns
    -------
    frame, terms
        Columns ``share, ccode, year`` and the terms, ``potential`` first; controls in SD over the rows.
    """
    frame = pd.DataFrame({"share": joint.design.outcome.share, "potential": potential})
    frame["ccode"] = joint.panel["row_ccode"].values
    frame["year"] = joint.panel["row_year"].values
    terms = ["potential"]
    if joint.spec.contribution.hold_similarity:
        frame["similarity"] = joint.design.similarity
        terms.append("similarity")
    for k, name in enumerate(joint.model.coords["control"]):
        frame[name] = joint.design.controls[:, k]
        terms.append(name)
    operations = joint.panel["operation"].values
    for k, name in enumerate(operations[1:], start=1):
        frame[f"operation {name}"] = (joint.design.operation == k).astype(float)
        terms.append(f"operation {name}")
    return frame, terms


def panel_rows(joint: Joint, potential: np.ndarray, step: float) -> pd.DataFrame:
    """Headline by least squares on this very panel, depth plugged in, errors clustered by state.

    Parameters
    ----------
    potential : ndarray, shape (row,)
        Potential at the posterior mean of depth under measurement alone.
    step : float
    """
    frame, terms = panel_design(joint, potential)
    fit = estimate(frame, "share", terms, engine="ols", errors="clustered", unit="ccode", cluster="ccode")
    row = fit.of("potential")
    lower, middle, upper = (linear_headline(float(row[c]), step) for c in ("lower", "estimate", "upper"))
    return pd.DataFrame(
        [
            {
                "id": "panel:clustered",
                "label": "Least squares on this panel",
                "group": "this panel",
                "parent": "published:all_controls",
                "headline": middle,
                "lower": lower,
                "upper": upper,
                "interval": row["interval"],
                "rows": fit.n,
                "states": fit.units,
                "step": step,
                "similarity_held": joint.spec.contribution.hold_similarity,
                "note": "depth plugged in at its posterior mean under measurement alone; errors clustered by state",
            }
        ],
        columns=list(COLUMNS),
    )


def study_rows(study: str | None, data: Path | None) -> pd.DataFrame:
    """Headline rows of a published study: printed alone, or replicated and corrected from `data`."""
    if study is None:
        return pd.DataFrame(columns=list(COLUMNS))
    if data is None:
        return pd.DataFrame(published_rows(load_study(study)))
    return headline_rows(data, study)


def comparison(study: pd.DataFrame, panel: pd.DataFrame, posterior: pd.DataFrame) -> pd.DataFrame:
    """Put the parts of the comparison, of the same columns, under one another, in the order in which they are read."""
    parts = [part for part in (study, panel, posterior) if len(part)]
    return pd.concat(parts, ignore_index=True)
