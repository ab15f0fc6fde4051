"""Linear predictors of a contribution: what varies by state, treaty and operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from data.errors import InputError
from models.coefficients import Declared, departures, given_average, posterior_sd
from models.depth import treaty_sets
from models.likelihoods import Likelihood, Outcome, Predictors
from models.rowwise import EVERY, Columns, Lookup, Rowwise, Term, product, rowwise, take
from models.slopes import slopes, slopes_vary
from models.spec import ContributionSpec
from models.state_dynamics import state_year
from models.treaty_operation import pairs_of, treaty_operation
from models.varying import information, informative_rows, known_of, mean_over, members, total_over, varying

#: A usual standard deviation of potential, and of similarity.
USUAL_SD = 0.2
#: Rows that tell as much of a state's level as its prior does, where every row speaks of it. Their spread may be near
#: zero beside the noise of a row, and levels that four rows inform are then a funnel: calibration showed it.
ROWS_LIKE_PRIOR = 8


@dataclass(frozen=True)
class Design:
    """The panel as index arrays and matrices; R rows, in the panel's order.

    Attributes
    ----------
    state, operation, operation_year : ndarray of int, shape (row,)
        Positions on the dims of the same names.
    year : ndarray of int, shape (row,)
        Calendar year.
    leader : ndarray of int, shape (row,)
        Correlates of War code of the operation's leader.
    operation_of_year : ndarray of int, shape (operation_year,)
        The operation of each operation-year.
    in_force : ndarray, shape (row, treaty)
        1 where the treaty binds state and leader.
    similarity : ndarray or tensor, shape (row,)
        Similarity with the leader, 0 to 1; a tensor where it is latent.
    controls : ndarray, shape (row, control)
        Standardised over the rows (mean 0, SD 1).
    outcome : Outcome
    similarity_in_potential : bool
        Whether potential rises by one with similarity.
    weight : tensor, shape (row,), optional
        Weights of rows where these are data of the model: what no row of positive weight informs must be
        sampled accordingly.
    potential_sd, similarity_sd : float
        Standard deviations that prior scales of slopes, and of coefficients of similarity, are stated for;
        constants, never those of a draw. 1 leaves scales as they are.
    """

    state: np.ndarray
    operation: np.ndarray
    operation_year: np.ndarray
    year: np.ndarray
    leader: np.ndarray
    operation_of_year: np.ndarray
    in_force: np.ndarray
    similarity: np.ndarray | TensorVariable
    controls: np.ndarray
    outcome: Outcome
    similarity_in_potential: bool = False
    weight: TensorVariable | None = None
    potential_sd: float = 1.0
    similarity_sd: float = 1.0

    @property
    def states(self) -> int:
        """Number of states."""
        return int(self.state.max()) + 1

    @property
    def operations(self) -> int:
        """Number of operations."""
        return int(self.operation.max()) + 1


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


def _treaties(
    part: str, design: Design, spec: ContributionSpec, likelihood: Likelihood, given: Rowwise
) -> list[Term]:
    """Intercepts of the treaties in force, as terms of a predictor; `given` is the predictor without them."""
    priors, unit, usual = spec.priors, getattr(likelihood, "unit", 1.0), likelihood.intercept[part][0]
    in_force = design.in_force
    rows = informative_rows(part, likelihood, design.outcome.share)
    pairs = None
    if spec.treaty_by_operation and len(np.unique(design.operation)) > 1:
        pairs = pairs_of(in_force, design.operation)
        in_force = pairs.unpaired(in_force, design.operation)
    treaty, terms = None, []
    if spec.treaty_effects and design.in_force.any():
        # One treaty carries most rows, so data say little about the spread: its prior is lognormal,
        # which keeps it from zero and from values at which effect and spread trade off without end.
        spread = pm.LogNormal(f"{part}_treaty_sd", np.log(priors.treaty * unit), priors.treaty_log_sd)
        # Rows share few distinct sets of treaties: sums over rows go through those.
        every, of_every = treaty_sets(design.in_force)
        binds = every.T.astype(float)
        count = binds @ members(of_every, len(every), rows, design.weight)
        sums = product(binds, total_over(of_every, len(every), rows, given, design.weight))
        # One whose operations have intercepts too is told by few of these: it is sampled as a multiple of the spread.
        row, bound = np.nonzero(in_force * rows[:, None] * (pairs is None))
        known = known_of(
            information(bound, in_force.shape[1], design.state[row], priors.state), priors.treaty
        )
        elsewhere = pt.switch(pt.gt(count, 0), sums / pt.maximum(count, 1), usual)
        treaty = varying(f"{part}_treaty", "treaty", spread, known, elsewhere, usual)
        sets, of_row = treaty_sets(in_force)
        member = sets.astype(float)
        of_set = product(member, treaty)
        terms.append(Lookup(of_set, of_row))
    if pairs is not None and pairs.treaty.size:
        scale = (priors.treaty_operation * unit, priors.treaty_operation_log_sd)
        known = known_of(pairs.information(design.state, rows, priors.state), priors.treaty_operation)
        terms.append(treaty_operation(part, pairs, scale, rows, known, treaty, given, usual, design.weight))
    return terms


def _states(
    part: str, design: Design, spec: ContributionSpec, likelihood: Likelihood, eta: Rowwise
) -> list[Term]:
    """Intercepts of the states, as terms of a predictor; `eta` is the predictor without them."""
    priors, unit = spec.priors, getattr(likelihood, "unit", 1.0)
    share, states = design.outcome.share, design.states
    every = np.ones(len(share), bool)
    count = members(design.state, states, every, design.weight)
    positive = members(design.state, states, share > 0, design.weight)
    like_prior = ROWS_LIKE_PRIOR if getattr(likelihood, "zeros_inform", False) else 1 / priors.state**2
    told = _told(part, likelihood, count, positive)
    known = told / (told + like_prior)
    if spec.state_dynamics != "none":
        # The data speak of level and movement together, and of the level alone too little to centre it.
        known = np.zeros(states)
    rows = informative_rows(part, likelihood, share)
    elsewhere = mean_over(design.state, states, rows, eta, design.weight)
    spread = pm.HalfNormal(f"{part}_state_sd", priors.state * unit)
    effect = varying(f"{part}_state", "state", spread, known, elsewhere, likelihood.intercept[part][0])
    terms: list[Term] = [Lookup(effect, design.state)]
    if spec.state_dynamics != "none":
        moved = state_year(part, spec.state_dynamics, design.state, design.year, priors, unit)
        terms.append(lambda at: take(moved, at))
    return terms


def _reference_of_operations(design: Design, potential: Rowwise) -> TensorVariable:
    """Mean potential of each operation's rows without a treaty (of all where each has one), shape (operation,)."""
    alone = design.in_force.sum(1) == 0
    some = np.bincount(design.operation[alone], minlength=design.operations) > 0
    return mean_over(design.operation, design.operations, alone | ~some[design.operation], potential)


