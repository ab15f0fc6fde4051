"""Intercepts of the states, and their movement over years."""

from __future__ import annotations

import numpy as np
import pymc as pm

from models.likelihoods import Likelihood
from models.predictor.design import Design
from models.predictor.known import told_by, usual_scale
from models.predictor.rowwise import Lookup, Rowwise, Term, take
from models.predictor.state_dynamics import state_year
from models.predictor.varying import informative_rows, mean_over, members, varying
from models.spec import ContributionSpec

#: Rows from which on a state's level is sampled where every row speaks of it. Their spread may be near zero beside
#: the noise of a row, and levels that four rows inform, in whole or in part, are then a funnel: calibration showed it.
LEAST_OF_STATE = 8


def state_terms(
    part: str, design: Design, spec: ContributionSpec, likelihood: Likelihood, eta: Rowwise
) -> list[Term]:
    """Intercepts of the states, as terms of a predictor; `eta` is the predictor without them."""
    priors, unit = spec.priors, likelihood.unit
    share, states = design.outcome.share, design.states
    every = np.ones(len(share), bool)
    count = members(design.state, states, every, design.weight)
    positive = members(design.state, states, share > 0, design.weight)
    if likelihood.zeros_inform:
        known = 1.0 * (count >= LEAST_OF_STATE)
    else:
        told = told_by(part, likelihood, count, positive)
        known = told / (told + 1 / usual_scale("state") ** 2)
    if spec.state_dynamics != "none":
        # The data speak of level and movement together, and of the level alone too little to centre it.
        known = np.zeros(states)
    rows = informative_rows(part, likelihood, share)
    elsewhere = mean_over(design.state, states, rows, eta, design.weight)
    spread = pm.HalfNormal(f"{part}_state_sd", priors.state * unit)
    effect = varying(f"{part}_state", "state", spread, known, elsewhere, likelihood.intercept[part][0])
    terms: list[Term] = [Lookup(effect, design.state)]
    if spec.state_dynamics != "none":
        moved = state_year(part, spec.state_dynamics, design.state, design.year, priors, unit)
        terms.append(lambda at: take(moved, at))
    return terms
