"""The headline effect of every model on one axis and in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workflows.headline import AVERAGE_ARMED_FORCES, PUBLISHED_STEP
from workflows.page_blocks import figures, table, text
from workflows.sections._section import Section
from workflows.separate_check import separate_blocks

if TYPE_CHECKING:
    from workflows.run import Run

HEADLINE_COLUMNS = {
    "label": "Estimate",
    "group": "Kind",
    "headline": "H",
    "lower": "Lower",
    "upper": "Upper",
    "interval": "Interval",
    "rows": "Rows",
    "states": "States",
    "step": "Step s",
    "similarity_held": "Similarity held",
}


def _published(run: Run) -> bool:
    return bool((run.headline["group"] == "published").any())


def comparison_title(run: Run) -> str:
    """What the first section sets side by side: a run on one's own operation has no published estimate."""
    first = "From the published estimate" if _published(run) else "From least squares"
    return f"{first} to the joint posterior"


def blocks(run: Run) -> list[dict[str, Any]]:
    """The headline effect of every model on one axis and in one table."""
    # Loads PyMC.
    from workflows.identification import PHRASES, holding

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
