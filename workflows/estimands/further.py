"""What a posterior says about participation, size, single states and new operations; draws kept, units in names.

Every function takes a `Fit` (a model with its draws) and returns a Dataset of draws with dims (chain, draw, ...),
which `workflows.estimands.effects.summarise` turns into medians and intervals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytensor.tensor as pt
import xarray as xr
from pytensor.tensor.variable import TensorVariable

from models.joint import Joint
from models.outcomes import explained
from workflows.draws.cells import Cells
from workflows.draws.evaluate import evaluate, pieces, thinned
from workflows.estimands.effects import Means, headline_quantities, potential_step
from workflows.estimands.headline import AVERAGE_ARMED_FORCES

if TYPE_CHECKING:
    from workflows.estimands.fit import Fit

MOST = 1000
"""Draws that the functions of this module evaluate, evenly over all chains, where nothing else is said."""


def _posterior(fit: Fit) -> xr.Dataset:
    return fit.draws["posterior"].to_dataset()


def participation(joint: Joint, shift: TensorVariable | float = 0.0, by: str = "slope") -> TensorVariable:
    """Probability that a row sends anybody, shape (row,), were potential higher by `shift`.

    Raises
    ------
    ValueError
        For a likelihood that does not model participation on its own (only hurdles and the participation
        outcome do; a zero-inflated share can be zero for two reasons).
    """
    part = joint.contribution.likelihood.own_participation
    if part is None:
        name = joint.contribution.likelihood.name
        raise ValueError(f"{name} has no probability of participation of its own")
    slope = getattr(joint.contribution, by)[part]
    return pt.sigmoid(joint.contribution.eta[part] + shift * slope)


def average_marginal_effects(
    fit: Fit, step: float | None = None, reference: np.ndarray | None = None, most: int | None = MOST
) -> xr.Dataset:
    """Average change that goes with a step of potential: on taking part, on size, and overall.

    Parameters
    ----------
    fit : Fit
        With a hurdle likelihood.
    step : float, optional
        Change of potential; its SD over the reference rows by default.
    reference : ndarray of bool, shape (row,), optional
        Rows averaged over; all by default.
    most : int, optional
        Draws evaluated.

    Returns
    -------
    Dataset
        ``participation_probability``, ``share_given_participation`` and ``share`` (each over all reference rows,
        and by operation under ``..._by_operation``), and ``troops_of_average_military``. Attribute `step`.

    Notes
    -----
    Rows' expected outcomes are those of the model, so the change of the share given participation is averaged
    over all reference rows, also those that sent nobody: what they would have sent had they come.
    """
    joint = fit.joint
    step = potential_step(joint, _posterior(fit), reference) if step is None else step
    mean = Means(joint, reference)
    outcome = explained(joint.contribution.likelihood)
    changes = {"participation_probability": participation(joint, step) - participation(joint)}
    after, before = joint.contribution.expected(step), joint.contribution.expected()
    if outcome.of_forces:
        changes[f"{outcome.name}_given_participation"] = after / participation(
            joint, step
        ) - before / participation(joint)
    if outcome.amount:
        changes[outcome.name] = after - before
    quantities = {}
    for name, change in changes.items():
        quantities[name] = (mean.over_all(change), ())
        quantities[f"{name}_by_operation"] = (mean.by_operation(change), ("operation",))
    out = evaluate(joint, _posterior(fit), quantities, most)
    if outcome.of_forces:
        out["troops_of_average_military"] = AVERAGE_ARMED_FORCES * out[outcome.name]
    return out.assign_attrs(step=step, average_armed_forces=AVERAGE_ARMED_FORCES)


def counterfactual_troops(fit: Fit, state: str, most: int | None = MOST) -> xr.Dataset:
    """Troops that a state is expected to send as it is, and were its depth what its voting suggests.

    With `difference` potential that is depth equal to similarity on the common scale; with `residual` it is the
    depth that similarity predicts. Either way potential is zero; everything else is held, the treaty's own
    intercept included.

    Parameters
    ----------
    fit : Fit
    state : str
        A name on the panel.
    most : int, optional
        Draws evaluated.

    Returns
    -------
    Dataset
        Dims (chain, draw, row) with the state's rows: ``troops_expected``, ``troops_if_depth_matched_voting`` and
        ``troops_difference`` (second less first), persons; ``potential`` (units of similarity) and
        ``troops_observed`` (row).

    Raises
    ------
    ValueError
        If the panel has no such state.
    """
    joint = fit.joint
    rows = np.flatnonzero(joint.panel["row_state"].values == state)
    if not rows.size:
        raise ValueError(f"the panel has no state {state!r}")
    likelihood, forces = joint.contribution.likelihood, joint.design.outcome.armed_forces[rows]
    persons = explained(likelihood).persons
    matched = joint.contribution.expected(-joint.potential)[rows]
    quantities = {
        "troops_expected": (persons(joint.contribution.expected()[rows], forces, likelihood), ("row",)),
        "troops_if_depth_matched_voting": (persons(matched, forces, likelihood), ("row",)),
        "potential": (joint.potential[rows], ("row",)),
    }
    out = _at_rows(joint, _posterior(fit), quantities, rows, most)
    out["troops_difference"] = out["troops_if_depth_matched_voting"] - out["troops_expected"]
    out["troops_observed"] = ("row", joint.design.outcome.troops[rows])
    return out.assign_attrs(state=state, units="persons")


def _at_rows(
    joint: Joint, draws: xr.Dataset, quantities: dict, rows: np.ndarray, most: int | None
) -> xr.Dataset:
    """Evaluate quantities over some of the panel's rows, with those rows' coords."""
    renamed = {name: (tensor, ("chosen",)) for name, (tensor, _) in quantities.items()}
    out = evaluate(joint, draws, renamed, most).rename(chosen="row")
    coords = {
        c: joint.panel[c].isel(row=rows).variable for c in joint.panel.coords if "row" in joint.panel[c].dims
    }
    return out.assign_coords(coords)


#: Effects of groups: what is sampled in their place may contain other terms of the predictor.
STATE_EFFECTS = ("state", "state_year")
EFFECTS = (*STATE_EFFECTS, "treaty", "treaty_operation")


def effects_of(
    joint: Joint, kinds: tuple[str, ...] = EFFECTS
) -> dict[str, tuple[TensorVariable, tuple[str, ...]]]:
    """The model's effects of groups by name, each with dims of its own: the panel has more treaties than the model."""
    model, parts = joint.model, joint.contribution.likelihood.parts
    names = [name for part in parts for kind in kinds if (name := f"{part}_{kind}") in model.named_vars]
    return {name: (model[name], tuple(f"{name}_{k}" for k in range(model[name].ndim))) for name in names}


