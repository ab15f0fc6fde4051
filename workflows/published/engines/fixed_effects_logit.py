"""Logit conditional on each unit's number of successes.

statsmodels maximises the same likelihood, but by a recursion in Python whose time explodes with rows a unit
(minutes for fifty units of seventy rows); R's ``survival::clogit`` is what this is held to.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.common.errors import InputError
from models.rotation import Rotation
from workflows.published.design import design, refuse_collinear, refuse_vanishing, within, without_effects
from workflows.published.engines._common import (
    binary,
    clusters_of_units,
    expand_dummies,
    fitted,
    left_out,
    likelihood_statistics,
    with_both_outcomes,
)
from workflows.published.engines._covariance import likelihood_covariance
from workflows.published.engines._estimator import Column, Estimator
from workflows.published.engines._separation import refuse_separation, separates_within
from workflows.published.frequentist import FrequentistFit, Regression

OUTCOME = "__outcome"


def fixed_effects_logit(asked: Regression, *, dummies: Column | None = None) -> FrequentistFit:
    """Logit conditional on each unit's number of successes (Chamberlain 1980).

    Units in which the outcome never varies carry no information: they are left out and counted in the notes.
    Clustered errors ask for clusters that contain whole units; robust ones cluster by unit.

    Parameters
    ----------
    dummies : str, optional
        A column (year, say) whose levels enter as indicators, the first left out, as in ``logit``. Rows whose
        level is left without variation once such units are gone leave with them.
    """
    unit, outcome = asked.unit, asked.outcome
    if unit is None:
        raise InputError("no unit", "the column whose effects are conditioned on", key="unit")
    frame, column = asked.frame, [dummies] if dummies else []
    groups = [*asked.groups, *column]
    laid = design(frame, outcome, asked.terms, constant=False, groups=groups, complete_on=asked.complete_on)
    binary(laid.y, outcome)
    seen = laid.groups.assign(**{OUTCOME: laid.y})
    kept = with_both_outcomes(seen, OUTCOME, [unit, *column]).index
    if not len(kept):
        raise InputError(
            f"no {unit} in which {outcome} varies", "some units with both outcomes", column=outcome
        )
    keep = seen.index.isin(kept)
    dropped = laid.groups[unit].nunique() - laid.groups.loc[keep, unit].nunique()
    expanded, extra, _ = expand_dummies(
        frame.loc[kept], outcome, asked.terms, dummies, asked.complete_on, varying=False
    )
    used = design(expanded, outcome, [*asked.terms, *extra], constant=False, groups=groups)
    x, y, grouping = used.x, used.y, used.groups
    refuse_vanishing(x, grouping[unit], unit)
    refuse_collinear(without_effects(x, grouping[unit]))
    codes = pd.factorize(grouping[unit])[0]
    for name in x.columns:
        if separates_within(x[name].to_numpy(), y, codes):
            raise InputError(
                f"{name} orders yes and no in every {unit} in which it varies",
                "terms without separation: leave it out",
                column=name,
            )
    refuse_separation(x, y, grouping[unit])
    # The likelihood knows deviations within units alone; orthonormal ones keep its derivatives accurate.
    rotation = Rotation.of(within(x, grouping[unit]).to_numpy())
    target = _Likelihood(y, rotation.columns, codes)
    params, hessian = _maximise(target)
    scores = target.scores(params)
    clusters = clusters_of_units(asked, grouping, codes)
    covariance = likelihood_covariance(hessian, scores, asked.errors, clusters)
    notes = list(left_out(laid.left_out))
    if dropped:
        also = f" or in their {dummies}" if dummies else ""
        notes.append(
            f"{dropped} units ({int((~keep).sum())} rows) without variation in the outcome{also} left out"
        )
    statistics = likelihood_statistics(target.value(params), len(params), len(y))
    name, back = "fixed_effects_logit", rotation.back
    return fitted(name, asked, used, params, covariance, statistics, notes, back=back)


class _Likelihood:
    """Conditional log-likelihood and scores by unit.

    The denominator is the elementary symmetric polynomial of a unit's odds, of the order of its successes
    (Gail, Lubin and Rubinstein 1981), by its recursion over rows, for all units at once and in logarithms.
    """

    def __init__(self, y: np.ndarray, x: np.ndarray, codes: np.ndarray) -> None:
        self.y, self.x, self.codes = y, x, codes
        self.units = int(codes.max()) + 1
        self.place = pd.Series(codes).groupby(codes).cumcount().to_numpy()
        self.successes = np.bincount(codes, y).astype(int)
        self.length = int(self.place.max()) + 1

    def _forward(self, eta: np.ndarray) -> np.ndarray:
        """Log polynomials of the first rows, shape (rows a unit + 1, units, orders)."""
        orders = int(self.successes.max()) + 1
        out = np.full((self.length + 1, self.units, orders), -np.inf)
        out[0, :, 0] = 0.0
        for row in range(self.length):
            out[row + 1] = out[row]
            taken = out[row, :, :-1] + eta[row, :, None]
            out[row + 1, :, 1:] = np.logaddexp(out[row, :, 1:], taken)
        return out

    def _padded(self, params: np.ndarray) -> np.ndarray:
        # A row that a unit does not have has odds of zero.
        eta = np.full((self.length, self.units), -np.inf)
        eta[self.place, self.codes] = self.x @ params
        return eta

    def value(self, params: np.ndarray) -> float:
        """The log-likelihood."""
        last = self._forward(self._padded(params))[-1]
        return float(self.y @ (self.x @ params) - last[np.arange(self.units), self.successes].sum())

    def scores(self, params: np.ndarray) -> np.ndarray:
        """First derivatives by unit, shape (units, terms): successes less their conditional probabilities."""
        eta = self._padded(params)
        before, after = self._forward(eta), self._forward(eta[::-1])[::-1]
        total = before[-1][np.arange(self.units), self.successes]
        order = np.arange(before.shape[2])
        rest = self.successes[:, None] - 1 - order  # successes left for the rows after
        chance = np.zeros_like(eta)
        for row in range(self.length):
            later = np.take_along_axis(after[row + 1], np.maximum(rest, 0), axis=1)
            logs = np.where(rest >= 0, before[row] + later, -np.inf) + (eta[row] - total)[:, None]
            chance[row] = np.exp(logs).sum(axis=1)
        residual = self.y - chance[self.place, self.codes]
        return np.stack([np.bincount(self.codes, residual * c, self.units) for c in self.x.T], axis=1)


def _maximise(target: _Likelihood) -> tuple[np.ndarray, np.ndarray]:
    """Newton's steps, halved while they do not raise the (concave) likelihood; estimates and Hessian."""
    params = np.zeros(target.x.shape[1])
    value = target.value(params)
    for _ in range(60):
        hessian = _hessian(target, params)
        try:
            step = np.linalg.solve(hessian, target.scores(params).sum(axis=0))
        except np.linalg.LinAlgError:
            break
        size = 1.0
        while size > 1e-6 and not target.value(params - size * step) >= value - 1e-9:
            size /= 2
        params = params - size * step
        value = target.value(params)
        if np.abs(step).max() < 1e-9:
            return params, _hessian(target, params)
        if np.abs(params).max() > 1e3:
            break
    raise InputError(
        "fixed_effects_logit: a likelihood without a maximum", "terms that do not separate the outcome"
    )


def _hessian(target: _Likelihood, params: np.ndarray, width: float = 1e-5) -> np.ndarray:
    steps = width * np.eye(len(params))
    found = [(target.scores(params + s) - target.scores(params - s)).sum(axis=0) for s in steps]
    out = np.stack(found, axis=1) / (2 * width)
    return (out + out.T) / 2


ESTIMATOR = Estimator(
    fixed_effects_logit,
    outcome="binary",
    effects="absorbed",
    no_twin="not a twin: the conditional logit's likelihood is given each state's number of successes; "
    "beside it a logit with varying states",
)
