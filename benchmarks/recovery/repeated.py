"""One compiled contribution model, many simulated outcomes: what recovery and calibration share.

Compiling costs ten times what sampling a small panel does. So the outcome is data of the
compiled model, exchanged for each simulation; covariates and depth are known and fixed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import xarray as xr

from models.given import Given
from models.joint import joint
from models.simulate import Size, Truth, simulate
from models.spec import ModelSpec
from workflows.sampling.program import Program
from workflows.spec.run import SamplingSpec


class Repeated:
    """A contribution model on fixed covariates, compiled once.

    Parameters
    ----------
    spec : ModelSpec
        Depth is taken as known, whatever its `measurement`.
    size : Size
    seed : int
        Of the covariates.

    Attributes
    ----------
    panel : Dataset
        Covariates, with one plausible outcome.
    truth : dict of DataArray
        Its truth; ``treaty_depth`` and ``similarity`` hold for every outcome.
    model : pymc.Model
    """

    def __init__(self, spec: ModelSpec, size: Size, seed: int) -> None:
        self.spec = spec
        self.panel, self.truth = simulate(spec, size, seed)
        given = Given(self.truth["treaty_depth"].to_numpy(), {"outcome"})
        self.model = joint(self.panel, spec, given).model
        self._program = Program(self.model)

    def fixed(self) -> Truth:
        """What every truth of this model has in common."""
        return {name: self.truth[name] for name in ("treaty_depth", "similarity")}

    def sample(self, panel: xr.Dataset, *, chains: int, tune: int, draws: int, seed: int) -> xr.DataTree:
        """Posterior of a panel with the same covariates."""
        spec = SamplingSpec(chains=chains, tune=tune, draws=draws, target_accept=0.9)
        data = {name: panel[name].to_numpy() for name in ("troops", "share")}
        return self._program.with_data(**data).sample(spec, seed, cores=1)


def r_hats(posterior: xr.Dataset, names: list[str]) -> dict[str, np.ndarray]:
    """Rank-normalised split R-hat of each entry of the named variables, flat."""
    with np.errstate(all="ignore"):
        found = az.rhat(posterior[names], method="rank")
    return {name: found[name].to_numpy().ravel() for name in names}


def resumed(path: Path, tasks: int, one: Callable[[int], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Do tasks 0..tasks-1, each once: results are lines of a JSON file, and those in it are kept.

    Parameters
    ----------
    path : Path
        Created where absent; a line half written by an interruption is dropped.
    tasks : int
    one : callable
        Given the task's number, its result; the number is stored as `task`.

    Yields
    ------
    dict
        Every result, in the order of the file.
    """
    done: dict[int, dict[str, Any]] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                result = json.loads(line)
            except json.JSONDecodeError:
                continue
            done[result["task"]] = result
        path.write_text("".join(json.dumps(r) + "\n" for r in done.values()), encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    yield from (done[task] for task in sorted(done) if task < tasks)
    for task in (t for t in range(tasks) if t not in done):
        result = {"task": task, **one(task)}
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
            file.flush()
            os.fsync(file.fileno())
        yield result
