"""Unrealized alliance potential: similarity that the depth of an alliance does not match.

Depth is constant within a set of treaties in force, so a panel of thousands of rows
has few distinct depths; both operationalisations are affine in that short vector.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytensor.tensor as pt
from pytensor.tensor.linalg import solve
from pytensor.tensor.variable import TensorVariable

from models.predictor.rowwise import Lookup, Rowwise, product, rowwise
from models.spec import PotentialSpec


@dataclass(frozen=True)
class Rows:
    """Where each row's potential comes from.

    Attributes
    ----------
    similarity : ndarray or tensor, shape (row,)
        Similarity with the leader, 0 to 1; a tensor where it is latent.
    treaty_set : ndarray of int, shape (row,)
        Index of the row's set of treaties in force.
    dyad_year : ndarray of int, shape (row,)
        Index of the row's (state, leader, year); rows of two operations can share one.
    observed : ndarray, shape (row,), optional
        Observed similarity, where `similarity` is latent: it fixes the knots of a spline.
    """

    similarity: np.ndarray | TensorVariable
    treaty_set: np.ndarray
    dyad_year: np.ndarray
    observed: np.ndarray | None = None


def similarity_basis(
    similarity: np.ndarray, spec: PotentialSpec, observed: np.ndarray | None = None
) -> np.ndarray:
    """Return an orthonormal basis of functions of similarity, shape (dyad_year, column).

    Columns span the constant and, by the spec, a straight line or a natural cubic spline, whose knots `observed`
    fixes where `similarity` is not what was observed.

    Raises
    ------
    ValueError
        If similarity does not vary enough to carry the basis.
    """
    from formulaic import model_matrix  # half a second that only `residual` needs

    formula = "similarity" if spec.basis == "linear" else f"cr(similarity, df={spec.knots})"
    columns = model_matrix(f"1 + {formula}", pd.DataFrame({"similarity": similarity}))
    if observed is not None:
        fixed = model_matrix(f"1 + {formula}", pd.DataFrame({"similarity": observed}))
        columns = model_matrix(fixed, pd.DataFrame({"similarity": similarity}))
    columns = columns.to_numpy(float)
    # The spline's columns sum to the constant: keep a basis of what they span.
    left, singular, _ = np.linalg.svd(columns, full_matrices=False)
    basis = left[:, singular > singular[0] * 1e-9]
    if basis.shape[1] < 2:
        raise ValueError("similarity is constant over the dyad-years: residual potential is not defined")
    return basis


def knots(similarity: np.ndarray, spec: PotentialSpec) -> np.ndarray:
    """Knots of the spline, shape (knot,): the extremes and quantiles of the distinct values, as formulaic's ``cr``."""
    return np.quantile(np.unique(similarity), np.linspace(0, 1, spec.knots))


def latent_basis(similarity: TensorVariable, observed: np.ndarray, spec: PotentialSpec) -> TensorVariable:
    """The functions that `similarity_basis` spans, at a latent similarity, shape (dyad_year, column).

    Parameters
    ----------
    similarity : tensor, shape (dyad_year,)
    observed : ndarray, shape (dyad_year,)
        Fixes the knots, and the scale of the columns: at this similarity they are orthonormal.
    spec : PotentialSpec

    Raises
    ------
    ValueError
        If observed similarity does not vary.

    Notes
    -----
    A natural cubic spline by truncated powers (Hastie, Tibshirani & Friedman 2009, eq. 5.4-5.5); beyond the
    outer knots it is a straight line.
    """
    similarity_basis(observed, spec)  # refuses a similarity that does not vary
    raw = pt.stack([pt.ones_like(similarity), similarity, *_curves(similarity, observed, spec)], axis=1)
    at_observed = np.column_stack([np.ones_like(observed), observed, *_curves(observed, observed, spec)])
    upper = np.linalg.qr(at_observed)[1]
    return raw @ np.linalg.inv(upper)


def _curves(x: Any, observed: np.ndarray, spec: PotentialSpec) -> list[Any]:
    """The columns of a natural cubic spline beside constant and line, arrays or tensors as `x` is."""
    if spec.basis == "linear":
        return []
    at = knots(observed, spec)

    def bend(k: int) -> Any:
        cubes = [(((x - at[j]) + abs(x - at[j])) / 2) ** 3 for j in (k, len(at) - 1)]
        return (cubes[0] - cubes[1]) / (at[-1] - at[k])

    last = bend(len(at) - 2)
    return [bend(k) - last for k in range(len(at) - 2)]


def potential(depth_of_set: TensorVariable, rows: Rows, spec: PotentialSpec) -> Rowwise:
    """Unrealized potential of each row, a sum over terms of shape (row,).

    Parameters
    ----------
    depth_of_set : tensor, shape (treaty_set,)
        Depth on the declared [0, 1] scale.
    rows : Rows
    spec : PotentialSpec

    Notes
    -----
    `difference` is ``S - D``, as coded by Gannon & Kent (2021). `residual` is
    ``-(I - H_S) D``: the residual-maker of a fixed basis in S over the distinct
    dyad-years, applied to depth, so that expected and actual depth come from one draw.
    """
    if spec.kind == "difference":
        return rowwise(rows.similarity).plus(Lookup(-depth_of_set, rows.treaty_set))
    first = np.unique(rows.dyad_year, return_index=True)[1]
    if not isinstance(rows.similarity, np.ndarray):
        columns = latent_basis(rows.similarity[first], np.asarray(rows.observed, float)[first], spec)
        depth = depth_of_set[rows.treaty_set[first]]
        fitted = columns @ solve(columns.T @ columns, columns.T @ depth, assume_a="pos")
        return Rowwise(Lookup(fitted - depth, rows.dyad_year))
    basis = similarity_basis(rows.similarity[first], spec)
    member = np.zeros((first.size, int(rows.treaty_set.max()) + 1))
    member[np.arange(first.size), rows.treaty_set[first]] = 1.0
    residual_maker = member - basis @ (basis.T @ member)
    return Rowwise(Lookup(-product(residual_maker, depth_of_set), rows.dyad_year))
