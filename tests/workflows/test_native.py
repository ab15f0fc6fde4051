"""Programs of machine code: found by what they compute, in two parts, the same from process to process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from numba.core.codegen import CPUCodeLibrary
from pytensor.compile.mode import Mode
from pytensor.graph.rewriting.utils import rewrite_graph

from models.given import Given
from models.joint import joint
from models.simulate import simulate
from models.simulate_panel import Size
from models.spec import ModelSpec
from tests.workflows.native_density import density, written
from workflows.draws.starts import starts
from workflows.machine import blocks
from workflows.native import aside, function, graph, program
from workflows.native.function import Function

ROOT = Path(__file__).resolve().parents[2]


def of(name: str) -> np.ndarray:
    return np.random.default_rng(len(name)).normal(size=4)


def small_joint(exchanged=("baseline",), **outcome):
    flags = ("treaty_effects", "state_effects", "operation_year_effects")
    outcome = {"likelihood": "hurdle_beta", **dict.fromkeys(flags, False), **outcome}
    spec = ModelSpec.model_validate({"contribution": outcome, "depth": {"items": "known"}})
    size = Size(
        states=16, operations={"Alder": (2001, 2002), "Birch": (2001, 2001)}, treaties=4, other_treaties=0
    )
    return joint(simulate(spec, size, 4)[0], spec, Given(data=set(exchanged)))


def graph_of(shift: float, data: np.ndarray, operator=pt.exp):
    x = pt.vector("x")
    return graph.digest([(operator(x) * pytensor.shared(data, shape=(4,)) + shift).sum()], [x])


def test_a_digest_does_not_change_when_the_graph_was_evaluated():
    x = pt.matrix("x", shape=(2, 3))
    outputs = [pt.max(x, axis=1).sum() + pt.prod(x) + pt.special.logsumexp(x, axis=0).sum()]
    before = graph.digest(outputs, [x])
    outputs[0].eval({x: np.ones((2, 3))}, mode=Mode(linker="py", optimizer="merge"))
    assert graph.digest(outputs, [x]) == before
    assert graph.digest([x.sum(axis=0).sum()], [x]) != graph.digest([x.sum(axis=1).sum()], [x])


def test_a_digest_follows_from_operators_edges_constants_and_types_alone():
    own = graph_of(1.0, np.ones(4))
    assert graph_of(1.0, np.zeros(4)) == own, "values of data are no part of a program"
    assert len({own, graph_of(1.0000001, np.ones(4)), graph_of(1.0, np.ones(4), pt.log)}) == 3
    x, y = pt.vector("x"), pt.vector("y")
    assert graph.digest([x - y], [x, y]) == graph.digest([y - x], [y, x])
    assert graph.digest([x - y], [x, y]) != graph.digest([y - x], [x, y])
    of_three = pt.vector("x", shape=(3,))
    assert graph.digest([x + 1.0], [x]) != graph.digest([of_three + 1.0], [of_three])
    with pytest.raises(TypeError, match="y is no input"):
        graph.digest([x + y], [x])


def test_addends_sum_to_the_whole_however_it_was_summed():
    x, y, rows = pt.vector("x"), pt.vector("y"), np.array([2, 0])
    whole = (pt.exp(x) + pt.log1p(x**2)).sum() + pt.inc_subtensor(x[rows], y[:2]).sum() + (x + y[0]).sum()
    terms = list(graph.addends(whole))
    assert len(terms) == 5, "a sum in which one operand is broadcast is left as it is"
    values = {x: of("x"), y: of("why")}
    assert sum(float(term.eval(values, on_unused_input="ignore")) for term in terms) == pytest.approx(
        float(whole.eval(values))
    )
    # What is set in place of rows, or added once for rows that occur twice, is no sum.
    assert len(list(graph.addends(pt.set_subtensor(x[rows], y[:2]).sum()))) == 1
    assert len(list(graph.addends(pt.inc_subtensor(x[rows], y[:2], ignore_duplicates=True).sum()))) == 1


def test_what_is_added_to_some_rows_has_their_weights():
    x, y, weight, rows = pt.vector("x"), pt.vector("y"), pt.vector("weight"), np.array([2, 0])
    whole = (weight * pt.inc_subtensor(pt.exp(x)[rows], y[:2])).sum()
    terms = list(graph.addends(whole))
    assert len(terms) == 2
    values = {x: of("x"), y: of("why"), weight: np.abs(of("weight"))}
    sums = [float(term.eval(values, on_unused_input="ignore")) for term in terms]
    assert sum(sums) == pytest.approx(float(whole.eval(values)))
    assert min(map(abs, sums)) > 0, "rows without and with what is added both count"
    # A scalar that multiplies rows is no weight of theirs.
    assert len(list(graph.addends((y[0] * pt.inc_subtensor(x[rows], y[:2])).sum()))) == 1


@pytest.mark.parametrize("exchanged", [("baseline",), ("baseline", "weight")], ids=["rows", "weights"])
def test_participation_and_size_are_compiled_apart(exchanged):
    model = small_joint(exchanged, state_effects=True, operation_year_effects=True, treaty_effects=True).model
    logps = rewrite_graph(model.logp(sum=False), include=["merge"], clone=True)
    terms = [term for logp in logps for term in graph.addends(logp if logp.ndim == 0 else logp.sum())]
    first, second = graph.halves(terms)
    assert sorted(map(id, [*first, *second])) == sorted(map(id, terms))
    own, other, whole = (
        {v.owner for v in graph.ancestors(part) if v.owner is not None} for part in (first, second, terms)
    )
    assert own | other == whole
    assert max(len(own), len(other)) < 0.65 * len(whole)
    assert len(own & other) < 0.1 * len(whole)
    assert len(graph.halves(terms[:3])) == 1, "a small graph is not worth a second process"


def tiny():
    """What is compiled in one piece."""
    with pm.Model(coords={"group": range(3)}) as model:
        spread = pm.HalfNormal("spread")
        effect = pm.Normal("effect", 0.5, spread, dims="group")
        pm.Potential("outcome", -pt.softplus(effect).sum())
    return model


def in_halves():
    return small_joint(likelihood="gaussian").model


@pytest.mark.parametrize(
    ("build", "long"),
    [
        pytest.param(tiny, 10**9, id="whole"),
        pytest.param(in_halves, 10**9, id="halves"),
        pytest.param(in_halves, 8, id="halves by blocks", marks=pytest.mark.slow),
    ],
)
def test_density_and_gradient_are_those_of_the_model(build, long, monkeypatch):
    monkeypatch.setattr(graph, "WORTH", 10**9 if build is tiny else 0)
    monkeypatch.setattr(blocks, "BLOCK", 5)
    monkeypatch.setattr(blocks, "LONG", long)
    model = build()
    found = program.compiled(model)
    point = 0.3 * np.random.default_rng(1).normal(size=found.n_dim)
    values, start = {}, 0
    for variable in (model.rvs_to_values[rv] for rv in model.free_RVs):
        shape = model.initial_point()[variable.name].shape
        end = start + int(np.prod(shape))
        values[variable.name], start = point[start:end].reshape(shape), end
    value, gradient = density(found, point)
    assert value == pytest.approx(written(model, values), rel=1e-12)
    step = np.zeros_like(point)
    for k in range(0, point.size, 3):
        step[:] = 0.0
        step[k] = 1e-5
        rise = (density(found, point + step)[0] - density(found, point - step)[0]) / 2e-5
        assert gradient[k] == pytest.approx(rise, rel=1e-5, abs=1e-5)


def test_a_start_is_begun_at(monkeypatch):
    """A program reads a flat point in the model's order, which `starts` and calibration write."""
    # The program of the test above, which is on disk.
    monkeypatch.setattr(graph, "WORTH", 0)
    built = small_joint(likelihood="gaussian")
    model, found = built.model, program.compiled(built.model)
    start = starts(built, 1, 3)
    flat = np.concatenate([start[model.rvs_to_values[rv].name].ravel() for rv in model.free_RVs])
    assert density(found, flat)[0] == pytest.approx(written(model, start), rel=1e-12)


