"""The joint model of a spec with everything that was observed as exchangeable data: one program, many worlds.

For simulation-based calibration: covariates, treaties in force and gaps in the provisions are those of the
panel; provisions and outcomes are exchanged for simulated ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pymc as pm
import xarray as xr
from pytensor.tensor.variable import TensorVariable

from data.common.errors import InputError
from models.given import Given
from models.graded import simulate_responses
from models.joint import joint, treaties_of
from models.likelihoods._hurdle import open_share
from models.modes import PLAIN
from models.outcomes import explained
from models.spec import ModelSpec
from workflows.draws.evaluate import evaluate

#: Positive shares below this may stand for any smaller number.
LEAST = 1e-300
#: Worlds drawn before it is said that none can be written down.
MOST_WORLDS = 1000


@dataclass(frozen=True)
class World:
    """One simulated world.

    Attributes
    ----------
    truth : Dataset
        The free variables, dims (chain, draw, ...) of length one.
    data : dict
        Data of the program.
    zeros : float
        Share of rows without troops.
    """

    truth: xr.Dataset
    data: dict[str, np.ndarray]
    zeros: float


class Exchangeable:
    """The joint model of `spec` on the covariates of `panel`.

    Parameters
    ----------
    panel : Dataset
    spec : ModelSpec
        Its `measurement` is `joint`.

    Attributes
    ----------
    treaties : Treaties
    joint : Joint
    """

    def __init__(self, panel: xr.Dataset, spec: ModelSpec) -> None:
        self.treaties = treaties_of(panel, spec.depth)
        self.joint = joint(panel, spec, Given(data={"answers", "outcome"}))

    def world(self, rng: np.random.Generator) -> World:
        """Draw parameters from the prior, and provisions and outcomes from the model.

        Under a wide prior some worlds have shares that no floating-point number holds, 1e-600 or one less 1e-20. They
        would be rounded to what the likelihood did not draw, so that such worlds, parameters included, are drawn
        again: given data that can be written down, a posterior is the same whatever else might have been seen.

        Raises
        ------
        InputError
            If hardly any world of the prior can be written down.
        """
        for _ in range(MOST_WORLDS):
            world = self._world(rng)
            if self._written_down(world.data["share"]):
                return world
        raise InputError(
            f"{MOST_WORLDS} worlds of the prior, each with a share that no floating-point number holds",
            "narrower priors",
            column="model.contribution.priors",
        )

    def _written_down(self, share: np.ndarray) -> bool:
        """Whether the outcome that the likelihood is given is the one that was drawn."""
        likelihood = self.joint.contribution.likelihood
        if not explained(likelihood).of_forces or likelihood.zeros_inform:
            return bool(np.isfinite(share).all())
        some = share[share > 0]
        forces = self.joint.contribution.armed_forces[share > 0]
        return bool((some > LEAST).all() and (open_share(some, forces) == some).all())

    def _world(self, rng: np.random.Generator) -> World:
        """One world, whatever its outcome."""
        joint, own, coding = self.joint, self.treaties.own, self.treaties.coding
        folded = joint.spec.depth.item_priors.sign == "anchor"
        truth = drawn(joint.model, joint.model.free_RVs, rng, folded=folded)
        part = joint.contribution
        quantities = part.tensors()
        quantities |= {name: (joint.model[name], (f"of_{name}",)) for name in ("loading", "threshold")}
        values = evaluate(joint, truth, quantities).isel(chain=0, draw=0)
        outcome = part.simulate(rng, {name: values[name].values for name in part.tensors()})
        share, troops = self._outcome(np.asarray(outcome, float))
        theta = np.empty(own.size)
        theta[own] = truth["treaty_depth"].values.ravel()
        theta[~own] = rng.standard_normal(int((~own).sum()))
        items = values["loading"].values, values["threshold"].values
        category = simulate_responses(rng, theta, *items, coding.levels).astype(int)
        data = {**self.treaties.data(category), "share": share, "troops": troops}
        return World(truth, data, float((share == 0).mean()))

    def _outcome(self, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Shares and troops, each shape (row,), of a simulated outcome."""
        likelihood, forces = self.joint.contribution.likelihood, self.joint.contribution.armed_forces
        outcome = explained(likelihood)
        troops = outcome.persons(drawn, forces, likelihood)
        return (drawn if outcome.of_forces else troops / forces), troops


def drawn(
    model: pm.Model, variables: Sequence[TensorVariable], rng: np.random.Generator, *, folded: bool
) -> xr.Dataset:
    """One draw of variables from a model's prior, dims (chain, draw, ...) of length one.

    Parameters
    ----------
    model : Model
    variables : sequence of TensorVariable
        The free variables among them; of those without a name nothing is kept.
    rng : numpy.random.Generator
    folded : bool
        Whether the sign of depth is fixed by the half-space in which the loadings' prior lives.
    """
    dims = model.named_vars_to_dims
    while True:
        values = pm.draw(variables, random_seed=rng.integers(2**31), mode=PLAIN)
        truth = xr.Dataset(coords={"chain": [0], "draw": [0]})
        named = {v.name: np.asarray(value) for v, value in zip(variables, values, strict=True) if v.name}
        for name, value in named.items():
            own = dims.get(name) or tuple(f"{name}_{k}" for k in range(value.ndim))
            truth[name] = (("chain", "draw", *own), value[None, None])
        if not folded or "loading_other" not in truth or float(truth["loading_other"].sum()) > 0:
            return truth
