"""What a run says in a terminal of the support of H, other depths of no treaty and priors far from their data."""

from __future__ import annotations

import pandas as pd
from rich.console import Console

from figures.words import decimal, interval_words, named, percent, span
from workflows.commands.terminal import columns
from workflows.judge.limits import ALL, PRIOR_SDS


def show_support(tables: dict[str, pd.DataFrame], console: Console) -> None:
    """Print H within its support, H at other baselines, and whether any prior is far from its data."""
    support = tables["support"]
    title = f"H within its support, troops per year ({_unbroken(support['interval'].iloc[0])})"
    shown = columns("over", ">step", ">H", ">interval", ">rows", title=title)
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
        title = f"H at other declared depths of no treaty, troops per year ({kind})"
        shown = columns("depth", "operation", ">H", ">interval", "how", title=title)
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
