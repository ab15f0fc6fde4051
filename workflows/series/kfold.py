"""K-fold cross-validation of a spec through the fan-out: one task a fold, kept as it comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import logsumexp

from data.common.errors import InputError
from models.given import REFITTED
from models.joint import Joint
from models.spec import ModelSpec
from workflows.estimands.predictive_score import log_likelihood, refuse_moving_states, state_log_likelihood
from workflows.run.run import Run
from workflows.sampling.posterior import Posterior
from workflows.series.task import once, panel_of, series
from workflows.spec.run import RunSpec, SamplingSpec
from workflows.store.fan_out import fan_out


def fold_of_rows(
    joint: Joint, unit: Literal["state", "operation"], folds: int = 10, seed: int = 0
) -> np.ndarray:
    """The fold of each row, shape (row,): states dealt out at random, or one fold an operation."""
    if unit == "operation":
        return joint.design.operation
    states = joint.design.states
    fold_of = np.empty(states, int)
    fold_of[np.random.default_rng(seed).permutation(states)] = np.arange(states) % folds
    return fold_of[joint.design.state]


def score_fold(
    joint: Joint,
    fit: Callable[[np.ndarray], xr.Dataset],
    unit: Literal["state", "operation"],
    out: np.ndarray,
) -> pd.DataFrame:
    """Refit without the rows of `out`, shape (row,), bool, and score them: columns `unit, elpd`."""
    draws = fit((~out).astype(float))
    if unit == "state":
        values = state_log_likelihood(joint, draws).values.reshape(-1, joint.design.states)
        gone = np.unique(joint.design.state[out])
        labels = joint.panel["state"].values[gone]
    else:
        # Without rows, the operation's own parameters have sampled their population.
        values = log_likelihood(joint, draws).values.reshape(-1, out.size)
        labels = gone = np.flatnonzero(out)
    flat = values[:, gone]
    return pd.DataFrame({"unit": labels, "elpd": logsumexp(flat, axis=0) - np.log(len(flat))})


def refitter(
    panel: xr.Dataset, spec: ModelSpec, sampling: SamplingSpec, alone: Callable[[], xr.Dataset]
) -> tuple[Joint, Callable[[np.ndarray], xr.Dataset]]:
    """A model compiled once and the function that refits it under weights of rows, by the algorithm of its spec.

    The model that is returned scores every row in full: rows of weight zero, which the fit has not seen, are
    those that are scored. `alone` returns draws under measurement alone, as for `Posterior`.
    """
    posterior = Posterior(panel, spec, alone, sampling.seed, REFITTED)

    def fit(weight: np.ndarray) -> xr.Dataset:
        own = sampling.model_copy(update={"seed": sampling.seed + int(weight.sum())})
        return posterior.sample(own, weight)["posterior"].to_dataset()

    return posterior.joint, fit


def _program(task: Mapping[str, Any]) -> tuple:
    """The model and its refitter."""

    def alone() -> xr.Dataset:
        return xr.load_dataset(task["alone"], engine="h5netcdf")

    sampling = SamplingSpec.model_validate(task["sampling"])
    panel = panel_of(task["panel"], task["data"], task["series"])
    return refitter(panel, ModelSpec.model_validate(task["model"]), sampling, alone)


def score_one(task: Mapping[str, Any]) -> dict[str, Any]:
    """Refit without one fold; the scores of its units."""
    joint, fit = once(task, _program)
    of_row = fold_of_rows(joint, task["unit"], task["folds"], task["sampling"]["seed"])
    found = score_fold(joint, fit, task["unit"], of_row == task["fold"])
    return {"fold": task["fold"], "unit": found["unit"].tolist(), "elpd": found["elpd"].tolist()}


def kfold(
    spec: RunSpec,
    unit: Literal["state", "operation"],
    folds: int,
    out: Path,
    data: Path | None = None,
    workers: int = 1,
    scheduler: str = "local",
    progress: Callable[[int, int], None] = lambda *_: None,
) -> pd.DataFrame:
    """Score each state or operation by the posterior without it; folds on disk are not fitted again.

    Returns
    -------
    DataFrame
        Columns `unit, elpd, fold`: one row a state, or one row a row of the panel.

    Raises
    ------
    InputError
        If a fold could not be fitted, after all others are done and kept; or the spec's states cannot be scored.
    """
    if unit == "state":
        refuse_moving_states(spec.model)
    run = Run(spec, out, data)
    folds = min(folds, run.panel.sizes["state"])
    measured = (
        run.stage("measurement") if spec.model.depth.measurement != "joint" and run.has_treaties else None
    )
    task = series(
        spec,
        data,
        # Measurement is known by its key, which holds the code of its own stage.
        (__name__,),
        sampling=spec.sampling.model_dump(mode="json"),
        measurement=measured.key if measured else None,
        unit=unit,
        folds=folds if unit == "state" else None,
    )
    task["alone"] = str((measured / "alone.nc").resolve()) if measured else None
    count = run.panel.sizes["operation"] if unit == "operation" else folds
    tasks = {f"{task['series']}-{k}": {**task, "fold": k} for k in range(count)}
    path, found, faults = out / spec.name / "kfold.jsonl", [], []
    for result in fan_out(score_one, tasks, path, workers, scheduler):
        if "error" in result:
            faults.append(result)
        else:
            found.append(pd.DataFrame({k: result[k] for k in ("unit", "elpd", "fold")}))
        progress(len(found) + len(faults), count)
    if faults:
        first = f"{len(faults)} of {count} folds failed, the first with: {faults[0]['error']}"
        raise InputError(first, "folds that can be fitted; delete their lines to try again", file=path)
    return pd.concat(found).sort_values(["fold", "unit"], ignore_index=True)
