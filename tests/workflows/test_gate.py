"""The gate lets nothing through that DESIGN does not: each criterion has a fit that fails by it alone."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from workflows import samplers
from workflows.judge.gate import FOLDED_REMEDY, REMEDIES, gate

CHAINS, DRAWS, MAX_DEPTH = 4, 500, 10
COMMON = ("diverging", "energy", "reached_max_treedepth")
FREE = ("slope", "state_sd", "loading")


def _raw(sampler: str, seed: int = 0) -> xr.Dataset:
    """Statistics of a healthy fit under the names that the sampler gives them."""
    rng = np.random.default_rng(seed)
    shape = (CHAINS, DRAWS)
    values = {
        "diverging": np.zeros(shape, bool),
        "energy": rng.normal(100, 5, shape),
        "tree_depth": np.full(shape, 3),
        "reached_max_treedepth": np.zeros(shape, bool),
        "n_steps": np.full(shape, 7),
        "step_size": np.full(shape, 0.4),
        "lp": rng.normal(-100, 5, shape),
    }
    return xr.Dataset(
        {raw: (("chain", "draw"), values[common]) for raw, common in samplers.get(sampler).statistics.items()}
    )


def _normal(sampler: str, raw: xr.Dataset) -> xr.Dataset:
    return samplers.get(sampler).normalise(raw, MAX_DEPTH)


def _tree(posterior: dict[str, np.ndarray] | None = None, stats: xr.Dataset | None = None) -> xr.DataTree:
    rng = np.random.default_rng(1)
    draws = {
        "slope": rng.standard_normal((CHAINS, DRAWS)),
        "state_sd": rng.gamma(4.0, 1.0, (CHAINS, DRAWS)),
        "loading": rng.standard_normal((CHAINS, DRAWS, 2)),
        "derived": rng.standard_normal((CHAINS, DRAWS)),
    } | (posterior or {})
    dims = ("chain", "draw")
    data = xr.Dataset(
        {k: ((*dims, "provision") if v.ndim == 3 else dims, v) for k, v in draws.items()},
        coords={"provision": ["bases", "secrecy"]},
    )
    healthy = _normal("nutpie", _raw("nutpie"))
    return xr.DataTree.from_dict({"posterior": data, "sample_stats": healthy if stats is None else stats})


def _failed(tree: xr.DataTree, free=FREE, reported=None) -> set[str]:
    checks = gate(tree, free, reported).checks
    return set(checks.loc[~checks["passed"], "check"])


@pytest.mark.parametrize("sampler", samplers.names())
def test_a_healthy_fit_of_every_sampler_passes(sampler):
    verdict = gate(_tree(stats=_normal(sampler, _raw(sampler))), FREE)
    assert verdict.passed
    assert verdict.advice() == []


def _own_names(sampler: str) -> dict[str, str]:
    """The sampler's own name of each common statistic that it records."""
    return {common: own for own, common in samplers.get(sampler).statistics.items()}


def _saturation(sampler: str) -> str:
    """The common name of what tells a saturated tree: without a flag it is read off the steps."""
    return "reached_max_treedepth" if "reached_max_treedepth" in _own_names(sampler) else "n_steps"


#: Raw statistics without which the gate cannot judge.
NEEDED = [
    (sampler, _own_names(sampler)[common])
    for sampler in samplers.names()
    for common in ("diverging", "energy", _saturation(sampler))
]


@pytest.mark.parametrize(("sampler", "lost"), NEEDED)
def test_deleting_a_statistic_from_a_passing_fit_fails_it(sampler, lost):
    stats = _normal(sampler, _raw(sampler).drop_vars(lost))
    verdict = gate(_tree(stats=stats), FREE)
    assert not verdict.passed
    failed = verdict.checks[~verdict.checks["passed"]]
    assert list(failed["found"]) == ["not recorded"]
    assert "did not record" in verdict.advice()[0]


@pytest.mark.parametrize("name", COMMON)
def test_a_statistic_with_gaps_counts_as_not_recorded(name):
    stats = _normal("nutpie", _raw("nutpie"))
    gap = stats[name].astype(float)
    gap[2, 100] = np.nan
    assert len(_failed(_tree(stats=stats.assign({name: gap})))) == 1


def _slow(coefficient: float, seed: int) -> np.ndarray:
    """First-order autoregression, shape (chain, draw), stationary with SD 1."""
    rng = np.random.default_rng(seed)
    out = rng.standard_normal((CHAINS, DRAWS))
    for t in range(1, DRAWS):
        out[:, t] = coefficient * out[:, t - 1] + np.sqrt(1 - coefficient**2) * out[:, t]
    return out


def test_chains_that_disagree_fail_by_r_hat():
    shifted = np.random.default_rng(2).standard_normal((CHAINS, DRAWS))
    shifted[0] += 3.0
    assert "R-hat" in _failed(_tree({"slope": shifted}))


