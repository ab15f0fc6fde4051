"""Priors of dispersion: defaults are explained, and any of them can be replaced."""

from __future__ import annotations

import pymc as pm
import pytest

from models.given import Given
from models.joint import joint
from models.likelihoods import get
from models.likelihoods._priors import Prior
from models.simulate import SMALL, simulate
from models.spec import ModelSpec
from tests.models.likelihood_cases import NAMES, PARAMETERS
from workflows.spec.mathematics import prior_table


def test_every_default_prior_has_units_and_a_reason():
    for name in NAMES:
        priors = get(name).priors
        assert list(priors) == list(get(name).plausible)
        assert list(priors) == list(PARAMETERS[name])
        assert all(prior.units and prior.why for prior in priors.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_priors_gives_the_units_that_the_likelihood_declares(name):
    panel, truth = simulate("hurdle_beta", SMALL, seed=5)
    varies = bool(get(name).dispersion)
    spec = ModelSpec.model_validate({"contribution": {"likelihood": name, "dispersion_varies": varies}})
    table = prior_table(joint(panel, spec, Given(truth["treaty_depth"].values))).set_index("parameter")
    for parameter, prior in get(name).priors.items():
        assert table.loc[parameter, "unit"] == prior.units
    for parameter in get(name).dispersion:
        assert table.loc[f"{parameter}_operation_sd", "unit"] == "log of the dispersion"


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_registered_under_their_names(name):
    with pm.Model() as model:
        params = get(name).parameters({})
    assert sorted(params) == sorted(variable.name for variable in model.free_RVs) == sorted(PARAMETERS[name])
    assert all(part in get(name).intercept for part in get(name).parts)


@pytest.mark.parametrize(
    "prior",
    [Prior("Gamma", {"alpha": 2.0, "beta": 0.1}), {"family": "Gamma", "alpha": 2.0, "beta": 0.1}],
)
def test_a_prior_is_replaced_by_name(prior):
    with pm.Model() as model:
        get("hurdle_beta").parameters({"precision": prior, "slope": 3})
    assert model["precision"].owner.op.name == "gamma"


def test_a_number_fixes_the_parameter():
    with pm.Model() as model:
        params = get("hurdle_lognormal").parameters({"size_sd": 0.5})
    assert model.free_RVs == []
    assert params["size_sd"].eval() == 0.5
    assert params["size_sd"].dtype == "float64"
