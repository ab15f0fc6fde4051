"""Frequentist engines behind one tidy form.

``estimate`` lays out the design, asks a library's estimator, and returns a ``FrequentistFit``: the same columns for
every engine, so that printed, replicated and Bayesian numbers stand in one table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from data.common.errors import InputError
from workflows.published import engines

ERRORS = ("classical", "robust", "clustered")
TIDY = ("term", "estimate", "std_error", "lower", "upper", "interval", "p_value")


@dataclass(frozen=True)
class FrequentistFit:
    """An estimated model in the form shared by all engines.

    Attributes
    ----------
    engine, errors : str
        What estimated it, and which standard errors it carries.
    terms : DataFrame
        Columns ``term, estimate, std_error, lower, upper, interval, p_value``; units of the outcome per unit
        of the term (log odds for the logits).
    covariance : DataFrame, shape (terms, terms)
        Of the estimates.
    n, units : int
        Rows used, and distinct units among them (0 where no unit was named).
    statistics : dict
        Fit statistics by name: ``log_likelihood, aic, bic, deviance, r2, adjusted_r2`` where they exist.
    notes : tuple of str
        What a reader should know: rows left out, groups without variation, conventions.
    cluster, clusters : str, int
        What the errors are clustered by, and how many clusters the rows used have; empty and 0 otherwise.
    """

    engine: str
    errors: str
    terms: pd.DataFrame
    covariance: pd.DataFrame
    n: int
    units: int
    statistics: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cluster: str = ""
    clusters: int = 0

    def of(self, term: str) -> pd.Series:
        """The row of one term.

        Raises
        ------
        InputError
            Where the model has no such term.
        """
        rows = self.terms[self.terms["term"] == term]
        if rows.empty:
            raise InputError(f"no term {term!r}", f"one of {', '.join(self.terms['term'])}")
        return rows.iloc[0]


@dataclass(frozen=True)
class Regression:
    """What every engine is asked to estimate; the fields are the parameters of `estimate`."""

    frame: pd.DataFrame
    outcome: str
    terms: list[str]
    errors: str
    unit: str | None
    cluster: str | None
    complete_on: list[str]
    level: float

    @property
    def groups(self) -> list[str]:
        """The columns of units and clusters, each once."""
        return list(dict.fromkeys(g for g in (self.unit, self.cluster) if g))


def estimate(
    frame: pd.DataFrame,
    outcome: str,
    terms: Sequence[str],
    *,
    engine: str = "ols",
    errors: str = "classical",
    unit: str | None = None,
    cluster: str | None = None,
    complete_on: Sequence[str] = (),
    level: float = 0.95,
    **options: object,
) -> FrequentistFit:
    """Estimate one model.

    Parameters
    ----------
    frame : DataFrame
        One row per observation; incomplete rows are left out and counted in the notes.
    outcome, terms : str, sequence of str
        Columns of ``frame``; the constant is added by the engine.
    engine : str
        A file of ``workflows/published/engines``.
    errors : {"classical", "robust", "clustered"}
        Standard errors: model-based, heteroskedasticity-robust (HC1), or clustered by ``cluster``.
    unit : str, optional
        The column of units (states): fixed or random effects, GEE groups, and the count of units.
    cluster : str, optional
        Clustering column, ``unit`` by default.
    complete_on : sequence of str
        Columns that must be present in a row though the model does not use them.
    level : float
        Probability of the intervals.
    **options
        Passed to the engine (for example ``structure`` for GEE, ``points`` for quadrature).

    Returns
    -------
    FrequentistFit

    Raises
    ------
    InputError
        Unknown engine or column, collinear or absorbed terms, too few rows, no convergence.
    """
    run = engines.get(engine).estimate
    if errors not in ERRORS:
        raise InputError(f"errors {errors!r}", f"one of {', '.join(ERRORS)}")
    cluster = cluster or unit
    if errors == "clustered" and cluster is None:
        raise InputError("clustered errors without a cluster", "a column to cluster by", key="cluster")
    asked = Regression(frame, outcome, list(terms), errors, unit, cluster, list(complete_on), level)
    fit = run(asked, **options)
    return replace(fit, cluster=cluster) if errors == "clustered" and cluster else fit


def tidy(
    names: Sequence[str], estimates: np.ndarray, covariance: np.ndarray, level: float, df: float | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimates with symmetric intervals.

    Parameters
    ----------
    names : sequence of str
        Terms.
    estimates : ndarray, shape (terms,)
    covariance : ndarray, shape (terms, terms)
    level : float
        Probability of the interval.
    df : float, optional
        Degrees of freedom of Student's t; the normal distribution where None.

    Returns
    -------
    table, covariance : DataFrame, DataFrame
        The tidy table (columns ``TIDY``) and the labelled covariance.
    """
    estimates = np.asarray(estimates, float)
    error = np.sqrt(np.diag(covariance))
    upper = 0.5 + level / 2
    half = (ndtri(upper) if df is None else stdtrit(df, upper)) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        below = -np.abs(estimates / error)
    p_value = 2 * (ndtr(below) if df is None else stdtr(df, below))
    table = pd.DataFrame(
        {
            "term": list(names),
            "estimate": estimates,
            "std_error": error,
            "lower": estimates - half,
            "upper": estimates + half,
            "interval": f"ci_{100 * level:g}",
            "p_value": p_value,
        }
    )
    return table, pd.DataFrame(covariance, index=list(names), columns=list(names))
