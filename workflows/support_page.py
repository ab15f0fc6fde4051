"""What report and terminal show of priors against data, the support of H and the depth of no treaty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.text import read_csv
from figures.words import decimal, interval_words, named, parameter, percent, span
from workflows.figure_files import figure_block
from workflows.limits import ALL, FIXED_STEP, PRIOR_SDS
from workflows.page_blocks import table, text

if TYPE_CHECKING:
    from rich.console import Console

    from workflows.run import Run

INTERVAL = {"median": "Median", "lower": "Lower", "upper": "Upper", "interval": "Interval"}
_STEPS = {"own": "SD of potential here", "fixed": "the same for all panels", "": "–"}


def prior_blocks(run: Run) -> list[dict[str, Any]]:
    """Every top-level coefficient and spread beside its prior."""
    stage = run.stage("prior_shift")
    found = support_tables(run)["prior_shift"].astype({"of": str})
    words = [
        parameter(name, of, "{}|{}").partition("|")
        for name, of in zip(found["parameter"], found["of"], strict=True)
    ]
    found = found.assign(parameter=[name for name, _, _ in words], of=[of for _, _, of in words])
    flagged = int(found["flagged"].sum())
    return [
        text(
            "How far the posterior median of each coefficient and spread lies from its prior's: in prior SDs where "
            "the prior is normal, and elsewhere the normal quantile of the prior's probability below the median, "
            "which for a normal prior is the same number. Overlap is the area under the smaller of both "
            f"densities: 1 where the data say nothing. Beyond {PRIOR_SDS:g} a prior pulls against the data: "
            + (f"{flagged} of {len(found)} are flagged." if flagged else f"none of {len(found)} is flagged.")
        ),
        figure_block(stage.folder, "prior_shift", **stage.about["figure"]),
        table(
            "Priors against data",
            found,
            {
                "parameter": "Parameter",
                "of": "Of",
                "prior": "Prior",
                **INTERVAL,
                "prior_sds": "Prior SDs",
                "overlap": "Overlap",
                "flagged": "Flagged",
            },
            "prior_shift/prior_shift.csv",
        ),
    ]


def support_blocks(run: Run) -> list[dict[str, Any]]:
    """H where its step is attainable, among allies, between observed depths, and at other baselines."""
    tables = support_tables(run)
    found = tables["support"]
    found = found.assign(step=found["step"].map(_STEPS))
    held = run.spec.model.contribution.hold_similarity
    first = (
        "Holding similarity, more potential means less depth; a state without a treaty would need a depth below none. "
        if held
        else "Similarity is not held here; were it depth alone that changed, a state without a treaty would need a "
        "depth below none. "
    )
    blocks = [
        text(
            first
            + "A row's step is attainable where the depth that it leaves is not below the smallest depth that occurs "
            "among the panel's rows in the same draw. Estimates over attainable rows speak of those for which that "
            "has a probability of at least one half; elsewhere H is the model's extrapolation. "
            f"Beside the panel's own step, its SD of potential, stands one of {FIXED_STEP:g}, the same for all "
            "panels. The contrast sets the depth of the treaty with most rows against none at the same similarity, "
            "over rows at either end: both depths are observed, and more of it is less potential."
        )
    ]
    names = {
        "over": "Over",
        "operation": "Operation",
        **INTERVAL,
        "step": "Step",
        "of_step": "Step s",
        "rows": "Rows",
        "states": "States",
    }
    shares = found["quantity"] == "share attainable"
    blocks += [
        table("Share of rows for which the step is attainable", found[shares], names, "support/support.csv"),
        table(
            "H within its support, and between depths that occur, troops per year",
            found[~shares],
            {"quantity": "Quantity", **names},
            "support/support.csv",
        ),
    ]
    others = tables["baselines"]
    if len(others["label"].unique()) > 1:
        blocks += [
            text(
                "No data speak of the depth of a state without a treaty: it is declared. H at other values, for the same "
                "step: from the draws at hand by importance weights where the Pareto k of these allows it, and from a "
                "shorter fit of the same model elsewhere, judged by the gate on what it reports. An empty treaty is the "
                "expected depth of a treaty with no provisions."
            ),
            table(
                "H at other declared depths of no treaty, troops per year",
                others,
                {
                    "label": "Depth of no treaty",
                    "baseline": "Depth, SD",
                    "operation": "Operation",
                    **INTERVAL,
                    "how": "How",
                    "pareto_k": "Pareto k",
                    "effective_draws": "Effective draws",
                    "passed": "Passed",
                    "advice": "Advice",
                },
                "baselines/baselines.csv",
            ),
        ]
    return blocks


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
