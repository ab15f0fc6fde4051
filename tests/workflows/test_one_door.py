"""Which algorithm fits a model follows from its spec, whichever command asks: no door of a cut spec has feedback."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import xarray as xr
from scipy.special import logsumexp

from data.common.errors import InputError
from models.given import REFITTED, Given
from models.joint import joint, measurement
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from tests.workflows.stub_sampler import put_aside
from workflows import samplers
from workflows.draws.evaluate import evaluate
from workflows.estimands.checks import prior_draws
from workflows.estimands.fit import Fit
from workflows.estimands.power_scaling import _without_feedback, log_densities, power_scaling
from workflows.estimands.predictive_score import loo
from workflows.judge.verdict import judged
from workflows.run.run import Run
from workflows.sample import sample
from workflows.sampling.posterior import Posterior, imputes
from workflows.series.bridge.bridge import Bridge
from workflows.series.calibrate import calibrate
from workflows.series.kfold import kfold
from workflows.series.leave_out import LeaveOut
from workflows.series.multiverse import Multiverse
from workflows.series.sensitivity import _changed, sensitivity
from workflows.spec.bridge import BridgeSpec
from workflows.spec.run import RunSpec

TINY = Size(
    states=14, operations={"Alder": (2001, 2002), "Birch": (2003, 2003)}, treaties=4, other_treaties=0
)
OUTCOME = {
    "likelihood": "gaussian",
    "controls": [],
    "treaty_effects": False,
    "state_effects": False,
    "operation_year_effects": False,
}
IMPUTATIONS = 2
#: Densities of depth alone.
MEASUREMENT = {"provisions_loglik", "other_treaties_loglik"}


def spec_of(measurement: str, **more) -> RunSpec:
    depth = {"measurement": measurement, "items": "known", "imputations": IMPUTATIONS}
    whole = {
        "name": "tiny",
        "panel": {"source": "bundled"},
        "model": {"depth": depth, "contribution": OUTCOME},
        "sampling": {"tune": 20, "draws": 100},
    }
    return RunSpec.model_validate({**whole, **more})


@pytest.fixture(scope="module")
def panel():
    return simulate("hurdle_lognormal", TINY, 4)[0]


@pytest.fixture
def stub(monkeypatch, panel):
    """Sampling put aside; every panel is the small one."""
    for module in ("data.panel", "workflows.series.bridge.panels"):
        monkeypatch.setattr(f"{module}.build_panel", lambda *_, **__: panel)
    monkeypatch.setattr(
        "workflows.series.sensitivity.variants",
        lambda spec, _: {"baseline -1": _changed(spec, baseline=-1.0)},
    )
    for module in ("calibrate", "kfold", "multiverse", "specification"):
        monkeypatch.setattr(f"workflows.series.{module}.panel_of", lambda *_: panel)
    for store in ("workflows.series.task._made", "workflows.series.specification._templates"):
        monkeypatch.setattr(store, {})
    return put_aside(monkeypatch)


def through_run(spec, out):
    run = Run(spec, out)
    assert run.stage("gate").about["advice"]
    return run.fit.draws


def through_sample(spec, _, panel):
    return sample(joint(panel, spec.model), spec.sampling).draws


def through_sensitivity(spec, out):
    found = sensitivity(spec, out)
    assert set(found["refits"]["variant"]) == {"as declared", "baseline -1"}
    return Run(spec, out).fit.draws


def through_compare(spec, out):
    fit = Run(spec, out).fit
    assert loo(fit, "row")["elpd"].notna().all()
    return fit.draws


def through_bridge(spec, out):
    spec = spec.model_copy(update={"bridge": BridgeSpec(operations=("Alder", "Birch"))})
    bridge = Bridge(spec, out, chains=4, draws=100)
    run = bridge.joint_run(bridge.tree["measurement"])
    assert run.effect["headline"].size
    return run.fit.draws


def through_leave_out(spec, out):
    found = next(iter(LeaveOut(Run(spec, out)).tables(("separate",))))
    assert found["headline"].notna().all()


def through_kfold(spec, out):
    assert kfold(spec, "operation", 2, out)["elpd"].notna().all()


def through_multiverse(spec, out):
    grid = {"aggregate": ["deepest", "sum"], "chains": 4, "tune": 20, "draws": 100}
    table = Multiverse(RunSpec.model_validate({**spec.describe(), "multiverse": grid}), out).run()
    assert (table["error"] == "").all(), table["error"].tolist()


DOORS = {
    name.removeprefix("through_"): door for name, door in globals().items() if name.startswith("through_")
}


def depth_is_fitted(model) -> bool:
    return any(variable.name == "treaty_depth" for variable in model.free_RVs)


@pytest.mark.parametrize("door", DOORS)
def test_a_cut_spec_has_no_feedback_through_any_door(door, stub, panel, tmp_path):
    given = (panel,) if door == "sample" else ()
    draws = DOORS[door](spec_of("cut"), tmp_path, *given)
    outcome = [model for model in stub.models if not depth_is_fitted(model)]
    alone = [model for model in stub.models if depth_is_fitted(model)]
    assert outcome
    assert alone
    for model in alone:
        assert {potential.name for potential in model.potentials} <= MEASUREMENT
    assert any("contribution" in {p.name for p in model.potentials} for model in outcome)
    if draws is not None:
        depth = draws["posterior"]["treaty_depth"].transpose("chain", "draw", "treaty").values
        assert len(np.unique(depth[..., 0])) == IMPUTATIONS  # draws of measurement, each held through its fit
        assert depth.shape[0] == 4 * IMPUTATIONS


@pytest.mark.parametrize("door", ["leave_out", "multiverse", "run", "sample"])
def test_a_joint_spec_has_feedback_and_a_plug_in_spec_knows_depth_through_every_door(
    door, stub, panel, tmp_path
):
    given = (panel,) if door == "sample" else ()
    DOORS[door](spec_of("plug-in"), tmp_path / "known", *given)
    with_outcome = [m for m in stub.models if "contribution" in {p.name for p in m.potentials}]
    assert with_outcome
    assert not any(depth_is_fitted(model) for model in with_outcome)
    stub.models.clear()
    DOORS[door](spec_of("joint"), tmp_path / "joint", *given)
    with_outcome = [m for m in stub.models if "contribution" in {p.name for p in m.potentials}]
    assert with_outcome
    assert all(depth_is_fitted(model) for model in with_outcome)


@pytest.mark.parametrize("measurement", ["cut", "plug-in"])
def test_calibration_refuses_what_is_no_posterior_of_a_model(measurement, tmp_path):
    with pytest.raises(InputError, match=r"'depth\.measurement': found '.*'; expected 'joint'"):
        calibrate(spec_of(measurement), 10, tmp_path)


@pytest.mark.parametrize("weighted", [False, True])
def test_draws_of_an_imputation_mean_the_same_to_the_model_on_which_they_are_evaluated(panel, weighted):
    """Effects are sampled as levels or as multiples of their spread: fit and evaluation must agree which."""
    whole = {"likelihood": "hurdle_lognormal"}
    spec = ModelSpec.model_validate(
        {"depth": {"measurement": "cut", "items": "known"}, "contribution": whole}
    )
    alone = prior_draws(joint(panel, spec), 30, 1)
    posterior = Posterior(panel, spec, lambda: alone, 1, REFITTED if weighted else ())
    assert imputes(posterior.joint)
    fitted = posterior._cut._compiled.joint
    weight = (posterior.joint.design.operation == 0).astype(float) if weighted else None
    data = {} if weight is None else {"row_weight": weight}
    for one in (fitted, posterior.joint) if weighted else ():
        one.with_data(**data)
    free = prior_draws(fitted, 5, 2)
    names = [rv.name for rv in measurement(panel, spec).free_RVs]
    depth = posterior._cut.depths.isel(imputation=0, drop=True)
    fitted.with_data(known_depth=depth["treaty_depth"].values)
    given = depth[names].expand_dims(chain=free["chain"].values, draw=free["draw"].values)
    eta = [
        evaluate(model, draws, {k: (v, ("row",)) for k, v in model.contribution.eta.items()})
        for model, draws in ((fitted, free), (posterior.joint, free.merge(given, compat="override")))
    ]
    for name in eta[0].data_vars:
        np.testing.assert_allclose(eta[0][name], eta[1][name], rtol=1e-8)


@pytest.mark.usefixtures("stub")
def test_a_verdict_on_imputed_draws_is_that_within_imputations(panel):
    fit = sample(joint(panel, spec_of("cut").model), spec_of("cut").sampling)
    assert imputes(fit.joint)
    names = set(fit.gate.checks["check"])
    assert "imputations" in names
    assert judged(fit.joint, fit.draws, fit.headline).checks.equals(fit.gate.checks)


def test_depth_that_is_given_is_not_measured_again(stub, panel):
    depth = np.zeros(int(panel["in_force"].values.any(0).sum()))
    fit = sample(joint(panel, spec_of("cut").model, Given(depth)), spec_of("cut").sampling)
    assert [depth_is_fitted(model) for model in stub.models] == [False]
    assert fit.draws["posterior"].sizes["chain"] == 4


@pytest.mark.parametrize("sampler", ["pymc", "numpyro"])
def test_cut_is_sampled_by_the_sampler_that_is_declared(sampler, stub, panel, monkeypatch):
    asked = []

    def other(_, model, wanted):
        asked.append(wanted.spec.sampler)
        for chain in wanted.points:
            yield chain, stub.sample(stub.compile(model), chains=1, draws=wanted.spec.draws, seed=chain)

    own = samplers.get(sampler)
    monkeypatch.setattr(
        f"workflows.samplers.{sampler}.SAMPLER",
        dataclasses.replace(own, chains=other, statistics=samplers.get("nutpie").statistics),
    )
    sampling = spec_of("cut").sampling.model_copy(update={"sampler": sampler})
    sample(joint(panel, spec_of("cut").model), sampling)
    assert asked == [sampler] * IMPUTATIONS


def imputed_fit(panel, shift: float):
    """A cut fit of two imputations whose draws are of one prior, `shift` apart in the slope's mean."""
    spec = ModelSpec.model_validate(
        {"depth": {"measurement": "cut", "items": "known", "imputations": 2}, "contribution": OUTCOME}
    )
    model = joint(panel, spec)
    flat = prior_draws(model, 800, 3)
    free = flat.drop_vars([n for n in flat.data_vars if n not in {v.name for v in model.model.free_RVs}])
    parts = []
    for chain in range(4):
        one = free.isel(draw=slice(200 * chain, 200 * (chain + 1))).assign_coords(
            chain=[chain], draw=range(200)
        )
        for name in (v.name for v in measurement(panel, spec).free_RVs):
            one[name] = (
                one[name].dims,
                np.broadcast_to(free[name].values[:, :1] * 1.0, one[name].shape).copy(),
            )
        parts.append(one)
    draws = xr.concat(parts, "chain")
    draws["treaty_depth"] = draws["treaty_depth"] + xr.DataArray([0, 0, 1, 1], dims="chain") * 0.5
    effect = draws["share_slope_mean_raw"] + xr.DataArray([0.0, 0, shift, shift], dims="chain")
    return model, draws, xr.Dataset({"headline": effect})


