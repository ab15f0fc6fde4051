"""Slopes of potential by leader above operations."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
import xarray as xr
from pytensor.compile.mode import Mode
from pytensor.graph.replace import clone_replace
from scipy.stats import norm

from data.common.errors import InputError
from data.panel import check_panel
from models.given import Given
from models.joint import joint
from models.predictor.slopes import leader_of_operations
from models.simulate import SMALL, Size, predictor, prior_truths, simulate
from models.spec import ModelSpec
from workflows.estimands.checks import prior_draws
from workflows.estimands.effects import headline_effect, headline_quantities
from workflows.estimands.fit import Fit
from workflows.estimands.further import new_operation
from workflows.judge.identification import identification
from workflows.spec.mathematics import model_in_symbols, model_in_words

PLAIN = Mode(linker="py", optimizer=None)
#: Three operations led by the United States, two by France, one by the United Kingdom.
SEVERAL = Size(
    states=40,
    operations={name: (2001 + k, 2002 + k) for k, name in enumerate("ABCDEF")},
    treaties=5,
    other_treaties=10,
    leaders=(2, 220, 2, 220, 2, 200),
)


def _spec(**contribution) -> ModelSpec:
    return ModelSpec.model_validate({"contribution": {"slope_by_leader": True, **contribution}})


def _eta(built, drawn) -> dict[str, np.ndarray]:
    free = built.model.free_RVs
    inputs = [rv.type() for rv in free]
    outputs = clone_replace(list(built.contribution.eta.values()), dict(zip(free, inputs, strict=True)))
    function = pytensor.function(inputs, outputs, mode=PLAIN, on_unused_input="ignore")
    values = function(*[drawn[rv.name].values for rv in free])
    return dict(zip(built.contribution.eta, values, strict=True))


def test_a_simulated_panel_may_have_several_leaders():
    panel, _ = simulate("hurdle_beta", SEVERAL, seed=1)
    check_panel(panel)
    assert panel["operation_leader"].values.tolist() == [2, 220, 2, 220, 2, 200]
    assert set(panel["row_leader"].values[panel["row_operation"].values == "F"]) == {200}


def test_an_operation_with_two_leaders_is_refused_by_the_name_of_the_option():
    operation = np.array([0, 0, 1, 1])
    assert leader_of_operations(operation, np.array([2, 2, 220, 220])).tolist() == [2, 220]
    with pytest.raises(InputError, match="slope_by_leader"):
        leader_of_operations(operation, np.array([2, 2, 220, 200]))


@pytest.mark.parametrize("slope_varies", [True, False])
@pytest.mark.parametrize("within_between", [True, False])
def test_operations_lie_around_their_leader_and_reach_their_own_rows(slope_varies, within_between):
    spec = _spec(slope_varies=slope_varies, within_between=within_between)
    panel, truth = simulate(spec, SEVERAL, seed=2)
    built = joint(panel, spec, Given(truth["treaty_depth"].values))
    assert built.model.named_vars_to_dims["size_slope_leader"] == ("leader",)
    assert list(built.model.coords["leader"]) == [2, 200, 220]
    named = {v.name for v in (*built.model.free_RVs, *built.model.deterministics)}
    assert {n for n in truth if "_slope" in n} == {
        n for n in named if "_slope" in n and not n.endswith("_raw")
    }
    drawn = prior_truths(built.model, 2, seed=5)[0]
    potential = built.potential.eval(mode=PLAIN)
    for part, eta in _eta(built, drawn).items():
        np.testing.assert_allclose(predictor(panel, spec, drawn, part, potential), eta, rtol=1e-10)


def test_operations_of_one_leader_are_more_alike_than_those_of_different_leaders():
    spec = _spec()
    panel, truth = simulate(spec, SEVERAL, seed=2)
    model = joint(panel, spec, Given(truth["treaty_depth"].values)).model
    slope = model["size_slope"] - model["size_slope_mean"]
    spreads = [model["size_slope_spread"], model["size_slope_leader_spread"]]
    with model:
        drawn = pm.draw(
            clone_replace(slope, {spreads[0]: np.float64(0.5), spreads[1]: np.float64(1.2)}),
            4000,
            random_seed=1,
            mode=PLAIN,
        )
    leader = panel["operation_leader"].values
    wanted = 1.44 * (leader[:, None] == leader) + 0.25 * np.eye(6)
    error = np.sqrt((np.outer(*[np.diag(wanted)] * 2) + wanted**2) / 4000)
    assert (np.abs(np.cov(drawn.T) - wanted) <= 4 * error).all()


@pytest.mark.parametrize("slope_varies", [True, False])
def test_a_single_leader_or_the_option_off_leaves_the_model_as_it_is(slope_varies):
    for size, leaders in ((SMALL, True), (SEVERAL, False)):
        panel, truth = simulate("hurdle_beta", size, seed=3)
        depth = truth["treaty_depth"].values
        specs = [_spec(slope_by_leader=on, slope_varies=slope_varies) for on in (False, leaders)]
        plain, asked = (joint(panel, spec, Given(depth)).model for spec in specs)
        assert [rv.name for rv in plain.free_RVs] == [rv.name for rv in asked.free_RVs]
        assert "leader" not in asked.coords
        point = plain.initial_point()
        values = [model.compile_fn(model.logp(sum=False), mode=PLAIN)(point) for model in (plain, asked)]
        for one, other in zip(*values, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("slope_varies", [True, False])
def test_headline_words_and_symbols_know_the_leaders(slope_varies):
    spec = _spec(slope_varies=slope_varies)
    panel, truth = simulate(spec, SEVERAL, seed=2)
    built = joint(panel, spec, Given(truth["treaty_depth"].values))
    assert {"headline_operation", "headline_mean_slope"} <= set(headline_quantities(built, 0.3))
    assert "leader" in " ".join(model_in_words(built))
    assert r"\mu_l \sim N(\mu, \tau_l)" in model_in_symbols(built)
    assert "1 of them lead" in " ".join(identification(built))


#: Structures of slopes.
STRUCTURES = {
    "by operation": {"slope_by_leader": False},
    "by operation, similarity common": {"slope_by_leader": False, "similarity_varies": False},
    "by operation, similarity not held": {"slope_by_leader": False, "hold_similarity": False},
    "by leader and operation": {},
    "by leader": {"slope_varies": False},
    "common": {"slope_by_leader": False, "slope_varies": False},
}


def _coefficients(part: str, model: pm.Model) -> list[str]:
    """Names of the coefficients of one part that a reader of the formulas would sample."""
    names = [f"{part}_intercept", f"{part}_operation_year"]
    for key in ("slope", "similarity"):
        names += [f"{part}_{key}{end}" for end in ("_mean", "_leader", "") if f"{part}_{key}{end}" in model]
    return names


@pytest.mark.parametrize(
    ("structure", "kind", "error"),
    [
        *((structure, "difference", 0.02) for structure in STRUCTURES),
        ("by operation", "difference", 1.0),
        ("by operation", "residual", 0.02),
        ("by leader and operation", "residual", 1.0),
    ],
)
def test_the_density_of_what_is_sampled_is_that_of_the_formulas(kind, structure, error, monkeypatch):
    """Averages, contrasts and levels: the model is the same, to the volume of the map."""
    monkeypatch.setattr("models.predictor.slopes.error_of_slopes", lambda *_: error)
    spec = ModelSpec.model_validate(
        {"potential": {"kind": kind}, "contribution": {"slope_by_leader": True, **STRUCTURES[structure]}}
    )
    panel, truth = simulate(spec, SEVERAL, seed=2)
    built = joint(panel, spec, Given(truth["treaty_depth"].values))
    model, part = built.model, "size"
    wanted = _coefficients(part, model)
    stands_for = built.contribution.sampled_as
    sampled = [
        rv
        for rv in model.free_RVs
        if rv.name.startswith(f"{part}_") and stands_for.get(rv.name, rv.name.removesuffix("_raw")) in wanted
    ]
    spreads = {
        name: np.float64(0.4 + 0.17 * k)
        for k, name in enumerate(sorted(n for n in model.named_vars if n.endswith(("_spread", "_year_sd"))))
    }
    rng = np.random.default_rng(3)
    at = {rv.name: rng.normal(size=rv.eval(mode=PLAIN).shape) for rv in sampled}
    inputs = [rv.type() for rv in sampled]
    given = dict(zip(sampled, inputs, strict=True))
    given |= {model[name]: pt.constant(value) for name, value in spreads.items()}
    logp = sum(pm.logp(rv, rv).sum() for rv in sampled)
    outputs = clone_replace([logp, *(model[name] for name in wanted)], given)
    function = pytensor.function(inputs, outputs, mode=PLAIN, on_unused_input="ignore")

    def density(point: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density of what is sampled, and what follows from it."""
        ends = np.cumsum([value.size for value in at.values()])[:-1]
        pieces = np.split(point, ends)
        values = [piece.reshape(v.shape) for piece, v in zip(pieces, at.values(), strict=True)]
        found, *effects = function(*values)
        return float(found), np.concatenate([np.ravel(e) for e in effects])

    point = np.concatenate([np.ravel(v) for v in at.values()])
    found, effects = density(point)
    # The map from what is sampled to the coefficients is affine given the spreads: its volume is a finite difference.
    steps = np.array([density(point + unit)[1] - effects for unit in np.eye(point.size)])
    found -= np.linalg.slogdet(steps)[1]
    ends = np.cumsum([int(np.prod(model[name].shape.eval(mode=PLAIN))) for name in wanted])[:-1]
    value = dict(zip(wanted, np.split(effects, ends), strict=True))
    priors, design = spec.contribution.priors, built.design
    leader = np.unique(panel["operation_leader"].values, return_inverse=True)[1]
    want = norm.logpdf(value[f"{part}_intercept"], -5.5, 1.5).sum()
    want += norm.logpdf(value[f"{part}_operation_year"], 0, spreads[f"{part}_operation_year_sd"]).sum()
    for key, scale, sd in (
        ("slope", priors.slope, design.potential_sd),
        ("similarity", priors.similarity, design.similarity_sd),
    ):
        name = f"{part}_{key}"
        if name not in value and f"{name}_mean" not in value:
            continue
        if f"{name}_mean" not in value:
            want += norm.logpdf(value[name], 0, scale / sd).sum()
            continue
        centre = value[f"{name}_mean"]
        want += norm.logpdf(centre, 0, scale / sd).sum()
        if f"{name}_leader" in value:
            want += norm.logpdf(value[f"{name}_leader"], centre, spreads[f"{name}_leader_spread"]).sum()
            centre = value[f"{name}_leader"][leader]
        if name in value:
            want += norm.logpdf(value[name], centre, spreads[f"{name}_spread"]).sum()
    assert found == pytest.approx(want, rel=1e-9)
    drawn = prior_truths(model, 2, seed=5)[0]
    potential = built.potential.eval(mode=PLAIN)
    for name, eta in _eta(built, drawn).items():
        np.testing.assert_allclose(predictor(panel, spec, drawn, name, potential), eta, rtol=1e-8)


