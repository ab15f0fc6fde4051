"""Unrealized alliance potential: similarity that the depth of an alliance does not match.

Depth is constant within a set of treaties in force, so a panel of thousands of rows
has few distinct depths; both operationalisations are affine in that short vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytensor.tensor as pt
from formulaic import model_matrix
from pytensor.tensor.variable import TensorVariable

from models.spec import PotentialSpec


@dataclass(frozen=True)
class Rows:
    """Where each row's potential comes from.

    Attributes
    ----------
    similarity : ndarray, shape (row,)
        Similarity with the leader, 0 to 1.
    treaty_set : ndarray of int, shape (row,)
        Index of the row's set of treaties in force.
    dyad_year : ndarray of int, shape (row,)
        Index of the row's (state, leader, year); rows of two operations can share one.
    """

    similarity: np.ndarray
    treaty_set: np.ndarray
    dyad_year: np.ndarray


def similarity_basis(similarity: np.ndarray, spec: PotentialSpec) -> np.ndarray:
    """Return an orthonormal basis of functions of similarity, shape (dyad_year, column).

    Columns span the constant and, by the spec, a straight line or a natural cubic spline.

    Raises
    ------
    ValueError
        If similarity does not vary enough to carry the basis.
    """
    formula = "similarity" if spec.basis == "linear" else f"cr(similarity, df={spec.knots})"
    columns = model_matrix(f"1 + {formula}", pd.DataFrame({"similarity": similarity})).to_numpy(float)
    # The spline's columns sum to the constant: keep a basis of what they span.
    left, singular, _ = np.linalg.svd(columns, full_matrices=False)
    basis = left[:, singular > singular[0] * 1e-9]
    if basis.shape[1] < 2:
        raise ValueError("similarity is constant over the dyad-years: residual potential is not defined")
    return basis


def potential(depth_of_set: TensorVariable, rows: Rows, spec: PotentialSpec) -> TensorVariable:
    """Unrealized potential of each row, shape (row,).

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
        return pt.constant(rows.similarity) - depth_of_set[rows.treaty_set]
    first = np.unique(rows.dyad_year, return_index=True)[1]
    basis = similarity_basis(rows.similarity[first], spec)
    member = np.zeros((first.size, int(rows.treaty_set.max()) + 1))
    member[np.arange(first.size), rows.treaty_set[first]] = 1.0
    residual_maker = member - basis @ (basis.T @ member)
    return -pt.dot(pt.constant(residual_maker), depth_of_set)[rows.dyad_year]
