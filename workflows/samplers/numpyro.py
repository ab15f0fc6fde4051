"""NUTS of NumPyro on a PyMC model: one compiled program for all chains, on a CPU or a GPU.

The whole of a chain (warm-up and draws) is one JAX program, compiled ahead, so that compile
and sample time are known apart. On a CPU chains run one to a thread, because a vectorised
step waits for the longest trajectory of all chains; on a GPU they are vectorised.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data.common.disk import own_folder
from data.common.errors import InputError
from workflows.samplers._sampler import Asked, Sampler

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr

#: What JAX keeps of compiled programs at most, those used last: data are part of a program, each panel has its own.
KEPT_BYTES = 2**29
#: Fields of a NUTS state, by the common name of the statistic.
FIELDS = {
    "diverging": lambda s: s.diverging,
    "energy": lambda s: s.energy,
    "n_steps": lambda s: s.num_steps,
    "step_size": lambda s: s.adapt_state.step_size,
    "lp": lambda s: -s.potential_energy,
}


def device(name: str) -> Any:
    """Return the JAX device of a kind, with 64-bit numbers switched on.

    Raises
    ------
    InputError
        If JAX finds no such device.
    """
    import jax

    jax.config.update("jax_enable_x64", True)
    _keep_programs()
    try:
        return jax.devices(name)[0]
    except RuntimeError:
        raise InputError(
            f"no {name} that JAX can use", "--device cpu, or JAX installed with CUDA", key="sampling.device"
        ) from None


def _keep_programs() -> None:
    """Have JAX keep what it compiles beside what PyTensor keeps: the same program, read in a tenth of the time.

    One folder for each kind of processor, whose instructions a program may use; none in a folder of another user.
    """
    import jax
    import pytensor
    from llvmlite.binding import get_host_cpu_features, get_host_cpu_name

    kind = zlib.crc32(f"{get_host_cpu_name()} {get_host_cpu_features().flatten()}".encode())
    place = Path(pytensor.config.compiledir) / f"xla-{kind:08x}"
    if jax.config.jax_compilation_cache_dir is None and own_folder(place):
        jax.config.update("jax_compilation_cache_dir", str(place))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_compilation_cache_max_size", KEPT_BYTES)


def program(model: pm.Model, tune: int, draws: int, target_accept: float, max_treedepth: int) -> Callable:
    """Return the function (key, start) -> (draws of the value variables, statistics), to be compiled."""
    import jax
    from numpyro.infer import NUTS
    from pymc.sampling.jax import get_jaxified_logp

    kernel = NUTS(
        potential_fn=get_jaxified_logp(model, negative_logp=False),
        target_accept_prob=target_accept,
        max_tree_depth=max_treedepth,
    )

    def one(key, start):
        state = kernel.init(key, tune, start, (), {})
        state = jax.lax.fori_loop(0, tune, lambda _, s: kernel.sample(s, (), {}), state)

        def step(state, _):
            state = kernel.sample(state, (), {})
            return state, (state.z, {name: field(state) for name, field in FIELDS.items()})

        return jax.lax.scan(step, state, length=draws)[1]

    return one


def _chains(_: pm.Model, model: pm.Model, asked: Asked) -> Iterator[tuple[int, xr.DataTree]]:
    """Yield (chain, its draws) as chains finish; told of when finished."""
    for chain, tree in _drawn(model, asked):
        asked.progress(
            chain, asked.iterations, asked.iterations, int(tree["sample_stats"]["diverging"].sum())
        )
        yield chain, tree


def _drawn(model: pm.Model, asked: Asked) -> Iterator[tuple[int, xr.DataTree]]:
    """Yield (chain, its tree) as chains finish; under the data that the model holds, compiled for them."""
    import jax

    from workflows.machine.compiling import exact

    spec, starts = asked.spec, asked.points
    place = device(spec.device)
    names = [variable.name for variable in model.value_vars]
    with jax.default_device(place), exact():
        points = {k: [jax.numpy.asarray(starts[k][name], float) for name in names] for k in starts}
        keys = {k: jax.random.PRNGKey(asked.seeds[k]) for k in starts}
        one = program(model, spec.tune, spec.draws, spec.target_accept, spec.max_treedepth)
        chains = list(starts)
        began = time.perf_counter()
        if spec.device == "cpu":
            run = jax.jit(one).lower(keys[chains[0]], points[chains[0]]).compile()
        else:
            together = [jax.numpy.stack(parts) for parts in zip(*points.values(), strict=True)]
            batch = jax.numpy.stack([keys[k] for k in chains])
            run = jax.jit(jax.vmap(one)).lower(batch, together).compile()
        constrain = _constrain(model)
        compiling = time.perf_counter() - began
    asked.timing["compile_seconds"] = asked.timing.get("compile_seconds", 0.0) + compiling

    if spec.device != "cpu":
        values, stats = jax.tree.map(np.asarray, run(batch, together))
        for position, chain in enumerate(chains):
            mine, own = jax.tree.map(lambda x, p=position: x[p], (values, stats))
            yield chain, _tree(model, constrain(mine), own)
        return

    def carry_out(chain: int):
        with jax.default_device(place):
            return chain, jax.tree.map(np.asarray, run(keys[chain], points[chain]))

    with ThreadPoolExecutor(min(asked.cores, len(chains))) as pool:
        tasks = [pool.submit(carry_out, chain) for chain in chains]
        try:
            for task in as_completed(tasks):
                chain, (values, stats) = task.result()
                yield chain, _tree(model, constrain(values), stats)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _constrain(model: pm.Model) -> Callable[[Sequence[np.ndarray]], dict[str, np.ndarray]]:
    """Return the map from draws of the value variables to draws of the model's named variables."""
    import jax
    from pymc.sampling.jax import get_jaxified_graph

    wanted = [v for v in model.unobserved_value_vars if v.name not in {x.name for x in model.value_vars}]
    wanted += [v for v in model.value_vars if v in model.free_RVs or not _transformed(model, v)]
    graph = get_jaxified_graph(inputs=model.value_vars, outputs=wanted)
    # One draw after the other: memory stays that of the draws.
    every = jax.jit(lambda values: jax.lax.map(lambda row: graph(*row), tuple(values)))
    return lambda values: dict(
        zip([v.name for v in wanted], map(np.asarray, every(list(values))), strict=True)
    )


