"""Sampling: one adapter over nutpie, PyMC and NumPyro, one chain at a time.

Chains are independent, so that a run which was interrupted keeps those it finished.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from models.joint import Joint, provision_count
from workflows.evaluate import PLAIN, with_deterministics
from workflows.exact import compiled, exact
from workflows.memory import refuse_excess
from workflows.nutpie_chains import nutpie_chains
from workflows.spec import SamplingSpec

#: The statistics that the gate needs, by the name each sampler gives them.
STATISTICS: Mapping[str, Mapping[str, str]] = {
    "nutpie": {
        "diverging": "diverging",
        "energy": "energy",
        "depth": "tree_depth",
        "maxdepth_reached": "reached_max_treedepth",
        "n_steps": "n_steps",
        "step_size": "step_size",
        "logp": "lp",
    },
    "pymc": {
        "diverging": "diverging",
        "energy": "energy",
        "tree_depth": "tree_depth",
        "reached_max_treedepth": "reached_max_treedepth",
        "n_steps": "n_steps",
        "step_size": "step_size",
        "lp": "lp",
    },
    "numpyro": {
        "diverging": "diverging",
        "energy": "energy",
        "tree_depth": "tree_depth",
        "n_steps": "n_steps",
        "step_size": "step_size",
        "lp": "lp",
    },
}

Progress = Callable[[int, int, int, int], None]
"""Called with (chain, draws done, draws in all, divergences so far)."""


def quiet_threads() -> None:
    """Keep numeric libraries to one thread a chain; chains are the parallel unit."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")


def chain_seed(seed: int, chain: int) -> int:
    """Seed of a chain: a function of the run's seed and the chain's number alone."""
    return int(np.random.SeedSequence([seed, chain]).generate_state(1)[0])


def starts(joint: Joint, chain: int, seed: int, jitter: float = 0.5) -> dict[str, np.ndarray]:
    """Starting point of a chain, unconstrained: near the prior's centre, depth in either mode.

    Even chains start with treaties ordered by their number of provisions, odd chains with
    the reverse, so that a second mode in which the outcome rewrites depth is looked for.
    """
    rng = np.random.default_rng([seed, chain, 1])
    point = {k: np.asarray(v, float) for k, v in joint.model.initial_point().items()}
    part = joint.contribution.likelihood
    # Terms of a predictor are small where its unit is; what is positive is sampled as a logarithm.
    terms = tuple(f"{name}_" for name in part.parts)
    for name, value in point.items():
        small = name.startswith(terms) and not name.endswith("__")
        reach = jitter * (part.unit if small else 1.0)
        point[name] = value + rng.uniform(-reach, reach, value.shape)
    if "treaty_depth" in point:
        count = provision_count(joint.panel)
        standard = (count - count.mean()) / max(count.std(), 1e-9)
        point["treaty_depth"] = (1.0 if chain % 2 == 0 else -1.0) * standard
    return point


def _begin(
    joint: Joint, chains: Iterable[int], seed: int
) -> tuple[dict[int, dict[str, np.ndarray]], dict[int, int]]:
    """Starts and seeds by chain."""
    return {c: starts(joint, c, seed) for c in chains}, {c: chain_seed(seed, c) for c in chains}


def normalise(stats: xr.Dataset, sampler: str, max_treedepth: int) -> xr.Dataset:
    """Give a sampler's statistics their common names; what it did not record stays absent."""
    known = STATISTICS[sampler]
    kept = stats[[name for name in known if name in stats]].rename(
        {name: common for name, common in known.items() if name in stats and name != common}
    )
    if sampler == "numpyro" and "n_steps" in kept:
        # NumPyro does not say so itself: a trajectory that was cut off has taken every step allowed.
        kept["reached_max_treedepth"] = kept["n_steps"] >= 2**max_treedepth - 1
    return kept


def _nutpie(
    joint: Joint, spec: SamplingSpec, chains: Sequence[int], progress: Progress, cores: int, timing: dict
) -> Iterator[tuple[int, xr.DataTree]]:
    """Sample with nutpie (Numba); see `workflows.nutpie_chains`."""
    started = time.perf_counter()
    program = compiled(joint.model)
    timing["compile_seconds"] = time.perf_counter() - started
    points, seeds = _begin(joint, chains, spec.seed)
    yield from nutpie_chains(program, joint.model, points, seeds, spec, cores, progress)


