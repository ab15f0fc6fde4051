"""Penalised fits: a likelihood with known designs, its mode by Newton's method, its covariance by the sandwich.

What a joint posterior says of one operation is checked against a fit that borrows nothing from the others. Such a
fit must cost no compiler and no sampler, whatever the likelihood: a row's density depends on the row's own predictors
and on a few dispersions, so that its gradient, and differences of that, give all second derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from models.row_density import STEP, RowDensity

ITERATIONS = 100
#: Newton's decrement, in units of the log density, below which a mode counts as found.
FOUND = 1e-8


@dataclass(frozen=True)
class PenalisedDesign:
    """Columns of one part's predictor, with a normal prior of each coefficient.

    Attributes
    ----------
    names : tuple of str
    columns : ndarray, shape (row, column)
    centre, sd : ndarray, shape (column,)
    """

    names: tuple[str, ...]
    columns: np.ndarray
    centre: np.ndarray
    sd: np.ndarray


@dataclass(frozen=True)
class Penalised:
    """A penalised fit.

    Attributes
    ----------
    density : RowDensity
    designs : mapping of part to PenalisedDesign
    estimate : ndarray, shape (parameter,)
        Coefficients, part after part, then dispersions on their unconstrained scale.
    covariance : ndarray, shape (parameter, parameter)
    converged : bool
        Whether Newton's method found a mode.
    """

    density: RowDensity
    designs: Mapping[str, PenalisedDesign]
    estimate: np.ndarray
    covariance: np.ndarray
    converged: bool

    def coefficients(self) -> list[tuple[str, str, float, float]]:
        """Part, column, estimate and standard error of each coefficient."""
        names = [(part, name) for part, design in self.designs.items() for name in design.names]
        errors = np.sqrt(np.diag(self.covariance))
        return [(*name, *pair) for name, *pair in zip(names, self.estimate, errors, strict=False)]

    def draws(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draw parameters from the normal approximation, shape (draw, parameter)."""
        # Errors of shares and of logarithms of counts differ by orders of magnitude: draw on one scale.
        errors = np.sqrt(np.maximum(np.diag(self.covariance), 1e-300))
        size, axes = np.linalg.eigh(self.covariance / np.outer(errors, errors))
        standard = rng.standard_normal((count, len(errors))) * np.sqrt(np.maximum(size, 0.0))
        return self.estimate + errors * (standard @ axes.T)

    def split(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Predictors and dispersions of parameters, shape (parameter,) or (draw, parameter).

        Returns
        -------
        ndarray of shape (part, row) or (part, draw, row), ndarray of shape (dispersion,) or (dispersion, draw)
        """
        return _split(list(self.designs.values()), values)


def _split(designs: list[PenalisedDesign], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ends = np.cumsum([design.columns.shape[1] for design in designs])
    pieces = np.split(values, ends, axis=-1)
    return np.array([b @ d.columns.T for d, b in zip(designs, pieces, strict=False)]), pieces[-1].T


def penalised_fit(
    density: RowDensity, designs: Mapping[str, PenalisedDesign], cluster: np.ndarray
) -> Penalised:
    """Find the mode of likelihood times priors, and its covariance, robust to rows that repeat each other.

    Parameters
    ----------
    density : RowDensity
    designs : mapping of part to PenalisedDesign
    cluster : ndarray, shape (row,)
        Rows of one cluster may depend on each other in any way.

    Notes
    -----
    With A the negative Hessian of the log posterior, P the priors' part of it and s the score of a cluster's rows,
    the covariance is ``A^-1 (G / (G - 1) sum s s' + P) A^-1``, G clusters (Liang & Zeger 1986; P keeps what data do
    not inform as wide as its prior). With well specified, independent rows it is Laplace's ``A^-1``.
    """
    parts = [designs[part] for part in density.parts]
    phi = density.start
    values = np.concatenate([*(design.centre for design in parts), phi])
    problem = _Problem(density, parts)
    current, gradient, curvature = problem.at(values)
    converged = False
    for _ in range(ITERATIONS):
        step = _ascent(curvature, gradient)
        if not np.isfinite(step).all():
            break
        decrement = float(gradient @ step)
        if decrement < FOUND:
            converged = True
            break
        length = 1.0
        while length > 1e-10:
            moved = values + length * step
            reached = problem.value(moved)
            if np.isfinite(reached) and reached >= current + 1e-4 * length * decrement:
                break
            length /= 2
        else:
            # No way up from here: a mode as far as double precision can tell, or none.
            converged = decrement < 1e-4
            break
        values = moved
        current, gradient, curvature = problem.at(values)
    return Penalised(density, dict(designs), values, problem.sandwich(values, curvature, cluster), converged)


class _Problem:
    """The log posterior of a penalised fit, with its derivatives."""

    def __init__(self, density: RowDensity, designs: list[PenalisedDesign]) -> None:
        self.density, self.designs = density, designs
        free = np.zeros(len(density.start))
        self.centre = np.concatenate([*(d.centre for d in designs), free])
        self.precision = np.concatenate([*(d.sd**-2.0 for d in designs), free])

    def _penalty(self, values: np.ndarray, phi: np.ndarray) -> float:
        return self.density.prior(phi)[0] - 0.5 * float(self.precision @ (values - self.centre) ** 2)

    def value(self, values: np.ndarray) -> float:
        """Log posterior density, up to a constant."""
        eta, phi = _split(self.designs, values)
        with np.errstate(all="ignore"):
            return float(self.density.rows(eta, phi)[0].sum()) + self._penalty(values, phi)

    def at(self, values: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Log posterior density, gradient and negative Hessian."""
        eta, phi = _split(self.designs, values)
        with np.errstate(all="ignore"):
            rows, of_eta, of_phi = self.density.rows(eta, phi)
            hessian = self._hessian(eta, phi)
        gradient = self._gradient(of_eta, of_phi, phi) - self.precision * (values - self.centre)
        value = float(rows.sum()) + self._penalty(values, phi)
        return value, gradient, np.diag(self.precision) - hessian

    def _gradient(self, of_eta: np.ndarray, of_phi: np.ndarray, phi: np.ndarray) -> np.ndarray:
        """Gradient of the log density and of the dispersions' prior, shape (parameter,), from that of the rows."""
        columns = [d.columns.T @ g for d, g in zip(self.designs, of_eta, strict=True)]
        return np.concatenate([*columns, of_phi + self.density.prior(phi)[1]])

    def _hessian(self, eta: np.ndarray, phi: np.ndarray) -> np.ndarray:
        """Second derivatives of the log density and of the dispersions' prior; rows depend on their own predictors."""
        blocks = []
        for q, second in enumerate(self.designs):
            each = _slope(lambda moved: self.density.rows(moved, phi)[1], eta, q, self.density.step)
            of_parts = zip(self.designs, each, strict=True)
            blocks.append(np.vstack([d.columns.T @ (g[:, None] * second.columns) for d, g in of_parts]))
        wide = np.hstack(blocks)
        count = wide.shape[0]
        out = np.zeros((count + len(phi),) * 2)
        out[:count, :count] = wide
        for j in range(len(phi)):
            out[:, count + j] = _slope(
                lambda p: self._gradient(*self.density.rows(eta, p)[1:], p), phi, j, STEP
            )
        # Rows for dispersions follow from symmetry.
        out[count:, :count] = out[:count, count:].T
        return 0.5 * (out + out.T)

    def sandwich(self, values: np.ndarray, curvature: np.ndarray, cluster: np.ndarray) -> np.ndarray:
        """Covariance of the parameters; see `penalised_fit`."""
        eta, phi = _split(self.designs, values)
        with np.errstate(all="ignore"):
            of_eta = self.density.rows(eta, phi)[1]
            scores = [d.columns * g[:, None] for d, g in zip(self.designs, of_eta, strict=True)]
            for j in range(len(phi)):
                scores.append(_slope(lambda moved: self.density.rows(eta, moved)[0], phi, j, STEP)[:, None])
        names, member = np.unique(cluster, return_inverse=True)
        of_cluster = np.zeros((len(names), len(values)))
        np.add.at(of_cluster, member, np.hstack(scores))
        groups = len(names)
        middle = of_cluster.T @ of_cluster * (groups / max(groups - 1, 1)) + np.diag(self.precision)
        if len(phi):
            middle[-len(phi) :, -len(phi) :] += self._prior_curvature(phi)
        inverse = _inverse(curvature)
        covariance = inverse @ middle @ inverse
        return 0.5 * (covariance + covariance.T)

    def _prior_curvature(self, phi: np.ndarray) -> np.ndarray:
        """Negative Hessian of the dispersions' log prior, no less than zero."""
        each = [_slope(lambda moved: self.density.prior(moved)[1], phi, j, STEP) for j in range(len(phi))]
        curvature = -np.array(each)
        size, axes = np.linalg.eigh(0.5 * (curvature + curvature.T))
        return (axes * np.maximum(size, 0.0)) @ axes.T


def _slope(function: Callable[[np.ndarray], np.ndarray], at: np.ndarray, k: int, step: float) -> np.ndarray:
    """Central difference of a function as entry `k` along the first axis of its argument moves."""
    up, down = at.copy(), at.copy()
    up[k] += step
    down[k] -= step
    return (function(up) - function(down)) / (2 * step)


def _eigen(curvature: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scales that bring parameters, such as shares and log odds, to one; in these, axes and sizes, made positive."""
    scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(curvature)), 1e-12))
    size, axes = np.linalg.eigh(curvature * np.outer(scale, scale))
    return scale, np.maximum(np.abs(size), 1e-10 * max(float(np.abs(size).max()), 1.0)), axes


def _ascent(curvature: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Newton's step, uphill even where the log density is not concave."""
    if not (np.isfinite(curvature).all() and np.isfinite(gradient).all()):
        return np.full_like(gradient, np.nan)
    scale, size, axes = _eigen(curvature)
    return scale * (axes @ ((axes.T @ (scale * gradient)) / size))


def _inverse(curvature: np.ndarray) -> np.ndarray:
    if not np.isfinite(curvature).all():
        return np.full_like(curvature, np.nan)
    scale, size, axes = _eigen(curvature)
    return np.outer(scale, scale) * ((axes / size) @ axes.T)
