"""What is computed row by row of a long panel is a loop over blocks of rows, and the same numbers."""

from __future__ import annotations

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from workflows.machine import blocks
from workflows.machine.compiling import exact
from workflows.machine.mode import machine_code

ROWS = 23
GROUP = np.random.default_rng(1).integers(0, 4, ROWS)


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Blocks of five rows, the last of three; what has eight rows or more is long."""
    monkeypatch.setattr(blocks, "BLOCK", 5)
    monkeypatch.setattr(blocks, "LONG", 8)


def both(inputs, outputs):
    """A function of machine code with its loops over blocks, and whether it computes what Python does."""
    values = [np.random.default_rng(k).normal(size=v.type.shape) for k, v in enumerate(inputs)]
    with exact():
        found = pytensor.function(inputs, outputs, mode=machine_code())
    expected = pytensor.function(inputs, outputs, mode=Mode(linker="py", optimizer="merge"))(*values)
    for one, other in zip(found(*values), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
        assert one.dtype == other.dtype
        assert one.shape == other.shape
    graph = found.maker.fgraph
    return graph, [node for node in graph.toposort() if isinstance(node.op, blocks.ByBlocks)]


def test_sums_over_rows_and_by_group_are_one_loop():
    effect, weight, slope = (
        pt.vector("effect", shape=(4,)),
        pt.vector("weight", shape=(ROWS,)),
        pt.scalar("slope"),
    )
    predictor = effect[GROUP] + slope * weight
    total = (weight * pt.log1p(pt.exp(predictor))).sum()
    graph, loops = both([effect, weight, slope], [total, *pt.grad(total, [effect, slope])])
    assert len(loops) == 1
    assert all(
        node in loops for node in graph.toposort() if any(v.type.shape == (ROWS,) for v in node.inputs)
    ), "nothing else reads rows"
    assert all(v.type.shape != (ROWS,) for node in loops for v in node.outputs), "and none are written"


def test_what_needs_a_mean_of_all_rows_is_a_later_loop():
    effect = pt.vector("effect", shape=(4,))
    rows = pt.exp(effect[GROUP])
    apart = rows - rows.mean()
    _, loops = both([effect], [(apart**2 * pt.cos(apart)).sum(), pt.cumsum(rows)])
    assert len(loops) == 2
    kept = [v.type.shape for v in loops[0].outputs]
    assert sorted(kept) == [(), (ROWS,)], "others need the rows themselves, which are kept"


def test_what_only_a_later_loop_needs_is_computed_there():
    table, weight = pt.vector("table", shape=(9,)), pt.vector("weight", shape=(ROWS,))
    first = pt.exp(table) * table
    at = np.random.default_rng(2).integers(0, 9, ROWS)
    _, loops = both([table, weight], [(pt.sin(weight) * pt.cos(weight) * first[at]).sum()])
    assert [[v.type.shape for v in node.outputs] for node in loops] == [[(9,)], [()]]


def test_it_is_added_to_what_was_there_and_every_kind_of_number_is_kept():
    start, added = pt.vector("start", shape=(4,)), pt.vector("added", shape=(ROWS,))
    rows = pt.exp(added) + added
    outputs = [pt.inc_subtensor(start[GROUP], rows), rows > 1.0, pt.set_subtensor(start[GROUP], rows).sum()]
    _, loops = both([start, added], outputs)
    assert len(loops) == 1
    assert {v.type.dtype for v in loops[0].outputs} == {"float64", "bool"}


def test_a_sum_that_is_added_to_another_or_to_rows_is_computed_once():
    start, added = pt.vector("start", shape=(4,)), pt.vector("added", shape=(ROWS,))
    terms = pt.exp(added) + added, pt.sin(added) * added
    at, outputs = np.random.default_rng(3).integers(0, ROWS, ROWS), []
    for one, other in (terms, terms[::-1]):
        first = pt.inc_subtensor(start[GROUP], one)
        outputs += [pt.inc_subtensor(first[GROUP[::-1].copy()], other), pt.inc_subtensor(one[at], other)]
    graph, loops = both([start, added], outputs)
    assert len(loops) == 1
    assert not any(v is graph.inputs[1] for n in graph.apply_nodes if n not in loops for v in n.inputs)


def test_few_rows_are_left_as_they_are(monkeypatch):
    monkeypatch.setattr(blocks, "LONG", ROWS + 1)
    weight = pt.vector("weight", shape=(ROWS,))
    assert both([weight], [(pt.exp(weight) * weight).sum()])[1] == []
