"""The memory of draws is told before they are drawn."""

from __future__ import annotations

import pymc as pm
import pytest

from data.common.errors import InputError
from workflows.sampling import memory
from workflows.sampling.memory import refuse_excess, values_of_a_draw
from workflows.spec.run import SamplingSpec


def model() -> pm.Model:
    with pm.Model(coords={"state": list("abcde")}) as built:
        x = pm.Normal("x", dims="state")
        pm.Normal("y", shape=(2, 3))
        pm.Deterministic("z", x.sum())
    return built


def test_a_draw_holds_every_free_variable_and_what_follows_from_them():
    assert values_of_a_draw(model()) == 5 + 6 + 1


def test_draws_beyond_the_machine_are_refused_with_the_estimate(monkeypatch):
    monkeypatch.setattr(memory, "memory", lambda: 10**6)
    sampling = SamplingSpec(chains=4, draws=1000)
    with pytest.raises(
        InputError, match=r"sampling.draws.*4 chains of 1,000 draws of 12 values.*fewer draws"
    ):
        refuse_excess(model(), sampling)
    refuse_excess(model(), SamplingSpec(chains=4, draws=500))
    with pytest.raises(InputError, match="3 imputations of 4 chains"):
        refuse_excess(model(), SamplingSpec(chains=4, draws=500), fits=3)


def test_this_machine_has_memory():
    assert 10**8 < memory.memory() < 10**15
