"""Tables of priors against data, the support of H and the depth of no treaty: for page and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.common.text import read_csv

if TYPE_CHECKING:
    from workflows.run.run import Run

INTERVAL = ("median", "lower", "upper", "interval")


def support_json(tables: dict[str, pd.DataFrame]) -> dict[str, list[dict[str, Any]]]:
    """The tables of `support_tables` as JSON records; missing numbers and infinite ones are null."""
    endless = [np.inf, -np.inf]
    return {
        name: frame.astype(object).where(frame.notna() & ~frame.isin(endless), None).to_dict("records")
        for name, frame in tables.items()
    }


def support_tables(run: Run) -> dict[str, pd.DataFrame]:
    """Tables of the three stages by name; text columns hold no missing values."""
    found = {
        "prior_shift": run.stage("prior_shift") / "prior_shift.csv",
        "support": run.stage("support") / "support.csv",
        "baselines": run.stage("baselines") / "baselines.csv",
    }
    # Empty text comes back from a file as missing.
    words = {"prior_shift": ("of", "prior"), "support": ("over", "step"), "baselines": ("advice",)}
    return {
        name: read_csv(path, dtype=dict.fromkeys(words[name], str)).fillna(dict.fromkeys(words[name], ""))
        for name, path in found.items()
    }
