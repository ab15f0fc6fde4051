"""From a table to the rows and columns that an estimator sees; faults of the design said aloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.common.near import one_of

CONSTANT = "intercept"
# A column of whose norm less than this share lies outside the others' span is collinear: the tolerance of R's
# ``lm``. Year and its square, which have 2e-6 left, are not.
TOLERANCE = 1e-7


@dataclass(frozen=True)
class StudyDesign:
    """Complete rows of one model.

    Attributes
    ----------
    y : ndarray, shape (rows,)
        Outcome.
    x : DataFrame, shape (rows, terms)
        Predictors, the constant first where there is one.
    groups : DataFrame, shape (rows, names)
        Grouping columns (unit, time, cluster) of the same rows.
    left_out : int
        Rows of the table without a value in some column used.
    """

    y: np.ndarray
    x: pd.DataFrame
    groups: pd.DataFrame
    left_out: int


def design(
    frame: pd.DataFrame,
    outcome: str,
    terms: Sequence[str],
    *,
    constant: bool = True,
    groups: Sequence[str] = (),
    complete_on: Sequence[str] = (),
) -> StudyDesign:
    """Keep the complete rows and lay out the columns.

    Parameters
    ----------
    frame : DataFrame
        One row per observation.
    outcome, terms : str, sequence of str
        Columns of ``frame``.
    constant : bool
        Whether a column of ones comes first.
    groups : sequence of str
        Columns carried along (unit, time, cluster).
    complete_on : sequence of str
        Further columns that must be present though the model does not use them.

    Raises
    ------
    InputError
        An unknown column, or fewer complete rows than terms.
    """
    used = list(dict.fromkeys([outcome, *terms, *groups, *complete_on]))
    for name in used:
        if name not in frame.columns:
            raise InputError("no such column", one_of(name, frame.columns), column=name)
    rows = frame[used].replace([np.inf, -np.inf], np.nan).dropna()
    x = rows[list(terms)].astype(float)
    if constant:
        x.insert(0, CONSTANT, 1.0)
    if len(rows) <= x.shape[1]:
        raise InputError(f"{len(rows)} complete rows", f"more rows than the {x.shape[1]} terms")
    y = rows[outcome].to_numpy(float)
    return StudyDesign(y, x, rows[list(dict.fromkeys(groups))], len(frame) - len(rows))


def within(values: pd.DataFrame, unit: pd.Series) -> pd.DataFrame:
    """Deviations from each unit's own mean, same shape."""
    return values - values.groupby(unit.to_numpy()).transform("mean")


def without_effects(x: pd.DataFrame, unit: pd.Series) -> pd.DataFrame:
    """Deviations from each unit's mean, zeros where unit effects absorb a column: what they leave is rounding."""
    left = within(x, unit)
    gone = np.sqrt((left**2).sum()) < TOLERANCE * np.sqrt((x**2).sum())
    left.loc[:, gone[gone].index] = 0.0
    return left


def refuse_vanishing(x: pd.DataFrame, unit: pd.Series, name: str) -> None:
    """Refuse a term that is constant within every unit: unit effects absorb it whole.

    Raises
    ------
    InputError
        Naming the terms.
    """
    gone = list(x.columns[(without_effects(x, unit) == 0).all()])
    if gone:
        raise InputError(
            f"{', '.join(gone)} constant within every {name} of the {len(x)} rows",
            f"terms that vary within {name}: its effects absorb the others",
            column=gone[0],
        )


def refuse_collinear(x: pd.DataFrame) -> None:
    """Refuse a design in which one column is a combination of the others.

    Raises
    ------
    InputError
        Naming the first such column and those that it is made of.
    """
    for name, made_of in collinear(x).items():
        if not made_of:
            raise InputError(f"{name} is zero in every row", "a term that varies", column=name)
        raise InputError(
            f"{name} is an exact combination of {', '.join(made_of)}",
            "terms that are not collinear: leave one of them out",
            column=name,
        )


def collinear(x: pd.DataFrame) -> dict[str, list[str]]:
    """Columns that the columns before them determine, and those that each is made of.

    An empty list stands for a column of zeros. As in R's ``lm``, a column counts as determined if less than
    ``TOLERANCE`` of its norm is left once the columns kept before it are projected out.
    """
    scale = np.sqrt((x**2).sum())
    kept: list[str] = []
    basis = np.empty((len(x), 0))
    found: dict[str, list[str]] = {}
    for name in x.columns:
        if not scale[name]:
            found[name] = []
            continue
        unit = x[name].to_numpy() / float(scale[name])
        # Projected out twice: once leaves rounding errors that are large beside what is left.
        rest = unit - basis @ (basis.T @ unit)
        rest = rest - basis @ (basis.T @ rest)
        left = float(np.linalg.norm(rest))
        if left < TOLERANCE:
            others = (x[kept] / scale[kept]).to_numpy()
            weights, *_ = np.linalg.lstsq(others, unit, rcond=None)
            made_of = [k for k, w in zip(kept, weights, strict=True) if abs(w) > 1e-6]
            found[name] = made_of or ["the other terms"]
            continue
        kept.append(name)
        basis = np.column_stack([basis, rest / left])
    return found


def variance_inflation(x: pd.DataFrame) -> pd.Series:
    """How much each term's variance grows as the others predict it: ``1 / (1 - R2)``, without the constant.

    Parameters
    ----------
    x : DataFrame, shape (rows, terms)
        Predictors without missing values.
    """
    terms = x.drop(columns=[CONSTANT], errors="ignore")
    correlation = np.corrcoef(terms.to_numpy(float), rowvar=False)
    return pd.Series(np.diag(np.linalg.inv(np.atleast_2d(correlation))), index=terms.columns, name="vif")
