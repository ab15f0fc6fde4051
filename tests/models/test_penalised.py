"""Penalised fits: exact derivatives for every likelihood, classical estimators where priors are flat."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from models.likelihoods import Outcome, get, names
from models.penalised import PenalisedDesign, _Problem, penalised_fit
from models.row_density import RowDensity

ROWS = 240


def _outcome(likelihood, columns: np.ndarray, rng: np.random.Generator) -> Outcome:
    """Outcomes that the likelihood itself generates, with dispersions at their starting points."""
    forces = rng.integers(2_000, 300_000, len(columns)).astype(float)
    unit = likelihood.unit
    eta = {}
    for part in likelihood.parts:
        centre = {"ordered_beta": -3.5}.get(
            likelihood.name, likelihood.intercept[part][0] + (part == "participation")
        )
        eta[part] = centre + unit * (columns[:, 1:] @ np.array([0.5, -0.4]))
    params = dict(likelihood.plausible) | {
        "precision": 100.0, "size_sd": 1.0, "shape": 0.7, "lower_cut": -3.0, "cut_gap": 8.0, "residual_sd": 0.01,
    }  # fmt: skip
    drawn = likelihood.simulate(rng, eta, params, forces)
    if likelihood.outcome == "share":
        return Outcome(drawn * forces, forces, drawn)
    troops = np.minimum(drawn, forces)
    return Outcome(troops, forces, troops / forces)


@pytest.fixture(scope="module", params=names())
def made(request):
    rng = np.random.default_rng(5)
    likelihood = get(request.param)
    columns = np.column_stack([np.ones(ROWS), rng.normal(size=(ROWS, 2))])
    outcome = _outcome(likelihood, columns, rng)
    density = RowDensity(likelihood, outcome, {})
    designs = {
        part: PenalisedDesign(
            ("one", "first", "second"),
            columns,
            np.array([likelihood.intercept[part][0], 0.0, 0.0]),
            likelihood.unit * np.array([3.0, 2.0, 2.0]),
        )
        for part in likelihood.parts
    }
    fit = penalised_fit(density, designs, np.repeat(np.arange(ROWS // 4), 4))
    return likelihood, density, designs, fit


def test_gradient_and_curvature_are_those_of_the_log_density(made):
    likelihood, density, designs, fit = made
    problem = _Problem(density, list(designs.values()))
    at = fit.estimate + 0.05 * likelihood.unit
    _, gradient, curvature = problem.at(at)
    size = np.r_[np.full(len(at) - len(density.start), likelihood.unit), np.ones(len(density.start))]
    for j, axis in enumerate(np.eye(len(at)) * 1e-4 * size[:, None]):
        slope = (problem.value(at + axis) - problem.value(at - axis)) / (2e-4 * size[j])
        assert gradient[j] == pytest.approx(slope, rel=2e-4, abs=1e-4 / size[j])
        column = (problem.at(at - axis)[1] - problem.at(at + axis)[1]) / (2e-4 * size[j])
        scale = 1e-4 * np.sqrt(np.abs(np.diag(curvature)) * abs(curvature[j, j]))
        assert (np.abs(curvature[:, j] - column) <= scale + 1e-6 * np.abs(column)).all()


def test_a_mode_is_found_whose_truth_lies_within_its_errors(made):
    likelihood, _, _, fit = made
    assert fit.converged
    found = {
        (part, name): (value / likelihood.unit, error / likelihood.unit)
        for part, name, value, error in fit.coefficients()
    }
    for part in likelihood.parts:
        for name, truth in (("first", 0.5), ("second", -0.4)):
            value, error = found[part, name]
            assert error < 1
            assert abs(value - truth) < 3.5 * error


def _flat(likelihood, columns: np.ndarray) -> dict[str, PenalisedDesign]:
    part = likelihood.parts[0]
    names = tuple(f"x{j}" for j in range(columns.shape[1]))
    return {part: PenalisedDesign(names, columns, np.zeros(len(names)), np.full(len(names), 1e4))}


def test_with_flat_priors_participation_is_the_logit_with_clustered_errors():
    rng = np.random.default_rng(8)
    columns = np.column_stack([np.ones(ROWS), rng.normal(size=(ROWS, 2))])
    cluster = np.repeat(np.arange(ROWS // 6), 6)
    came = rng.random(ROWS) < 1 / (1 + np.exp(1 - columns[:, 1] - rng.normal(size=ROWS // 6)[cluster]))
    outcome = Outcome(50.0 * came, np.full(ROWS, 1e4), 50.0 * came / 1e4)
    likelihood = get("bernoulli")
    fit = penalised_fit(RowDensity(likelihood, outcome, {}), _flat(likelihood, columns), cluster)
    other = sm.Logit(came.astype(float), columns).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": cluster}
    )
    np.testing.assert_allclose(fit.estimate, other.params, rtol=1e-5)
    # statsmodels also multiplies by (n - 1) / (n - k).
    small = np.sqrt((ROWS - 1) / (ROWS - columns.shape[1]))
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)) * small, other.bse, rtol=1e-4)


def test_what_no_row_informs_stays_as_wide_as_its_prior_and_perfect_prediction_is_finite():
    rng = np.random.default_rng(9)
    first = rng.normal(size=ROWS)
    columns = np.column_stack([np.ones(ROWS), first, np.zeros(ROWS)])
    outcome = Outcome(100.0 * (first > 0), np.full(ROWS, 1e4), 0.01 * (first > 0))
    likelihood = get("bernoulli")
    design = {
        "participation": PenalisedDesign(
            ("one", "perfect", "nothing"), columns, np.zeros(3), np.array([3.0, 4.0, 2.5])
        )
    }
    fit = penalised_fit(RowDensity(likelihood, outcome, {}), design, np.arange(ROWS))
    (_, _, perfect, error), (_, _, nothing, prior) = fit.coefficients()[1:]
    assert fit.converged
    assert 5 < perfect < 40
    assert 0 < error < 10
    assert (nothing, prior) == (pytest.approx(0, abs=1e-9), pytest.approx(2.5))


def test_a_dispersion_that_the_spec_fixes_is_not_estimated():
    outcome = Outcome(100.0 * np.ones(3), np.full(3, 1e4), np.full(3, 0.01))
    density = RowDensity(get("hurdle_beta"), outcome, {"precision": 250.0})
    assert density.start.size == 0
    eta = np.array([np.zeros(3), np.full(3, -4.0)])
    rows, of_eta, of_phi = density.rows(eta, density.start)
    assert np.isfinite(rows).all()
    assert of_eta.shape == (2, 3)
    assert of_phi.size == 0


def test_draws_have_the_covariance_of_the_fit_and_expected_outcomes_those_of_single_draws(made):
    likelihood, density, _, fit = made
    draws = fit.draws(4000, np.random.default_rng(1))
    errors = np.sqrt(np.diag(fit.covariance))
    standard = (draws - fit.estimate) / errors
    np.testing.assert_allclose(np.cov(standard.T), fit.covariance / np.outer(errors, errors), atol=0.09)
    eta, phi = fit.split(draws[:3])
    together = density.mean(eta, phi)
    assert together.shape == (3, ROWS)
    for k in range(3):
        one_eta, one_phi = fit.split(draws[k])
        alone = density.mean(one_eta[:, None], one_phi[:, None])
        np.testing.assert_allclose(together[k], alone[0], rtol=1e-10)
    assert likelihood.outcome != "share" or (together <= 1).all()
