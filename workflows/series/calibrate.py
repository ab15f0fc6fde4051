"""Simulation-based calibration of a spec's joint model (Talts et al. 2018).

Parameters come from the prior, provisions and outcomes from the model, a posterior from those. If model
and sampler agree, the rank of each true value among its posterior draws is uniform; that is judged by the
empirical distribution function with simultaneous bands (Säilynoja, Bürkner & Vehtari 2022), at a level
shared out over the quantities. One program serves all simulations; each is one thinned chain.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import arviz_stats as az
import numpy as np
import pandas as pd
import xarray as xr

from data.common.disk import whole_files
from data.common.errors import InputError
from data.common.text import write_csv
from models.spec import ModelSpec
from workflows.draws.evaluate import evaluate
from workflows.draws.starts import near_the_centre
from workflows.estimands.effects import headline_quantities
from workflows.estimands.headline import PUBLISHED_STEP
from workflows.judge.bands import bands, level_of_each, outside, pit
from workflows.sampling.exchangeable import Exchangeable
from workflows.sampling.program import Program, chain_seed
from workflows.series.task import once, panel_of, series
from workflows.spec.run import RunSpec, SamplingSpec
from workflows.store.fan_out import fan_out
from workflows.store.store import versions, write_json

#: Posterior draws among which a truth is ranked, and how many are drawn for each of them.
KEPT, THIN, TUNE = 99, 20, 600
#: Entries of a vector that are ranked.
FIRST = 2
#: What is sampled in place of an effect, and ranked: a level, or a multiple of the spread.
RANKED_RAW = ("state_raw", "treaty_raw")
#: Fits beyond these are counted, and kept: leaving them out would bend the ranks.
WORST_R_HAT, LEAST_ESS = 1.05, 50.0


def _program(task: Mapping[str, Any]) -> tuple[Exchangeable, Program]:
    """The program of a task's model."""
    panel = panel_of(task["panel"], task["data"], task["series"])
    world = Exchangeable(panel, ModelSpec.model_validate(task["model"]))
    return world, Program(world.joint.model, task["sampler"])


def simulate_one(task: Mapping[str, Any]) -> dict[str, Any]:
    """One world, its fit, and the rank (0..KEPT) of each true value."""
    exchangeable, program = once(task, _program)
    rng = np.random.default_rng([task["seed"], task["number"]])
    world = exchangeable.world(rng)
    program.with_data(**world.data)
    began = time.process_time()
    tree = one_chain(program, task["seed"], task["number"])
    posterior = tree["posterior"].to_dataset()
    truth, drawn = (
        _quantities(exchangeable, d) for d in (world.truth, posterior.isel(draw=slice(THIN - 1, None, THIN)))
    )
    found = ranked(program, tree, truth, drawn, began)
    return {"number": task["number"], "zeros": round(world.zeros, 4), **found}


def one_chain(program: Program, seed: int, number: int) -> xr.DataTree:
    """The chain of a world, `KEPT` times `THIN` draws, from a start near the prior's centre, as a run begins.

    Parameters
    ----------
    program : Program
        With the world's data.
    seed, number : int
        Of the series and of the world.
    """
    start = near_the_centre(program.model, np.random.default_rng([seed, number, 1]))
    sampling = SamplingSpec(
        sampler=program.sampler, chains=1, tune=TUNE, draws=KEPT * THIN, target_accept=0.95
    )
    own = {0: chain_seed(seed, number)}
    (_, tree), *_ = program.chains({0: start}, own, sampling, cores=1, whole=False)
    return tree


def ranked(
    program: Program,
    tree: xr.DataTree,
    truth: Mapping[str, np.ndarray],
    drawn: Mapping[str, np.ndarray],
    began: float,
) -> dict[str, Any]:
    """What is kept of a world: how its chain went, and the rank (0..KEPT) of each true value.

    Parameters
    ----------
    truth, drawn : mapping of name to ndarray
        Shapes (1,) and (KEPT,).
    began : float
        CPU-seconds of this process before the chain.
    """
    whole = tree["posterior"].to_dataset()[[v.name for v in program.model.free_RVs]]
    with np.errstate(all="ignore"):
        r_hat = max(float(v.max()) for v in az.rhat(_halves(whole)).data_vars.values())
        ess = min(float(v.min()) for v in az.ess(whole).data_vars.values())
    return {
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
        "max_r_hat": round(r_hat, 4),
        "min_ess": round(ess, 1),
        "cpu_seconds": round(time.process_time() - began, 2),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "ranks": {name: int((drawn[name] < truth[name][0]).sum()) for name in truth},
    }


def _halves(draws: xr.Dataset) -> xr.Dataset:
    """The two halves of a chain as two chains, which a comparison between chains needs."""
    half = draws.sizes["draw"] // 2
    parts = [draws.isel(draw=slice(k * half, (k + 1) * half)) for k in (0, 1)]
    parts = [p.assign_coords(draw=np.arange(half), chain=[k]) for k, p in enumerate(parts)]
    return xr.concat(parts, "chain")