def test_scaling_a_likelihood_gives_no_imputation_more_weight_than_another(panel):
    """An effect that differs between imputations and not within them cannot give way to the outcome."""
    model, draws, effect = imputed_fit(panel, 0.0)
    between = effect.copy()
    between["headline"] = xr.zeros_like(effect["headline"]) + xr.DataArray([0.0, 0, 1, 1], dims="chain")
    noise = np.random.default_rng(1).normal(0, 0.01, between["headline"].shape)
    between["headline"] = between["headline"] + noise
    found = power_scaling(model, draws, between).set_index(["kind", "block"])
    assert found.loc[("prior", "depth of treaties"), "diagnosis"] == "not scaled: depth is imputed"
    prior, _ = log_densities(model, draws)
    slope = prior["slope of potential"]
    own = (slope - slope.mean("draw")).values
    centred, fixed = _without_feedback(model, prior)
    assert "depth of treaties" in fixed
    means = centred["slope of potential"].values.reshape(2, -1).mean(1)
    np.testing.assert_allclose(means, 0, atol=1e-10)
    assert own.shape == centred["slope of potential"].shape


def test_the_score_of_imputed_depth_is_the_mean_of_its_imputations_predictive_densities(panel):
    model, draws, _ = imputed_fit(panel, 0.0)
    tree = xr.DataTree.from_dict({"posterior": draws})
    whole = loo(Fit(model, tree), "row", most=None)
    single = dataclasses.replace(
        model, spec=ModelSpec.model_validate({"depth": {"items": "known"}, "contribution": OUTCOME})
    )
    parts = []
    for k in (0, 2):
        part = xr.DataTree.from_dict({"posterior": draws.isel(chain=slice(k, k + 2))})
        parts.append(loo(Fit(single, part), "row", most=None)["elpd"].to_numpy())
    np.testing.assert_allclose(whole["elpd"], logsumexp(parts, axis=0) - np.log(2), rtol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["nutpie", "numpyro"])
def test_cut_really_sampled_is_the_outcome_at_each_imputed_depth(sampler, panel):
    """Each imputation's slope is that of a fit at its depth, given to the model from outside."""
    spec = spec_of("cut")
    sampling = spec.sampling.model_copy(
        update={"tune": 500, "draws": 500, "sampler": sampler, "target_accept": 0.95}
    )
    fit = sample(joint(panel, spec.model), sampling)
    posterior = fit.draws["posterior"].to_dataset()
    for m in range(IMPUTATIONS):
        mine = posterior.isel(chain=slice(4 * m, 4 * m + 4))
        depth = mine["treaty_depth"].transpose("chain", "draw", "treaty").values
        assert (depth == depth[0, 0]).all()
        given = sample(joint(panel, spec.model, Given(depth[0, 0])), sampling).draws["posterior"]
        ours, theirs = mine["share_slope_mean"], given["share_slope_mean"]
        assert float(ours.mean()) == pytest.approx(float(theirs.mean()), abs=0.2 * float(theirs.std()))
        assert float(ours.std()) == pytest.approx(float(theirs.std()), rel=0.15)
