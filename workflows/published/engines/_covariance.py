"""Covariances of maximum-likelihood estimates: model-based, robust and clustered."""

from __future__ import annotations

import numpy as np
import pandas as pd


def likelihood_covariance(
    hessian: np.ndarray, scores: np.ndarray, errors: str, clusters: pd.Series | np.ndarray | None
) -> np.ndarray:
    """Covariance of estimates that maximise a log-likelihood.

    Robust errors treat every row as its own cluster; both carry ``G/(G-1)`` and nothing else, the convention
    of Stata's maximum-likelihood commands and of R's ``sandwich::vcovCL`` for generalised linear models.

    Parameters
    ----------
    hessian : ndarray, shape (terms, terms)
        Second derivatives of the log-likelihood at the estimates.
    scores : ndarray, shape (rows, terms)
        First derivatives by row (or by group of rows).
    errors : {"classical", "robust", "clustered"}
    clusters : array, shape (rows,), optional
        Cluster of each row of ``scores``; needed for clustered errors.

    Returns
    -------
    ndarray, shape (terms, terms)
    """
    bread = np.linalg.inv(-hessian)
    if errors == "classical":
        return bread
    if errors == "clustered":
        if clusters is None:
            raise ValueError("clustered errors need clusters")
        codes = pd.factorize(np.asarray(clusters))[0]
        scores = np.stack([np.bincount(codes, weights=column) for column in scores.T], axis=1)
    groups = len(scores)
    return bread @ (scores.T @ scores) @ bread * groups / (groups - 1)
