"""The headline effect of every model on one axis and in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workflows.pages.blocks import figures, table, text
from workflows.pages.figure_files import figure_block
from workflows.pages.sections._section import Section

if TYPE_CHECKING:
    from workflows.run.run import Run

HEADLINE_COLUMNS = (
    "label", "group: Kind", "headline", "lower", "upper", "interval", "rows", "states", "step", "similarity_held",
)  # fmt: skip
#: Each operation in the joint model and in a fit of its own.
BESIDE = (
    "operation", "joint", "joint_lower", "joint_upper", "joint_sure: Sure", "separate: Alone", "separate_lower",
    "separate_upper", "separate_sure: Sure", "differs: Differs in", "rows", "contributions: Rows with troops",
)  # fmt: skip


def _published(run: Run) -> bool:
    return bool((run.headline["group"] == "published").any())


def comparison_title(run: Run) -> str:
    """What the first section sets side by side: a run on one's own operation has no published estimate."""
    first = "From the published estimate" if _published(run) else "From least squares"
    return f"{first} to the joint posterior"


def blocks(run: Run) -> list[dict[str, Any]]:
    """The headline effect of every model on one axis and in one table."""
    # Load xarray and PyMC.
    from workflows.estimands.headline import AVERAGE_ARMED_FORCES, PUBLISHED_STEP
    from workflows.judge.identification import PHRASES, holding

    held = PHRASES[holding(run.spec.model, run.panel)]
    printed = f"{PUBLISHED_STEP} for the published potential and " if _published(run) else ""
    elsewhere = "elsewhere " if printed else ""
    return [
        text(
            f"H = {AVERAGE_ARMED_FORCES:,} × mean over rows of E[share | U + s] − E[share | U], in troops per year. "
            f"The reference rows are the {run.panel.sizes['row']:,} outcome rows of this panel; other predictors are "
            f"held and state effects come from their posterior. The step s is {printed}"
            f"the standard deviation of potential over the reference rows {elsewhere}"
            f"({run.effect.attrs['step']:.3f} here), {held}. For a linear model H does not depend on the rows. "
            "{figure:headline} draws and {table:comparison/headline.csv} lists every estimate."
        ),
        *figures(run, "comparison"),
        table("Headline effects, troops per year", run.headline, HEADLINE_COLUMNS, "comparison/headline.csv"),
        text("Notes.", _notes(run.headline)),
        *separate_blocks(run),
    ]


def separate_blocks(run: Run) -> list[dict]:
    """The check on the page: what it is, figure and table; nothing where there is one operation."""
    if run.separate.empty:
        return []
    from figures.separate import ALT

    operations, stage = run.separate, run.stage("separate")
    flagged = operations[operations["flagged"]]
    verdict = (
        f"{len(flagged)} of {len(operations)} operations are flagged: {', '.join(flagged['operation'])}."
        if len(flagged)
        else "No operation is flagged."
    )
    return [
        text(
            "Each operation beside a fit of its own. The same likelihood, potential (depth plugged in at its posterior "
            "mean under measurement alone), similarity, controls, years and treaties on the operation's rows alone, with "
            "nearly flat priors and errors clustered by state; states have no effects of their own there. An operation "
            "is flagged where the two medians differ in sign, or the intervals do not meet: then what it borrows from "
            f"the others decides. The flag fails no run. {verdict}"
        ),
        figure_block(stage.folder, "separate", stage.about["caption"], ALT),
        table(
            f"Each operation in the joint model and alone, {run.effect.attrs['units']}: median and 95 % equal-tailed "
            "interval; sure: share of draws with the median's sign",
            operations,
            BESIDE,
            "separate/separate.csv",
        ),
    ]


def _notes(headline: pd.DataFrame) -> str:
    """Each distinct note once, with the estimates that it belongs to, or how many where they are many."""
    noted = headline.dropna(subset=["note"])
    groups = noted[noted["note"] != ""].groupby("note", sort=False)["label"]
    lines = []
    for note, labels in groups:
        models = labels.str.split(r"[,:]").str[0].drop_duplicates()
        who = ", ".join(labels) if len(labels) <= 2 else f"{', '.join(models)} ({len(labels)} estimates)"
        lines.append(f"- {who}: {note}.")
    return "\n".join(lines)


def separate(run: Run) -> str | None:
    """The stage of separate fits, where there are several operations."""
    return run.stage("separate").key if run.several_operations else None


SECTION = Section(10, comparison_title, blocks, stages=("comparison", "figures"), inputs=separate)
