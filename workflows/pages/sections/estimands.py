"""Estimands beyond the headline effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.common.text import read_csv
from workflows.pages.blocks import table, text
from workflows.pages.figure_files import figure_block
from workflows.pages.sections._section import Section
from workflows.pages.support_tables import INTERVAL

if TYPE_CHECKING:
    from workflows.run.run import Run

COUNTERFACTUAL = (
    "state", "operation", "year", "troops_observed: Sent", "troops_expected_median: Expected",
    "troops_if_depth_matched_voting_median: If depth matched voting",
    "troops_difference_lower: Difference, lower", "troops_difference_upper: Difference, upper", "interval",
)  # fmt: skip
TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "marginal_effects": (
        "Average change that goes with one step of potential: probability of taking part, share given "
        "participation, share, and troops of a military of average size",
        ("quantity", "label: Operation", *INTERVAL, "step"),
    ),
    "new_operation": (
        "Headline effect in an operation that the panel does not have, troops per year",
        ("quantity", *INTERVAL, "step"),
    ),
    "counterfactual": (
        "Troops expected of one state as it is, and were its depth to match its voting (persons)",
        COUNTERFACTUAL,
    ),
    "payments": (
        "Share sent above what is expected, mean over contributors by recorded payment (no record: unknown)",
        ("operation", "group: Recorded", "contributors", *INTERVAL),
    ),
    "later_ties": (
        "Later change of a tie with the leader, per SD of over-contribution",
        ("tie", "unit", "states: Contributors", *INTERVAL),
    ),
}


def blocks(run: Run) -> list[dict[str, Any]]:
    """Tables and figures of `workflows.run.stages.estimands`."""
    stage = run.stage("estimands")
    out = [
        text(
            "Over-contribution is what a state sent less what is expected of one with its potential, similarity, "
            "treaties and controls and no habit of its own. Payments stand beside it as a description among "
            "contributors: the source records some of them, and no record means unknown. Later ties are an "
            "association: states that exceed expectation differ in much else."
        )
    ]
    for name, (caption, columns) in TABLES.items():
        path = stage / f"{name}.csv"
        if path.is_file() and len(frame := read_csv(path)):
            out.append(table(caption, frame, columns, f"estimands/{name}.csv"))
    for figure in stage.about["figures"]:
        out.append(figure_block(stage.folder, figure["name"], figure["caption"], figure["alt"]))
    return out


SECTION = Section(70, "Participation, size, single states, new operations", blocks, stages=("estimands",))
