"""What is reported of the posterior, and the gate over all of it."""

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

WORDS = "computing the headline effect and judging convergence"


def inputs(run: Run) -> dict[str, Any]:
    """The posterior, measurement alone, and what is reported."""
    return {
        "posterior": run.stage("posterior").key,
        "measurement": run.key("measurement") if run.has_treaties else None,
        **run.reported_by,
    }


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``headline.nc``, ``checks.csv``, ``parameters.csv`` and ``feedback.csv``."""
    from data.common.disk import save_netcdf
    from workflows.judge import feedback
    from workflows.store.notices import recorded

    found = verdict_on(run, run.fit)
    save_netcdf(found.reported, folder / "headline.nc")
    write_csv(found.gate.checks, folder / "checks.csv")
    write_csv(found.gate.parameters, folder / "parameters.csv")
    write_csv(found.feedback, folder / "feedback.csv")
    advice = found.gate.advice() + found.contradicted
    passed = found.gate.passed and not advice
    said = recorded(feedback.notices(found.feedback))
    return {"passed": passed, "advice": advice, "left_out": found.gate.left_out, **said}


class Verdict(NamedTuple):
    """What is reported of a fit, its gate, depth alone and jointly, and advice beyond the gate's."""

    reported: xr.Dataset
    gate: Gate
    feedback: pd.DataFrame
    contradicted: list[str]


def verdict_on(run: Run, fit: Fit) -> Verdict:
    """Judge a fit of a run."""
    from workflows.judge.feedback import contradictions, feedback
    from workflows.judge.verdict import judged

    reported = run.reported(fit)
    verdict = judged(fit.joint, fit.draws, reported)
    draws = fit.draws["posterior"].to_dataset()
    table = feedback(run.alone, draws, run.panel) if run.depth_is_sampled else pd.DataFrame()
    advice = contradictions(table, run.spec.sampling.chains)
    if run.has_treaties and not run.stage("measurement").about["passed"]:
        advice += [f"measurement alone: {line}" for line in run.stage("measurement").about["advice"]]
    return Verdict(reported, verdict, table, advice)


def headline(fit: Fit) -> xr.Dataset:
    """Draws of what a reader will see, which the gate judges beside the parameters."""
    from workflows.estimands.effects import headline_effect

    return headline_effect(fit)
