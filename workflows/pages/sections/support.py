"""H where its step is attainable, among allies, between observed depths, and at other baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.judge.limits import FIXED_STEP
from workflows.pages.blocks import table, text
from workflows.pages.sections._section import Section
from workflows.pages.support_tables import INTERVAL, support_tables

if TYPE_CHECKING:
    from workflows.run.run import Run

BASELINES = (
    "label: Depth of no treaty", "baseline: Depth, SD", "operation", *INTERVAL, "how", "pareto_k",
    "effective_draws", "passed", "advice",
)  # fmt: skip
_STEPS = {"own": "SD of potential here", "fixed": "the same for all panels", "": "–"}


def blocks(run: Run) -> list[dict[str, Any]]:
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
    out = [
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
    names = ("over", "operation", *INTERVAL, "step: Step", "of_step", "rows", "states")
    shares = found["quantity"] == "share attainable"
    out += [
        table("Share of rows for which the step is attainable", found[shares], names, "support/support.csv"),
        table(
            "H within its support, and between depths that occur, troops per year",
            found[~shares],
            ("quantity", *names),
            "support/support.csv",
        ),
    ]
    others = tables["baselines"]
    if len(others["label"].unique()) > 1:
        out += [
            text(
                "No data speak of the depth of a state without a treaty: it is declared. H at other values, for the same "
                "step: from the draws at hand by importance weights where the Pareto k of these allows it, and from a "
                "shorter fit of the same model elsewhere, judged by the gate on what it reports. An empty treaty is the "
                "expected depth of a treaty with no provisions."
            ),
            table(
                "H at other declared depths of no treaty, troops per year",
                others,
                BASELINES,
                "baselines/baselines.csv",
            ),
        ]
    return out


SECTION = Section(
    20, "The headline effect within its support", blocks, stages=("support", "baselines", "prior_shift")
)
