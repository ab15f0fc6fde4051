"""The outcome model: the linear predictors of a likelihood, each put together from its terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from data.common.errors import InputError
from models.likelihoods import Likelihood, Predictors
from models.likelihoods._priors import usual_log
from models.predictor.coefficients import Declared
from models.predictor.controls import control_terms
from models.predictor.design import Design
from models.predictor.operations import operation_levels, reference_of_operations
from models.predictor.rowwise import EVERY, Lookup, Rowwise, rowwise, take
from models.predictor.slopes import slopes
from models.predictor.states import state_terms
from models.predictor.treaties import treaty_terms
from models.predictor.varying import informative_rows, mean_over, varying_with_error
from models.spec import ContributionSpec


@dataclass(frozen=True)
class Contribution:
    """The outcome model inside a PyMC model.

    Attributes
    ----------
    likelihood : Likelihood
    eta : mapping of part to tensor, shape (row,)
    params : mapping of dispersion parameters, shape () or, where they vary by operation, (row,)
    slope : mapping of part to tensor, shape (row,)
        Slope of potential at each row's operation (the within-slope where split).
    slope_mean : mapping of part to tensor, shape ()
        Slope in the population of operations.
    slope_between : mapping of part to tensor, shape ()
        Slope of a state's long-run mean; equals `slope_mean` where it is not split.
    armed_forces : ndarray, shape (row,)
    declared : mapping of str to Declared
        Normal prior of each variable that follows from others sampled in its place.
    sampled_as : mapping of str to str
        What each variable is sampled for, where that is not itself.
    """

    likelihood: Likelihood
    eta: Predictors
    params: Predictors
    slope: Predictors
    slope_mean: Predictors
    slope_between: Predictors
    armed_forces: np.ndarray
    declared: Mapping[str, Declared] = field(default_factory=dict)
    sampled_as: Mapping[str, str] = field(default_factory=dict)

    def tensors(self) -> dict[str, tuple[TensorVariable, tuple[str, ...]]]:
        """Predictors as ``eta_<part>`` and dispersions as ``param_<name>``, each with its dims."""
        out = {f"eta_{part}": (tensor, ("row",)) for part, tensor in self.eta.items()}
        return out | {f"param_{name}": (t, ("row",) * t.ndim) for name, t in self.params.items()}

    def simulate(self, rng: np.random.Generator, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Draw outcomes, shape (..., row), from values of `tensors`, shapes (...) and (..., row)."""
        params = {}
        for name, tensor in self.params.items():
            value = np.asarray(values[f"param_{name}"])
            params[name] = value if tensor.ndim else value[..., None]
        eta = {part: np.asarray(values[f"eta_{part}"]) for part in self.eta}
        return self.likelihood.simulate(rng, eta, params, self.armed_forces)

    def expected(self, shift: TensorVariable | float = 0.0, by: str = "slope") -> TensorVariable:
        """Expected outcome of each row, shape (row,), were potential higher by `shift`.

        Parameters
        ----------
        shift : scalar
            In units of potential.
        by : {"slope", "slope_mean", "slope_between"}
            Whose slope carries the shift.
        """
        slopes: Predictors = getattr(self, by)
        moved = {part: eta + shift * slopes[part] for part, eta in self.eta.items()}
        return self.likelihood.mean(moved, self.params, self.armed_forces)


@dataclass(frozen=True)
class _Part:
    """A linear predictor, its slopes (of rows, mean, between states), and what is declared of its variables."""

    predictor: Rowwise
    slope: TensorVariable
    slope_mean: TensorVariable
    slope_between: TensorVariable
    declared: Mapping[str, Declared]
    sampled_as: Mapping[str, str]


