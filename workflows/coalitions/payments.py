"""Payments among those who took part: how unexpected the paid ones were, with what is unknown kept unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from models.coalition import CoalitionDesign
from workflows.coalitions.effects import predictor
from workflows.estimands.over_contribution import payments

SOUGHT = "sought or offered only"


def surprise(design: CoalitionDesign, rows: pd.DataFrame, posterior: xr.Dataset) -> pd.DataFrame:
    """Contributors with how unexpected their part was: one minus the probability of what is known of it.

    The state's own effect stays out of the probability: with it no state would be unexpected that often takes part.

    Returns
    -------
    DataFrame
        ``operation, ccode, state, surprise`` (posterior mean, 0 to 1) of rows that took part.
    """
    total = np.zeros(len(rows))
    for chain in posterior["chain"].values:
        one = posterior.sel(chain=chain)
        at = predictor(design, one)
        own = np.asarray(one["state_effect"])[:, design.state]
        own = own + np.asarray(one["state_coalition"])[:, design.state] * (design.un == 0)
        gap = at["gap"] * (design.least == 2)
        total += expit(at["eta"] - own - gap).mean(axis=0)
    out = rows[["operation", "ccode", "state", "least"]].assign(surprise=1 - total / posterior.sizes["chain"])
    return out[out["least"] >= 1].reset_index(drop=True)


def payment_bounds(contributors: pd.DataFrame) -> pd.DataFrame:
    """Mean surprise of paid contributors less that of unpaid ones, between its bounds.

    Who has no record may have been paid. The bounds are over every way to settle that, at least one contributor
    of each operation's records being unpaid; operations without any record say nothing.

    Returns
    -------
    DataFrame
        ``operation, contributors, paid, sought, no_record, paid_surprise, others_surprise`` (mean of the others, as
        if nobody else had been paid), ``difference``, ``lower, upper`` (bounds). The row ``all`` joins them.
    """
    table = contributors.merge(payments(), on=["operation", "ccode"], how="left")
    recorded = table.groupby("operation")["payment"].transform(lambda kinds: kinds.notna().any())
    table = table[recorded.astype(bool)]
    parts = [*table.groupby("operation", sort=False), ("all", table)]
    return pd.DataFrame([{"operation": name, **_bounds(part)} for name, part in parts])


def _bounds(part: pd.DataFrame) -> dict[str, float]:
    paid = part["payment"].notna() & (part["payment"] != SOUGHT)
    certain, open_ = part.loc[paid, "surprise"].to_numpy(), part.loc[~paid, "surprise"].to_numpy()
    lower, upper = extremes(certain, open_)
    return {
        "contributors": len(part),
        "paid": int(paid.sum()),
        "sought": int((part["payment"] == SOUGHT).sum()),
        "no_record": int(part["payment"].isna().sum()),
        "paid_surprise": certain.mean() if len(certain) else np.nan,
        "others_surprise": open_.mean() if len(open_) else np.nan,
        "difference": certain.mean() - open_.mean() if len(certain) and len(open_) else np.nan,
        "lower": lower,
        "upper": upper,
    }


def extremes(certain: np.ndarray, open_: np.ndarray) -> tuple[float, float]:
    """The least and largest difference of means (paid less unpaid), each of `open_` being paid or not.

    Both are values of the same unit, shapes (paid,) and (open,).

    At an extreme the paid ones of `open_` are its smallest or its largest values: a difference of means rises
    whenever a larger value changes places with a smaller one.
    """
    if len(open_) == 0:
        return (float("nan"), float("nan"))
    ordered, found = np.sort(open_), []
    for values in (ordered, ordered[::-1]):
        for moved in range(len(values)):
            paid = np.concatenate([certain, values[:moved]])
            if len(paid):
                found.append(paid.mean() - values[moved:].mean())
    return (float(min(found)), float(max(found))) if found else (float("nan"), float("nan"))
