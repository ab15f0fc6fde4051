"""Each operation beside a fit of its own: what the fit is, what is flagged, and where it is told."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr

from data.panel import build_panel
from models.given import Given
from models.joint import design_of, inside, joint, potential_of_rows, provision_count
from models.modes import ONCE
from models.predictor.rowwise import EVERY
from models.simulate import SMALL, simulate
from models.spec import ModelSpec
from tests.workflows.pretend_run import pretend_run
from tests.workflows.synthetic_similarity import SIMILARITY, SLOPE, with_common_similarity, world
from workflows.estimands import checks, separate
from workflows.estimands.effects import headline_effect
from workflows.estimands.fit import Fit
from workflows.estimands.separate import Separate, reason, separate_fits
from workflows.estimands.separate_check import (
    ABSENT,
    APART,
    SIGNS,
    comparison_table,
    gate_line,
    notices,
    read_separate,
    with_separate,
)
from workflows.pages.sections.comparison import separate_blocks
from workflows.spec.run import RunSpec, load_spec
from workflows.store.notices import raised
from workflows.store.store import Store


def _row(table: pd.DataFrame, operation: str) -> pd.Series:
    return table.set_index("operation").loc[operation]


def _table(**pairs: tuple[tuple[float, float], tuple[float, float]]) -> pd.DataFrame:
    """A table from normal draws: (mean, SD) of the joint effect and of the separate one, an operation."""
    z = np.random.default_rng(1).standard_normal(4000)
    z = (z - np.median(z)).reshape(4, 1000)
    draws = np.stack([mean + sd * z for (mean, sd), _ in pairs.values()], axis=-1)
    effect = xr.Dataset(
        {"headline_operation": (("chain", "draw", "operation"), draws)}, {"operation": list(pairs)}
    )
    fits = [
        Separate(name, 100, 50, 20, SimpleNamespace(), mean + sd * z.ravel())
        for name, (_, (mean, sd)) in pairs.items()
    ]
    return comparison_table(effect, fits)


@pytest.fixture(scope="module")
def table():
    return _table(
        Agree=((100, 30), (80, 60)),
        Sign=((100, 30), (-10, 60)),
        Apart=((200, 20), (50, 20)),
        Both=((200, 20), (-150, 20)),
        Unsure=((5, 60), (-5, 60)),
        Learned=((10, 60), (-200, 60)),
        Absent=((100, 30), (np.nan, 1)),
    )


def test_opposite_signs_and_disjoint_intervals_are_flags_and_nothing_else_is(table):
    differs = table.set_index("operation")["differs"].to_dict()
    assert differs == {
        "Agree": "", "Sign": SIGNS, "Apart": APART, "Both": f"{SIGNS}, {APART}", "Unsure": SIGNS, "Learned": SIGNS,
        "Absent": ABSENT,
    }  # fmt: skip
    assert set(table.loc[table["flagged"], "operation"]) == {"Sign", "Apart", "Both", "Unsure", "Learned"}
    assert _row(table, "Sign")["joint_sure"] > 0.99
    assert _row(table, "Sign")["separate_sure"] == pytest.approx(0.57, abs=0.03)
    assert set(table["interval"]) == {"eti_95"}


def test_a_notice_says_both_estimates_in_what_they_differ_and_how_sure_each_is(table):
    told = {
        notice.text.split(":")[0]: notice.text for notice in notices(table, "troops per year", "Because.")
    }
    assert set(told) == {"Sign", "Apart", "Both", "Unsure", "Learned", "Absent"}
    assert "−150 (−" in told["Both"]
    assert f"{SIGNS}, {APART}. Both signs are clear (" in told["Both"]
    assert told["Both"].endswith("Because.")
    assert "Its own rows do not settle the sign" in told["Sign"]
    assert "Its own rows settle the sign; the joint model does not" in told["Learned"]
    assert "Neither settles the sign" in told["Unsure"]
    assert "no mode" in told["Absent"]


def test_the_gate_shows_the_flag_and_is_not_failed_by_it(table):
    passing = pd.DataFrame(
        [("chains", "4", "at least 4", True, "")], columns=["check", "found", "limit", "passed", "advice"]
    )
    shown = with_separate(passing, table)
    assert list(shown["passed"]) == ["yes", "flagged"]
    assert (
        "5 of 7 operations differ: Sign (opposite signs); Apart (disjoint intervals)"
        in shown["found"].iloc[-1]
    )
    assert gate_line(table[table["operation"] == "Agree"])["passed"] == "yes"
    assert list(with_separate(passing, pd.DataFrame())["check"]) == ["chains"]


def test_a_fit_alone_recovers_depth_where_votes_count_differently_in_each_operation():
    panel, spec, depth = world(3)
    fits = separate_fits(panel, spec, depth, step=0.25, seed=1)
    assert [fit.operation for fit in fits] == list(SIMILARITY)
    for fit in fits:
        found = {term: (value, error) for _, term, value, error in fit.fit.coefficients()}
        assert fit.fit.converged
        assert abs(found["potential"][0] - SLOPE) < 2.5 * found["potential"][1]
        assert abs(found["similarity"][0] - SIMILARITY[fit.operation]) < 2.5 * found["similarity"][1]
        assert found["potential"][1] < 1.5
        assert np.median(fit.headline) > 0
        assert (fit.rows, fit.states) == (330, 110)


@pytest.mark.parametrize(
    "contribution",
    [
        {"likelihood": "hurdle_beta", "treaty_by_operation": True, "dispersion_varies": True},
        {"likelihood": "gaussian", "within_between": True},
        {"likelihood": "zero_inflated_poisson", "hold_similarity": False, "treaty_effects": False},
        {"likelihood": "ordered_beta", "slope_by_leader": True},
    ],
    ids=lambda c: c["likelihood"],
)
def test_the_fit_follows_the_spec(contribution):
    spec = ModelSpec.model_validate({"contribution": contribution, "potential": {"kind": "residual"}})
    panel, truth = simulate(spec, SMALL, seed=4)
    for fit in separate_fits(panel, spec, truth["treaty_depth"].to_numpy(), step=0.2):
        terms = {(part, term) for part, term, _, _ in fit.fit.coefficients()}
        part = fit.fit.density.parts[0]
        assert fit.fit.converged
        assert np.isfinite(fit.headline).all()
        assert np.ptp(fit.headline) > 0
        assert ((part, "similarity") in terms) == contribution.get("hold_similarity", True)
        assert ((part, "potential_between") in terms) == contribution.get("within_between", False)
        assert any(term.startswith("treaty ") for _, term in terms) == contribution.get(
            "treaty_effects", True
        )
        assert (part, "log_gdp") in terms
        assert any(term.startswith(f"{fit.operation} 20") for _, term in terms)


def test_on_the_pooled_panel_the_fit_alone_is_the_logit_with_errors_clustered_by_state(
    shared_data, monkeypatch
):
    """The plain logit (coefficient of potential, similarity and controls held), where scales of priors are flat."""
    run = load_spec("pooled")
    panel = build_panel(run.panel, shared_data)
    changed = {"likelihood": "bernoulli", "dispersion_varies": False, "operation_year_effects": False}
    changed |= {"treaty_effects": False, "treaty_by_operation": False}
    part = run.model.contribution.model_copy(update=changed)
    spec = run.model.model_copy(update={"contribution": part})
    count = provision_count(panel)
    depth = (count - count.mean()) / count.std()
    monkeypatch.setattr(separate, "LOOSER", 1e3)
    design, _ = design_of(panel, spec)
    potential = potential_of_rows(depth, panel, spec, design.similarity)[EVERY].eval(mode=ONCE)
    assert inside(panel).sum() == len(depth)
    for k, fit in enumerate(separate_fits(panel, spec, depth, step=0.25)):
        rows = design.operation == k
        columns = [np.ones(rows.sum()), potential[rows], design.similarity[rows], *design.controls[rows].T]
        other = sm.Logit((design.outcome.troops[rows] > 0).astype(float), np.column_stack(columns)).fit(
            disp=0, maxiter=200, cov_type="cluster", cov_kwds={"groups": design.state[rows]}
        )
        found = {term: (value, error) for _, term, value, error in fit.fit.coefficients()}
        for term, position in (("potential", 1), ("similarity", 2)):
            assert found[term] == pytest.approx((other.params[position], other.bse[position]), rel=0.03), (
                fit.operation
            )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Draws of the prior in place of a run's posterior: what is tested is what is made of draws."""
    panel, spec, depth = world(5)
    spec = with_common_similarity(spec)
    built = joint(panel, spec, Given(depth))
    fit = Fit(built, xr.DataTree.from_dict({"posterior": checks.prior_draws(built, 200, seed=2)}))
    made = pretend_run(
        spec=RunSpec(name="simulated", model=spec), panel=panel, joint=built, plug_in_depth=depth,
        effect=headline_effect(fit, step=0.25), store=Store(tmp_path_factory.mktemp("run")),
    )  # fmt: skip
    made.separate = read_separate(made.stage("separate"))
    return made