def typical_state(joint: Joint, draws: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...]]:
    """Draws (chain, draw) in which no state has an effect of its own, and the names of the effects thus given."""
    effects = effects_of(joint, STATE_EFFECTS)
    sizes = {dim: len(labels) for dim, labels in joint.model.coords.items() if labels is not None}
    none = {}
    for name, (_, dims) in effects.items():
        shape = [sizes[dim] for dim in joint.model.named_vars_to_dims[name]]
        none[name] = (
            ("chain", "draw", *dims),
            np.zeros([draws.sizes["chain"], draws.sizes["draw"], *shape]),
        )
    return draws.assign(none), tuple(effects)


def over_contribution(fit: Fit, most: int | None = MOST, *, own_effect: bool = False) -> xr.Dataset:
    """Observed less expected contribution of each state to each operation, mean over the operation's years.

    Parameters
    ----------
    fit : Fit
    most : int, optional
        Draws evaluated.
    own_effect : bool
        Whether the state's own effect counts as expected. By default it does not: expected is what a state of
        the same potential, similarity, treaties and controls with a typical state effect (zero) would send;
        with its own effect only departures from the state's own habit are left.

    Returns
    -------
    Dataset
        Dim ``cell`` (state x operation, with coords `cell_state`, `cell_operation`): draws ``share_above_expected``,
        ``troops_above_expected`` and ``rank_in_operation`` (1: most above expectation in share, among those that
        ever sent troops to the operation; NaN for others); ``share_observed``, ``troops_observed``, ``years``.
    """
    joint = fit.joint
    draws = _posterior(fit)
    given: tuple[str, ...] = ()
    if not own_effect:
        draws, given = typical_state(joint, draws)
    outcome, cells, draws = joint.design.outcome, Cells(joint), thinned(draws, most)
    likelihood = joint.contribution.likelihood
    persons_of = explained(likelihood).persons
    shares, persons = [], []
    for piece in pieces(joint, draws, {"expected": joint.contribution.expected()}, given):
        troops = persons_of(piece["expected"], outcome.armed_forces, likelihood)
        shares.append(cells.mean(outcome.share - troops / outcome.armed_forces))
        persons.append(cells.mean(outcome.troops - troops))
    shape = (draws.sizes["chain"], draws.sizes["draw"], cells.rows.size)
    dims = ("chain", "draw", "cell")
    out = xr.Dataset(
        {
            "share_above_expected": (dims, np.concatenate(shares).reshape(shape)),
            "troops_above_expected": (dims, np.concatenate(persons).reshape(shape)),
            "share_observed": ("cell", cells.mean(outcome.share)),
            "troops_observed": ("cell", cells.mean(outcome.troops)),
            "years": ("cell", cells.rows),
        },
        {
            "chain": draws["chain"],
            "draw": draws["draw"],
            "cell_state": ("cell", cells.states),
            "cell_operation": ("cell", cells.operations),
        },
        {"own_effect": str(own_effect)},
    )
    ranks = np.full(out["share_above_expected"].shape, np.nan)
    for k in np.unique(cells.operation):
        mine = np.flatnonzero((cells.operation == k) & (out["troops_observed"].values > 0))
        order = np.argsort(-out["share_above_expected"].values[..., mine], axis=-1)
        ranks[..., mine] = np.argsort(order, axis=-1) + 1
    out["rank_in_operation"] = (dims, ranks)
    return out


