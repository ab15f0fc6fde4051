"""Models of a yes or no: logit, conditional logit and population-averaged logit (all statsmodels)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from data.errors import InputError
from workflows.design import design, refuse_collinear, refuse_vanishing, within
from workflows.engines.covariance import likelihood_covariance
from workflows.frequentist import Fit, tidy

STRUCTURES = ("independence", "exchangeable", "autoregressive")


def logit(
    frame: pd.DataFrame,
    outcome: str,
    terms: list[str],
    *,
    errors: str,
    unit: str | None,
    cluster: str | None,
    complete_on: list[str],
    level: float,
    dummies: str | None = None,
) -> Fit:
    """Logit by maximum likelihood; parameters as in ``workflows.frequentist.estimate``.

    Parameters
    ----------
    dummies : str, optional
        A column (year, say) whose levels enter as indicators, the first left out. Levels in which the outcome
        never varies predict it perfectly: their rows are left out and counted in the notes, as Stata does.
    """
    from statsmodels.discrete.discrete_model import Logit

    frame, extra, notes = expand_dummies(frame, outcome, terms, dummies, complete_on, varying=True)
    groups = [g for g in (unit, cluster) if g]
    laid = design(frame, outcome, [*terms, *extra], groups=groups, complete_on=complete_on)
    binary(laid.y, outcome)
    refuse_collinear(laid.x)
    model = Logit(laid.y, laid.x)
    result = quiet_fit(model, "logit", method="newton", maxiter=100, disp=0)
    params = np.asarray(result.params)
    covariance = likelihood_covariance(
        model.hessian(params), model.score_obs(params), errors, laid.groups[cluster] if cluster else None
    )
    table, covariance = tidy(list(laid.x.columns), params, covariance, level, None)
    return Fit(
        "logit",
        errors,
        table,
        covariance,
        len(laid.y),
        laid.groups[unit].nunique() if unit else 0,
        likelihood_statistics(float(result.llf), len(params), len(laid.y)),
        (*notes, *left_out(laid.left_out)),
    )


def fixed_effects_logit(
    frame: pd.DataFrame,
    outcome: str,
    terms: list[str],
    *,
    errors: str,
    unit: str | None,
    cluster: str | None,
    complete_on: list[str],
    level: float,
) -> Fit:
    """Logit conditional on each unit's number of successes (Chamberlain).

    Units in which the outcome never varies carry no information: they are left out and counted in the notes.
    Clustered errors ask for clusters that contain whole units; robust ones cluster by unit.
    """
    from statsmodels.discrete.conditional_models import ConditionalLogit

    if unit is None:
        raise InputError("no unit", "the column whose effects are conditioned on", column="unit")
    groups = list(dict.fromkeys([unit, *([cluster] if cluster else [])]))
    laid = design(frame, outcome, terms, constant=False, groups=groups, complete_on=complete_on)
    binary(laid.y, outcome)
    spread = pd.Series(laid.y).groupby(laid.groups[unit].to_numpy()).transform("nunique")
    keep = (spread > 1).to_numpy()
    if not keep.any():
        raise InputError(
            f"no {unit} in which {outcome} varies", "some units with both outcomes", column=outcome
        )
    x, y, grouping = laid.x[keep], laid.y[keep], laid.groups[keep]
    dropped = laid.groups[unit].nunique() - grouping[unit].nunique()
    refuse_vanishing(x, grouping[unit], unit)
    refuse_collinear(within(x, grouping[unit]))
    codes = pd.factorize(grouping[unit])[0]
    model = ConditionalLogit(y, x.to_numpy(), groups=codes)
    result = quiet_fit(model, "fixed_effects_logit", method="BFGS", maxiter=500, gtol=1e-9)
    params = _polish(model, np.asarray(result.params))
    hessian = _derivative(model.score, params)
    scores = np.stack([model.score_grp(g, params) for g in range(model._n_groups)])
    by_unit = grouping.groupby(codes).first()
    if errors == "clustered" and cluster and grouping.groupby(codes)[cluster].nunique().max() > 1:
        raise InputError(
            f"{cluster} changes within {unit}", f"clusters that contain whole {unit}s", column=cluster
        )
    covariance = likelihood_covariance(
        (hessian + hessian.T) / 2, scores, errors, by_unit[cluster] if cluster else None
    )
    table, covariance = tidy(list(x.columns), params, covariance, level, None)
    notes = list(left_out(laid.left_out))
    if dropped:
        notes.append(f"{dropped} units ({int((~keep).sum())} rows) without variation in the outcome left out")
    statistics = likelihood_statistics(float(model.loglike(params)), len(params), len(y))
    return Fit(
        "fixed_effects_logit", errors, table, covariance, len(y), len(by_unit), statistics, tuple(notes)
    )


def gee(
    frame: pd.DataFrame,
    outcome: str,
    terms: list[str],
    *,
    errors: str,
    unit: str | None,
    cluster: str | None,
    complete_on: list[str],
    level: float,
    structure: str = "exchangeable",
    time: str | None = None,
) -> Fit:
    """Population-averaged logit by generalised estimating equations.

    Parameters
    ----------
    structure : {"independence", "exchangeable", "autoregressive"}
        Working correlation within units; the last is AR(1) over ``time``, a whole number.
    time : str, optional
        The column of times, for AR(1).

    Notes
    -----
    No likelihood, so no likelihood statistics. ``classical`` errors trust the working correlation; ``robust``
    and ``clustered`` are the empirical ones by unit, without a small-sample factor.
    """
    from statsmodels.genmod.cov_struct import Autoregressive, Exchangeable, Independence
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_estimating_equations import GEE

    if unit is None:
        raise InputError("no unit", "the column of units that are correlated within", column="unit")
    if structure not in STRUCTURES:
        raise InputError(f"structure {structure!r}", f"one of {', '.join(STRUCTURES)}", column="structure")
    if cluster not in (None, unit):
        raise InputError(
            f"clusters by {cluster}", f"clusters by the units of the working correlation, {unit}"
        )
    if structure == "autoregressive" and time is None:
        raise InputError("no time", "the column of times of an autoregressive correlation", column="time")
    laid = design(frame, outcome, terms, groups=[unit, *([time] if time else [])], complete_on=complete_on)
    binary(laid.y, outcome)
    refuse_collinear(laid.x)
    kinds: dict[str, Any] = {
        "independence": Independence,
        "exchangeable": Exchangeable,
        "autoregressive": lambda: Autoregressive(grid=True),
    }
    times = laid.groups[time].to_numpy(float) if time else None
    order = np.lexsort((times if times is not None else np.arange(len(laid.y)), laid.groups[unit].to_numpy()))
    model = GEE(
        laid.y[order],
        laid.x.iloc[order],
        groups=pd.factorize(laid.groups[unit].iloc[order])[0],
        time=None if times is None else times[order],
        family=Binomial(),
        cov_struct=kinds[structure](),
    )
    result = quiet_fit(
        model, "gee", maxiter=500, ctol=1e-10, cov_type="naive" if errors == "classical" else "robust"
    )
    table, covariance = tidy(
        list(laid.x.columns), np.asarray(result.params), np.asarray(result.cov_params()), level, None
    )
    correlation = (
        {}
        if structure == "independence"
        else {"correlation": float(np.ravel(model.cov_struct.dep_params)[0])}
    )
    notes = (f"working correlation: {structure}", *left_out(laid.left_out))
    return Fit("gee", errors, table, covariance, len(laid.y), laid.groups[unit].nunique(), correlation, notes)


def binary(values: np.ndarray, name: str) -> None:
    """Refuse an outcome that is not 0 and 1, or is always the same.

    Raises
    ------
    InputError
    """
    if not np.isin(values, (0.0, 1.0)).all():
        bad = values[~np.isin(values, (0.0, 1.0))][0]
        raise InputError(f"{bad:g}", "0 or 1", column=name)
    if values.min() == values.max():
        raise InputError(f"{name} is {values[0]:g} in every row", "both 0 and 1", column=name)


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
        raise InputError("no such column", "the column of the indicators", column=column)
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


def quiet_fit(model: Any, engine: str, **options: Any) -> Any:
    """Fit, turning separation and non-convergence into one clear error.

    Raises
    ------
    InputError
    """
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = model.fit(**options)
        except (PerfectSeparationError, np.linalg.LinAlgError) as error:
            raise InputError(
                f"{engine}: {error}", "a model whose maximum exists: check for separation"
            ) from None
    said = [str(w.message) for w in caught]
    if any("separation" in text.lower() for text in said):
        raise InputError(f"{engine}: the terms predict the outcome perfectly", "terms without separation")
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


def left_out(count: int) -> tuple[str, ...]:
    """A note on rows left out, none where there are none."""
    return (f"{count} rows left out for missing values",) if count else ()


def _polish(model: Any, params: np.ndarray, steps: int = 20) -> np.ndarray:
    """Newton steps from BFGS's answer: its stopping rule leaves errors of 1e-5 in flat directions."""
    for _ in range(steps):
        step = np.linalg.solve(_derivative(model.score, params), model.score(params))
        params = params - step
        if np.abs(step).max() < 1e-10:
            break
    return params


def _derivative(score: Any, params: np.ndarray) -> np.ndarray:
    from statsmodels.tools.numdiff import approx_fprime

    return np.asarray(approx_fprime(params, score, centered=True))
