"""Who joins a coalition, pooled over operations: breadth of ties as a latent, depth of treaties, one posterior.

A contribution is none, fewer than 100 persons, or 100 and more, and lists often say only a part of that. With
``x`` the log odds of taking part at all, and ``x - delta`` those of sending 100 and more (a proportional-odds model,
McCullagh 1980), a row whose contribution is known to lie between two kinds contributes the probability of that:

    none:            log(1 - s(x))          at most fewer than 100:  log(1 - s(x - delta))
    at least some:   log s(x)               100 and more:            log s(x - delta)
    fewer than 100:  log s(x) + log(1 - s(x - delta)) + log(1 - exp(-delta))

where ``s`` is the logistic function; the last line is ``log(s(x) - s(x - delta))``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from models.coalition_priors import CoalitionPriors
from models.depth import Treaties, depth_of_sets, graded_depth, treaty_sets
from models.given import exchangeable
from models.item_priors import known_items
from models.items import code_provisions
from models.predictor.rowwise import product

#: Groups of operations whose coefficients are their own.
GROUPS = ("US-led, ad hoc or NATO", "US-led, UN", "UN, not US-led")
MOVING = ("breadth_within", "allied", "depth")
"""Predictors of a group beside the controls: breadth within a state, any treaty, and its depth."""
SIGNS = ("some", "large", "token")
"""What is known of a contribution, as from `signs`."""


@dataclass(frozen=True)
class CoalitionDesign:
    """Arrays of the model.

    Attributes
    ----------
    state, operation, target : ndarray of int, shape (row,), (row,), (operation,)
        Codes 0..; `target` of each operation.
    group : ndarray of int, shape (operation,)
        Place in `GROUPS`.
    least, most : ndarray of int, shape (row,)
        Bounds on the kind of contribution: 0 none, 1 fewer than 100, 2 100 and more.
    controls : ndarray, shape (row, control)
        In SD over the rows, mean 0.
    within : ndarray, shape (row,)
        Deviation of logged joint memberships from the state's mean, in SD.
    ties : ndarray, shape (state, kind)
        State means of the counts of ties, standardised over states; the first kind is the anchor.
    in_force : ndarray of bool, shape (row, treaty)
    provisions : ndarray, shape (treaty, provision)
    names : dict
        ``state, operation, target, control, kind, treaty``: the words of each dimension.
    """

    state: np.ndarray
    operation: np.ndarray
    target: np.ndarray
    group: np.ndarray
    least: np.ndarray
    most: np.ndarray
    controls: np.ndarray
    within: np.ndarray
    ties: np.ndarray
    in_force: np.ndarray
    provisions: np.ndarray
    names: dict[str, list[str]]

    @property
    def row_group(self) -> np.ndarray:
        """Group of each row."""
        return self.group[self.operation]

    @property
    def un(self) -> np.ndarray:
        """Whether each row's operation is one of the United Nations, 0 or 1."""
        return (self.row_group > 0).astype(int)


def coalition_model(
    design: CoalitionDesign,
    priors: CoalitionPriors | None = None,
    *,
    outcome: bool = True,
    exchanged: bool = False,
) -> pm.Model:
    """Build the model; without `outcome` only breadth and depth are measured.

    Random variables: ``breadth`` (state), ``treaty_depth`` (treaty); ``slope`` (group, predictor) of
    ``breadth_between``, `MOVING` and the controls; ``breadth_slope`` (operation), their mean by group plus a
    deviation with SD ``breadth_slope_spread``; levels ``level`` (group), of targets and operations; ``state_effect``
    (state), a general propensity to take part, and ``state_coalition`` (state), what is added to it in coalitions
    that are no UN missions; ``treaty_effect`` (UN or not, treaty), intercepts of treaties beside their depth;
    ``gap`` (UN or not), the distance delta.

    Where observations are `exchanged` they are data of the model: ``ties_seen``, ``answer_below`` and
    ``answer_above`` as from `models.depth.Treaties.data`, and `SIGNS`.
    """
    priors = priors or CoalitionPriors()

    def given(name: str, value: np.ndarray) -> Any:
        return exchangeable(name, value) if exchanged else value

    with pm.Model(coords=coords_of(design)) as model:
        breadth = breadth_of_ties(given("ties_seen", design.ties), design.ties.shape[1], priors)
        depth = graded_depth(treaties_of(design), known_items(), exchanged=exchanged)
        if outcome:
            eta, gap = linear_predictor(design, breadth, depth, priors)
            known = signs(design.least, design.most)
            pm.Potential("contribution_loglik", loglik(eta, gap, *map(given, SIGNS, known)))
    return model


def treaties_of(design: CoalitionDesign) -> Treaties:
    """How treaties are measured: each has a depth of its own, items are known."""
    coding = code_provisions(design.provisions, known=tuple(known_items().items))
    every = np.ones(len(design.provisions), bool)
    return Treaties(coding, every, ~every)


def coords_of(design: CoalitionDesign) -> dict[str, list[str]]:
    """The words of the model's dimensions."""
    names = design.names
    coords = {key: names[key] for key in ("state", "operation", "target", "kind", "treaty")}
    coords |= {"group": list(GROUPS), "frame": ["coalition", "UN"]}
    return coords | {"predictor": ["breadth_between", *MOVING, *names["control"]]}


