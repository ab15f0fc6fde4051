"""Tables of priors against data, the support of H and the depth of no treaty: for page, JSON and terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.common.text import read_csv
from figures.words import decimal, interval_words, named, percent, span
from workflows.judge.limits import ALL, PRIOR_SDS

if TYPE_CHECKING:
    from rich.console import Console

    from workflows.run.run import Run

INTERVAL = {"median": "Median", "lower": "Lower", "upper": "Upper", "interval": "Interval"}


def support_json(tables: dict[str, pd.DataFrame]) -> dict[str, list[dict[str, Any]]]:
    """The tables of `support_tables` as JSON records; missing numbers and infinite ones are null."""
    endless = [np.inf, -np.inf]
    return {
        name: frame.astype(object).where(frame.notna() & ~frame.isin(endless), None).to_dict("records")
        for name, frame in tables.items()
    }


def show_support(tables: dict[str, pd.DataFrame], console: Console) -> None:
    """Print H within its support, H at other baselines, and whether any prior is far from its data."""
    from rich.table import Table

    if not tables:
        return
    support = tables["support"]
    shown = Table(title=f"H within its support, troops per year ({_unbroken(support['interval'].iloc[0])})")
    for name, side in (
        ("over", "left"),
        ("step", "right"),
        ("H", "right"),
        ("interval", "right"),
        ("rows", "right"),
    ):
        shown.add_column(name, justify=side)
    share = support[support["quantity"] == "share attainable"].set_index(["operation", "step", "over"])[
        "median"
    ]
    several = len(support["operation"].unique()) > 1
    for row in support[support["quantity"] != "share attainable"].itertuples():
        # The report holds the rest: effects of the fixed step over parts of the rows, and operations put together.
        if (row.step == "fixed" and row.over != ALL) or (several and row.operation == ALL):
            continue
        where = row.over if row.quantity == "H" else row.quantity
        where = f"{where}, {row.operation}" if several else where
        attained = f" ({percent(share[row.operation, row.step, ALL])} attainable)" if row.over == ALL else ""
        step = "" if pd.isna(row.of_step) else f"{row.of_step:.3f}"
        shown.add_row(
            where, step, decimal(row.median, 0), span(row.lower, row.upper), f"{row.rows:,}{attained}"
        )
    console.print(shown)
    others = tables["baselines"]
    if len(others["label"].unique()) > 1:
        kind = _unbroken(others["interval"].iloc[0])
        shown = Table(title=f"H at other declared depths of no treaty, troops per year ({kind})")
        for name, justify in (
            ("depth", "left"),
            ("operation", "left"),
            ("H", "right"),
            ("interval", "right"),
            ("how", "left"),
        ):
            shown.add_column(name, justify=justify)
        for row in others.itertuples():
            middle = "–" if pd.isna(row.median) else decimal(row.median, 0)
            how = f"{row.how}{'' if row.passed else ', did not pass'}"
            bounds = "" if pd.isna(row.median) else span(row.lower, row.upper)
            shown.add_row(named(row.baseline, row.label), row.operation, middle, bounds, how)
        console.print(shown)
    priors = tables["prior_shift"]
    if not priors["flagged"].any():
        console.print(
            f"priors: all {len(priors)} coefficients and spreads lie within {PRIOR_SDS:g} prior SDs",
            highlight=False,
        )


def _unbroken(interval: str) -> str:
    """An interval's words for a title, which a terminal breaks where the table is narrow."""
    return interval_words(interval).replace(" %", "\N{NO-BREAK SPACE}%")


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
