"""What the joint rungs of a bridge and of Poast's test report of their posteriors; troops per year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from pytensor.tensor.variable import TensorVariable

from models.joint import Joint
from workflows.draws.evaluate import evaluate
from workflows.estimands.effects import headline_quantities
from workflows.estimands.fit import Fit
from workflows.estimands.headline import per_unit
from workflows.series.bridge.embedded_panel import BETWEEN, RECORD, WITHIN

Quantities = dict[str, tuple[TensorVariable, tuple[str, ...]]]
Estimands = Callable[..., Quantities]


def drawn(fit: Fit, estimands: Estimands, asked: Mapping[str, Any]) -> xr.Dataset:
    """Draws of what `estimands` makes of a fit's model and of what is asked."""
    return evaluate(fit.joint, fit.draws["posterior"].to_dataset(), estimands(fit.joint, **asked))


def nothing(_model: Joint) -> Quantities:
    """Of a run that is asked for its measurement alone."""
    return {}


def of_bridge(model: Joint, operations: list[str], step: float, within_step: float) -> Quantities:
    """Headline effects of a rung on the reference rows, those of `operations`; troops per year.

    ``headline`` moves potential by `step` at the slope of each row's operation (the slope within states
    where it is split). Split models add ``within_sd`` and ``between``; models with more operations add
    ``operation_<k>`` on those operations' rows and ``mean_slope``, at the slope of the population.
    """
    reference = np.isin(model.panel["row_operation"].values, operations)
    on_reference = headline_quantities(model, step, reference)
    out = {"headline": on_reference["headline_all_rows"]}
    if model.spec.contribution.within_between:
        out["within_sd"] = headline_quantities(model, within_step, reference)["headline_all_rows"]
        out["between"] = on_reference["headline_between"]
    names = [str(name) for name in model.panel["operation"].values]
    if len(names) > len(operations):
        each = headline_quantities(model, step)["headline_operation"][0]
        for k, name in enumerate(names):
            if name not in operations:
                out[f"operation_{k}"] = (each[k], ())
        if "headline_mean_slope" in on_reference:
            out["mean_slope"] = on_reference["headline_mean_slope"]
    return out


def of_poast(model: Joint, within_step: float, between_step: float) -> Quantities:
    """Headline effects of one SD of each predictor at each level; troops per year."""
    names = list(model.model.coords["control"])
    out = {
        "potential_within": headline_quantities(model, within_step)["headline_all_rows"],
        "potential_between": headline_quantities(model, between_step)["headline_between"],
    }
    contribution = model.contribution
    base = contribution.expected()
    per_person = per_unit(contribution.likelihood)
    for name in (WITHIN, BETWEEN, RECORD):
        if name in names:
            # Controls are in SD over the rows, so that a step of one is one SD of this very column.
            k = names.index(name)
            moved = {part: eta + model.model[f"{part}_control"][k] for part, eta in contribution.eta.items()}
            mean = contribution.likelihood.mean(moved, contribution.params, contribution.armed_forces)
            out[name] = (per_person * (mean - base).mean(), ())
    return out
