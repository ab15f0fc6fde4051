"""Simulated panels with a known truth, for every likelihood and structure of a model.

Written in NumPy from the formulas, not by evaluating the model's graph: a mistake in
either shows as a parameter that is not recovered. Truth carries the names and dims of the
model's variables, so that it can be set beside a posterior.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from data.common.errors import InputError
from models.joint import inside
from models.likelihoods import Likelihood, get
from models.outcomes import explained
from models.potential import similarity_basis
from models.similarity import dyad_year_names, dyad_years
from models.simulate_panel import SMALL, Size, covariates
from models.simulate_truth import Truth, known_truth, operation_years, prior_truths
from models.spec import ModelSpec

__all__ = [
    "SMALL",
    "Size",
    "Truth",
    "known_truth",
    "potential_of",
    "predictor",
    "prior_truths",
    "simulate",
    "with_outcome",
]


def potential_of(panel: xr.Dataset, depth: np.ndarray, spec: ModelSpec, similarity: np.ndarray) -> np.ndarray:
    """Unrealized potential of each row, shape (row,), for known depths of the treaties that bind somebody."""
    rule, in_force = spec.depth, panel["in_force"].to_numpy()[:, inside(panel)].astype(bool)
    if rule.aggregate == "sum":
        of_row = rule.baseline + in_force @ (depth - rule.baseline)
    elif rule.aggregate == "deepest":
        deepest = np.where(in_force, depth, -np.inf).max(1)
        of_row = np.where(in_force.any(1), deepest, rule.baseline)
    else:
        raise InputError(
            "'latest': simulated treaties have no year of entry",
            "'deepest' or 'sum'",
            column="model.depth.aggregate",
        )
    low, high = rule.scale
    scaled = (of_row - low) / (high - low)
    if spec.potential.kind == "difference":
        return similarity - scaled
    keys = np.column_stack([panel["row_ccode"], panel["row_leader"], panel["row_year"]])
    _, first, back = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    latent = spec.contribution.similarity_error
    observed = panel["similarity"].to_numpy().astype(float)[first] if latent else None
    basis = similarity_basis(similarity[first], spec.potential, observed)
    fitted = basis @ np.linalg.lstsq(basis, scaled[first], rcond=None)[0]
    return -(scaled[first] - fitted)[back.ravel()]


def true_similarity(panel: xr.Dataset, spec: ModelSpec, truth: Truth) -> np.ndarray:
    """Similarity that is held, shape (row,): the observed one, or the latent one where it is known with error."""
    if not spec.contribution.similarity_error:
        return panel["similarity"].to_numpy().astype(float)
    return np.asarray(truth["similarity_latent"], float)[dyad_years(panel)]


def predictor(
    panel: xr.Dataset, spec: ModelSpec, truth: Truth, part: str, potential: np.ndarray
) -> np.ndarray:
    """One part's linear predictor for a known truth and potential, shape (row,)."""

    def effect(key: str) -> np.ndarray:
        return np.asarray(truth[f"{part}_{key}"], float)

    operation = pd.Index(panel["operation"].to_numpy()).get_indexer(panel["row_operation"].to_numpy())
    state = pd.Index(panel["state"].to_numpy()).get_indexer(panel["row_state"].to_numpy())

    def of_rows(key: str) -> np.ndarray | None:
        """A coefficient at each row: the operation's, its leader's, or the common one; None where there is none."""
        if (name := f"{part}_{key}") in truth:
            return effect(key)[operation] if truth[name].ndim else effect(key)
        if f"{name}_leader" in truth:
            return truth[f"{name}_leader"].sel(leader=panel["row_leader"].to_numpy()).to_numpy()
        return effect(f"{key}_mean") if f"{name}_mean" in truth else None

    slope = of_rows("slope")
    eta = effect("intercept")[operation]
    if spec.contribution.within_between:
        average = pd.Series(potential).groupby(state).transform("mean").to_numpy()
        eta = eta + slope * (potential - average) + effect("slope_between") * average
    else:
        eta = eta + slope * potential
    if (held := of_rows("similarity")) is not None:
        similarity = true_similarity(panel, spec, truth)
        eta = eta + held * (similarity - similarity.mean())
    if f"{part}_control" in truth:
        raw = panel["controls"].sel(control=truth[f"{part}_control"]["control"].to_numpy()).to_numpy()
        coefficients = effect("control")
        own = coefficients[operation] if coefficients.ndim > 1 else coefficients
        eta = eta + ((raw - raw.mean(0)) / raw.std(0) * own).sum(1)
    if f"{part}_operation_year" in truth:
        eta = eta + effect("operation_year")[operation_years(panel)[0]]
    if f"{part}_treaty" in truth:
        eta = eta + panel["in_force"].to_numpy()[:, inside(panel)] @ effect("treaty")
    if f"{part}_state" in truth:
        eta = eta + effect("state")[state]
    if f"{part}_state_year" in truth:
        year = np.unique(panel["row_year"].to_numpy(), return_inverse=True)[1]
        eta = eta + effect("state_year")[state, year]
    return eta


