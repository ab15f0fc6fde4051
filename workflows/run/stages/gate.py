"""The gate over the posterior and what is reported of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from data.common.text import write_csv

if TYPE_CHECKING:
    import xarray as xr

    from workflows.estimands.fit import Fit
    from workflows.judge.gate import Gate
    from workflows.run.run import Run

WORDS = "judging convergence"


def inputs(run: Run) -> dict[str, Any]:
    """The posterior, measurement alone, and what is reported."""
    return {
        "posterior": run.stage("posterior").key,
        "measurement": run.key("measurement") if run.has_treaties else None,
        "effect": run.stage("effect").key,
    }


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``checks.csv``, ``parameters.csv`` and ``feedback.csv``."""
    from workflows.judge import feedback
    from workflows.store.notices import recorded

    found = verdict_on(run, run.fit, run.effect)
    write_csv(found.gate.checks, folder / "checks.csv")
    write_csv(found.gate.parameters, folder / "parameters.csv")
    write_csv(found.feedback, folder / "feedback.csv")
    advice = found.gate.advice() + found.contradicted
    passed = found.gate.passed and not advice
    said = recorded(feedback.notices(found.feedback))
    return {"passed": passed, "advice": advice, "left_out": found.gate.left_out, **said}


class Verdict(NamedTuple):
    """The gate of a fit, depth alone and jointly, and advice beyond the gate's."""

    gate: Gate
    feedback: pd.DataFrame
    contradicted: list[str]


def verdict_on(run: Run, fit: Fit, reported: xr.Dataset) -> Verdict:
    """Judge a fit of a run, and what is reported of it."""
    from workflows.judge.feedback import contradictions, feedback
    from workflows.judge.verdict import judged

    verdict = judged(fit.joint, fit.draws, reported)
    draws = fit.draws["posterior"].to_dataset()
    table = feedback(run.alone, draws, run.panel) if run.depth_is_sampled else pd.DataFrame()
    advice = contradictions(table, run.spec.sampling.chains)
    if run.has_treaties and not run.stage("measurement").about["passed"]:
        advice += [f"measurement alone: {line}" for line in run.stage("measurement").about["advice"]]
    return Verdict(verdict, table, advice)
