"""Penalised fits: a likelihood with known designs, its mode by Newton's method, its covariance by the sandwich.

What a joint posterior says of one operation is checked against a fit that borrows nothing from the others. Such a
fit must cost no compiler and no sampler, whatever the likelihood: a row's density depends on the row's own predictors
and on a few dispersions, so that its gradient, and differences of that, give all second derivatives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.graph.replace import vectorize_graph

from models.likelihoods import Likelihood, Outcome

#: Python's own linker on the graph as it was written: a few dozen evaluations cost less than rewriting it.
PLAIN = Mode(linker="py", optimizer="merge")
#: Step of central differences of a gradient, in units of a predictor or of the log of a dispersion.
STEP = 1e-4
ITERATIONS = 100
#: Newton's decrement, in units of the log density, below which a mode counts as found.
FOUND = 1e-8


class RowDensity:
    """A likelihood's log density of each row, with derivatives, as a function of arrays.

    Parameters
    ----------
    likelihood : Likelihood
    priors : mapping
        Priors of its dispersions that replace the defaults, as in ``ContributionPriors.dispersion``.

    Attributes
    ----------
    parts : tuple of str
    start : ndarray, shape (dispersion,)
        Dispersions on their unconstrained scale at the prior's starting point.
    """

    def __init__(self, likelihood: Likelihood, priors: Mapping[str, Any]) -> None:
        self.likelihood, self.parts = likelihood, tuple(likelihood.parts)
        # `unit` scales predictors: a difference must be small beside the predictor's own size.
        self.step = STEP * likelihood.unit
        self._eta = eta = {part: pt.vector(part, dtype="float64") for part in self.parts}
        with pm.Model() as model:
            params = likelihood.parameters(priors)
        self._known = dict(zip(params, model.replace_rvs_by_values(list(params.values())), strict=True))
        self._values = values = model.value_vars
        self.start = np.array([float(model.initial_point()[v.name]) for v in values])
        self._inputs = [*eta.values(), *values]
        own: Any = pt.grad(model.logp(), values) if values else []
        self._prior = _function(values, [model.logp(), *own]) if values else None
        # The data last asked about, and the function made for them.
        self._rows: tuple[Outcome, Any] | None = None
        self._mean: tuple[np.ndarray, Any] | None = None

    def _rows_of(self, outcome: Outcome) -> Any:
        """Rows and gradients for an outcome, whose arrays go in as they are: a likelihood of one's own may ask NumPy."""
        if self._rows is None or self._rows[0] is not outcome:
            rows = self.likelihood.logp(outcome, self._eta, self._known)
            gradient: Any = pt.grad(rows.sum(), self._inputs, disconnected_inputs="ignore")
            self._rows = outcome, _function(self._inputs, [rows, *gradient])
        return self._rows[1]

    def _mean_of(self, armed_forces: np.ndarray) -> Any:
        """Expected outcomes, many draws at once: what Python adds to each operation would else be most of the time."""
        if self._mean is None or self._mean[0] is not armed_forces:
            mean = pt.as_tensor_variable(self.likelihood.mean(self._eta, self._known, armed_forces))
            batch = {
                v: pt.tensor(f"{v.name}_draws", dtype=v.dtype, shape=(None,) * (v.ndim + 1))
                for v in self._inputs
            }
            function = _function([*batch.values()], [vectorize_graph(mean, batch)])
            self._mean = armed_forces, function
        return self._mean[1]

    def rows(
        self, outcome: Outcome, eta: np.ndarray, phi: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Log density (row,), its gradient in predictors (part, row), and of the sum in dispersions.

        Parameters
        ----------
        outcome : Outcome
        eta : ndarray, shape (part, row)
        phi : ndarray, shape (dispersion,)
        """
        found = self._rows_of(outcome)(*eta, *phi)
        parts = len(self.parts)
        return found[0], np.array(found[1 : 1 + parts]), np.array(found[1 + parts :], float)

    def prior(self, phi: np.ndarray) -> tuple[float, np.ndarray]:
        """Log prior density of the dispersions and its gradient, on the unconstrained scale."""
        if self._prior is None:
            return 0.0, np.zeros(0)
        value, *gradient = self._prior(*phi)
        return float(value), np.array(gradient, float)

    def mean(self, armed_forces: np.ndarray, eta: np.ndarray, phi: np.ndarray) -> np.ndarray:
        """Expected outcome of each row at each of several draws, shape (draw, row).

        Parameters
        ----------
        armed_forces : ndarray, shape (row,)
        eta : ndarray, shape (part, draw, row)
        phi : ndarray, shape (dispersion, draw)
        """
        return self._mean_of(armed_forces)(*eta, *phi)[0]


def _function(inputs: list, outputs: list) -> Any:
    return pytensor.function(inputs, outputs, mode=PLAIN, on_unused_input="ignore")


@dataclass(frozen=True)
class Design:
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
    designs : mapping of part to Design
    estimate : ndarray, shape (parameter,)
        Coefficients, part after part, then dispersions on their unconstrained scale.
    covariance : ndarray, shape (parameter, parameter)
    converged : bool
        Whether Newton's method found a mode.
    """

    density: RowDensity
    designs: Mapping[str, Design]
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


def _split(designs: list[Design], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ends = np.cumsum([design.columns.shape[1] for design in designs])
    pieces = np.split(values, ends, axis=-1)
    return np.array([b @ d.columns.T for d, b in zip(designs, pieces, strict=False)]), pieces[-1].T


def penalised_fit(
    density: RowDensity, outcome: Outcome, designs: Mapping[str, Design], cluster: np.ndarray
) -> Penalised:
    """Find the mode of likelihood times priors, and its covariance, robust to rows that repeat each other.

    Parameters
    ----------
    density : RowDensity
    outcome : Outcome
        Arrays, shape (row,).
    designs : mapping of part to Design
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
    problem = _Problem(density, outcome, parts)
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

    def __init__(self, density: RowDensity, outcome: Outcome, designs: list[Design]) -> None:
        self.density, self.outcome, self.designs = density, outcome, designs
        free = np.zeros(len(density.start))
        self.centre = np.concatenate([*(d.centre for d in designs), free])
        self.precision = np.concatenate([*(d.sd**-2.0 for d in designs), free])

    def _penalty(self, values: np.ndarray, phi: np.ndarray) -> float:
        return self.density.prior(phi)[0] - 0.5 * float(self.precision @ (values - self.centre) ** 2)

    def value(self, values: np.ndarray) -> float:
        """Log posterior density, up to a constant."""
        eta, phi = _split(self.designs, values)
        with np.errstate(all="ignore"):
            return float(self.density.rows(self.outcome, eta, phi)[0].sum()) + self._penalty(values, phi)

    def at(self, values: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Log posterior density, gradient and negative Hessian."""
        eta, phi = _split(self.designs, values)
        with np.errstate(all="ignore"):
            rows, of_eta, of_phi = self.density.rows(self.outcome, eta, phi)
            gradient = np.concatenate(
                [*(d.columns.T @ g for d, g in zip(self.designs, of_eta, strict=True)), of_phi]
            )
            hessian = self._hessian(eta, phi)
        gradient[len(gradient) - len(phi) :] += self.density.prior(phi)[1]
        gradient -= self.precision * (values - self.centre)
        value = float(rows.sum()) + self._penalty(values, phi)
        return value, gradient, np.diag(self.precision) - hessian

    def _hessian(self, eta: np.ndarray, phi: np.ndarray) -> np.ndarray:
        """Second derivatives of the log density and of the dispersions' prior; rows depend on their own predictors."""
        parts, step = len(self.designs), self.density.step
        blocks: list[list[np.ndarray]] = [[] for _ in range(parts + len(phi))]
        for q, second in enumerate(self.designs):
            ends = []
            for sign in (1.0, -1.0):
                moved = eta.copy()
                moved[q] += sign * step
                ends.append(self.density.rows(self.outcome, moved, phi)[1])
            each = (ends[0] - ends[1]) / (2 * step)
            for p, first in enumerate(self.designs):
                blocks[p].append(first.columns.T @ (each[p][:, None] * second.columns))
        for j in range(len(phi)):
            ends = []
            for sign in (1.0, -1.0):
                moved = phi.copy()
                moved[j] += sign * STEP
                _, of_eta, of_phi = self.density.rows(self.outcome, eta, moved)
                columns = [d.columns.T @ g for d, g in zip(self.designs, of_eta, strict=True)]
                ends.append(np.concatenate([*columns, of_phi + self.density.prior(moved)[1]]))
            column = (ends[0] - ends[1]) / (2 * STEP)
            sizes = np.cumsum([*(d.columns.shape[1] for d in self.designs), *[1] * len(phi)])[:-1]
            for block, piece in zip(blocks, np.split(column, sizes), strict=True):
                block.append(piece[:, None])
        # Rows of blocks for dispersions follow from symmetry.
        wide = np.hstack([np.vstack([row[q] for row in blocks[:parts]]) for q in range(parts)])
        count = wide.shape[0]
        out = np.zeros((count + len(phi),) * 2)
        out[:count, :count] = wide
        for j in range(len(phi)):
            out[:, count + j] = np.concatenate([row[-len(phi) + j].ravel() for row in blocks])
        out[count:, :count] = out[:count, count:].T
        return 0.5 * (out + out.T)

    def sandwich(self, values: np.ndarray, curvature: np.ndarray, cluster: np.ndarray) -> np.ndarray:
        """Covariance of the parameters; see `penalised_fit`."""
        eta, phi = _split(self.designs, values)
        with np.errstate(all="ignore"):
            of_eta = self.density.rows(self.outcome, eta, phi)[1]
            scores = [d.columns * g[:, None] for d, g in zip(self.designs, of_eta, strict=True)]
            for j in range(len(phi)):
                up, down = phi.copy(), phi.copy()
                up[j], down[j] = up[j] + STEP, down[j] - STEP
                ends = [self.density.rows(self.outcome, eta, end)[0] for end in (up, down)]
                scores.append((ends[0] - ends[1])[:, None] / (2 * STEP))
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
        ends = [
            [self.density.prior(phi + sign * STEP * axis)[1] for sign in (1.0, -1.0)]
            for axis in np.eye(len(phi))
        ]
        curvature = -np.array([(up - down) / (2 * STEP) for up, down in ends])
        size, axes = np.linalg.eigh(0.5 * (curvature + curvature.T))
        return (axes * np.maximum(size, 0.0)) @ axes.T


def _eigen(curvature: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Axes of a symmetric matrix in scaled parameters, and its sizes along them, made positive."""
    size, axes = np.linalg.eigh(curvature)
    return np.maximum(np.abs(size), 1e-10 * max(float(np.abs(size).max()), 1.0)), axes


def _ascent(curvature: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Newton's step, uphill even where the log density is not concave."""
    if not (np.isfinite(curvature).all() and np.isfinite(gradient).all()):
        return np.full_like(gradient, np.nan)
    # Parameters of very different scales, such as shares and log odds, are brought to one first.
    scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(curvature)), 1e-12))
    size, axes = _eigen(curvature * np.outer(scale, scale))
    return scale * (axes @ ((axes.T @ (scale * gradient)) / size))


def _inverse(curvature: np.ndarray) -> np.ndarray:
    if not np.isfinite(curvature).all():
        return np.full_like(curvature, np.nan)
    scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(curvature)), 1e-12))
    size, axes = _eigen(curvature * np.outer(scale, scale))
    return np.outer(scale, scale) * ((axes / size) @ axes.T)