def test_chains_that_agree_but_move_slowly_fail_by_bulk_ess():
    halves = _slow(0.8, 8).reshape(CHAINS, 2, DRAWS // 2)
    halves = (halves - halves.mean(-1, keepdims=True)) / halves.std(-1, keepdims=True)
    failed = _failed(_tree({"slope": halves.reshape(CHAINS, DRAWS)}))
    assert "bulk ESS" in failed
    assert "R-hat" not in failed


def test_chains_that_visit_their_tails_in_spells_fail_by_tail_ess_alone():
    rng = np.random.default_rng(3)
    sizes = np.exp(_slow(0.995, 11))
    assert _failed(_tree({"slope": sizes * rng.standard_normal((CHAINS, DRAWS))})) >= {"tail ESS"}


def test_one_divergence_fails():
    stats = _normal("nutpie", _raw("nutpie"))
    stats["diverging"][1, 5] = True
    assert _failed(_tree(stats=stats)) == {"divergences"}


def test_energy_that_wanders_fails_by_e_bfmi():
    stats = _normal("nutpie", _raw("nutpie"))
    stats["energy"].values[:] = 100 + 5 * _slow(0.95, 5)
    assert _failed(_tree(stats=stats)) == {"E-BFMI"}


@pytest.mark.parametrize("sampler", samplers.names())
def test_one_saturated_tree_fails(sampler):
    raw = _raw(sampler)
    told_by = _saturation(sampler)
    saturated = 2**MAX_DEPTH - 1 if told_by == "n_steps" else True
    raw[_own_names(sampler)[told_by]][0, 9] = saturated
    assert _failed(_tree(stats=_normal(sampler, raw))) == {"tree-depth saturation"}


def test_fewer_than_four_chains_fail():
    tree = _tree()
    two = xr.DataTree.from_dict(
        {g: tree[g].to_dataset().isel(chain=slice(2)) for g in ("posterior", "sample_stats")}
    )
    assert "chains" in _failed(two)


def test_a_free_variable_that_was_not_recorded_fails():
    assert _failed(_tree(), (*FREE, "mean_slope")) == {"free variables recorded"}


@pytest.mark.parametrize("value", [np.nan, np.inf, 2.5])
def test_a_quantity_whose_statistics_cannot_be_computed_fails(value):
    odd = np.random.default_rng(4).standard_normal((CHAINS, DRAWS))
    odd[:, :] = value if value == 2.5 else odd
    odd[0, 0] = value
    verdict = gate(_tree({"slope": odd}), FREE)
    assert not verdict.passed
    assert not verdict.parameters.set_index("quantity").loc["slope", "passed"]


def test_a_posterior_without_parameters_fails():
    assert not gate(_tree(), ()).passed


def test_a_reported_quantity_is_judged_like_a_parameter():
    stuck = xr.Dataset({"headline_all_rows": (("chain", "draw"), _slow(0.99, 3))})
    verdict = gate(_tree(), FREE, stuck)
    assert not verdict.passed
    assert any("headline_all_rows" in line and "more draws" in line for line in verdict.advice())


def test_variables_left_out_of_the_check_are_listed():
    assert gate(_tree(), FREE).left_out == ("derived",)
    assert gate(_tree(), (*FREE, "derived")).left_out == ()


@pytest.mark.parametrize(
    ("name", "remedy"), [("loading", dict(REMEDIES)["loading"]), ("state_sd", dict(REMEDIES)["_sd"])]
)
def test_advice_names_the_parameter_and_its_remedy(name, remedy):
    worse = np.abs(_slow(0.99, 8)) if name == "state_sd" else np.stack([_slow(0.99, 8), _slow(0.0, 9)], -1)
    lines = gate(_tree({name: worse}), FREE).advice()
    label = "loading[bases]" if name == "loading" else name
    assert any(line.startswith(label) and remedy in line for line in lines)


def test_chains_that_differ_in_how_far_they_spread_alone_need_draws_and_no_other_remedy():
    spread = np.random.default_rng(5).standard_normal((CHAINS, DRAWS))
    spread[0] *= 1.5
    verdict = gate(_tree({"state_sd": np.exp(spread)}), FREE)
    assert set(verdict.checks.loc[~verdict.checks["passed"], "check"]) == {"R-hat"}
    assert all(FOLDED_REMEDY[5:] in line for line in verdict.advice())
    moved = np.random.default_rng(5).standard_normal((CHAINS, DRAWS))
    moved[0] += 0.4
    assert not any(FOLDED_REMEDY in line for line in gate(_tree({"state_sd": np.exp(moved)}), FREE).advice())


def test_with_few_draws_in_all_the_only_remedy_is_more_of_them():
    slow = np.stack([_slow(0.99, 8), _slow(0.0, 9)], -1)
    tree = _tree({"loading": slow})
    verdict = gate(tree.isel(draw=slice(0, 100)), FREE)
    lines = [line for line in verdict.advice() if "needs" not in line or "ESS" in line]
    assert lines
    assert all(line.rstrip(".").endswith("ore draws: 400 in all are too few to judge by") for line in lines)