def new_operation(fit: Fit, step: float | None = None, seed: int = 0) -> xr.Dataset:
    """Headline effect in an operation that the panel does not have.

    Its slopes, and coefficients of similarity where these vary, are drawn from the population of operations (mean and
    spread of each draw), so that the interval carries how much operations differ, and leaders where they vary by
    leader: its own is a new one. Its rows are the panel's.

    Returns
    -------
    Dataset
        ``headline_new_operation`` (chain, draw), troops per year. Attribute `step`.

    Raises
    ------
    ValueError
        If slopes do not vary by operation: then a new operation has the common slope.
    """
    joint, draws = fit.joint, _posterior(fit)
    step = potential_step(joint, draws) if step is None else step
    rng = np.random.default_rng(seed)
    known, fresh = joint.model.named_vars, {}
    stems = [
        f"{part}_{key}" for part in joint.contribution.likelihood.parts for key in ("slope", "similarity")
    ]
    stems = [stem for stem in stems if f"{stem}_mean" in known]
    means = evaluate(joint, draws, {stem: (known[f"{stem}_mean"], ()) for stem in stems})
    for stem in stems:
        value = means[stem]
        for name in (f"{stem}_leader", stem):
            if name in known and f"{name}_spread" in known:
                departure = rng.normal(size=(draws.sizes["chain"], draws.sizes["draw"]))
                value = value + draws[f"{name}_spread"] * departure
                # One operation: the same coefficient on all rows.
                (dim,) = joint.model.named_vars_to_dims[name]
                fresh[name] = value.expand_dims({dim: len(joint.model.coords[dim])}, -1)
    if not fresh:
        raise ValueError("slopes do not vary by operation in this model")
    quantity = headline_quantities(joint, step)["headline_all_rows"]
    # What the panel's states and treaties are estimated to add stays; the level sampled for them would not.
    held = effects_of(joint)
    changed = draws.drop_vars(fresh, errors="ignore").assign(fresh)
    changed = changed.assign(evaluate(joint, draws, held).data_vars if held else {})
    out = evaluate(joint, changed, {"headline_new_operation": quantity}, given=(*fresh, *held))
    return out.assign_attrs(step=step)
