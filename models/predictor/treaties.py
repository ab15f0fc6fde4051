"""Intercepts of the treaties in force, each one's own and, where declared, one in each operation."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from models.depth import treaty_sets
from models.likelihoods import Likelihood
from models.predictor.design import Design
from models.predictor.known import usual_scale
from models.predictor.rowwise import Lookup, Rowwise, Term, product
from models.predictor.treaty_operation import pairs_of, treaty_operation
from models.predictor.varying import information, informative_rows, known_of, members, total_over, varying
from models.spec import ContributionSpec


def treaty_terms(
    part: str, design: Design, spec: ContributionSpec, likelihood: Likelihood, given: Rowwise
) -> list[Term]:
    """Intercepts of the treaties in force, as terms of a predictor; `given` is the predictor without them."""
    priors, unit, usual = spec.priors, getattr(likelihood, "unit", 1.0), likelihood.intercept[part][0]
    in_force = design.in_force
    of_state, of_treaty, of_pair = map(usual_scale, ("state", "treaty", "treaty_operation"))
    rows = informative_rows(part, likelihood, design.outcome.share)
    pairs = None
    if spec.treaty_by_operation and len(np.unique(design.operation)) > 1:
        pairs = pairs_of(in_force, design.operation)
        in_force = pairs.unpaired(in_force, design.operation)
    treaty, terms = None, []
    if spec.treaty_effects and design.in_force.any():
        # One treaty carries most rows, so data say little about the spread: its prior is lognormal,
        # which keeps it from zero and from values at which effect and spread trade off without end.
        spread = pm.LogNormal(f"{part}_treaty_sd", np.log(priors.treaty * unit), priors.treaty_log_sd)
        # Rows share few distinct sets of treaties: sums over rows go through those.
        sets, of_row = treaty_sets(in_force)
        member = sets.astype(float)
        # One whose operations have intercepts too is told by few of these: it is sampled as a multiple of the spread.
        known, elsewhere = np.zeros(in_force.shape[1]), 0.0
        if pairs is None:
            count = member.T @ members(of_row, len(sets), rows, design.weight)
            sums = product(member.T, total_over(of_row, len(sets), rows, given, design.weight))
            elsewhere = pt.switch(pt.gt(count, 0), sums / pt.maximum(count, 1), usual)
            row, bound = np.nonzero(in_force * rows[:, None])
            known = known_of(information(bound, in_force.shape[1], design.state[row], of_state), of_treaty)
        treaty = varying(f"{part}_treaty", "treaty", spread, known, elsewhere, usual)
        of_set = product(member, treaty)
        terms.append(Lookup(of_set, of_row))
    if pairs is not None and pairs.treaty.size:
        scale = (priors.treaty_operation * unit, priors.treaty_operation_log_sd)
        known = known_of(pairs.information(design.state, rows, of_state), of_pair)
        terms.append(treaty_operation(part, pairs, scale, rows, known, treaty, given, usual, design.weight))
    return terms
