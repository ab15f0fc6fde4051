"""Slopes of potential by leader above operations."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor
import pytest
import xarray as xr
from pytensor.compile.mode import Mode
from pytensor.graph.replace import clone_replace

from data.errors import InputError
from data.panel import check_panel
from models.joint import joint
from models.simulate import SMALL, Size, predictor, prior_truths, simulate
from models.slopes import leader_of_operations
from models.spec import ModelSpec
from workflows.effects import headline_effect, headline_quantities
from workflows.estimands import new_operation
from workflows.fit import Fit
from workflows.identification import identification
from workflows.mathematics import model_in_symbols, model_in_words, prior_table
from workflows.power_scaling import blocks

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
    built = joint(panel, spec, depth=truth["treaty_depth"].values)
    assert built.model.named_vars_to_dims["size_slope_leader"] == ("leader",)
    assert list(built.model.coords["leader"]) == [2, 200, 220]
    named = {v.name for v in (*built.model.free_RVs, *built.model.deterministics)}
    assert {n for n in truth if "_slope" in n} == {
        n for n in named if "_slope" in n and not n.endswith("_raw")
    }
    drawn = prior_truths(built.model, 2, seed=5)[0]
    own = drawn["size_slope_leader"].sel(leader=panel["operation_leader"].values).values
    if slope_varies:
        departure = float(drawn["size_slope_spread"]) * drawn["size_slope_raw"].values
        np.testing.assert_allclose(drawn["size_slope"].values, own + departure)
    mean, spread = float(drawn["size_slope_mean"]), float(drawn["size_slope_leader_spread"])
    np.testing.assert_allclose(drawn["size_slope_leader"], mean + spread * drawn["size_slope_leader_raw"])
    potential = built.potential.eval(mode=PLAIN)
    for part, eta in _eta(built, drawn).items():
        np.testing.assert_allclose(predictor(panel, spec, drawn, part, potential), eta, rtol=1e-10)


def test_operations_of_one_leader_are_more_alike_than_those_of_different_leaders():
    spec = _spec()
    panel, truth = simulate(spec, SEVERAL, seed=2)
    model = joint(panel, spec, depth=truth["treaty_depth"].values).model
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
        plain, asked = (joint(panel, spec, depth=depth).model for spec in specs)
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
    built = joint(panel, spec, depth=truth["treaty_depth"].values)
    assert {"headline_operation", "headline_mean_slope"} <= set(headline_quantities(built, 0.3))
    assert "leader" in " ".join(model_in_words(built))
    assert r"\mu_l \sim N(\mu, \tau_l)" in model_in_symbols(built)
    assert "1 of them lead" in " ".join(identification(built))


@pytest.mark.parametrize("kind", ["difference", "residual"])
@pytest.mark.parametrize("by_leader", [False, True])
def test_slopes_that_rows_pin_down_are_sampled_as_they_are_in_the_same_model(kind, by_leader, monkeypatch):
    """The predictor is that of the formulas, and slopes, their mean and similarity keep their prior."""
    spec = ModelSpec.model_validate(
        {"contribution": {"slope_by_leader": by_leader}, "potential": {"kind": kind}}
    )
    panel, truth = simulate(spec, SEVERAL, seed=2)
    depth = truth["treaty_depth"].values
    plain = joint(panel, spec, depth=depth)
    monkeypatch.setattr("models.contribution.LEAST_OF_SLOPE", 1)
    pinned = joint(panel, spec, depth=depth)
    free = {rv.name for rv in pinned.model.free_RVs}
    assert ("size_similarity_raw" in free) == (kind == "difference" and not by_leader)
    assert ("size_slope_mean_raw" in free) != by_leader
    drawn = prior_truths(pinned.model, 2, seed=5)[0]
    potential = pinned.potential.eval(mode=PLAIN)
    for part, eta in _eta(pinned, drawn).items():
        np.testing.assert_allclose(predictor(panel, spec, drawn, part, potential), eta, rtol=1e-8)
    spreads = {"size_slope_spread": 0.5, "size_slope_leader_spread": 1.2}
    found = []
    for built in (plain, pinned):
        names = ("size_slope", "size_slope_mean", "size_similarity")
        given = {built.model[k]: np.float64(v) for k, v in spreads.items() if k in built.model.named_vars}
        tensors = clone_replace([built.model[name] for name in names], given)
        values = pm.draw(tensors, 4000, random_seed=1, mode=PLAIN)
        found.append(np.column_stack(values))
    np.testing.assert_allclose(*(np.cov(f.T) for f in found), atol=0.35)
    np.testing.assert_allclose(*(f.mean(0) for f in found), atol=0.15)
    tables = [prior_table(b).set_index("parameter")["prior"] for b in (plain, pinned)]
    assert tables[0].to_dict() == tables[1].to_dict()
    assert blocks(plain) == blocks(pinned)


@pytest.mark.parametrize("kind", ["difference", "residual"])
def test_the_density_of_pinned_slopes_is_that_of_the_slopes(kind, monkeypatch):
    spec = ModelSpec.model_validate({"potential": {"kind": kind}})
    panel, truth = simulate(spec, SEVERAL, seed=2)
    plain = joint(panel, spec, depth=truth["treaty_depth"].values).model
    monkeypatch.setattr("models.contribution.LEAST_OF_SLOPE", 1)
    pinned = joint(panel, spec, depth=truth["treaty_depth"].values).model
    drawn = ("size_slope_raw", "size_slope_mean_raw", "size_similarity_raw", "size_similarity")
    drawn = [name for name in drawn if name in {rv.name for rv in pinned.free_RVs}]
    wanted = ("size_slope", "size_slope_mean", "size_similarity")
    spread = np.float64(0.6)

    def density(values: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density of what is sampled, and what follows from it."""
        point = {"size_slope_spread": spread, "size_slope_raw": values[:6]}
        point |= {name: np.float64(v) for name, v in zip(drawn[1:], values[6:], strict=True)}
        inputs = {pinned[name]: value for name, value in point.items()}
        logp = sum(pm.logp(pinned[name], pinned[name]).sum() for name in drawn)
        outputs = clone_replace([logp, *(pinned[name] for name in wanted)], inputs)
        logp, *found = pytensor.function([], outputs, mode=PLAIN)()
        return float(logp), np.concatenate([np.ravel(f) for f in found])

    rng = np.random.default_rng(3)
    at = rng.normal(size=len(drawn) + 5)
    found, effects = density(at)
    # The map from what is sampled to the effects is affine given the spread: its volume is a finite difference.
    steps = np.array([density(at + unit)[1] - effects for unit in np.eye(at.size)])
    found -= np.linalg.slogdet(steps)[1]
    slope, mean, similarity = effects[:6], effects[6], effects[7]
    names = ("size_slope_mean", "size_similarity")
    want = [pm.logp(plain[n], v).eval(mode=PLAIN) for n, v in zip(names, (mean, similarity), strict=True)]
    own = pm.logp(pm.Normal.dist(mean, spread), slope).eval(mode=PLAIN)
    assert found == pytest.approx(np.sum(want) + own.sum())


def test_a_new_operation_is_predicted_alike_where_slopes_are_pinned(monkeypatch):
    panel, truth = simulate("hurdle_beta", SEVERAL, seed=2)
    effects = []
    for least in (10**9, 1):
        monkeypatch.setattr("models.contribution.LEAST_OF_SLOPE", least)
        built = joint(panel, depth=truth["treaty_depth"].values)
        drawn = prior_truths(built.model, 400, seed=5)
        draws = xr.concat([xr.Dataset(values) for values in drawn], "draw").expand_dims(chain=[0])
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
    built = joint(panel, spec, depth=truth["treaty_depth"].values)
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