def _pymc(
    joint: Joint, spec: SamplingSpec, chains: Sequence[int], progress: Progress, cores: int, timing: dict
) -> Iterator[tuple[int, xr.DataTree]]:
    """Sample with PyMC's own NUTS, one chain after the other."""
    for chain in chains:
        started = time.perf_counter()
        # Early warm-up may overflow: the step is then rejected, and nothing is wrong.
        with joint.model, exact(), np.errstate(over="ignore", invalid="ignore"):
            tree = pm.sample(
                tune=spec.tune,
                draws=spec.draws,
                chains=1,
                cores=1,
                nuts_sampler="pymc",
                initvals=_constrained(joint, starts(joint, chain, spec.seed)),
                init="adapt_diag",
                random_seed=chain_seed(spec.seed, chain),
                progressbar=False,
                compute_convergence_checks=False,
                nuts={"target_accept": spec.target_accept, "max_treedepth": spec.max_treedepth},
            )
        drawing = float(tree["posterior"].attrs.get("sampling_time", np.nan))
        timing["compile_seconds"] = (
            timing.get("compile_seconds", 0.0) + time.perf_counter() - started - drawing
        )
        total = spec.tune + spec.draws
        progress(chain, total, total, int(tree["sample_stats"]["diverging"].sum()))
        yield chain, tree


def _numpyro(
    joint: Joint, spec: SamplingSpec, chains: Sequence[int], progress: Progress, cores: int, timing: dict
) -> Iterator[tuple[int, xr.DataTree]]:
    """Sample with NumPyro on a CPU or a GPU; see `workflows.numpyro_chains`."""
    from workflows.numpyro_chains import numpyro_chains

    points, seeds = _begin(joint, chains, spec.seed)
    for chain, tree in numpyro_chains(joint.model, points, seeds, spec, cores, timing):
        total = spec.tune + spec.draws
        progress(chain, total, total, int(tree["sample_stats"]["diverging"].sum()))
        yield chain, tree


