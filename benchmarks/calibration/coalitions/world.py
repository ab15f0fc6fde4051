"""The pooled model of coalitions with everything observed as exchangeable data, and worlds drawn from its prior.

For simulation-based calibration: covariates, treaties in force and what the lists of an operation can know are given;
ties, provisions and contributions are drawn anew. One program serves all worlds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from models.coalition import (
    GROUPS,
    SIGNS,
    CoalitionDesign,
    CoalitionPriors,
    coalition_model,
    signs,
    treaties_of,
)
from models.graded import simulate_responses
from models.item_priors import known_items
from workflows.coalitions.design import CONTROLS, KINDS
from workflows.coalitions.effects import EFFECTS, estimands, predictor
from workflows.sampling.exchangeable import drawn

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
    treaties : Treaties
    model : pymc.Model
        With everything observed as data; see `models.coalition.coalition_model`.
    """

    def __init__(
        self, design: CoalitionDesign, knows: np.ndarray, priors: CoalitionPriors | None = None
    ) -> None:
        self.design, self.knows = design, np.asarray(knows)
        self.treaties = treaties_of(design)
        self.model = coalition_model(design, priors, exchanged=True)

    def bounds(self, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Least and most of each contribution's kind (0-2), shape (row,), as lists of its operation would give them."""
        exact_, large = self.knows == 0, self.knows == 1
        least = np.where(exact_, kinds, np.where(large, 2 * (kinds == 2), (kinds > 0).astype(int)))
        most = np.where(exact_, kinds, np.where(large, np.where(kinds == 2, 2, 1), 2 * (kinds > 0)))
        return least, most

    def world(self, rng: np.random.Generator) -> CoalitionWorld:
        """Draw parameters from the prior, and ties, provisions and contributions from the model."""
        # Which numbers are drawn follows from the graph: with items asked for once more, worlds are those on record.
        items = [self.model[name] + 0.0 for name in ("threshold", "loading")]
        wanted = [*self.model.free_RVs, *self.model.deterministics, *items]
        truth = drawn(self.model, wanted, rng, folded=known_items().sign == "anchor")
        values = {name: array.values[0, 0] for name, array in truth.items()}
        at = predictor(self.design, truth.isel(chain=0))
        noise = rng.logistic(size=at["eta"].shape[1])
        kinds = (at["eta"][0] + noise > 0).astype(int) + (at["eta"][0] - at["gap"][0] + noise > 0)
        ties = values["breadth"][:, None] * values["tie_loading"]
        ties = ties + np.sqrt(values["tie_uniqueness"]) * rng.standard_normal(ties.shape)
        depth, levels = values["treaty_depth"], self.treaties.coding.levels
        category = simulate_responses(rng, depth, values["loading"], values["threshold"], levels).astype(int)
        data = dict(zip(SIGNS, signs(*self.bounds(kinds)), strict=True))
        data |= {"ties_seen": ties, **self.treaties.data(category)}
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
    """Covariates of a small world and what its lists know: `each` operations of every group, all states in each.

    What lists know is 0 (the kind), 1 (whether a hundred) or 2 (whether any), shape (row,).
    """
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