def _quantities(exchangeable: Exchangeable, draws: xr.Dataset) -> dict[str, np.ndarray]:
    """What is ranked, each shape (draw,): coefficients, free variables but standardised effects, headline effect."""
    joint = exchangeable.joint
    model = joint.model
    names = [v.name for v in model.free_RVs if not v.name.endswith("_raw") or v.name.endswith(RANKED_RAW)]
    follows = dict.fromkeys(joint.contribution.sampled_as.values())
    wanted = {
        name: (model[name], tuple(f"{name}_{k}" for k in range(model[name].ndim)))
        for name in (*names, *follows)
    }
    wanted["headline effect"] = headline_quantities(joint, PUBLISHED_STEP)["headline_all_rows"]
    found = evaluate(joint, draws, wanted)
    out: dict[str, np.ndarray] = {}
    for name in wanted:
        flat = found[name].values.reshape(found.sizes["draw"], -1)
        for k in range(min(FIRST, flat.shape[1])):
            out[name if flat.shape[1] == 1 else f"{name} {k + 1}"] = flat[:, k]
    return out


def calibrate(
    spec: RunSpec,
    simulations: int,
    out: Path,
    data: Path | None = None,
    workers: int = 1,
    scheduler: str = "local",
    progress: Callable[[int, int, dict], None] = lambda *_: None,
) -> dict[str, Any]:
    """Calibrate the joint model of a spec; see `simulate_one`. What is on disk is not simulated again.

    Returns
    -------
    dict
        The verdict, also written to ``out/<name>/calibration/verdict.json``, beside ``ranks.csv``,
        ``calibration.png`` and its caption.

    Raises
    ------
    InputError
        If the spec's depth is not `joint`.
    """
    if spec.model.depth.measurement != "joint":
        raise InputError(
            repr(spec.model.depth.measurement),
            "'joint': of plug-in and cut no rank is uniform, since they are the posterior of no model",
            file=spec.name,
            column="depth.measurement",
        )
    folder = out / spec.name / "calibration"
    base = series(spec, data, (__name__,), seed=spec.sampling.seed, sampler=spec.sampling.sampler)
    tasks = {f"{base['series']}-{k}": {**base, "number": k} for k in range(simulations)}
    found = []
    for result in fan_out(simulate_one, tasks, folder / "simulations.jsonl", workers, scheduler):
        found.append(result)
        progress(len(found), simulations, result)
    found.sort(key=lambda r: int(r["task"].rsplit("-", 1)[1]))
    good = [r for r in found if "error" not in r]
    verdict = judge(good) | {
        "spec": spec.name,
        "simulations": simulations,
        "errors": [r["error"] for r in found if "error" in r],
        "seed": spec.sampling.seed,
        "versions": versions(),
    }
    verdict["passed"] = verdict["passed"] and not verdict["errors"]
    with whole_files(folder) as place:
        if good:
            ranks = pd.DataFrame([{"number": r["number"], **r["ranks"]} for r in good])
            write_csv(ranks, place / "ranks.csv")
            _draw(good, place)
        write_json(place / "verdict.json", verdict)
    return verdict


def _banded(results: list[dict[str, Any]]) -> tuple[pd.DataFrame, float]:
    """The bands of all quantities, as `figures.calibration` takes them, and the level of each."""
    ranks = pd.DataFrame([r["ranks"] for r in results])
    level = level_of_each(ranks.shape[1])
    return bands(pit(ranks, KEPT), level), level


def judge(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Judge simulations: which quantities leave their bands, and how the fits went."""
    if len(results) < 10:
        return {"passed": False, "outside": {}, "note": "fewer than 10 simulations cannot be judged"}
    found, level = _banded(results)
    beyond = outside(found)
    return {
        "passed": not beyond,
        "outside": beyond,
        "quantities": found["quantity"].nunique(),
        "band_level": level,
        "draws_ranked": KEPT,
        "fits_with_divergences": sum(r["divergences"] > 0 for r in results),
        "fits_above_r_hat": sum(not r["max_r_hat"] <= WORST_R_HAT for r in results),
        "fits_below_ess": sum(not r["min_ess"] >= LEAST_ESS for r in results),
        "median_zeros": float(np.median([r["zeros"] for r in results])),
        "cpu_seconds_a_fit": float(np.median([r["cpu_seconds"] for r in results])),
        "peak_megabytes": max(r["peak_megabytes"] for r in results),
    }


def _draw(results: list[dict[str, Any]], folder: Path) -> None:
    from figures.calibration import calibration, caption

    if len(results) < 10:
        return
    found, level = _banded(results)
    calibration(found, level).savefig(folder / "calibration.png", dpi=130)
    (folder / "calibration.txt").write_text(caption(found, level) + "\n", encoding="utf-8")
