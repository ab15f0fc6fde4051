"""Estimands of a posterior: functions of its draws, units in every name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytensor.tensor as pt
import xarray as xr

from models.joint import Joint
from models.outcomes import explained
from models.predictor.rowwise import EVERY, spread_over, take
from models.predictor.slopes import slopes_vary
from workflows.draws.evaluate import evaluate, mean_over_draws, thinned
from workflows.estimands.headline import AVERAGE_ARMED_FORCES, Headline, per_unit
from workflows.judge.identification import PHRASES, holding, similarity_held

if TYPE_CHECKING:
    from workflows.estimands.fit import Fit


def potential_step(joint: Joint, draws: xr.Dataset, reference: np.ndarray | None = None) -> float:
    """One SD, over the reference rows, of the posterior mean of potential."""
    mean = mean_over_draws(joint, thinned(draws, 400), joint.potential)
    return float(np.std(mean if reference is None else mean[reference]))


def headline_quantities(
    joint: Joint, step: float, reference: np.ndarray | None = None, weights: np.ndarray | None = None
) -> dict:
    """Tensors of the headline effect: for each operation, over all rows, and at the mean slope.

    H = 111,976 x mean over rows of E[share | U + s] - E[share | U], troops per year
    (Gannon & Kent 2021 use the average armed forces of 111,976).
    """
    contribution = joint.contribution
    per_person = per_unit(contribution.likelihood)
    base = contribution.expected()
    mean = Means(joint, reference, weights)

    def change(by: str) -> pt.TensorVariable:
        return per_person * (contribution.expected(step, by) - base)

    by_slope = change("slope")
    quantities = {
        "headline_operation": (mean.by_operation(by_slope), ("operation",)),
        "headline_all_rows": (mean.over_all(by_slope), ()),
    }
    if slopes_vary(joint.spec.contribution, joint.design.operation, joint.design.leader):
        quantities["headline_mean_slope"] = (mean.over_all(change("slope_mean")), ())
    if joint.spec.contribution.within_between:
        quantities["headline_between"] = (mean.over_all(change("slope_between")), ())
    return quantities


class Means:
    """Means over a panel's reference rows, of all operations and of each; rows are read once for both.

    Parameters
    ----------
    joint : Joint
    reference : ndarray of bool, shape (row,), optional
        Rows that count; all by default.
    weights : ndarray, shape (row,), optional
        Of rows; all alike by default.
    """

    def __init__(
        self, joint: Joint, reference: np.ndarray | None = None, weights: np.ndarray | None = None
    ) -> None:
        rows = np.ones(joint.design.state.size, bool) if reference is None else np.asarray(reference, bool)
        self._rows = EVERY if rows.all() else np.flatnonzero(rows)
        self._weights = None if weights is None else np.asarray(weights, float)[rows]
        self._operation = joint.design.operation[rows]
        self._operations = joint.panel.sizes["operation"]
        #: Of each operation; an operation without any has no mean.
        self._weight = np.bincount(self._operation, self._weights, minlength=self._operations).astype(float)

    def _totals(self, values: pt.TensorVariable) -> pt.TensorVariable:
        values = take(values, self._rows)
        values = values if self._weights is None else values * self._weights
        return spread_over(values, self._operation, self._operations)

    def by_operation(self, values: pt.TensorVariable) -> pt.TensorVariable:
        """Means of `values` (row,), shape (operation,); NaN where no row of an operation counts."""
        return self._totals(values) / np.where(self._weight > 0, self._weight, np.nan)

    def over_all(self, values: pt.TensorVariable) -> pt.TensorVariable:
        """Mean of `values` (row,), a scalar."""
        return self._totals(values).sum() / self._weight.sum()


def headline_effect(
    fit: Fit,
    reference: np.ndarray | None = None,
    step: float | None = None,
    weights: np.ndarray | None = None,
) -> Headline:
    """Posterior of the headline effect, troops per year for an average military.

    Parameters
    ----------
    fit : Fit
    reference : ndarray of bool, shape (row,), optional
        The reference sample; all rows by default.
    step : float, optional
        Change of potential; its SD on the reference sample by default.
    weights : ndarray, shape (row,), optional
        Weights of rows in the mean, such as armed forces or population; all alike by default.

    Returns
    -------
    Headline
        A Dataset with ``headline_operation`` (chain, draw, operation), ``headline_all_rows`` (chain, draw)
        and, where slopes vary, ``headline_mean_slope``: an operation with the mean slope.
        Attributes: `step`, `similarity_held` ("True" or "False"), `similarity` (the same in words), `units`.
    """
    posterior = fit.draws["posterior"].to_dataset()
    step = potential_step(fit.joint, posterior, reference) if step is None else step
    out = evaluate(fit.joint, posterior, headline_quantities(fit.joint, step, reference, weights))
    out.attrs.update(
        step=step,
        similarity_held=str(similarity_held(fit.joint.spec, fit.joint.panel)),
        similarity=PHRASES[holding(fit.joint.spec, fit.joint.panel)],
        units=explained(fit.joint.contribution.likelihood).unit,
        average_armed_forces=AVERAGE_ARMED_FORCES,
    )
    return Headline(out.data_vars, out.coords, out.attrs)
