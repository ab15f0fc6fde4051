"""One compiled model sampled under many data sets gives each its own posterior."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from models.given import REFITTED, Given
from models.joint import inside, joint, measurement
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from workflows.estimands import checks
from workflows.sampling.cut import Cut
from workflows.sampling.refits import Compiled
from workflows.series.leave_out import without
from workflows.spec.run import SamplingSpec

TINY = Size(
    states=30, operations={"Alder": (2001, 2002), "Birch": (2004, 2005)}, treaties=4, other_treaties=3
)
SPEC = ModelSpec.model_validate(
    {
        "depth": {"measurement": "cut", "imputations": 3, "items": "known"},
        "contribution": {
            "likelihood": "gaussian",
            "treaty_effects": False,
            "state_effects": False,
            "operation_year_effects": False,
            "slope_varies": False,
            "hold_similarity": False,
            "controls": [],
        },
    }
)
SAMPLING = SamplingSpec(chains=2, tune=300, draws=400)


@pytest.fixture(scope="module")
def world():
    return simulate(SPEC, TINY, seed=5)


@pytest.fixture(scope="module")
def compiled(world):
    panel, truth = world
    return Compiled(joint(panel, SPEC, Given(truth["treaty_depth"].values, REFITTED)))


def slope(panel, potential, weight):
    """Least squares of the share on potential and an intercept for each operation."""
    operations = [(panel["row_operation"].values == o).astype(float) for o in panel["operation"].values]
    x = np.column_stack([potential, *operations]) * weight[:, None]
    return np.linalg.lstsq(x, panel["share"].values * weight)[0][0]


def test_rows_left_out_do_not_inform_the_posterior(world, compiled):
    panel, truth = world
    weight = without(panel, operation="Birch")
    potential = compiled.joint.potential.eval()
    found = []
    for w in (np.ones(panel.sizes["row"]), weight):
        tree = compiled.sample(SAMPLING, row_weight=w)
        draws = tree["posterior"]["share_slope_mean"]
        assert draws.dims == ("chain", "draw")
        assert "diverging" in tree["sample_stats"]
        assert float(draws.mean()) == pytest.approx(slope(panel, potential, w), abs=4 * float(draws.std()))
        found.append(float(draws.mean()))
    assert found[0] != pytest.approx(found[1], rel=1e-3)
    compiled.joint.with_data(row_weight=np.ones(panel.sizes["row"]))


def test_the_same_seed_and_data_give_the_same_draws(compiled):
    one, two = (compiled.sample(SAMPLING, seed=9)["posterior"]["share_slope_mean"] for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_each_imputation_is_sampled_at_its_own_depth_and_carries_it(world):
    panel, truth = world
    alone = checks.prior_draws(joint(panel, SPEC), 40, seed=1)
    names = [rv.name for rv in measurement(panel, SPEC).free_RVs]
    found = dict(Cut(panel, SPEC, alone[names], seed=1).draw(SAMPLING, which=[0, 2]))
    assert sorted(found) == [0, 2]
    for m, tree in found.items():
        posterior = tree["posterior"].to_dataset()
        assert posterior["chain"].values.tolist() == [2 * m, 2 * m + 1]
        assert set(names) <= set(posterior.data_vars)
        depth = posterior["treaty_depth"].transpose("chain", "draw", "treaty").values
        assert depth.shape == (2, 400, int(inside(panel).sum()))
        assert (depth == depth[0, 0]).all()
    first, second = (found[m]["posterior"]["treaty_depth"].values.ravel()[0] for m in (0, 2))
    assert first != second
    both = xr.concat([t["posterior"].to_dataset() for t in found.values()], "chain")
    assert both.sizes["chain"] == 4