def test_data_are_handed_over_and_not_compiled_in():
    with pm.Model(coords={"group": range(3)}) as model:
        spread = pm.Data("spread", 2.0)
        centre = pm.Data("centre", np.arange(3.0), dims="group")
        pm.Normal("x", centre, spread, dims="group")
        pm.HalfNormal("tau", spread)
    found = program.compiled(model)
    point = np.array([0.1, 0.2, 0.3, -0.4])
    before = density(found, point)
    model.set_data("centre", np.array([5.0, 6.0, 7.0]))
    model.set_data("spread", 3.0)
    after = density(program.compiled(model), point)
    names = [model.rvs_to_values[rv].name for rv in model.free_RVs]
    values = dict(zip(names, (point[:3], point[3]), strict=True))
    assert after[0] == pytest.approx(written(model, values), rel=1e-12)
    assert abs(after[0] - before[0]) > 1.0


def test_a_program_of_more_than_a_megabyte_of_data_is_found_again(monkeypatch):
    """Numba keeps nothing of what it compiled with a constant of more than a megabyte."""
    rng = np.random.default_rng(2)
    group, values = rng.integers(0, 3, 140_000), rng.normal(size=140_000)
    with pm.Model(coords={"group": range(3)}) as model:
        weight = pm.Data("weight", 1.5)
        effect = pm.Normal("effect", dims="group")
        pm.Potential("outcome", -weight * pt.softplus(effect[group] * values).sum())
    point = np.array([0.1, -0.2, 0.3])
    before = density(program.compiled(model), point)
    assert before[0] == pytest.approx(written(model, {"effect": point}), rel=1e-10)
    program._last.clear()
    monkeypatch.setattr(Function, "compiled", lambda _: pytest.fail("compiled again"))
    again = program.compiled(model)
    assert density(again, point)[0] == before[0]
    np.testing.assert_array_equal(density(again, point)[1], before[1])
    model.set_data("weight", 0.5)
    after = density(program.compiled(model), point)
    assert after[0] == pytest.approx(written(model, {"effect": point}), rel=1e-10)


