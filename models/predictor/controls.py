"""Coefficients of the controls, common or one for each operation."""

from __future__ import annotations

import pymc as pm

from models.predictor.design import Design
from models.predictor.rowwise import Columns, Term, take
from models.predictor.slopes import slopes_vary
from models.spec import ContributionSpec


def control_terms(part: str, design: Design, spec: ContributionSpec, unit: float) -> list[Term]:
    """Controls, as terms of a predictor: common coefficients, or one for each operation."""
    if not pm.modelcontext(None).coords["control"]:
        return []
    priors = spec.priors
    if not (spec.controls_vary and slopes_vary(spec, design.operation, design.leader)):
        return [
            Columns(pm.Normal(f"{part}_control", 0.0, priors.control * unit, dims="control"), design.controls)
        ]
    mean = pm.Normal(f"{part}_control_mean", 0.0, priors.control * unit, dims="control")
    spread = pm.HalfNormal(f"{part}_control_spread", priors.control_spread * unit, dims="control")
    raw = pm.Normal(f"{part}_control_raw", 0.0, 1.0, dims=("operation", "control"))
    each = pm.Deterministic(f"{part}_control", mean + spread * raw, dims=("operation", "control"))
    return [lambda at: (each[take(design.operation, at)] * take(design.controls, at)).sum(1)]