def with_outcome(
    panel: xr.Dataset,
    spec: ModelSpec,
    truth: Truth,
    rng: np.random.Generator,
    likelihood: Likelihood | None = None,
) -> xr.Dataset:
    """Draw the outcome of a panel for a known truth.

    Parameters
    ----------
    panel : Dataset
        Its troops and shares are replaced.
    spec : ModelSpec
    truth : dict of DataArray
        Every free quantity under its name in the model, and `treaty_depth`.
    rng : numpy.random.Generator
    likelihood : Likelihood, optional
        By default the spec's.

    Returns
    -------
    Dataset
        A participant of a Bernoulli outcome sends exactly the threshold. A count above the
        armed forces is cut off there, because a Panel takes no share above one. Gaussian
        shares are left as they fall, some below zero: ``check_panel`` refuses those.
    """
    likelihood = likelihood or get(spec.contribution.likelihood)
    similarity = np.asarray(truth.get("similarity", panel["similarity"]), float)
    if spec.contribution.similarity_error:
        similarity = true_similarity(panel, spec, truth)
    depth = np.asarray(truth["treaty_depth"], float)
    potential = potential_of(panel, depth, spec, similarity)
    eta = {part: predictor(panel, spec, truth, part, potential) for part in likelihood.parts}
    params = {key: np.asarray(truth[key], float).reshape(1) for key in likelihood.plausible}
    forces = panel["armed_forces"].to_numpy().astype(float)
    drawn = likelihood.simulate(rng, eta, params, forces)
    outcome = explained(likelihood)
    troops = outcome.persons(drawn, forces, likelihood)
    troops = troops if outcome.of_forces else np.minimum(troops, forces)
    share = drawn if outcome.of_forces else troops / forces
    replaced = {
        "troops": ("row", troops, panel["troops"].attrs),
        "share": ("row", share, panel["share"].attrs),
    }
    return panel.assign(replaced)


def simulate(
    spec: ModelSpec | str = "hurdle_beta",
    size: Size | None = None,
    seed: int = 0,
    truth: Mapping[str, xr.DataArray] | None = None,
) -> tuple[xr.Dataset, Truth]:
    """Simulate a panel of realistic size and shape.

    Parameters
    ----------
    spec : ModelSpec or str
        The model that generates it, or the name of a likelihood in an otherwise default model.
    size : Size, optional
        170 states and 13 operation-years by default; :data:`SMALL` is for tests.
    seed : int
        Everything random follows from it.
    truth : mapping, optional
        Entries that replace those of :func:`known_truth`.

    Returns
    -------
    panel : Dataset
        In the format of ``data.panel``; its attribute ``simulated_seed`` is the seed.
    truth : dict of DataArray
        Under the names and dims of the model's variables, and ``potential`` (row).
    """
    if isinstance(spec, str):
        spec = ModelSpec.model_validate({"contribution": {"likelihood": spec}})
    world, outcome = (np.random.default_rng([seed, stream]) for stream in range(2))
    given = dict(truth or {})
    depth = np.asarray(given["treaty_depth"], float) if "treaty_depth" in given else None
    panel, known = covariates(size or Size(), world, depth)
    if spec.contribution.similarity_error:
        first = np.unique(dyad_years(panel), return_index=True)[1]
        latent = known["similarity"].to_numpy()[first]
        known["similarity_latent"] = xr.DataArray(latent, {"dyad_year": dyad_year_names(panel)})
    known |= known_truth(panel, spec, world) | given
    panel = with_outcome(panel, spec, known, outcome)
    potential = potential_of(panel, np.asarray(known["treaty_depth"]), spec, np.asarray(known["similarity"]))
    known["potential"] = xr.DataArray(potential, dims="row")
    panel.attrs["simulated_seed"] = seed
    return panel, known
