"""Levels of the operations and of their years."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from models.likelihoods import Likelihood
from models.predictor.coefficients import Declared, contrast_dim, departures, given_average, posterior_sd
from models.predictor.design import Design
from models.predictor.known import error_of_years, told_of
from models.predictor.overlapping import Axes, axes_of
from models.predictor.rowwise import Lookup, Rowwise
from models.predictor.varying import mean_over
from models.spec import ContributionSpec


def reference_of_operations(design: Design, rows: np.ndarray, potential: Rowwise) -> TensorVariable:
    """Mean potential of each operation's reference rows, shape (operation,).

    Those of `rows` (row, bool) without a treaty; where an operation has none of these, all of `rows`, or all.
    """
    alone = design.in_force.sum(1) == 0
    chosen = np.zeros(len(rows), bool)
    for some in (rows & alone, rows, np.ones(len(rows), bool)):
        has = np.bincount(design.operation[chosen], minlength=design.operations) > 0
        chosen |= some & ~has[design.operation]
    return mean_over(design.operation, design.operations, chosen, potential)


def _on_axes(name: str, axes: Axes, reference: TensorVariable, sd: TensorVariable) -> TensorVariable:
    """Register what lies around `-reference` as levels on axes; what is above the centre of a normal prior, (operation,).

    Divided by its prior SD each operation's is a standard normal, and so is what lies along each axis.
    """
    raw = pm.Normal(name, axes.onto(reference / sd), 1.0, dims="operation")
    return sd * axes.to_groups(raw) - reference


def operation_levels(
    part: str,
    design: Design,
    spec: ContributionSpec,
    likelihood: Likelihood,
    prior: Declared,
    reference: TensorVariable,
) -> tuple[Lookup, ...]:
    """Register intercepts of operations and their years, and return their terms of a predictor: levels first.

    Parameters
    ----------
    prior : Declared
        Of an operation's intercept.
    reference : tensor, shape (operation,)
        What slopes give each operation's reference rows; see `reference_of_operations`.

    Notes
    -----
    The data speak of an operation's level, where potential lies and over its years together. Its level is the
    intercept, plus `reference`, plus the mean of its years' effects; that is sampled, and the intercept drawn given
    it. What is left of years are contrasts within an operation, in units of about their posterior SD given the
    spread, which may well be zero: see `models.predictor.coefficients`.
    """
    operations, of_year = design.operations, design.operation_of_year
    name, unit = f"{part}_intercept", likelihood.unit
    # Operations share states, and with them what is not known of these.
    told = told_of(part, design, spec, likelihood, design.operation[:, None], operations)
    axes = axes_of(told.matrix)
    if not (spec.operation_year_effects and len(of_year) > operations):
        above = _on_axes(f"{name}_raw", axes, reference, pt.constant(np.full(operations, prior.sd)))
        intercept = pm.Deterministic(name, prior.centre + above, dims="operation")
        return (Lookup(intercept, design.operation),)
    spread = pm.HalfNormal(f"{part}_operation_year_sd", spec.priors.operation_year * unit)
    variance = spread**2 / np.bincount(of_year, minlength=operations)
    above = _on_axes(f"{name}_raw", axes, reference, pt.sqrt(prior.sd**2 + variance))
    share = pm.Normal(f"{name}_given_raw", 0.0, 1.0, dims="operation")
    own = given_average(above, prior.sd, variance, share)
    pm.Deterministic(name, prior.centre + own, dims="operation")
    dim = contrast_dim("operation_year_contrast", len(of_year) - operations)
    scale = posterior_sd(spread, unit * error_of_years(part, design, likelihood))
    raw = pm.Normal(f"{part}_operation_year_raw", 0.0, spread / scale, dims=dim)
    apart = scale * departures(raw, of_year)
    pm.Deterministic(f"{part}_operation_year", apart + (above - own)[of_year], dims="operation_year")
    return Lookup(prior.centre + above, design.operation), Lookup(apart, design.operation_year)
