"""Posterior and prior predictive checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.common.text import read_csv
from workflows.pages.blocks import figures, table, text
from workflows.pages.sections._section import Section

if TYPE_CHECKING:
    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
    """Posterior and prior predictive checks."""
    prior = read_csv(run.stage("prior") / "check.csv")
    posterior = read_csv(run.stage("predictive") / "check.csv")
    bad = int((~posterior["passed"]).sum())
    outcome = run.joint.contribution.likelihood.outcome
    words = {"zeros": "fraction of rows without troops", "mean": f"mean {outcome}"}
    words |= {"quantile_95": f"95 % quantile of {outcome}", "maximum": f"largest {outcome}"}
    posterior = posterior.assign(statistic=posterior["statistic"].replace(words))
    return [
        *figures(run, "checks"),
        text(
            "Every observed statistic lies within the central 99 % of its replications."
            if bad == 0
            else f"{bad} of {len(posterior)} statistics lie outside the central 99 % of their replications: the model "
            "misses that feature of the data, and effects that rest on it deserve doubt."
        ),
        table(
            "Posterior predictive: observed against replicated (99 % equal-tailed interval)",
            posterior,
            ("rows", "statistic", "observed", "median", "lower", "upper", "passed"),
            "predictive/check.csv",
        ),
        table(
            "Prior predictive: what the prior alone believes",
            prior,
            ("criterion", "unit", "found", "limit", "passed"),
            "prior/check.csv",
        ),
    ]


SECTION = Section(
    100,
    "Does the model reproduce what was seen?",
    blocks,
    stages=("prior", "predictive", "figures"),
)
