"""What engines share: checks of an outcome, indicators of levels, quiet fits, likelihood statistics, their form."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.common.near import one_of
from workflows.published.design import StudyDesign, design, refuse_collinear
from workflows.published.engines._separation import refuse_separation
from workflows.published.frequentist import FrequentistFit, Regression, tidy


def binary(values: np.ndarray, name: str) -> None:
    """Refuse an outcome, shape (row,), that is not 0 and 1, or is always the same.

    Raises
    ------
    InputError
    """
    if not np.isin(values, (0.0, 1.0)).all():
        bad = values[~np.isin(values, (0.0, 1.0))][0]
        raise InputError(f"{bad:g}", "0 or 1", column=name)
    if values.min() == values.max():
        raise InputError(f"{name} is {values[0]:g} in every row", "both 0 and 1", column=name)


def perfect_predictors(x: pd.DataFrame, y: np.ndarray) -> dict[str, float]:
    """Terms of two values, at one of which the outcome never varies: their coefficient has no maximum.

    Columns of `x` are terms, its rows those of `y`.

    Returns
    -------
    dict
        Term to the value at which the outcome is constant.
    """
    found = {}
    for name in x.columns:
        values = x[name].to_numpy()
        levels = np.unique(values)
        if len(levels) == 2:
            for level in levels:
                at = y[values == level]
                if at.min() == at.max():
                    found[name] = float(level)
                    break
    return found


def refuse_perfect(x: pd.DataFrame, y: np.ndarray) -> None:
    """Refuse a term that predicts the outcome perfectly at one of its two values.

    Raises
    ------
    InputError
        Naming the term and the value.
    """
    for name, level in perfect_predictors(x, y).items():
        outcome = y[x[name].to_numpy() == level][0]
        raise InputError(
            f"the outcome is {outcome:g} wherever {name} is {level:g}",
            "terms without separation: leave the term or these rows out",
            column=name,
        )


def expand_dummies(
    frame: pd.DataFrame,
    outcome: str,
    terms: list[str],
    column: str | None,
    complete_on: list[str],
    *,
    varying: bool,
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Indicators of a column's levels, the first left out.

    Returns
    -------
    frame, names, notes
        The table with indicator columns ``<column>=<level>``, their names, and what was left out.
    """
    if column is None:
        return frame, [], []
    if column not in frame.columns:
        raise InputError(
            "no such column", one_of(column, frame.columns, "the column of the indicators:"), column=column
        )
    needed = list(dict.fromkeys([outcome, *terms, column, *complete_on]))
    rows = frame[frame[needed].replace([np.inf, -np.inf], np.nan).notna().all(axis=1)]
    notes = list(left_out(len(frame) - len(rows)))
    if varying:
        spread = rows.groupby(column)[outcome].nunique()
        flat = spread.index[spread < 2]
        if len(flat):
            gone = rows[column].isin(flat)
            notes.append(
                f"{int(gone.sum())} rows left out: {outcome} never varies in {column} "
                + ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in flat)
            )
            rows = rows[~gone]
    levels = sorted(rows[column].unique())[1:]
    names = [f"{column}={v:g}" if isinstance(v, float) else f"{column}={v}" for v in levels]
    indicators = {n: (rows[column] == v).astype(float) for n, v in zip(names, levels, strict=True)}
    return pd.concat([rows, pd.DataFrame(indicators, index=rows.index)], axis=1), names, notes


def logit_design(asked: Regression, dummies: str | None) -> tuple[StudyDesign, list[str]]:
    """The design of a logit whose likelihood has a maximum, indicators of a column included, and what was left out.

    Raises
    ------
    InputError
        An outcome that is not 0 and 1, collinear terms, or terms that separate the outcomes.
    """
    frame, extra, notes = expand_dummies(
        asked.frame, asked.outcome, asked.terms, dummies, asked.complete_on, varying=True
    )
    laid = design(
        frame, asked.outcome, [*asked.terms, *extra], groups=asked.groups, complete_on=asked.complete_on
    )
    binary(laid.y, asked.outcome)
    refuse_collinear(laid.x)
    refuse_perfect(laid.x, laid.y)
    refuse_separation(laid.x, laid.y)
    return laid, notes


