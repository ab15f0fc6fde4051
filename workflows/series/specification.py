"""One specification of a multiverse: its fit, its headline effect and its verdict."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from models.given import Given
from models.joint import Joint, joint, known_potential
from models.spec import ModelSpec
from workflows.draws.evaluate import evaluate, mean_over_draws, thinned
from workflows.draws.summary import middle_and_ends
from workflows.estimands.effects import headline_quantities
from workflows.judge.gate import convergence, gate
from workflows.judge.verdict import cut_gate, judged
from workflows.sampling.chains import run_chains
from workflows.sampling.cut import imputation_chains, imputation_seed
from workflows.sampling.program import combine
from workflows.sampling.restart import TRIES, divergences, record_of_try, sampling_of_try, told
from workflows.sampling.template import Template, structure
from workflows.series.task import panel_of
from workflows.spec.run import SamplingSpec

#: Draws at which the headline effect is evaluated.
MOST = 1000

_templates: dict[str, Template] = {}


def _template(panel: xr.Dataset, spec: ModelSpec) -> Template:
    """The compiled program of a structure; a worker keeps the last three."""
    key = structure(spec, panel)
    if key not in _templates:
        while len(_templates) >= 3:
            _templates.pop(next(iter(_templates)))
        _templates[key] = Template(panel, spec)
    return _templates[key]


def fit_one(task: Mapping[str, Any]) -> dict[str, Any]:
    """Fit one specification; its result depends on the task alone.

    Parameters
    ----------
    task : mapping
        ``panel``, ``model``, ``sampling`` (JSON-like specs), ``rows`` and ``reference`` (strings of 0 and 1,
        one a row of the panel), ``depths`` (lists of known depths: one to plug in, one an imputation for `cut`, or
        None to sample them), ``data``, ``contents`` (a digest of its files).

    Returns
    -------
    dict
        Headline effect with its 95 % equal-tailed interval, the gate's verdict with what failed, and sizes; of the
        second try, where the first failed for divergences alone.
    """
    began = time.perf_counter()
    panel = panel_of(task["panel"], task["data"], task["contents"])
    spec = ModelSpec.model_validate(task["model"])
    sampling = SamplingSpec.model_validate(task["sampling"])
    rows, reference = (np.array([c == "1" for c in task[k]]) for k in ("rows", "reference"))
    tries = []
    for number in range(1, TRIES + 1):
        own = sampling_of_try(sampling, number)
        if task["depths"] is None:
            model, tree, step, effect = _jointly(panel, spec, own, rows, reference)
            verdict = judged(model, tree, effect)
        else:
            model, tree, step, effect = _at_depths(panel, spec, own, rows, reference, task["depths"])
            free = [v.name for v in model.model.free_RVs]
            several = len(task["depths"]) > 1
            verdict = cut_gate(tree, free, effect, own.chains) if several else gate(tree, free, effect)
        tries.append(record_of_try(own, tree))
        if not verdict.diverged_alone:
            break
    lower, middle, upper = middle_and_ends(effect["headline"].values)
    converged = convergence(effect).iloc[0]
    failed = verdict.checks[~verdict.checks["passed"]]
    return {
        "headline": float(middle),
        "lower": float(lower),
        "upper": float(upper),
        "step": step,
        "rows": int(rows.sum()),
        "states": len(np.unique(panel["row_state"].values[rows])),
        "reference_rows": int(reference.sum()),
        "passed": bool(verdict.passed),
        "failed": "; ".join(f"{r.check}: {r.found}" for r in failed.itertuples()),
        "headline_r_hat": float(converged["r_hat"]),
        "headline_ess": float(min(converged["ess_bulk"], converged["ess_tail"])),
        "divergences": divergences(tree),
        "second_try": told(tries),
        "seconds": round(time.perf_counter() - began, 2),
    }


Fitted = tuple[Joint, xr.DataTree, float, xr.Dataset]
"""Model, draws, step of potential and draws of the headline effect."""


def _headline(model: Joint, tree: xr.DataTree, step: float, reference: np.ndarray) -> xr.Dataset:
    quantities = {"headline": headline_quantities(model, step, reference)["headline_all_rows"]}
    return evaluate(model, tree["posterior"].to_dataset(), quantities, most=MOST)


def _jointly(
    panel: xr.Dataset, spec: ModelSpec, sampling: SamplingSpec, rows: np.ndarray, reference: np.ndarray
) -> Fitted:
    """Depth and outcome in one posterior."""
    model = joint(panel, spec, Given(data={"weight"})).with_data(row_weight=rows)
    tree = combine(dict(run_chains(model, sampling, cores=1)))
    draws = thinned(tree["posterior"].to_dataset(), 200)
    step = float(mean_over_draws(model, draws, model.potential)[reference].std())
    return model, tree, step, _headline(model, tree, step, reference)


def _at_depths(
    panel: xr.Dataset,
    spec: ModelSpec,
    sampling: SamplingSpec,
    rows: np.ndarray,
    reference: np.ndarray,
    depths: list[list[float]],
) -> Fitted:
    """The outcome at one known depth, or at each of several without feedback, chains numbered through."""
    template = _template(panel, spec)
    moving = [known_potential(panel, spec, np.asarray(depth)) for depth in depths]
    step = float(np.mean(moving, axis=0)[reference].std())
    trees, effects = {}, []
    for m, potential in enumerate(moving):
        data = template.values(panel, spec, potential, rows)
        seed = imputation_seed(sampling.seed, m) if len(depths) > 1 else sampling.seed
        tree = template.sample(sampling, seed, cores=1, **data)
        number = imputation_chains(m, sampling.chains)
        # The template keeps this potential until the next: the effect is that of these draws.
        effects.append(_headline(template.joint, tree, step, reference).assign_coords(chain=number))
        groups = ("posterior", "sample_stats")
        trees[m] = xr.DataTree.from_dict(
            {name: tree[name].to_dataset().assign_coords(chain=number) for name in groups}
        )
    return template.joint, combine(trees), step, xr.concat(effects, "chain")
