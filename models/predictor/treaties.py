"""Intercepts of the treaties in force, each one's own and, where declared, one in each operation."""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from models.depth import treaty_sets
from models.likelihoods import Likelihood
from models.predictor.design import Design
from models.predictor.known import tells, usual_scale
from models.predictor.overlapping import axes_of, information, listed, overlapping
from models.predictor.rowwise import Lookup, Rowwise, Term, product
from models.predictor.treaty_operation import pairs_of, treaty_operation
from models.predictor.varying import informative_rows, members, total_over
from models.spec import ContributionSpec


def treaty_terms(
    part: str, design: Design, spec: ContributionSpec, likelihood: Likelihood, given: Rowwise
) -> list[Term]:
    """Intercepts of the treaties in force, as terms of a predictor; `given` is the predictor without them."""
    priors, unit, usual = spec.priors, likelihood.unit, likelihood.intercept[part][0]
    share, bound = design.outcome.share, design.in_force.shape[1]
    of_state, of_treaty, of_pair = map(usual_scale, ("state", "treaty", "treaty_operation"))
    rows = informative_rows(part, likelihood, share)
    in_force, pairs, axes_of_pairs = design.in_force, None, None
    if spec.treaty_by_operation and len(np.unique(design.operation)) > 1:
        pairs = pairs_of(in_force, design.operation)
        if not pairs.treaty.size:
            pairs = None
    if pairs is not None:
        in_force = pairs.unpaired(in_force, design.operation)
        tell = tells(part, likelihood, share, pairs.of_row, pairs.treaty.size)
        # Pairs of one operation share rows, those of two do not.
        cell = design.state * design.operations + design.operation
        axes_of_pairs = axes_of(information(tell, pairs.of_row, pairs.treaty.size, cell, of_state))
    treaty, terms = None, []
    if spec.treaty_effects and design.in_force.any():
        # One treaty carries most rows, so data say little about the spread: its prior is lognormal,
        # which keeps it from zero and from values at which effect and spread trade off without end.
        spread = pm.LogNormal(f"{part}_treaty_sd", np.log(priors.treaty * unit), priors.treaty_log_sd)
        elsewhere = _mean_of_treaties(design, rows, given, usual)
        if pairs is None or axes_of_pairs is None:
            of_row = listed(in_force)
            tell = tells(part, likelihood, share, of_row, bound)
            axes = axes_of(information(tell, of_row, bound, design.state, of_state))
        else:
            axes = axes_of(axes_of_pairs.through(pairs.treaty, bound, of_pair))
        treaty = overlapping(f"{part}_treaty", "treaty", spread, axes, of_treaty, elsewhere, usual)
        sets, of_row = treaty_sets(in_force)
        terms.append(Lookup(product(sets.astype(float), treaty), of_row))
    if pairs is not None and axes_of_pairs is not None:
        scale = (priors.treaty_operation * unit, priors.treaty_operation_log_sd)
        terms.append(
            treaty_operation(
                part, pairs, scale, rows, axes_of_pairs, of_pair, treaty, given, usual, design.weight
            )
        )
    return terms


def _mean_of_treaties(design: Design, rows: np.ndarray, given: Rowwise, usual: float) -> TensorVariable:
    """What the other terms give each treaty's rows on average, shape (treaty,); `usual` where it has none."""
    # Rows share few distinct sets of treaties: sums over rows go through those.
    sets, of_row = treaty_sets(design.in_force)
    member = sets.astype(float)
    count = member.T @ members(of_row, len(sets), rows, design.weight)
    sums = product(member.T, total_over(of_row, len(sets), rows, given, design.weight))
    return pt.switch(pt.gt(count, 0), sums / pt.maximum(count, 1), usual)
