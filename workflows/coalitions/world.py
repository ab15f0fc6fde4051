"""The pooled model of coalitions with everything observed as exchangeable data, and worlds drawn from its prior.

For simulation-based calibration: covariates, treaties in force and what the lists of an operation can know are given;
ties, provisions and contributions are drawn anew. One program serves all worlds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from models.coalition import (
    GROUPS,
    CoalitionDesign,
    CoalitionPriors,
    breadth_of_ties,
    coords_of,
    linear_predictor,
    loglik,
    signs,
)
from models.graded import simulate_responses
from models.item_parameters import register_items
from models.item_priors import known_items
from models.items import FAR, code_provisions, log_category
from workflows.coalitions.design import CONTROLS, KINDS
from workflows.coalitions.effects import EFFECTS, estimands, predictor
from workflows.native.exact import exact

#: What the lists of an operation can know of a contribution: its kind; whether it is 100 and more; whether any.
KNOWS = ("kind", "hundred", "any")
#: Controls whose effects are reported.
REPORTED = [name for name, *_ in EFFECTS if name in CONTROLS]


@dataclass(frozen=True)
class CoalitionWorld:
    """One simulated world: its free variables and effects (chain 1, draw 1), and data of the program."""

    truth: xr.Dataset
    data: dict[str, np.ndarray]
    kinds: np.ndarray


class CoalitionWorlds:
    """The model on the covariates of a design.

    Parameters
    ----------
    design : CoalitionDesign
        Its ties, provisions and bounds count for their shapes alone.
    knows : ndarray of int, shape (row,)
        Place in `KNOWS`.
    priors : CoalitionPriors

    Attributes
    ----------
    model : pymc.Model
        Data ``ties_seen``, ``answer_below``, ``answer_above``, ``some``, ``large``, ``token``.
    """

    def __init__(
        self, design: CoalitionDesign, knows: np.ndarray, priors: CoalitionPriors | None = None
    ) -> None:
        self.design, self.knows = design, np.asarray(knows)
        priors, items = priors or CoalitionPriors(), known_items()
        self.coding = code_provisions(design.provisions, known=tuple(items.items))
        self.folded = items.sign == "anchor"
        with pm.Model(coords=coords_of(design)) as model:
            ties = pm.Data("ties_seen", design.ties)
            breadth = breadth_of_ties(ties, design.ties.shape[1], priors)
            self._loading, self._cuts = register_items(self.coding, items, "provision_informative")
            theta = pm.Normal(
                "treaty_depth", 0.0, 1.0, dims="treaty", initval=np.zeros(len(design.provisions))
            )
            ends = self.answers(self.coding.category)
            below, above = (pm.Data(name, ends[name]) for name in ("answer_below", "answer_above"))
            pm.Potential("provisions_loglik", self._responses(theta, below, above))
            eta, gap = linear_predictor(design, breadth, theta, priors)
            known = dict(
                zip(("some", "large", "token"), signs(*self.bounds(np.zeros(len(knows), int))), strict=True)
            )
            pm.Potential(
                "contribution_loglik", loglik(eta, gap, *(pm.Data(name, known[name]) for name in known))
            )
        self.model = model

    def bounds(self, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Least and most of each contribution as the lists of its operation would give them."""
        exact_, large = self.knows == 0, self.knows == 1
        least = np.where(exact_, kinds, np.where(large, 2 * (kinds == 2), (kinds > 0).astype(int)))
        most = np.where(exact_, kinds, np.where(large, np.where(kinds == 2, 2, 1), 2 * (kinds > 0)))
        return least, most

    def answers(self, category: np.ndarray) -> dict[str, np.ndarray]:
        """Which thresholds lie around each answer, flat over treaties and informative provisions."""
        treaty, item = np.nonzero(self.coding.category >= 0)
        starts = np.concatenate([[0], np.cumsum([top - 1 for top in self.coding.levels])])[item]
        k, top = category[treaty, item], np.array(self.coding.levels)[item]
        ends = len(self.coding.cuts)
        return {
            "answer_below": np.where(k == 0, ends, starts + k - 1),
            "answer_above": np.where(k == top - 1, ends + 1, starts + k),
        }

    def _responses(self, theta, below, above):
        treaty, item = np.nonzero(self.coding.category >= 0)
        ends = pt.concatenate([self._cuts, np.array([-FAR, FAR])])
        slope = self._loading[item] * theta[treaty]
        return pt.sum(log_category(slope - ends[below], slope - ends[above]))

    def world(self, rng: np.random.Generator) -> CoalitionWorld:
        """Draw parameters from the prior, and ties, provisions and contributions from the model."""
        names = [v.name for v in (*self.model.free_RVs, *self.model.deterministics)]
        wanted = [*(self.model[name] for name in names), self._loading, self._cuts]
        dims = self.model.named_vars_to_dims
        while True:
            with exact():
                *drawn, loading, cuts = pm.draw(wanted, random_seed=rng.integers(2**31))
            values = {name: np.asarray(value) for name, value in zip(names, drawn, strict=True)}
            # The sign of depth is fixed by the half-space in which the loadings' prior lives.
            if not self.folded or "loading_other" not in values or values["loading_other"].sum() > 0:
                break
        truth = xr.Dataset(coords={"chain": [0], "draw": [0]})
        for name, value in values.items():
            own = dims.get(name) or tuple(f"{name}_{k}" for k in range(value.ndim))
            truth[name] = (("chain", "draw", *own), value[None, None])
        at = predictor(self.design, truth.isel(chain=0))
        noise = rng.logistic(size=at["eta"].shape[1])
        kinds = (at["eta"][0] + noise > 0).astype(int) + (at["eta"][0] - at["gap"][0] + noise > 0)
        ties = values["breadth"][:, None] * values["tie_loading"]
        ties = ties + np.sqrt(values["tie_uniqueness"]) * rng.standard_normal(ties.shape)
        owner = np.repeat(np.arange(loading.size), np.array(self.coding.levels) - 1)
        threshold = cuts / np.sqrt(1 + loading[owner] ** 2)
        levels = self.coding.levels
        category = simulate_responses(rng, values["treaty_depth"], loading, threshold, levels).astype(int)
        known = signs(*self.bounds(kinds))
        data = {"ties_seen": ties, **self.answers(category)}
        data |= dict(zip(("some", "large", "token"), known, strict=True))
        return CoalitionWorld(truth, data, kinds)

    def quantities(self, draws: xr.Dataset, first: int = 2) -> dict[str, np.ndarray]:
        """What is ranked, each shape (draw,), of draws of one chain.

        Every free variable (the `first` entries of vectors over states, targets, operations and treaties, all of the
        others), and the reported effects of breadth.
        """
        many = {"state", "target", "operation", "treaty"}
        out = {}
        for variable in self.model.free_RVs:
            array = draws[variable.name].isel(chain=0)
            flat = array.to_numpy().reshape(array.sizes["draw"], -1)
            own = set(self.model.named_vars_to_dims.get(variable.name) or ())
            count = min(first, flat.shape[1]) if own & many else flat.shape[1]
            for k in range(count):
                out[variable.name if flat.shape[1] == 1 else f"{variable.name} {k + 1}"] = flat[:, k]
        found = estimands(self.design, draws)
        out["led UN minus placebo"] = found["log_odds:led_un_minus_placebo"].values[0]
        for name in ("any:breadth_between", "any:allied", "hundred:breadth_between"):
            for k, group in enumerate(GROUPS):
                out[f"{name}, {group}"] = found[name].values[0, :, k]
        return out


