"""About how much the rows of a panel tell: what is sampled is chosen by it, no density depends on it."""

from __future__ import annotations

import numpy as np
import pytensor.tensor as pt

from models.likelihoods import Likelihood, Outcome
from models.predictor.design import Design
from models.predictor.overlapping import Told, information
from models.predictor.varying import members
from models.spec import ContributionPriors, ContributionSpec

#: A usual standard deviation of potential, and of similarity.
USUAL_SD = 0.2


def usual_scale(name: str) -> float:
    """Default of a prior scale. No spec's own: one program serves several, and what is sampled must not differ."""
    return ContributionPriors.model_fields[name].default


def told_by(part: str, likelihood: Likelihood, count: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """About how much rows tell of their group's level, in units of a row's variance.

    Parameters
    ----------
    count, positive : ndarray or tensor, shape (group,)
        Rows of each group, and those with a positive outcome.

    Notes
    -----
    A row of a size counts one; ``n p (1 - p)`` for participation, since a row of zeros says that the odds are low,
    not how low; all rows where zeros tell as much.
    """
    if likelihood.zeros_inform:
        return count
    if part in likelihood.positive_only:
        return positive
    most = np.maximum(count, 1) if isinstance(count, np.ndarray) else pt.maximum(count, 1)
    return positive * (1 - positive / most)


def tells(
    part: str, likelihood: Likelihood, share: np.ndarray, of_row: np.ndarray, groups: int, cell: np.ndarray
) -> np.ndarray:
    """About how much each row tells of its own level, shape (row,), in units of a row's variance.

    Parameters
    ----------
    share : ndarray, shape (row,)
    of_row : ndarray of int, shape (row, most groups of a row)
        As from `models.predictor.overlapping.listed`.
    groups : int
    cell : ndarray of int, shape (row,)
        Rows that are about as likely to take part, such as those of a state in an operation.

    Notes
    -----
    One where the row says how much, as in `told_by`. Whether a state takes part tells ``p (1 - p)``, p being the
    share of contributors among the rows of its cell or of one of its groups, whichever tells least: of those without
    any, rows say that the odds are low, not how low. A cell is few rows: half a contributor and half another row are
    added to it, as in empirical logits (Cox 1970).
    """
    if likelihood.zeros_inform:
        return np.ones(len(share))
    if part in likelihood.positive_only:
        return 1.0 * (share > 0)
    inside = of_row < groups
    count = np.bincount(of_row[inside], minlength=groups)
    positive = np.bincount(of_row[inside & (share > 0)[:, None]], minlength=groups)
    p = positive / np.maximum(count, 1)
    of_groups = np.where(inside.any(1), np.append(p * (1 - p), np.inf)[of_row].min(1), 0.0)
    taking, others = _of_cells(share > 0, cell)
    p = taking / (taking + others)
    return np.minimum(of_groups, (p * (1 - p))[cell])


def _of_cells(positive: np.ndarray, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Contributors among the rows of each cell, and its other rows, half a row added to both; shape (cell,)."""
    taking = np.bincount(cell, positive)
    return taking + 0.5, np.bincount(cell) - taking + 0.5


def levels(
    part: str, likelihood: Likelihood, outcome: Outcome, operation: np.ndarray, cell: np.ndarray
) -> np.ndarray:
    """About where data put each row's predictor, shape (row,), so that little is left of it to move with a spread.

    Parameters
    ----------
    outcome : Outcome
    operation : ndarray of int, shape (row,)
    cell : ndarray of int, shape (row,)
        As for `tells`; of one operation each.

    Notes
    -----
    Of a cell's rows: log odds of taking part, and the logarithm of the mean of what those send who take part, which at
    shares as small as troops' is their log odds too. Cells are few rows: as in `tells`, half a contributor and half
    another row are added to a cell, and half a contingent of the operation's mean size. Where a predictor is on another
    scale, or its operation has no contributor: the centre of the prior of its intercept.
    """
    usual, positive = likelihood.intercept[part][0], outcome.share > 0
    taking, others = _of_cells(positive, cell)
    # A unit of one is that of log odds.
    if part in likelihood.positive_only and likelihood.unit == 1.0:
        sent = np.where(positive, outcome.troops if likelihood.outcome == "troops" else outcome.share, 0.0)
        mean = np.bincount(operation, sent) / np.maximum(np.bincount(operation, positive), 1)
        of_row = (np.bincount(cell, sent)[cell] + 0.5 * mean[operation]) / taking[cell]
        return np.where(of_row > 0, np.log(np.where(of_row > 0, of_row, 1.0)), usual)
    if part == likelihood.own_participation:
        return np.log(taking / others)[cell]
    return np.full(len(cell), usual)


def told_of(
    part: str, design: Design, spec: ContributionSpec, likelihood: Likelihood, of_row: np.ndarray, groups: int
) -> Told:
    """What the rows of a panel tell of groups of them, beside the effects of states; arguments as for `tells`."""
    tell = tells(part, likelihood, design.outcome.share, of_row, groups, design.cell)
    sd = usual_scale("state") if spec.state_effects else 0.0
    return information(tell, of_row, groups, design.state, design.states, sd)


def error_of_slopes(design: Design, likelihood: Likelihood) -> float:
    """Rough standard error of an operation's slope estimated alone, per unit of potential.

    Two over the root of its positive rows (of all rows where zeros tell as much), since the residual SD of a predictor
    is about one and rows of one state repeat each other; over a usual SD of potential. A geometric mean over
    operations. No SD of the panel at hand: what is sampled must not depend on data that one program exchanges.
    """
    share = design.outcome.share
    rows = np.ones(len(share), bool) if likelihood.zeros_inform else share > 0
    count = members(design.operation, design.operations, rows, None)
    error = float(np.exp(np.log(2.0 / np.sqrt(np.maximum(count, 4))).mean()))
    return likelihood.unit * error / USUAL_SD


def error_of_years(part: str, design: Design, likelihood: Likelihood) -> float:
    """Rough standard error of an operation-year's effect estimated alone."""
    share, years = design.outcome.share, len(design.operation_of_year)
    count = members(design.operation_year, years, np.ones(len(share), bool), None)
    positive = members(design.operation_year, years, share > 0, None)
    known = np.maximum(told_by(part, likelihood, count, positive), 1.0)
    return float(np.exp(np.log(1.0 / np.sqrt(known)).mean()))
