"""Nutpie put aside: models are recorded, and what is "sampled" are draws of their prior, in nutpie's form.

A prior is drawn some times, and each "sample" takes from those at random: independent draws, and quick.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr

from models.modes import PLAIN
from workflows.native.ready import Ready

DISTINCT = 60
STATISTICS = ("diverging", "energy", "depth", "maxdepth_reached", "n_steps", "step_size", "logp")


@dataclasses.dataclass(frozen=True)
class Compiled:
    """Stands for a compiled model."""

    model: pm.Model
    initial_point_func: Callable | None = None
    shared_var_keys: tuple = ()
    ready: Ready = dataclasses.field(default_factory=lambda: Ready(()))

    def with_data(self, **_: Any) -> Compiled:
        return self


class Finished:
    """Stands for a sampler in the background that is done."""

    is_finished = True

    def __init__(self, tree: xr.DataTree) -> None:
        self.tree = tree

    def wait(self) -> xr.DataTree:
        return self.tree

    def cancel(self) -> None:
        pass


class Stub:
    """What stands in nutpie's place.

    Attributes
    ----------
    models : list of Model
        Every model handed to the sampler, in order.
    asked : list of dict
        Settings of every call.
    diverges : callable
        From a call's settings to its number of divergences.
    """

    def __init__(self) -> None:
        self.models: list[pm.Model] = []
        self.asked: list[dict[str, Any]] = []
        self._prior: dict[int, list[np.ndarray]] = {}
        self.diverges: Callable[[dict[str, Any]], int] = lambda _: 0

    def compile(self, model: pm.Model, **_: Any) -> Compiled:
        self.models.append(model)
        return Compiled(model)

    def sample(
        self, compiled: Compiled, *, chains: int, draws: int, seed: int, blocking: bool = True, **more
    ):
        asked = {"model": compiled.model, "chains": chains, "draws": draws, "seed": seed, **more}
        self.asked.append(asked)
        free, dims = compiled.model.free_RVs, compiled.model.named_vars_to_dims
        if id(compiled.model) not in self._prior:
            self._prior[id(compiled.model)] = pm.draw(free, draws=DISTINCT, random_seed=1, mode=PLAIN)
        rng = np.random.default_rng(seed)
        taken = rng.integers(DISTINCT, size=chains * draws)
        values = [np.asarray(value)[taken] for value in self._prior[id(compiled.model)]]
        coords = {k: list(v) for k, v in compiled.model.coords.items() if v is not None}
        posterior = xr.Dataset(coords={"chain": np.arange(chains), "draw": np.arange(draws)})
        for variable, value in zip(free, values, strict=True):
            own = dims.get(variable.name) or tuple(f"{variable.name}_{k}" for k in range(value.ndim - 1))
            shaped = np.asarray(value, float).reshape(chains, draws, *value.shape[1:])
            posterior[variable.name] = (("chain", "draw", *own), shaped)
        posterior = posterior.assign_coords({k: v for k, v in coords.items() if k in posterior.dims})
        zero = np.zeros((chains, draws))
        stats = dict.fromkeys(STATISTICS, (("chain", "draw"), zero))
        stats["energy"] = (("chain", "draw"), rng.normal(size=zero.shape))
        stats["maxdepth_reached"] = (("chain", "draw"), zero.astype(bool))
        diverging = zero.astype(bool)
        diverging.flat[: self.diverges(asked)] = True
        stats["diverging"] = (("chain", "draw"), diverging)
        tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": xr.Dataset(stats)})
        return tree if blocking else Finished(tree)


def put_aside(monkeypatch) -> Stub:
    """Put a `Stub` in nutpie's place, compiling and measurement included."""
    stub = Stub()
    # No second process of a run, in which nothing would be put aside.
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    monkeypatch.setattr("workflows.native.program.compiled", stub.compile)
    monkeypatch.setattr("nutpie.sample", stub.sample)
    monkeypatch.setattr("workflows.sampling.chains.SMALL", "nutpie")
    return stub
