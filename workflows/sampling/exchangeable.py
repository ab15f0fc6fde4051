"""The joint model of a spec with everything that was observed as exchangeable data: one program, many worlds.

For simulation-based calibration: covariates, treaties in force and gaps in the provisions are those of the
panel; provisions and outcomes are exchanged for simulated ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr
from pytensor.tensor.variable import TensorVariable

from data.errors import InputError
from models.contribution import contribution
from models.graded import indicator, pattern_loglik, simulate_responses
from models.item_parameters import register_items
from models.items import FAR, code_provisions, log_category
from models.joint import Joint, design_of, informs_items, inside, potential_of_rows
from models.likelihoods import Likelihood, Outcome, Predictors, get
from models.likelihoods._hurdle import open_share
from models.outcomes import explained
from models.predictor.rowwise import EVERY
from models.similarity import with_latent_similarity
from models.spec import ModelSpec
from workflows.draws.evaluate import evaluate
from workflows.native.exact import exact

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
    joint : Joint
    """

    def __init__(self, panel: xr.Dataset, spec: ModelSpec) -> None:
        self.panel, self.spec = panel, spec
        nobody = {name: xr.zeros_like(panel[name]) for name in ("troops", "share")}
        # Which effects are centred must suit all worlds: a state that sends nobody informs its own least.
        design, coords = design_of(panel.assign(nobody), spec)
        self.own, self.others = inside(panel), informs_items(panel, spec.depth)
        priors = spec.depth.item_priors
        names = [str(name) for name in panel["provision"].values]
        self.coding = code_provisions(panel["provisions"].values, names=names, known=tuple(priors.items))
        self.folded = priors.sign == "anchor"
        with pm.Model(coords=coords) as model:
            loading, cuts = register_items(self.coding, priors, "provision_informative")
            theta = pm.Normal("treaty_depth", 0.0, 1.0, dims="treaty", initval=np.zeros(int(self.own.sum())))
            first = self.answers(self.coding.category)
            below, above = (pm.Data(name, first[name]) for name in ("answer_below", "answer_above"))
            pm.Potential("provisions_loglik", self._responses(theta, loading, cuts, below, above).sum())
            if self.others.any():
                marks = pm.Data("answer_marks", first["answer_marks"])
                other = pattern_loglik(loading, cuts, marks, self.coding.levels)
                pm.Potential("other_treaties_loglik", other.sum())
            used = with_latent_similarity(design, panel, spec)
            unrealized = potential_of_rows(theta, panel, spec, used.similarity)
            data = {name: pm.Data(name, panel[name].values.astype(float)) for name in ("troops", "share")}
            outcome = Outcome(armed_forces=pt.constant(design.outcome.armed_forces), **data)
            likelihood = OtherOutcome(get(spec.contribution.likelihood), outcome)
            part = contribution(used, unrealized, spec.contribution, likelihood)
        # Simulation and expected outcomes need the likelihood itself.
        part = replace(part, likelihood=get(spec.contribution.likelihood))
        self.loading, self.cuts_given = loading, cuts
        self.joint = Joint(model, panel, spec, design, theta, unrealized[EVERY], part, self.coding.constant)

    def _observed(self, treaties: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Treaty and item of every answer that the panel has, flat."""
        return np.nonzero(self.coding.category[treaties] >= 0)

    def answers(self, category: np.ndarray) -> dict[str, np.ndarray]:
        """Data of the program for categories, shape (treaty, item), at the panel's gaps."""
        seen = np.where(self.coding.category >= 0, category, -1)
        treaty, item = self._observed(self.own)
        starts = np.concatenate([[0], np.cumsum([top - 1 for top in self.coding.levels])])[item]
        k, top = seen[self.own][treaty, item], np.array(self.coding.levels)[item]
        ends = len(self.coding.cuts)
        data = {
            "answer_below": np.where(k == 0, ends, starts + k - 1),
            "answer_above": np.where(k == top - 1, ends + 1, starts + k),
        }
        if self.others.any():
            data["answer_marks"] = indicator(seen[self.others], self.coding.levels)
        return data

    def _responses(
        self, theta: TensorVariable, loading: TensorVariable, cuts: TensorVariable, below, above
    ) -> TensorVariable:
        """Log probability of each answer of the treaties in force; see `models.depth.response_loglik`."""
        treaty, item = self._observed(self.own)
        ends = pt.concatenate([cuts, np.array([-FAR, FAR])])
        slope = loading[item] * theta[treaty]
        return log_category(slope - ends[below], slope - ends[above])

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
        joint = self.joint
        free = joint.model.free_RVs
        dims = joint.model.named_vars_to_dims
        while True:
            with exact():
                drawn = pm.draw(free, random_seed=rng.integers(2**31))
            truth = xr.Dataset(coords={"chain": [0], "draw": [0]})
            for variable, value in zip(free, drawn, strict=True):
                own = dims.get(variable.name) or ()
                truth[variable.name] = (("chain", "draw", *own), np.asarray(value)[None, None])
            # The sign of depth is fixed by the half-space in which the loadings' prior lives.
            if not self.folded or "loading_other" not in truth or float(truth["loading_other"].sum()) > 0:
                break
        part = joint.contribution
        quantities = part.tensors()
        quantities["loading"] = (self.loading, ("item",))
        quantities["cuts"] = (self.cuts_given, ("cut",))
        values = evaluate(joint, truth, quantities)
        outcome = part.simulate(rng, {name: values[name].values[0, 0] for name in part.tensors()})
        share, troops = self._outcome(np.asarray(outcome, float))
        theta = np.empty(self.own.size)
        theta[self.own] = truth["treaty_depth"].values.ravel()
        theta[~self.own] = rng.standard_normal(int((~self.own).sum()))
        loading, cuts = values["loading"].values[0, 0], values["cuts"].values[0, 0]
        owner = np.repeat(np.arange(loading.size), np.array(self.coding.levels) - 1)
        threshold = cuts / np.sqrt(1 + loading[owner] ** 2)
        category = simulate_responses(rng, theta, loading, threshold, self.coding.levels).astype(int)
        data = {**self.answers(category), "share": share, "troops": troops}
        return World(truth, data, float((share == 0).mean()))

    def _outcome(self, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Shares and troops, each shape (row,), of a simulated outcome."""
        likelihood, forces = self.joint.contribution.likelihood, self.joint.contribution.armed_forces
        outcome = explained(likelihood)
        troops = outcome.persons(drawn, forces, likelihood)
        return (drawn if outcome.of_forces else troops / forces), troops


class OtherOutcome:
    """A likelihood whose outcome is the model's data instead of the design's.

    Which effects are sampled as levels follows from the outcome in a model of one data set. Here it must suit all
    of them, so that the design says that nobody came: a hurdle then has no state's level, since a state with nothing
    but zeros hardly informs its own, but those of treaties with many rows.
    """

    def __init__(self, likelihood: Likelihood, outcome: Outcome) -> None:
        self._likelihood, self._outcome = likelihood, outcome

    def __getattr__(self, name: str) -> Any:
        return getattr(self._likelihood, name)

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log density of each row of its own outcome, whatever the design's."""
        return self._likelihood.logp(self._outcome, eta, params)
