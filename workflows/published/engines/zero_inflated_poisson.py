"""Zero-inflated Poisson (statsmodels)."""

from __future__ import annotations

import numpy as np
from scipy.linalg import block_diag

from data.common.errors import InputError
from models.rotation import Rotation
from workflows.published.design import CONSTANT, design, refuse_collinear
from workflows.published.engines._common import (
    expand_dummies,
    fitted,
    left_out,
    likelihood_statistics,
    quiet_fit,
    refuse_perfect,
)
from workflows.published.engines._covariance import likelihood_covariance
from workflows.published.engines._estimator import Column, Estimator, Terms
from workflows.published.frequentist import FrequentistFit, Regression

# A maximum is reached where a further step of Newton would raise the log-likelihood by less than half of this.
DECREMENT = 1e-6


@np.errstate(over="ignore", invalid="ignore")  # of steps that the search leaves again
def zero_inflated_poisson(
    asked: Regression, *, inflate: Terms | None = None, dummies: Column | None = None
) -> FrequentistFit:
    """Poisson mixed with certain zeros, whose probability is a logit.

    Parameters
    ----------
    inflate : list of str, optional
        Terms of the logit of a *certain zero*: a positive coefficient makes zero more likely. The constant
        alone by default. They stand in the table as ``inflate:<term>``.
    dummies : str, optional
        A column whose levels enter the count part as indicators.

    Notes
    -----
    The outcome may have fractions (the logarithm of troops, as Henke 2017 uses it): the Poisson likelihood is
    then a quasi-likelihood, a note says so, and R's ``pscl::zeroinfl`` would refuse it.
    """
    from statsmodels.discrete.count_model import ZeroInflatedPoisson

    cluster, outcome = asked.cluster, asked.outcome
    frame, extra, notes = expand_dummies(
        asked.frame, outcome, asked.terms, dummies, asked.complete_on, varying=False
    )
    inflate = list(inflate or [])
    complete = [*asked.complete_on, *inflate]
    laid = design(frame, outcome, [*asked.terms, *extra], groups=asked.groups, complete_on=complete)
    if (laid.y < 0).any():
        raise InputError(f"{laid.y.min():g}", "counts of zero or more", column=outcome)
    if not (laid.y == 0).any():
        raise InputError("no zeros", "some zeros: without them nothing is inflated", column=outcome)
    zero_terms = frame.loc[laid.x.index, inflate].astype(float)
    zero_terms.insert(0, CONSTANT, 1.0)
    refuse_collinear(laid.x)
    refuse_collinear(zero_terms)
    refuse_perfect(laid.x, laid.y)
    main, zero = Rotation.of(laid.x.to_numpy()), Rotation.of(zero_terms.to_numpy())
    model = ZeroInflatedPoisson(laid.y, main.columns, exog_infl=zero.columns, inflation="logit")
    options = {"method": "bfgs", "maxiter": 2000, "gtol": 1e-6, "disp": 0}
    result = quiet_fit(model, "zero_inflated_poisson", judged=False, **options)
    params = _polish(model, np.asarray(result.params))
    k = zero_terms.shape[1]
    order = np.r_[k : len(params), 0:k]  # the library puts the inflation part first
    hessian = _hessian(model, params)[np.ix_(order, order)]
    scores = model.score_obs(params)[:, order]
    clusters = laid.groups[cluster] if cluster else None
    covariance = likelihood_covariance(hessian, scores, asked.errors, clusters)
    names = [*laid.x.columns, *(f"inflate:{name}" for name in zero_terms.columns)]
    if not np.allclose(laid.y, np.round(laid.y)):
        notes.append("the outcome has fractions: a quasi-likelihood, its log-likelihood is no probability")
    return fitted(
        "zero_inflated_poisson",
        asked,
        laid,
        params[order],
        covariance,
        likelihood_statistics(float(model.loglike(params)), len(params), len(laid.y)),
        (*notes, *left_out(laid.left_out)),
        back=block_diag(main.back, zero.back),
        names=names,
    )


def _polish(model, params: np.ndarray, steps: int = 20) -> np.ndarray:
    """Newton steps from BFGS's answer, kept while they raise the likelihood.

    Raises
    ------
    InputError
        Where what they reach is no maximum. Newton's step says so and not BFGS, which may stop for want of
        precision a hair before or after its own tolerance.
    """
    best = float(model.loglike(params))
    for _ in range(steps):
        trial = params - np.linalg.solve(_hessian(model, params), model.score_obs(params).sum(0))
        value = float(model.loglike(trial))
        if not np.isfinite(value) or value < best - 1e-9:
            break
        moved = np.abs(trial - params).max()
        params, best = trial, value
        if moved < 1e-11:
            break
    hessian = _hessian(model, params)
    score = model.score_obs(params).sum(0)
    curved = bool((np.linalg.eigvalsh(-hessian) > 0).all())
    if not curved or float(score @ np.linalg.solve(-hessian, score)) > DECREMENT:
        raise InputError(
            "zero_inflated_poisson did not converge", "a model that converges: rescale or drop terms"
        )
    return params


def _hessian(model, params: np.ndarray) -> np.ndarray:
    """Derivative of the score: the library's own Hessian leaves the two parts' cross terms inexact."""
    from statsmodels.tools.numdiff import approx_fprime

    found = np.asarray(approx_fprime(params, lambda p: model.score_obs(p).sum(0), centered=True))
    return (found + found.T) / 2


ESTIMATOR = Estimator(zero_inflated_poisson, outcome="count")