def test_coefficients_have_their_declared_prior_however_much_is_known_of_them(monkeypatch):
    panel, truth = simulate("hurdle_beta", SEVERAL, seed=2)
    found = []
    for error in (0.02, 1.0):
        monkeypatch.setattr("models.predictor.slopes.error_of_slopes", lambda *_, error=error: error)
        built = joint(panel, given=Given(truth["treaty_depth"].values))
        names = ("size_slope", "size_slope_mean", "size_similarity", "size_similarity_mean")
        given = {built.model["size_slope_spread"]: np.float64(0.5)}
        given[built.model["size_similarity_spread"]] = np.float64(1.2)
        tensors = clone_replace([built.model[name] for name in names], given)
        found.append(np.column_stack(pm.draw(tensors, 4000, random_seed=1, mode=PLAIN)))
    design, priors = built.design, built.spec.contribution.priors
    for key, spread, sd in (
        (0, 0.5, priors.slope / design.potential_sd),
        (7, 1.2, priors.similarity / design.similarity_sd),
    ):
        want = sd**2 * np.ones((7, 7)) + np.diag([spread**2] * 6 + [0.0])
        error = np.sqrt((np.outer(np.diag(want), np.diag(want)) + want**2) / 4000)
        for drawn in found:
            mine = drawn[:, key : key + 7]
            assert (np.abs(np.cov(mine.T) - want) <= 4.5 * error).all()
            assert (np.abs(mine.mean(0)) <= 4.5 * np.sqrt(np.diag(want) / 4000)).all()


