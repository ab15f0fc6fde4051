"""Sampling joint models, one chain at a time, and any model at once; see `workflows.sampling.program`.

Chains are independent, so that a run which was interrupted keeps those it finished.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pymc as pm
import xarray as xr

from models.joint import Joint
from workflows.draws.starts import starts
from workflows.samplers import Point, Progress
from workflows.sampling.program import Program, chain_seed
from workflows.spec.run import SamplingSpec
from workflows.store.store import versions

#: Sampler of small models: XLA compiles measurement alone or a twin in two seconds, Numba in half a minute.
SMALL = "numpyro"


def run_chains(
    joint: Joint,
    spec: SamplingSpec,
    chains: Sequence[int] | None = None,
    progress: Progress = lambda *_: None,
    cores: int | None = None,
    timing: dict | None = None,
    *,
    seed: int | None = None,
    points: Mapping[int, Point] | None = None,
    program: Program | None = None,
) -> Iterator[tuple[int, xr.DataTree]]:
    """Yield (chain number, its draws) as chains finish, as `Program.chains` does.

    Parameters
    ----------
    joint : Joint
    spec : SamplingSpec
    chains : sequence of int, optional
        Numbers of chains; all by default.
    progress : callable
        Called with (chain, draws done, draws in all, divergences so far).
    cores : int, optional
        Chains at a time; as many as there are, or as the machine has cores, by default.
    timing : dict, optional
        Receives ``compile_seconds`` and ``sample_seconds``, wall time.
    seed : int, optional
        Instead of `spec.seed`, for fits that must not share their random numbers.
    points : mapping, optional
        Chain to its unconstrained start, in place of `starts`.
    program : Program, optional
        That of `joint.model`, where it is sampled again under other data.
    """
    chains = list(range(spec.chains) if chains is None else chains)
    seed = spec.seed if seed is None else seed
    points = points or {c: starts(joint, c, seed) for c in chains}
    seeds = {c: chain_seed(seed, c) for c in chains}
    program = program or Program(joint.model, spec.sampler)
    yield from program.chains(points, seeds, spec, cores=cores, progress=progress, timing=timing)


def sample_model(model: pm.Model, spec: SamplingSpec, *, seed: int | None = None) -> xr.DataTree:
    """Sample any PyMC model with nutpie; statistics under their common names.

    For models beside the joint one, such as that of coalitions.

    Parameters
    ----------
    model : Model
    spec : SamplingSpec
        Of its fields, `chains`, `tune`, `draws`, `target_accept` and `seed` count.
    seed : int, optional
        What nutpie is given, instead of the seed that follows from `spec.seed`.
    """
    return Program(model).sample(spec, chain_seed(spec.seed, 0) if seed is None else seed)


def sample_small(model: pm.Model, spec: SamplingSpec, *, seed: int | None = None) -> xr.DataTree:
    """Sample a model that costs less to sample than to compile, with `SMALL`, on the CPU; as `sample_model`.

    Measurement alone is one, and the twin of a published regression.
    """
    spec = spec.model_copy(update={"device": "cpu"})
    return Program(model, SMALL).sample(spec, chain_seed(spec.seed, 0) if seed is None else seed)


def annotate(tree: xr.DataTree, joint: Joint, spec: SamplingSpec) -> xr.DataTree:
    """Add the data and everything needed to rebuild the model to the draws."""
    import json

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