def _constrained(joint: Joint, point: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Turn an unconstrained start into values of the model's free variables."""
    model = joint.model
    out = {}
    for rv in model.free_RVs:
        value = model.rvs_to_values[rv]
        transform = model.rvs_to_transforms[rv]
        raw = point[value.name]
        out[rv.name] = (
            raw if transform is None else transform.backward(raw, *rv.owner.inputs).eval(mode=PLAIN)
        )
    return out


def unconstrained(joint: Joint, draw: xr.Dataset) -> dict[str, np.ndarray]:
    """Turn one draw of the model's free variables into a start, the inverse of `_constrained`."""
    model = joint.model
    out = {}
    for rv in model.free_RVs:
        transform, value = model.rvs_to_transforms[rv], np.asarray(draw[rv.name].values, float)
        raw = (
            value
            if transform is None
            else transform.forward(pt.constant(value), *rv.owner.inputs).eval(mode=PLAIN)
        )
        out[model.rvs_to_values[rv].name] = np.asarray(raw)
    return out


SAMPLERS = {"nutpie": _nutpie, "pymc": _pymc, "numpyro": _numpyro}


def run_chains(
    joint: Joint,
    spec: SamplingSpec,
    chains: Sequence[int] | None = None,
    progress: Progress = lambda *_: None,
    cores: int | None = None,
    timing: dict | None = None,
) -> Iterator[tuple[int, xr.DataTree]]:
    """Yield (chain number, its draws) as chains finish.

    Each tree has ``posterior`` and ``sample_stats`` with dims ``(chain, draw, ...)``, one chain
    under its own number, and the statistics under the common names of `STATISTICS`. `timing`
    receives ``compile_seconds`` and ``sample_seconds``, wall time.
    """
    quiet_threads()
    refuse_excess(joint.model, spec)
    chains = list(range(spec.chains) if chains is None else chains)
    cores = cores or min(len(chains), os.cpu_count() or 1)
    timing = {} if timing is None else timing
    began = time.perf_counter()
    for chain, tree in SAMPLERS[spec.sampler](joint, spec, chains, progress, cores, timing):
        # Wall time since compilation ended, which for PyMC is that of all chains one by one.
        timing["sample_seconds"] = time.perf_counter() - began - timing.get("compile_seconds", 0.0)
        yield chain, _labelled(tree, chain, spec.sampler, spec.max_treedepth)


def sample_compiled(
    program: Any,
    joint: Joint,
    spec: SamplingSpec,
    *,
    seed: int | None = None,
    cores: int | None = None,
    points: Mapping[int, Mapping[str, np.ndarray]] | None = None,
) -> xr.DataTree:
    """Sample a joint model that nutpie has compiled, under the data that `program` carries; all chains in one.

    Parameters
    ----------
    program : nutpie.CompiledModel
    joint : Joint
    spec : SamplingSpec
    seed : int, optional
        Instead of `spec.seed`, for fits that must not share their random numbers.
    cores : int, optional
        Chains at a time; as many as there are, or as the machine has cores, by default.
    points : mapping, optional
        Chain to its unconstrained start, in place of `starts`.
    """
    refuse_excess(joint.model, spec)
    begun, seeds = _begin(joint, range(spec.chains), spec.seed if seed is None else seed)
    points = begun if points is None else points
    cores = cores or min(spec.chains, os.cpu_count() or 1)
    chains = nutpie_chains(program, joint.model, points, seeds, spec, cores)
    return combine({c: _labelled(tree, c, "nutpie", spec.max_treedepth) for c, tree in chains})


def _labelled(tree: xr.DataTree, chain: int, sampler: str, max_treedepth: int) -> xr.DataTree:
    """One chain under its own number, its statistics under their common names."""
    stats = normalise(tree["sample_stats"].to_dataset(), sampler, max_treedepth)
    groups = {"posterior": tree["posterior"].to_dataset(), "sample_stats": stats}
    return xr.DataTree.from_dict({name: group.assign_coords(chain=[chain]) for name, group in groups.items()})


def sample_model(
    model: pm.Model, spec: SamplingSpec, *, seed: int | None = None, program: Any = None
) -> xr.DataTree:
    """Sample any PyMC model with nutpie; statistics under their common names.

    For small models beside the joint one, such as measurement alone.

    Parameters
    ----------
    model : Model
    spec : SamplingSpec
        Of its fields, `chains`, `tune`, `draws`, `target_accept` and `seed` count.
    seed : int, optional
        What nutpie is given, instead of the seed that follows from `spec.seed`.
    program : nutpie.CompiledModel, optional
        `model` already compiled, perhaps under other data.
    """
    import nutpie

    quiet_threads()
    refuse_excess(model, spec)
    tree = nutpie.sample(
        program or compiled(model),
        chains=spec.chains,
        cores=min(spec.chains, os.cpu_count() or 1),
        tune=spec.tune,
        draws=spec.draws,
        seed=chain_seed(spec.seed, 0) if seed is None else seed,
        save_warmup=False,
        progress_bar=False,
        target_accept=spec.target_accept,
    )
    stats = normalise(tree["sample_stats"].to_dataset(), "nutpie", spec.max_treedepth)
    posterior = with_deterministics(model, tree["posterior"].to_dataset())
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})


def combine(chains: Mapping[int, xr.DataTree]) -> xr.DataTree:
    """Put chains together in the order of their numbers."""
    groups = {
        group: xr.concat([chains[k][group].to_dataset() for k in sorted(chains)], "chain", join="exact")
        for group in ("posterior", "sample_stats")
    }
    return xr.DataTree.from_dict(groups)


def annotate(tree: xr.DataTree, joint: Joint, spec: SamplingSpec) -> xr.DataTree:
    """Add the data and everything needed to rebuild the model to the draws."""
    import json

    from workflows.store import versions

    panel = joint.panel
    out = tree.copy()
    observed = panel[["share", "troops"]].drop_attrs()
    constant = panel[["armed_forces", "similarity", "in_force", "provisions", "controls"]].drop_attrs()
    constant = constant.assign(year=year_of_operation_years(joint))
    out["observed_data"] = xr.DataTree(observed)
    out["constant_data"] = xr.DataTree(constant)
    out.attrs.update(
        model_spec=joint.spec.model_dump_json(),
        sampling_spec=spec.model_dump_json(),
        panel_attrs=json.dumps({k: str(v) for k, v in panel.attrs.items()}),
        versions=json.dumps(versions()),
        uninformative_provisions=", ".join(joint.uninformative),
    )
    return out


def year_of_operation_years(joint: Joint) -> xr.DataArray:
    """Year of each operation-year, dims (operation_year).

    It stands beside the posterior, not as a second coordinate within it, which `arviz.summary` could not stack.
    """
    names = list(joint.model.coords["operation_year"])
    years = [int(str(name).rsplit(" ", 1)[1]) for name in names]
    return xr.DataArray(years, coords={"operation_year": names}, dims="operation_year", name="year")