def synthetic_design(seed: int, states: int = 60, each: int = 3) -> tuple[CoalitionDesign, np.ndarray]:
    """Covariates of a small world and what its lists know: `each` operations of every group, all states in each."""
    rng = np.random.default_rng(seed)
    operations = each * len(GROUPS)
    state, operation = (v.ravel() for v in np.meshgrid(np.arange(states), np.arange(operations)))
    rows = state.size
    member = rng.random((states, 3)) < np.array([0.3, 0.15, 0.1])
    provisions = np.array(
        [[1, 0, 1, 0, 1, 0, 3, 0, 0], [0, 0, 0, 0, 0, 0, 1, 0, 0], [1, 1, 0, 1, 0, 0, 0, 0, 0]], float
    )
    own = rng.standard_normal((states, len(REPORTED)))
    moving = 0.8 * own[state] + 0.6 * rng.standard_normal((rows, len(REPORTED)))
    within = rng.standard_normal(rows)
    within -= (np.bincount(state, within) / operations)[state]
    names = {
        "state": [f"state {k + 1}" for k in range(states)],
        "operation": [f"operation {k + 1}" for k in range(operations)],
        "target": [f"target {k + 1}" for k in range(operations - 2)],
        "control": REPORTED,
        "kind": list(KINDS),
        "treaty": ["treaty 1", "treaty 2", "treaty 3"],
    }
    design = CoalitionDesign(
        state=state,
        operation=operation,
        # Two targets have two operations.
        target=np.arange(operations) % (operations - 2),
        group=np.repeat(np.arange(len(GROUPS)), each),
        least=np.zeros(rows, int),
        most=np.zeros(rows, int),
        controls=(moving - moving.mean(0)) / moving.std(0),
        within=within / within.std(),
        ties=rng.standard_normal((states, len(KINDS))),
        in_force=member[state],
        provisions=provisions,
        names=names,
    )
    # As in the real lists: coalitions mostly by kind or by name, missions of the UN mostly by 100 and more.
    by_group = {0: [0, 0, 2], 1: [1, 1, 2], 2: [1, 1, 0]}
    knows = np.array([by_group[g][k % 3] for g in range(len(GROUPS)) for k in range(each)])
    return design, knows[operation]