def quiet_fit(model: Any, engine: str, *, judged: bool = True, **options: Any) -> Any:
    """Fit, turning non-convergence into one clear error.

    Warnings of separation are not heeded: they come when fitted values happen to reach the outcomes at some
    step. Whether terms separate is found from the rows (``workflows.published.engines._separation``).

    Parameters
    ----------
    judged : bool
        Whether the library's own word on convergence counts.

    Raises
    ------
    InputError
    """
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = model.fit(**options)
        except (PerfectSeparationError, np.linalg.LinAlgError) as error:
            raise InputError(
                f"{engine}: {error}", "a model whose maximum exists: rescale or drop terms"
            ) from None
    if not judged:
        return result
    converged = getattr(result, "mle_retvals", None) or {}
    if not converged.get("converged", getattr(result, "converged", True)):
        raise InputError(f"{engine} did not converge", "a model that converges: rescale or drop terms")
    return result


def likelihood_statistics(log_likelihood: float, parameters: int, n: int) -> dict[str, float]:
    """Log-likelihood, AIC and BIC."""
    return {
        "log_likelihood": log_likelihood,
        "aic": 2 * parameters - 2 * log_likelihood,
        "bic": float(np.log(n)) * parameters - 2 * log_likelihood,
    }


def cluster_count(asked: Regression, groups: pd.DataFrame) -> int:
    """Clusters among the rows used, 0 where errors are not clustered."""
    return groups[asked.cluster].nunique() if asked.errors == "clustered" and asked.cluster else 0


def clusters_of_units(asked: Regression, groups: pd.DataFrame, codes: np.ndarray) -> pd.Series | None:
    """The cluster of each unit, in the order of `codes` (row,); None where there is no cluster.

    Raises
    ------
    InputError
        Where errors are clustered and a unit has rows in several clusters.
    """
    if not asked.cluster:
        return None
    by_unit = groups.groupby(codes)[asked.cluster]
    if asked.errors == "clustered" and by_unit.nunique().max() > 1:
        raise InputError(
            f"{asked.cluster} changes within {asked.unit}",
            f"clusters that contain whole {asked.unit}s",
            column=asked.cluster,
        )
    return by_unit.first()


def fitted(
    engine: str,
    asked: Regression,
    laid: StudyDesign,
    estimates: np.ndarray,
    covariance: np.ndarray,
    statistics: dict[str, float],
    notes: Iterable[str],
    *,
    back: np.ndarray | None = None,
    names: Sequence[str] = (),
    df: float | None = None,
) -> FrequentistFit:
    """What an engine found, in the form that all share.

    Parameters
    ----------
    estimates, covariance : ndarray, shape (terms,), (terms, terms)
    back : ndarray, shape (terms, terms), optional
        Turns both into those of the terms, where they are of rotated columns; see `models.rotation.Rotation`.
    names : sequence of str
        Of the estimates; the columns of the design by default.
    df : float, optional
        As in `workflows.published.frequentist.tidy`.
    """
    if back is not None:
        estimates, covariance = back @ estimates, back @ covariance @ back.T
    table, labelled = tidy(names or list(laid.x.columns), estimates, covariance, asked.level, df)
    units = laid.groups[asked.unit].nunique() if asked.unit else 0
    clusters = cluster_count(asked, laid.groups)
    return FrequentistFit(
        engine,
        asked.errors,
        table,
        labelled,
        len(laid.y),
        units,
        statistics,
        tuple(notes),
        clusters=clusters,
    )


def with_both_outcomes(rows: pd.DataFrame, outcome: str, columns: list[str]) -> pd.DataFrame:
    """Rows whose value of every column has both a yes and a no, until nothing more falls away.

    A unit that always or never says yes tells a conditional logit nothing, and once it is gone a year may be
    left without variation too.
    """
    while True:
        before = len(rows)
        for column in columns:
            rows = rows.loc[rows.groupby(column)[outcome].transform("nunique") > 1]
        if len(rows) == before:
            return rows


def left_out(count: int) -> tuple[str, ...]:
    """A note on rows left out, none where there are none."""
    return (f"{count} row{'s' * (count > 1)} left out for missing values",) if count else ()