def _error_of_slopes(design: Design, likelihood: Likelihood) -> float:
    """Rough standard error of an operation's slope estimated alone, per unit of potential; see `models.coefficients`.

    Two over the root of its positive rows (of all rows where zeros tell as much), since the residual SD of a predictor
    is about one and rows of one state repeat each other; over a usual SD of potential. A geometric mean over
    operations. No SD of the panel at hand: what is sampled must not depend on data that one program exchanges.
    """
    share = design.outcome.share
    rows = np.ones(len(share), bool) if getattr(likelihood, "zeros_inform", False) else share > 0
    count = members(design.operation, design.operations, rows, None)
    error = float(np.exp(np.log(2.0 / np.sqrt(np.maximum(count, 4))).mean()))
    return getattr(likelihood, "unit", 1.0) * error / USUAL_SD


def _told(part: str, likelihood: Likelihood, count: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """About how much rows tell of their group's level, in units of a row's variance.

    Parameters
    ----------
    count, positive : ndarray or tensor, shape (group,)
        Rows of each group, and those with a positive outcome.

    Notes
    -----
    A row of a size counts one; ``n p (1 - p)`` for participation, since a row of zeros says that the odds are low,
    not how low; all rows where zeros tell as much.
    """
    if getattr(likelihood, "zeros_inform", False):
        return count
    if part in getattr(likelihood, "positive_only", ()):
        return positive
    most = np.maximum(count, 1) if isinstance(count, np.ndarray) else pt.maximum(count, 1)
    return positive * (1 - positive / most)


def _error_of_years(part: str, design: Design, likelihood: Likelihood) -> float:
    """Rough standard error of an operation-year's effect estimated alone; see `models.coefficients`."""
    share, years = design.outcome.share, len(design.operation_of_year)
    count = members(design.operation_year, years, np.ones(len(share), bool), None)
    positive = members(design.operation_year, years, share > 0, None)
    known = np.maximum(_told(part, likelihood, count, positive), 1.0)
    return float(np.exp(np.log(1.0 / np.sqrt(known)).mean()))


@dataclass(frozen=True)
class _Part:
    """A linear predictor, its slopes (of rows, mean, between states), and what is declared of its variables."""

    predictor: Rowwise
    slope: TensorVariable
    slope_mean: TensorVariable
    slope_between: TensorVariable
    declared: Mapping[str, Declared]
    sampled_as: Mapping[str, str]


def _operation_levels(
    part: str,
    design: Design,
    spec: ContributionSpec,
    likelihood: Likelihood,
    prior: Declared,
    reference: TensorVariable,
) -> Term:
    """Register intercepts of operations and their years, and return their term of a predictor.

    Parameters
    ----------
    prior : Declared
        Of an operation's intercept.
    reference : tensor, shape (operation,)
        What slopes give each operation's reference rows; see `_reference_of_operations`.

    Notes
    -----
    The data speak of an operation's level, where potential lies and over its years together. Its level is the
    intercept, plus `reference`, plus the mean of its years' effects; that is sampled, and the intercept drawn given
    it. What is left of years are contrasts within an operation, in units of about their posterior SD given the
    spread, which may well be zero: see `models.coefficients`.
    """
    operations, of_year = design.operations, design.operation_of_year
    name, unit = f"{part}_intercept", getattr(likelihood, "unit", 1.0)
    if not (spec.operation_year_effects and len(of_year) > operations):
        level = pm.Normal(f"{name}_raw", prior.centre + reference, prior.sd, dims="operation")
        intercept = pm.Deterministic(name, level - reference, dims="operation")
        return Lookup(intercept, design.operation)
    spread = pm.HalfNormal(f"{part}_operation_year_sd", spec.priors.operation_year * unit)
    variance = spread**2 / np.bincount(of_year, minlength=operations)
    level = pm.Normal(
        f"{name}_raw", prior.centre + reference, pt.sqrt(prior.sd**2 + variance), dims="operation"
    )
    above = level - reference - prior.centre
    share = pm.Normal(f"{name}_given_raw", 0.0, 1.0, dims="operation")
    own = given_average(above, prior.sd, variance, share)
    pm.Deterministic(name, prior.centre + own, dims="operation")
    model = pm.modelcontext(None)
    if "operation_year_contrast" not in model.coords:
        model.add_coord("operation_year_contrast", np.arange(1, len(of_year) - operations + 1))
    scale = posterior_sd(spread, unit * _error_of_years(part, design, likelihood))
    raw = pm.Normal(f"{part}_operation_year_raw", 0.0, spread / scale, dims="operation_year_contrast")
    apart = scale * departures(raw, of_year)
    pm.Deterministic(f"{part}_operation_year", apart + (above - own)[of_year], dims="operation_year")
    return Lookup((level - reference)[of_year] + apart, design.operation_year)


def _controls(part: str, design: Design, spec: ContributionSpec, unit: float) -> list[Term]:
    """Controls, as terms of a predictor: common coefficients, or one for each operation."""
    if not design.controls.shape[1]:
        return []
    priors = spec.priors
    if not (spec.controls_vary and slopes_vary(spec, design.operation, design.leader)):
        return [
            Columns(pm.Normal(f"{part}_control", 0.0, priors.control * unit, dims="control"), design.controls)
        ]
    mean = pm.Normal(f"{part}_control_mean", 0.0, priors.control * unit, dims="control")
    spread = pm.HalfNormal(f"{part}_control_spread", priors.control_spread * unit, dims="control")
    raw = pm.Normal(f"{part}_control_raw", 0.0, 1.0, dims=("operation", "control"))
    each = pm.Deterministic(f"{part}_control", mean + spread * raw, dims=("operation", "control"))
    return [lambda at: (each[take(design.operation, at)] * take(design.controls, at)).sum(1)]


def _predictor(
    part: str, design: Design, potential: Rowwise, spec: ContributionSpec, likelihood: Likelihood
) -> _Part:
    """Build one linear predictor."""
    priors = spec.priors
    unit = getattr(likelihood, "unit", 1.0)
    found = slopes(
        part,
        design.operation,
        design.leader,
        spec,
        (unit / design.potential_sd, unit / design.similarity_sd),
        error=_error_of_slopes(design, likelihood),
        summed=design.similarity_in_potential,
    )
    by_operation, mean = found.by_operation, found.mean
    between = mean
    if spec.within_between:
        between = pm.Normal(f"{part}_slope_between", 0.0, priors.slope * unit / design.potential_sd)
    of_similarity = Rowwise()
    reference = (between if spec.within_between else by_operation) * _reference_of_operations(
        design, potential
    )
    if found.similarity is not None:
        centred = rowwise(design.similarity - design.similarity.mean())
        of_similarity = centred.times(found.similarity, design.operation)
        reference = reference + found.similarity * _reference_of_operations(design, centred)
    centre, sd = likelihood.intercept[part]
    prior = Declared(centre, min(sd, priors.intercept_sd * unit))
    eta = Rowwise(_operation_levels(part, design, spec, likelihood, prior, reference))

    of_potential = potential.times(by_operation, design.operation)
    if spec.within_between:
        every = np.ones(len(design.state), bool)
        average = Lookup(mean_over(design.state, design.states, every, potential), design.state)
        of_potential = of_potential.plus(average.times(between - by_operation, design.operation))
    eta = eta.plus(*of_potential.terms, *of_similarity.terms, *_controls(part, design, spec, unit))
    eta = eta.plus(*_treaties(part, design, spec, likelihood, eta))
    if spec.state_effects:
        eta = eta.plus(*_states(part, design, spec, likelihood, eta))
    declared = {f"{part}_intercept": prior, **found.declared}
    level = {f"{part}_intercept_raw": f"{part}_intercept", f"{part}_intercept_given_raw": f"{part}_intercept"}
    sampled_as = {**level, **found.sampled_as}
    return _Part(eta, by_operation[design.operation], mean, between, declared, sampled_as)


def _by_operation(
    params: Predictors, likelihood: Likelihood, design: Design, scale: float
) -> dict[str, TensorVariable]:
    """Let the likelihood's dispersion vary by operation around its common value, shape (row,).

    Raises
    ------
    ValueError
        If the likelihood has no dispersion that may vary.
    """
    names = getattr(likelihood, "dispersion", ())
    if not names:
        raise ValueError(f"dispersion_varies: likelihood {likelihood.name!r} has no dispersion that may vary")
    out = dict(params)
    positive = np.bincount(design.operation[design.outcome.share > 0], minlength=design.operations)
    # The logarithm of a variance that n rows tell has variance 2 / n.
    known = positive / (positive + 2 / scale**2)
    for name in names:
        spread = pm.HalfNormal(f"{name}_operation_sd", scale)
        common = pt.log(params[name])
        departure = varying(f"{name}_operation_log", "operation", spread, known, common)
        each = pm.Deterministic(f"{name}_operation", pt.exp(common + departure), dims="operation")
        out[name] = each[design.operation]
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
    few = {name: parts[name].predictor for name in getattr(likelihood, "positive_only", ())}
    pm.Potential("contribution", likelihood.logp(design.outcome, eta | few, params).sum())
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
