"""What a model computes of its data alone is computed before it is sampled, for the data that it then has."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pytensor.graph.traversal import ancestors

from models.given import Given
from models.joint import joint
from models.modes import PLAIN
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from tests.workflows.native_density import density, written
from workflows.native.program import compiled, with_data_of
from workflows.native.ready import made_ready


def test_only_what_moves_stays_in_the_graph():
    data = pytensor.shared(np.arange(6.0), "data", shape=(6,))
    x = pt.vector("x", shape=(6,))
    still = pt.exp(data).cumsum()
    (out, same), ready = made_ready([(x * still[:, None].sum(1)).sum(), still], [x])
    assert len(ready.found) == 1
    assert data not in ancestors([out])
    assert same is still
    at = np.linspace(-1, 1, 6)
    for values in (np.arange(6.0), np.ones(6)):
        for variable, value in zip(ready.held, ready.of({"data": values}).values(), strict=True):
            variable.set_value(value)
        np.testing.assert_allclose(out.eval({x: at}, mode=PLAIN), (at * np.exp(values).cumsum()).sum())


def test_a_program_has_what_follows_from_the_data_at_hand():
    """Of more data than Python hands a function one by one."""
    with pm.Model() as model:
        seen = [pm.Data(f"seen_{k}", np.arange(3.0) + k) for k in range(35)]
        x = pm.Normal("x", shape=3)
        for k, data in enumerate(seen):
            pm.Potential(f"term_{k}", (pt.exp(-data) * pt.cos(k + x)).sum())
    program, point = compiled(model), np.array([0.3, -1.0, 2.0])
    assert len(program.ready.found) == 35
    for shift in (0.0, 0.5):
        for k in range(35):
            model.set_data(f"seen_{k}", np.arange(3.0) + k + shift)
        value, gradient = density(with_data_of(model, program), point)
        np.testing.assert_allclose(value, written(model, {"x": point}), rtol=1e-12)
        slope = sum(-np.exp(-np.arange(3.0) - k - shift) * np.sin(k + point) for k in range(35)) - point
        np.testing.assert_allclose(gradient, slope, rtol=1e-10)


def test_rows_of_a_panel_that_are_left_out_are_counted_before_sampling():
    size = Size(states=16, operations={"Alder": (2001, 2002)}, treaties=4, other_treaties=0)
    spec = ModelSpec.model_validate({"contribution": {"likelihood": "gaussian"}, "depth": {"items": "known"}})
    panel, _ = simulate(spec, size, 4)
    built = joint(panel, spec, Given(data={"weight", "covariates"}))
    inputs = built.model.value_vars
    terms, ready = made_ready(built.model.logp(sum=False), inputs)
    rng = np.random.default_rng(1)
    rows = panel.sizes["row"]
    data = {"row_weight": 1.0 * (rng.random(rows) < 0.7), "potential_data": rng.normal(size=rows)}
    built.with_data(**data)
    values = ready.of({v.name: v.get_value() for v in built.model.data_vars})
    assert {v.name for v in ready.held} == set(values)
    for variable in ready.held:
        variable.set_value(values[variable.name])
    point = {k: np.asarray(rng.normal(size=np.shape(v))) for k, v in built.model.initial_point().items()}
    found = pytensor.function(inputs, terms, mode=PLAIN, on_unused_input="ignore")
    total = sum(np.sum(term) for term in found(*(point[v.name] for v in inputs)))
    np.testing.assert_allclose(total, written(built.model, point), rtol=1e-10)