def _transformed(model: pm.Model, value: Any) -> bool:
    return model.rvs_to_transforms[model.values_to_rvs[value]] is not None


def _tree(model: pm.Model, draws: Mapping[str, np.ndarray], stats: Mapping[str, np.ndarray]) -> xr.DataTree:
    """Name dims; leading dim `draw` becomes (chain, draw)."""
    import xarray as xr

    dims = model.named_vars_to_dims
    posterior = xr.Dataset(
        {
            name: (("chain", "draw", *(dims.get(name) or _anonymous(name, x))), x[None])
            for name, x in draws.items()
        }
    )
    coords = {d: list(v) for d, v in model.coords.items() if d in posterior.dims and v is not None}
    measured = xr.Dataset({name: (("chain", "draw"), np.asarray(x)[None]) for name, x in stats.items()})
    measured["tree_depth"] = np.floor(np.log2(np.maximum(measured["n_steps"], 1))).astype(int) + 1
    count = posterior.sizes["draw"]
    return xr.DataTree.from_dict(
        {
            "posterior": posterior.assign_coords(chain=[0], draw=np.arange(count), **coords),
            "sample_stats": measured.assign_coords(chain=[0], draw=np.arange(count)),
        }
    )


def _anonymous(name: str, values: np.ndarray) -> tuple[str, ...]:
    return tuple(f"{name}_dim_{k}" for k in range(values.ndim - 1))


def _also(statistics: xr.Dataset, max_treedepth: int) -> xr.Dataset:
    """Whether a tree reached its largest depth, which NumPyro does not say."""
    if "n_steps" not in statistics:
        return statistics
    # A trajectory that was cut off has taken every step allowed.
    return statistics.assign(reached_max_treedepth=statistics["n_steps"] >= 2**max_treedepth - 1)


SAMPLER = Sampler(
    words="compiling must be quick, or the panel is large and a GPU is at hand",
    statistics={
        "diverging": "diverging",
        "energy": "energy",
        "tree_depth": "tree_depth",
        "n_steps": "n_steps",
        "step_size": "step_size",
        "lp": "lp",
    },
    chains=_chains,
    devices=("cpu", "gpu"),
    also=_also,
)
