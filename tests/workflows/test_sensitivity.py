"""Power-scaling agrees with the answer known in closed form; refits differ from the spec in one thing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from models.given import Given
from models.joint import joint
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows.estimands.power_scaling import blocks, good_k, log_densities, overall, pareto_k, power_scaling
from workflows.series.sensitivity import SCALED, refits, variants
from workflows.spec.run import RunSpec
from workflows.spec.sensitivity import SensitivitySpec

TINY = Size(states=16, operations={"Alder": (2001, 2002)}, treaties=4, other_treaties=0)


@pytest.fixture(scope="module")
def known():
    spec = ModelSpec.model_validate({"contribution": {"likelihood": "gaussian"}})
    panel, truth = simulate(spec, TINY, 4)
    return joint(panel, spec, Given(truth["treaty_depth"].to_numpy()))


def _draws(known, count: int = 100) -> xr.Dataset:
    from workflows.estimands.checks import prior_draws

    flat = prior_draws(known, 4 * count, 1)
    parts = [
        flat.isel(draw=slice(k * count, (k + 1) * count)).assign_coords(draw=range(count)) for k in range(4)
    ]
    return xr.concat([p.assign_coords(chain=[k]) for k, p in enumerate(parts)], "chain")


def test_every_top_level_prior_is_in_one_block_and_effects_are_in_none(known):
    named = [name for names in blocks(known).values() for name in names]
    assert len(named) == len(set(named))
    left = {v.name for v in known.model.free_RVs} - set(named)
    # What is sampled in a quantity's place is left out; the quantity has its block.
    stand_in = known.contribution.sampled_as
    assert {stand_in[name] for name in left & set(stand_in)} == set(known.contribution.declared)
    assert set(known.contribution.declared) <= set(named)
    assert left - set(stand_in) <= {"share_state_raw", "share_treaty_raw", "share_operation_year_raw"}
    assert blocks(known)["dispersion"] == ["residual_sd"]


def test_blocks_and_likelihood_add_up_to_the_models_density(known):
    draws = _draws(known, 3)
    prior, likelihood = log_densities(known, draws)
    # In shares, for one SD of potential.
    scale = known.spec.contribution.priors.slope * 0.01 / known.design.potential_sd
    slope = draws["share_slope_mean"]
    expected = -0.5 * (slope / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(prior["slope of potential"], expected.transpose("chain", "draw"))
    assert list(likelihood.data_vars) == ["contribution"]


def test_a_quantity_that_is_its_own_prior_is_sensitive_to_that_block_alone(known):
    draws = _draws(known, 250)
    effect = xr.Dataset({"headline": draws["share_slope_mean"]})
    table = power_scaling(known, draws, effect).set_index(["kind", "block"])["sensitivity"]
    assert table["prior", "slope of potential"] > 0.05
    assert table["prior", "controls"] < 0.05


def test_one_row_a_quantity_is_what_the_figure_takes(known):
    draws = _draws(known, 50)
    table = power_scaling(known, draws, xr.Dataset({"headline": draws["share_slope_mean"]}))
    assert list(overall(table).columns) == ["quantity", "prior", "likelihood", "reliable", "says"]


def test_the_k_of_weights_is_that_of_their_tail_and_marks_what_few_draws_carry():
    rng = np.random.default_rng(5)
    plain = xr.DataArray(rng.normal(size=(4, 500)), dims=("chain", "draw"))
    assert pareto_k(plain) < 0.3
    # Weights exp(0.01 * density) with a Pareto tail of k = 1.2.
    heavy = xr.DataArray(100 * rng.exponential(1.2, size=(4, 5000)), dims=("chain", "draw"))
    assert pareto_k(heavy) == pytest.approx(1.2, abs=0.2)
    assert good_k(2000) == pytest.approx(1 - 1 / np.log10(2000))
    assert good_k(4000) == 0.7


def test_a_sensitivity_by_weights_of_few_draws_is_marked_unreliable(known, monkeypatch):
    draws = _draws(known, 250)
    prior, likelihood = log_densities(known, draws)
    heavy = np.random.default_rng(6).exponential(120.0, size=(prior.sizes["chain"], prior.sizes["draw"]))
    prior["controls"] = (("chain", "draw"), heavy)
    monkeypatch.setattr("workflows.estimands.power_scaling.log_densities", lambda *_: (prior, likelihood))
    table = power_scaling(known, draws, xr.Dataset({"headline": draws["share_slope_mean"]}))
    found = table.set_index(["kind", "block"])
    assert not found.loc[("prior", "controls"), "reliable"]
    assert found.loc[("prior", "controls"), "diagnosis"].startswith("unreliable (Pareto k")
    assert found.loc[("prior", "slope of potential"), "reliable"]
    assert not overall(table)["reliable"].item()


def test_each_variant_changes_one_thing():
    spec = RunSpec.model_validate({"name": "base"})
    found = variants(spec, SensitivitySpec(priors={"sceptical": {"slope": 0.25}}, baseline=(-3.0, -2.0)))
    assert list(found) == ["priors tight", "priors wide", "priors sceptical", "baseline -3"]
    own, tight = (s.model.contribution.priors for s in (spec, found["priors tight"]))
    assert all(getattr(tight, k) == pytest.approx(getattr(own, k) / 2) for k in SCALED)
    assert found["priors sceptical"].model.contribution.priors.slope == 0.25
    assert found["baseline -3"].model.depth.baseline == -3.0
    assert found["baseline -3"].model.contribution == spec.model.contribution


def test_a_row_a_fit_and_quantity_named_by_its_operation(tmp_path, monkeypatch):
    each = np.linspace([0.0, 10.0], [1.0, 11.0], 201)[None]
    dims = ("chain", "draw")
    effect = xr.Dataset(
        {"headline_all_rows": (dims, each[..., 0]), "headline_operation": ((*dims, "operation"), each)},
        {"operation": ["Alder", "Birch"]},
        {"step": 0.2},
    )
    fitted = SimpleNamespace(effect=effect, stage=lambda _: SimpleNamespace(about={"passed": True}))
    monkeypatch.setattr("workflows.series.sensitivity.Run", lambda *_: fitted)
    spec = RunSpec.model_validate({"name": "x"})
    table = refits(spec, SensitivitySpec(), tmp_path)
    assert list(table.columns) == [
        "variant", "quantity", "median", "lower", "upper", "interval", "step", "passed",
    ]  # fmt: skip
    first = table[table["variant"] == "as declared"]
    assert first["quantity"].tolist() == [
        "headline_all_rows", "headline_operation[Alder]", "headline_operation[Birch]",
    ]  # fmt: skip
    assert first["median"].tolist() == pytest.approx([0.5, 0.5, 10.5])
    assert first["lower"].tolist() == pytest.approx([0.025, 0.025, 10.025])
    assert set(first["interval"]) == {"eti_95"}
    assert first["passed"].all()
