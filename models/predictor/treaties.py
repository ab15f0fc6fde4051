"""Intercepts of the treaties in force, each one's own and, where declared, one in each operation."""

from __future__ import annotations

import numpy as np
import pymc as pm

from models.depth import treaty_sets
from models.likelihoods import Likelihood
from models.predictor.design import Design
from models.predictor.known import levels, told_of, usual_scale
from models.predictor.overlapping import axes_of, listed, overlapping
from models.predictor.rowwise import Lookup, Rowwise, Term, product, rowwise
from models.predictor.treaty_operation import pairs_of, treaty_operation
from models.spec import ContributionSpec


def treaty_terms(
    part: str, design: Design, spec: ContributionSpec, likelihood: Likelihood, given: Rowwise
) -> list[Term]:
    """Intercepts of the treaties in force, as terms of a predictor; `given` is the predictor without them."""
    priors, unit = spec.priors, likelihood.unit
    bound = design.in_force.shape[1]
    pairs = None
    if spec.treaty_by_operation and len(np.unique(design.operation)) > 1:
        pairs = pairs_of(design.in_force, design.operation)
        if not pairs.treaty.size:
            pairs = None
    own = spec.treaty_effects and design.in_force.any()
    if pairs is None and not own:
        return []
    in_force = design.in_force if pairs is None else pairs.unpaired(design.in_force, design.operation)
    # What rows tell: of pairs where there are any, and through these of treaties.
    of_row, groups = (listed(in_force), bound) if pairs is None else (pairs.of_row, pairs.treaty.size)
    told = told_of(part, design, spec, likelihood, of_row, groups)
    axes = axes_of(told.matrix)
    own_axes, through = axes, np.eye(groups)
    if pairs is not None:
        matrix, through = axes.through(pairs.treaty, bound, usual_scale("treaty_operation"))
        own_axes = axes_of(matrix)
    # About what data see is taken off: little is then left to move with a spread.
    level = levels(part, likelihood, design.outcome, design.operation, design.cell)
    centred = given.plus(*rowwise(-level).terms)
    of_treaties, of_pairs = told.seen(centred, (own_axes.pull @ through, axes.pull), design.weight)
    treaty, terms = None, []
    if own:
        # One treaty carries most rows, so data say little about the spread: its prior is lognormal,
        # which keeps it from zero and from values at which effect and spread trade off without end.
        spread = pm.LogNormal(f"{part}_treaty_sd", np.log(priors.treaty * unit), priors.treaty_log_sd)
        treaty = overlapping(f"{part}_treaty", "treaty", spread, own_axes, unit, of_treaties)
        sets, of_set = treaty_sets(in_force)
        terms.append(Lookup(product(sets.astype(float), treaty), of_set))
    if pairs is not None:
        scale = (priors.treaty_operation * unit, priors.treaty_operation_log_sd)
        terms.append(treaty_operation(part, pairs, scale, axes, unit, treaty, of_pairs))
    return terms