def test_what_is_kept_is_the_machine_code_that_was_made(monkeypatch):
    kinds, own = [], CPUCodeLibrary._unserialize.__func__
    monkeypatch.setattr(
        CPUCodeLibrary,
        "_unserialize",
        classmethod(lambda cls, codegen, state: kinds.append(state[1]) or own(cls, codegen, state)),
    )
    x = pt.vector("x", shape=(4,))
    function_ = Function([(pt.tanh(x) * np.e).sum()], [x], [(4,)], [], gradient=True)
    function_.compiled()
    assert function_.kept() is not None
    assert kinds[-1] == "object", "LLVM's code would be compiled anew, without being optimised"


def test_a_damaged_file_is_compiled_again():
    x = pt.vector("x", shape=(4,))
    own = Function([(pt.exp(x) * np.pi).sum()], [x], [(4,)], [], gradient=True)
    own.compiled()
    files = list(function.NUMBA_CACHE_PATH.glob(f"*{own.key}*"))
    assert len(files) == 2
    assert own.kept() is not None
    for damaged in files:
        content = damaged.read_bytes()
        damaged.write_bytes(content[: len(content) // 2])
        assert own.kept() is None
        assert own.compiled() is not None
        assert own.kept() is not None


def test_no_process_is_begun_for_no_function(monkeypatch):
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("a process was begun"))
    with aside.compiling([]):
        pass


@pytest.mark.slow
def test_a_second_process_finds_the_program_and_computes_the_same(tmp_path):
    script = (
        "import sys, numpy as np, numba\n"
        "from tests.workflows.test_native import density, small_joint\n"
        "from workflows.native import function, graph, program\n"
        "graph.WORTH = 0\n"
        "function.Function.compiled, compiled = (\n"
        "    lambda own: print('compiled') or compiled(own)), function.Function.compiled\n"
        "found = program.compiled(small_joint().model)\n"
        "value, gradient = density(found, 0.1 * np.arange(found.n_dim) % 0.7)\n"
        "print(repr(value), gradient.tobytes().hex())\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTENSOR_FLAGS": f"base_compiledir={tmp_path}"}
    said = [
        subprocess.run(
            [sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True
        ).stdout.splitlines()
        for _ in range(2)
    ]
    # The second half was compiled by a process of its own.
    assert said[0][:-1] == ["compiled", "compiled"]
    assert said[1][:-1] == []
    assert said[0][-1] == said[1][-1]