def test_the_stage_keeps_table_coefficients_and_figure_and_is_found_again(run):
    stage = run.stage("separate")
    assert list(run.separate["operation"]) == list(SIMILARITY)
    terms = pd.read_csv(stage / "coefficients.csv")
    assert {"intercept", "potential", "similarity"} == set(terms["term"])
    assert (stage / "separate.png").read_bytes().startswith(b"\x89PNG")
    assert run.store.find("separate", stage.key).cached
    json.dumps(stage.about)
    told = raised(run.store.stages)
    assert len(told) == run.separate["flagged"].sum() == len(stage.about["flagged"])


def test_the_page_has_figure_table_and_verdict_and_nothing_for_one_operation(run):
    blocks = separate_blocks(run)
    assert [block["kind"] for block in blocks] == ["text", "figure", "table"]
    flagged = int(run.separate["flagged"].sum())
    assert (f"{flagged} of 3 operations are flagged" if flagged else "No operation is flagged") in blocks[0][
        "text"
    ]
    assert separate_blocks(SimpleNamespace(separate=pd.DataFrame())) == []


def test_a_reason_follows_from_the_model_that_was_built(run):
    assert "similarity_varies = true" in reason(run.joint)
    panel, spec, depth = world(5)
    assert reason(joint(panel, spec, Given(depth))) == ""
    common = spec.contribution.model_copy(update={"slope_varies": False})
    built = joint(panel, spec.model_copy(update={"contribution": common}), Given(depth))
    assert "slope_varies = false" in reason(built)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_common_coefficient_of_similarity_is_flagged_and_one_by_operation_is_not():
    from workflows.sample import sample
    from workflows.spec.run import SamplingSpec

    panel, spec, depth = world(3)
    tables = {}
    for name, model in (("common", with_common_similarity(spec)), ("varying", spec)):
        fit = sample(joint(panel, model, Given(depth)), SamplingSpec(chains=2, tune=300, draws=300))
        effect = headline_effect(fit)
        tables[name] = comparison_table(effect, separate_fits(panel, model, depth, effect.attrs["step"]))
        assert (effect.attrs["similarity_held"] == "True") == (name == "varying")
    common = tables["common"]
    assert {"Alder", "Cedar"} <= set(common.loc[common["flagged"], "operation"])
    assert SIGNS in _row(common, "Cedar")["differs"]
    assert _row(common, "Cedar")["joint_upper"] < 0
    assert not tables["varying"]["flagged"].any()