def test_a_new_operation_is_predicted_alike_however_slopes_are_sampled(monkeypatch):
    panel, truth = simulate("hurdle_beta", SEVERAL, seed=2)
    effects = []
    for error in (1.0, 0.02):
        monkeypatch.setattr("models.predictor.slopes.error_of_slopes", lambda *_, error=error: error)
        built = joint(panel, given=Given(truth["treaty_depth"].values))
        draws = prior_draws(built, 400, seed=5)
        effect = new_operation(Fit(built, xr.DataTree.from_dict({"posterior": draws})), step=0.1)
        effects.append(effect["headline_new_operation"].values.ravel())
    low, high = (np.quantile(e, [0.25, 0.5, 0.75]) for e in effects)
    scale = np.ptp(low)
    np.testing.assert_allclose(low, high, atol=0.3 * scale)


@pytest.mark.slow
def test_slopes_of_leaders_are_recovered():
    from workflows.sample import sample

    spec = _spec(likelihood="gaussian", operation_year_effects=False)
    panel, truth = simulate(spec, SEVERAL, seed=4)
    built = joint(panel, spec, Given(truth["treaty_depth"].values))
    fit = sample(built, chains=2, tune=500, draws=300, target_accept=0.9)
    posterior = fit.draws["posterior"].to_dataset()
    assert int(fit.draws["sample_stats"]["diverging"].sum()) <= 3
    for name in ("share_slope_leader", "share_slope"):
        found = posterior[name]
        z = (found.mean(("chain", "draw")) - truth[name]) / found.std(("chain", "draw"))
        assert float(np.abs(z).max()) < 3.5, name
    effect = headline_effect(fit)
    assert effect["headline_operation"].sizes["operation"] == 6
    wide = new_operation(fit)["headline_new_operation"]
    assert float(wide.std()) > float(effect["headline_mean_slope"].std())
