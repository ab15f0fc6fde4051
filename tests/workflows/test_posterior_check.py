"""What the model does not reproduce is told."""

from __future__ import annotations

import numpy as np
import xarray as xr

from models.given import Given
from models.joint import joint
from models.simulate import SMALL, simulate
from workflows.estimands.checks import notices, posterior_check
from workflows.estimands.support import pair_apart


def test_what_is_not_reproduced_is_named_and_what_is_reproduced_is_not():
    panel, truth = simulate("hurdle_beta", SMALL, seed=5)
    built = joint(panel, given=Given(truth["treaty_depth"].values))
    share = panel["share"].values
    rng = np.random.default_rng(1)
    like = rng.permuted(np.broadcast_to(share, (1, 400, share.size)), axis=2)
    same = xr.DataArray(like, dims=("chain", "draw", "row"))
    table = posterior_check(built, same).table
    largest = table[table["statistic"].str.startswith("largest")].iloc[0]
    assert largest["observed"] == share.max()
    assert largest["passed"]
    wrong = posterior_check(built, same * 3).table
    (notice,) = notices(wrong)
    assert notice.kind == "not reproduced"
    assert "all rows, mean:" in notice.text
    assert notices(table[table["passed"]]) == []


def test_two_states_that_lie_a_step_apart_are_named():
    panel, truth = simulate("hurdle_beta", SMALL, seed=5)
    built = joint(panel, given=Given(truth["treaty_depth"].values))
    free = {rv.name: np.broadcast_to(rv.eval(), (1, 2, *rv.eval().shape)) for rv in built.model.free_RVs}
    draws = xr.Dataset(
        {k: (("chain", "draw", *(f"{k}_{i}" for i in range(v.ndim - 2))), v) for k, v in free.items()}
    )
    draws = draws.assign_coords(chain=[0], draw=[0, 1])
    fit = type("Fit", (), {"joint": built, "draws": xr.DataTree.from_dict({"posterior": draws})})()
    step = float(built.potential.eval().std())
    pair = pair_apart(fit, step)
    mine = (panel["row_operation"].values == pair["operation"]) & (panel["row_year"].values == pair["year"])
    potential = dict(zip(panel["row_state"].values[mine], built.potential.eval()[mine], strict=True))
    assert 0.9 <= (potential[pair["higher"]] - potential[pair["lower"]]) / step <= 1.1
    assert pair_apart(fit, 1e9) is None
