"""What identifies depth, and how far the outcome moved it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.judge.feedback import by_name
from workflows.pages.blocks import figures, table, text
from workflows.pages.sections._section import Section

if TYPE_CHECKING:
    from workflows.run.run import Run

COLUMNS = (
    "treaty", "coder", "alone: Measurement alone", "alone_lower", "alone_upper", "joint", "joint_lower", "joint_upper",
    "moved",
)  # fmt: skip


def blocks(run: Run) -> list[dict[str, Any]]:
    """What identifies depth, and how far the outcome moved it."""
    # Load xarray and PyMC.
    from data.panel import coders_of
    from workflows.judge.identification import identification

    out = [text(*identification(run.joint))]
    if coders := coders_of(run.panel):
        out.append(
            text(
                f"Provisions are coded by {coders}. Whoever looks at practice finds provisions that a treaty's text "
                "does not have, so depth depends on the coder."
            )
        )
    if run.joint.uninformative:
        out.append(
            text(
                "Provisions that do not vary among these treaties carry no information about depth and are left "
                f"out of its measurement: {', '.join(n.replace('_', ' ') for n in run.joint.uninformative)}."
            )
        )
    if len(run.feedback):
        found = by_name(run.feedback)
        moved = found.loc[found["moved"], "treaty"].tolist()
        out += [
            text(
                "The outcome can rewrite the measure of depth. Chains start in both orders of treaties; a treaty is "
                "flagged when its depth moved by more than its own uncertainty under measurement alone "
                "({figure:feedback}). "
                + (f"Flagged: {', '.join(map(str, moved))}." if moved else "None is flagged.")
            ),
            *figures(run, "depth"),
            table(
                "Depth in standard deviations over treaties, median and 95 % equal-tailed interval",
                found,
                COLUMNS,
                "gate/feedback.csv",
            ),
        ]
    return out


SECTION = Section(
    90, "Depth of treaties, and whether the outcome rewrote it", blocks, stages=("gate", "figures")
)
