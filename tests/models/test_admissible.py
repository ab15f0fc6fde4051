"""What a panel's treaties cannot give is refused before anything is compiled, whatever the door."""

from __future__ import annotations

import numpy as np
import pytest

from data.common.errors import InputError
from data.panel import build_panel
from models.joint import joint, measurement
from models.spec import ModelSpec
from workflows.run.run import Run
from workflows.sampling.template import Template
from workflows.series.multiverse import Multiverse
from workflows.spec.run import RunSpec

LATEST = ModelSpec.model_validate({"depth": {"aggregate": "latest"}})
KNOWN = ModelSpec.model_validate({"depth": {"items": "known"}})


@pytest.fixture(scope="module")
def panel():
    return build_panel({"operations": ["ISAF"]})


@pytest.fixture(scope="module")
def practice():
    return build_panel({"operations": ["ISAF"], "provisions": "practice"})


@pytest.fixture
def nothing_compiled(monkeypatch):
    def compiled(*_, **__):
        raise AssertionError("something was compiled")

    monkeypatch.setattr("workflows.sampling.chains.Program", compiled)
    monkeypatch.setattr("workflows.native.program.compiled", compiled)


@pytest.mark.parametrize("door", [joint, measurement, Template], ids=lambda door: door.__name__)
@pytest.mark.usefixtures("nothing_compiled")
def test_latest_without_dates_of_entry_names_key_and_lack_at_every_door(door, panel):
    with pytest.raises(InputError, match="treaty_year") as caught:
        door(panel, LATEST)
    assert caught.value.column == "model.depth.aggregate"


@pytest.mark.parametrize("measured", ["joint", "plug-in", "cut"])
@pytest.mark.usefixtures("nothing_compiled")
def test_a_run_refuses_latest_before_anything_is_compiled(measured, tmp_path):
    depth = {"aggregate": "latest", "measurement": measured}
    given = {"name": "x", "panel": {"operations": ["ISAF"]}, "model": {"depth": depth}}
    with pytest.raises(InputError) as caught:
        _ = Run(RunSpec.model_validate(given), tmp_path).joint
    assert caught.value.column == "model.depth.aggregate"


@pytest.mark.usefixtures("nothing_compiled")
def test_a_multiverse_refuses_latest_before_anything_is_compiled(tmp_path):
    given = {
        "name": "x",
        "panel": {"operations": ["ISAF"]},
        "multiverse": {"aggregate": ["deepest", "latest"]},
    }
    given["model"] = {"depth": {"measurement": "plug-in"}}
    with pytest.raises(InputError) as caught:
        Multiverse(RunSpec.model_validate(given), tmp_path).tasks()
    assert caught.value.column == "model.depth.aggregate"


def test_latest_needs_the_year_of_every_treaty_that_binds(panel):
    years = np.arange(1950.0, 1950.0 + panel.sizes["treaty"])
    dated = panel.assign(treaty_year=("treaty", years))
    assert joint(dated, LATEST).spec.depth.aggregate == "latest"
    binding = panel["in_force"].values.any(0)
    dated["treaty_year"][np.flatnonzero(~binding)] = np.nan
    joint(dated, LATEST)
    dated["treaty_year"][np.flatnonzero(binding)[2]] = np.nan
    with pytest.raises(InputError, match=str(panel["treaty"].values[binding][2])):
        joint(dated, LATEST)


def test_known_items_belong_to_the_codes_of_atop(panel, practice):
    measurement(panel, KNOWN)
    for build in (joint, measurement):
        with pytest.raises(InputError, match="'practice'") as caught:
            build(practice, KNOWN)
        assert caught.value.column == "model.depth.items"
        build(practice, ModelSpec())
