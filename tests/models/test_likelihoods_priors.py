"""Priors of dispersion: defaults are explained, and any of them can be replaced."""

from __future__ import annotations

import pymc as pm
import pytest

from models.likelihoods import get
from models.likelihoods._priors import Prior
from tests.models.likelihood_cases import NAMES, PARAMETERS


def test_every_default_prior_has_units_and_a_reason():
    for name in NAMES:
        priors = get(name).priors
        assert list(priors) == list(get(name).plausible)
        assert list(priors) == list(PARAMETERS[name])
        assert all(prior.units and prior.why for prior in priors.values())


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