def _predictor(
    part: str, design: Design, potential: Rowwise, spec: ContributionSpec, likelihood: Likelihood
) -> _Part:
    """Build one linear predictor."""
    priors = spec.priors
    unit = likelihood.unit
    slope, held = slopes(part, design, spec, likelihood)
    by_operation, between = slope.values, slope.mean
    if spec.within_between:
        between = pm.Normal(f"{part}_slope_between", 0.0, priors.slope * unit / design.potential_sd)
    of_similarity = Rowwise()
    rows = informative_rows(part, likelihood, design.outcome.share)
    reference = (between if spec.within_between else by_operation) * reference_of_operations(
        design, rows, potential
    )
    if held is not None:
        centred = rowwise(design.similarity - design.similarity.mean())
        of_similarity = centred.times(*held.of_rows(design.operation))
        reference = reference + held.values * reference_of_operations(design, rows, centred)
    centre, sd = likelihood.intercept[part]
    prior = Declared(centre, min(sd, priors.intercept_sd * unit))
    level, *years = operation_levels(part, design, spec, likelihood, prior, reference)

    within, operation = slope.of_rows(design.operation)
    of_potential = potential.times(within, operation)
    if spec.within_between:
        every = np.ones(len(design.state), bool)
        average = Lookup(mean_over(design.state, design.states, every, potential), design.state)
        of_potential = of_potential.plus(average.times(between - within, operation))
    rest = (*of_potential.terms, *of_similarity.terms, *control_terms(part, design, spec, unit))
    eta = Rowwise(level, *rest)
    # Of years, which lie around a level, treaties see next to nothing.
    eta = eta.plus(*years, *treaty_terms(part, design, spec, likelihood, eta))
    if spec.state_effects:
        eta = eta.plus(*state_terms(part, design, spec, likelihood, eta))
    declared = {f"{part}_intercept": prior}
    sampled_as = dict.fromkeys((f"{part}_intercept_raw", f"{part}_intercept_given_raw"), f"{part}_intercept")
    for coefficients in (slope, held):
        if coefficients is not None:
            declared |= coefficients.declared
            sampled_as |= coefficients.sampled_as
    return _Part(eta, take(by_operation, design.operation), slope.mean, between, declared, sampled_as)


def _by_operation(
    params: Predictors, likelihood: Likelihood, design: Design, scale: float
) -> dict[str, TensorVariable]:
    """Let the likelihood's dispersion vary by operation around its common value, shape (row,).

    Raises
    ------
    ValueError
        If the likelihood has no dispersion that may vary.
    """
    names = likelihood.dispersion
    if not names:
        raise ValueError(f"dispersion_varies: likelihood {likelihood.name!r} has no dispersion that may vary")
    out = dict(params)
    positive = np.bincount(design.operation[design.outcome.share > 0], minlength=design.operations)
    # The logarithm of a variance that n rows tell has variance 2 / n.
    error = np.sqrt(2 / np.maximum(positive, 1))
    for name in names:
        spread = pm.HalfNormal(f"{name}_operation_sd", scale)
        common = pt.log(params[name])
        usual = usual_log(likelihood.priors, name)
        departure = varying_with_error(f"{name}_operation_log", "operation", spread, error, common, usual)
        each = pm.Deterministic(f"{name}_operation", pt.exp(common + departure), dims="operation")
        out[name] = take(each, design.operation)
    return out


def contribution(
    design: Design,
    potential: TensorVariable | Rowwise,
    spec: ContributionSpec,
    likelihood: Likelihood,
) -> Contribution:
    """Register the outcome model in the PyMC model on the stack.

    Parameters
    ----------
    design : Design
    potential : tensor or Rowwise, shape (row,)
        Unrealized potential.
    spec : ContributionSpec
    likelihood : Likelihood

    Raises
    ------
    InputError
        If similarity has an error that potential does not carry, or the panel does not suit an option.
    ValueError
        If the likelihood does not.
    """
    if spec.similarity_error and "similarity_latent" not in pm.modelcontext(None).named_vars:
        raise InputError(
            "a program that takes similarity or potential as data",
            "similarity_error = false",
            column="similarity_error",
        )
    potential = rowwise(potential)
    parts = {name: _predictor(name, design, potential, spec, likelihood) for name in likelihood.parts}
    eta = {name: part.predictor[EVERY] for name, part in parts.items()}
    params = likelihood.parameters(spec.priors.dispersion)
    if spec.dispersion_varies and len(np.unique(design.operation)) > 1:
        params = _by_operation(params, likelihood, design, spec.priors.dispersion_sd)
    few = {name: parts[name].predictor for name in likelihood.positive_only}
    logp = likelihood.logp(design.exchanged or design.outcome, eta | few, params)
    pm.Potential("contribution", (logp if design.weight is None else design.weight * logp).sum())
    slope, mean, between = (
        {name: getattr(part, key) for name, part in parts.items()}
        for key in ("slope", "slope_mean", "slope_between")
    )
    declared, sampled_as = (
        {name: value for part in parts.values() for name, value in getattr(part, key).items()}
        for key in ("declared", "sampled_as")
    )
    return Contribution(
        likelihood, eta, params, slope, mean, between, design.outcome.armed_forces, declared, sampled_as
    )