def breadth_of_ties(ties: Any, kinds: int, priors: CoalitionPriors) -> TensorVariable:
    """One-factor Gaussian measurement of the kinds of ties (state, kind), scores explicit."""
    anchor = pm.LogNormal(
        "tie_loading_anchor", np.log(priors.anchor_loading_median), priors.anchor_loading_log_sd
    )
    others = pm.Normal("tie_loading_other", priors.loading_mean, priors.loading_sd, shape=kinds - 1)
    loading = pm.Deterministic("tie_loading", pt.concatenate([anchor[None], others]), dims="kind")
    uniqueness = pm.LogNormal(
        "tie_uniqueness", np.log(priors.uniqueness_median), priors.uniqueness_log_sd, dims="kind"
    )
    breadth = pm.Normal("breadth", 0.0, 1.0, dims="state")
    pm.Normal("ties", breadth[:, None] * loading, pt.sqrt(uniqueness), observed=ties)
    return breadth


def linear_predictor(
    design: CoalitionDesign, breadth: TensorVariable, depth: TensorVariable, priors: CoalitionPriors
) -> tuple[TensorVariable, TensorVariable]:
    """Log odds of taking part (row,), and delta (row,)."""
    group, op, state = design.row_group, design.operation, design.state
    slope = pm.Normal("slope", 0.0, priors.slope_sd, dims=("group", "predictor"))
    # Lognormal: a half-normal lets a spread that few operations inform fall to 0, and the chain into a funnel.
    spread = pm.LogNormal("breadth_slope_spread", np.log(priors.slope_spread_median), priors.spread_log_sd)
    deviation = pm.Normal("breadth_slope_raw", 0.0, 1.0, dims="operation")
    by_operation = pm.Deterministic(
        "breadth_slope", slope[design.group, 0] + spread * deviation, dims="operation"
    )
    level = pm.Normal("level", priors.level_mean, priors.level_sd, dims="group")
    effects = {}
    for name, dim in (
        ("state_effect", "state"),
        ("state_coalition", "state"),
        ("target_effect", "target"),
        ("operation_effect", "operation"),
        ("treaty_effect", ("frame", "treaty")),
    ):
        size = pm.LogNormal(f"{name}_sd", np.log(priors.spread_median), priors.spread_log_sd)
        effects[name] = pm.Deterministic(name, size * pm.Normal(f"{name}_raw", 0.0, 1.0, dims=dim), dims=dim)
    gap = pm.LogNormal("gap", np.log(priors.gap_median), priors.gap_log_sd, dims="frame")
    base = level[design.group] + effects["target_effect"][design.target] + effects["operation_effect"]
    eta = base[op] + by_operation[op] * breadth[state] + effects["state_effect"][state]
    eta += effects["state_coalition"][state] * (design.un == 0)
    eta += _treaty_intercepts(design, effects["treaty_effect"])
    moving = [pt.as_tensor(design.within), *_treaty_columns(design, depth)]
    for place, column in enumerate([*moving, *(pt.as_tensor(c) for c in design.controls.T)], start=1):
        eta += slope[group, place] * column
    return eta, gap[design.un]


def _treaty_columns(design: CoalitionDesign, depth: TensorVariable) -> list[TensorVariable]:
    """Whether a treaty binds the row's state, and the depth of the deepest (0 without any)."""
    sets, index = treaty_sets(design.in_force)
    allied = design.in_force.any(axis=1).astype(float)
    deepest = depth_of_sets(depth, sets, baseline=0.0)[index]
    return [pt.as_tensor(allied), deepest * allied]


def _treaty_intercepts(design: CoalitionDesign, effect: TensorVariable) -> TensorVariable:
    """Sum of the intercepts of the treaties that bind a row's state, those of UN missions being their own.

    Without them the hundreds of rows of one treaty's members rewrite its depth.
    """
    sets, index = treaty_sets(design.in_force)
    by_set = pt.stack([product(sets.astype(float), effect[frame]) for frame in (0, 1)])
    return by_set[design.un, index]


def signs(least: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What bounds on a kind say, each shape (row,): 1 yes, -1 no, 0 nothing of whether a state took part at all and of
    whether it sent 100 and more; and 1 where it is known to have sent fewer than 100.
    """
    some = np.where(least == 1, 1.0, np.where(most == 0, -1.0, 0.0))
    large = np.where(least == 2, 1.0, np.where(most == 1, -1.0, 0.0))
    return some, large, ((least == 1) & (most == 1)).astype(float)


def loglik(eta: TensorVariable, gap: TensorVariable, some: Any, large: Any, token: Any) -> TensorVariable:
    """Log-likelihood of all rows under `signs`, which may be arrays or data of a compiled model."""
    total = _sum_log_logistic(eta, some) + _sum_log_logistic(eta - gap, large)
    if isinstance(token, np.ndarray):
        return total + pt.sum(pt.log1p(-pt.exp(-gap[np.flatnonzero(token)])))
    return total + pt.sum(token * pt.log1p(-pt.exp(-gap)))


def _sum_log_logistic(x: TensorVariable, sign: Any) -> TensorVariable:
    """Sum of log s(sign x) over the rows whose sign is not 0."""
    if isinstance(sign, np.ndarray):
        # Half of the rows say nothing: they are left out of the program, not multiplied by 0.
        known = np.flatnonzero(sign)
        return -pt.sum(pt.softplus(-sign[known] * x[known]))
    return -pt.sum(pt.abs(sign) * pt.softplus(-sign * x))
