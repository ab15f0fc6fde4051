"""Whether terms separate yes from no, found from the rows alone: the likelihood of a logit then has no maximum.

A maximum exists unless some combination of the terms is nowhere on the wrong side of a row's outcome and
somewhere on the right one (Albert and Anderson 1984). Whether there is one is a linear program (Konis 2007), so
the answer does not hang on how far an optimiser walked before its arithmetic gave out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from data.common.errors import InputError
from models.rotation import Rotation
from workflows.published.design import CONSTANT, within

# Rotated columns have a mean square of one, so that a separating combination of largest weight 1 has a margin of
# at least 1 in some row, and no combination has any where there is none: half way between is far from both.
MARGIN = 0.5
PART = 1e-6  # of the largest weight: below it a term has no part in a combination


def separation(x: pd.DataFrame, y: np.ndarray, unit: pd.Series | None = None) -> tuple[str, ...] | None:
    """The terms of a combination that separates the outcomes, a single term where one does.

    Parameters
    ----------
    x : DataFrame, shape (rows, terms)
        The design, with its constant where there is one, its columns not collinear.
    y : ndarray, shape (rows,)
        0 and 1.
    unit : Series, shape (rows,), optional
        Each unit may have a threshold of its own (the conditional logit, or one with unit effects); its units
        have both outcomes.

    Returns
    -------
    tuple of str or None
        None where nothing separates and the likelihood has a maximum. Rows may lie on the border (quasi-complete
        separation): there is no maximum then either.
    """
    sign = np.where(y > 0.5, 1.0, -1.0)
    codes = np.zeros(len(y), int) if unit is None else pd.factorize(unit)[0]
    moved = x if unit is None else within(x, unit)
    rotation = Rotation.of(moved.to_numpy(float))
    columns = sparse.csr_array(sign[:, None] * rotation.columns)
    bounds = [(-1.0, 1.0)] * x.shape[1]
    if unit is not None:
        own = sparse.csr_array((sign, (np.arange(len(y)), codes)))
        columns = sparse.hstack([columns, own], format="csr")
        bounds += [(None, None)] * own.shape[1]
    found = linprog(
        -np.asarray(columns.sum(axis=0)).ravel(),
        A_ub=-columns,
        b_ub=np.zeros(len(y)),
        bounds=bounds,
        method="highs-ds",
    )
    if found.status != 0:
        return None
    margins = columns @ found.x
    if margins.max() < MARGIN:
        return None
    for name in x.columns:
        varies = x[name].groupby(codes).nunique().max() > 1
        if varies and separates_within(x[name].to_numpy(), y, codes):
            return (str(name),)
    weights = np.abs(rotation.back @ found.x[: x.shape[1]]) * moved.std(ddof=0).to_numpy()
    parts = [
        str(name) for name, weight in zip(x.columns, weights, strict=True) if weight > PART * weights.max()
    ]
    return tuple(name for name in parts if name != CONSTANT)


def refuse_separation(x: pd.DataFrame, y: np.ndarray, unit: pd.Series | None = None) -> None:
    """Refuse terms that separate the outcomes.

    Raises
    ------
    InputError
        Naming the terms.
    """
    found = separation(x, y, unit)
    if found is None:
        return
    where = "" if unit is None else f" in every {unit.name} in which they vary"
    together = " together" if len(found) > 1 else ""
    raise InputError(
        f"{', '.join(found)}{together} {'separate' if together else 'separates'} yes from no{where}",
        "terms without separation, so that the likelihood has a maximum: leave a term or rows out",
        column=found[0],
    )


def separates_within(values: np.ndarray, y: np.ndarray, codes: np.ndarray) -> bool:
    """Whether a term orders yes and no in every unit, ties aside: its coefficient then has no maximum.

    In one direction or the other, no row with a no lies beyond one with a yes of its unit.
    """
    rows = pd.Series(values, dtype=float)
    yes, no = (rows.where(pd.Series(kind)).groupby(codes) for kind in (y > 0.5, y <= 0.5))
    # Values that were worked out in two ways are equal but for their last digits.
    same = 1e-12 * np.abs(values).max()
    return not (no.max() > yes.min() + same).any() or not (yes.max() > no.min() + same).any()
