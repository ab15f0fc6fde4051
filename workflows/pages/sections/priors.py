"""Priors against data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from figures.words import parameter
from workflows.judge.limits import PRIOR_SDS
from workflows.pages.blocks import table, text
from workflows.pages.figure_files import figure_block
from workflows.pages.sections._section import Section
from workflows.pages.support_tables import INTERVAL, support_tables

if TYPE_CHECKING:
    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
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
            ("parameter", "of", "prior", *INTERVAL, "prior_sds", "overlap", "flagged"),
            "prior_shift/prior_shift.csv",
        ),
    ]


SECTION = Section(30, "Priors against data", blocks, stages=("prior_shift",))
