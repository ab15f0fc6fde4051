"""Coefficients that operations share in part, sampled as their average and what departs from it.

With few operations the population mean of a coefficient is known far less well than the average over the
operations at hand, and its scale changes with the spread. Sampled as it is, with each operation a multiple of the
spread away from it, mean and multiples trade off along a ridge that narrows as the spread grows: divergences sit
there. So the average is sampled, the population mean integrated out of its prior and drawn given it; departures are
orthogonal contrasts. The model is the same, to the volume of the map.

A contrast that data pin down has a scale of its own, whatever the spread; one that they hardly speak of has the
spread's. Its posterior SD given the spread ``s`` is about ``s e / sqrt(s^2 + e^2)``, with `e` the standard error of
an estimate without pooling: in units of that it is sampled, so that neither end of the spread is a funnel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable


class Declared(NamedTuple):
    """The normal prior of a quantity that follows from what is sampled in its place."""

    centre: float
    sd: float


class Scales(NamedTuple):
    """Prior scales of coefficients: SD of their mean, half-normal scales of their spreads; `error` is no prior.

    `error` is the rough standard error of one operation's coefficient, were it estimated alone: what is sampled
    suits it, the model does not depend on it.
    """

    mean: Any
    spread: Any
    leader_spread: Any
    error: float = 1.0


@dataclass(frozen=True)
class Vector:
    """Coefficients of the operations.

    Attributes
    ----------
    values : tensor, shape (operation,)
    mean : tensor, shape ()
        In the population of operations.
    average : tensor, shape ()
        Of the operations at hand (of leaders, weighted by what is known of each, where they vary by leader).
    contrast : tensor, shape (operation less one,), or None
        Contrasts between operations, where these do not vary by leader.
    declared : mapping of str to Declared
        Normal prior of each quantity that follows from others which are sampled in its place.
    sampled_as : mapping of str to str
        What each variable is sampled for, where that is not itself.
    is_common : bool
        Whether all operations have the same one.
    """

    values: TensorVariable
    mean: TensorVariable
    average: TensorVariable
    contrast: TensorVariable | None
    declared: Mapping[str, Declared] = field(default_factory=dict)
    sampled_as: Mapping[str, str] = field(default_factory=dict)
    is_common: bool = False

    def of_rows(self, operation: np.ndarray) -> tuple[TensorVariable, np.ndarray | None]:
        """What rows are multiplied by: values and each row's position among them, or a scalar and None.

        Parameters
        ----------
        operation : ndarray of int, shape (row,)
        """
        # A scalar is looked up nowhere, and its slope is a sum.
        return (self.mean, None) if self.is_common else (self.values, operation)


def departures(raw: TensorVariable, group: np.ndarray) -> TensorVariable:
    """Departures from the mean of each group, shape (member,), from as many standard normals as are free.

    Parameters
    ----------
    raw : tensor, shape (members less groups,)
    group : ndarray of int, shape (member,)
        Group of each member; the first one met of each group has no entry of its own in `raw`.

    Notes
    -----
    Each group's departures are ``H (0, z)``, with the Householder reflection H that turns the first axis into the
    direction of equal entries: independent standard normals less their mean.
    """
    groups = int(group.max()) + 1
    size = np.bincount(group, minlength=groups)
    first = np.unique(group, return_index=True)[1]
    position = np.cumsum(~np.isin(np.arange(len(group)), first)) * ~np.isin(np.arange(len(group)), first)
    padded = pt.concatenate([np.zeros(1), raw])[position]
    axis = 1.0 / np.sqrt(size[group])
    axis[first] += 1.0
    scale = 1.0 / (1.0 + 1.0 / np.sqrt(size))
    if groups == 1:
        return padded - axis * ((axis * padded).sum() * scale[0])
    along = pt.zeros(groups)[group].inc(axis * padded) * scale
    return padded - axis * along[group]


def _weighted_departures(raw: TensorVariable, direction: TensorVariable) -> TensorVariable:
    """The same for one group, orthogonal to the unit vector `direction`, which is positive."""
    padded = pt.concatenate([np.zeros(1), raw])
    axis = pt.inc_subtensor(direction[0], 1.0)
    return padded - axis * ((axis * padded).sum() / (1.0 + direction[0]))


def posterior_sd(spread: TensorVariable, error: float | np.ndarray) -> TensorVariable:
    """Posterior SD of what has prior SD `spread` and an estimate with standard error `error`, in their shape and unit."""
    return spread * error / pt.sqrt(spread**2 + error**2)


def given_average(average: TensorVariable, sd: Any, variance: Any, raw: TensorVariable) -> TensorVariable:
    """A mean with prior ``Normal(0, sd)`` given an average around it with that variance; `raw` is standard normal."""
    weight = sd**2 / (sd**2 + variance)
    return weight * average + pt.sqrt(weight * variance) * raw


def contrast_dim(dim: str, length: int) -> str:
    """Name of a dim of contrasts, numbered from one; registered in the model on the stack where it is not yet."""
    model = pm.modelcontext(None)
    if dim not in model.coords:
        model.add_coord(dim, np.arange(1, length + 1))
    return dim


def common(name: str, operations: int, scales: Scales, beside: Vector | None = None) -> Vector:
    """Register one coefficient that all operations have.

    With `beside`, coefficients whose sum with it is what rows speak of, that sum is sampled, as ``<name>_raw``.
    """
    declared, sampled_as = {}, {}
    if beside is None:
        mean = pm.Normal(name, 0.0, scales.mean)
    else:
        total = pm.Normal(f"{name}_raw", beside.average, scales.mean)
        mean = pm.Deterministic(name, total - beside.average)
        declared, sampled_as = {name: Declared(0.0, scales.mean)}, {f"{name}_raw": name}
    return Vector(pt.repeat(mean, operations), mean, mean, None, declared, sampled_as, is_common=True)


def varying_coefficients(
    name: str,
    operations: int,
    scales: Scales,
    leaders: np.ndarray | None,
    by_operation: bool,
    beside: Vector | None = None,
) -> Vector:
    """Register coefficients that vary by operation, by leader, or by operation within leader.

    Parameters
    ----------
    name : str
        Registers ``<name>_mean``, ``<name>_spread`` and ``<name>`` (operation), ``<name>_leader_spread`` and
        ``<name>_leader`` (leader).
    operations : int
    scales : Scales
    leaders : ndarray of int, shape (operation,), or None
        Position of each operation's leader; None where they do not vary by leader.
    by_operation : bool
        Whether they vary by operation, of a leader where there are several.
    beside : Vector, optional
        Coefficients whose sum with these is what rows speak of: that sum's average is sampled.

    Notes
    -----
    Without leaders, K operations: ``average ~ Normal(0, sqrt(sd^2 + spread^2 / K))``, departures are ``spread`` times
    K - 1 orthonormal contrasts; the mean given the average is normal. With leaders, a leader's operations have an
    average with variance ``w^2 = leader_spread^2 + spread^2 / n`` around the mean: precision weights take the place of
    equal ones, and the leader's own coefficient given that average is normal too.
    """
    if leaders is None:
        return _of_operations(name, operations, scales, beside)
    return _of_leaders(name, leaders, scales, by_operation, beside)


def _average(
    name: str, scales: Scales, variance: TensorVariable, beside: Vector | None
) -> tuple[TensorVariable, TensorVariable, dict[str, Declared], dict[str, str]]:
    """Register the average, with that variance around the mean, and the mean; with what `Vector` says of both."""
    centre = 0.0 if beside is None else beside.average
    mean_raw = pm.Normal(f"{name}_mean_raw", 0.0, 1.0)
    average = pm.Normal(f"{name}_average_raw", centre, pt.sqrt(scales.mean**2 + variance)) - centre
    mean = pm.Deterministic(f"{name}_mean", given_average(average, scales.mean, variance, mean_raw))
    stands_for = {f"{name}_mean_raw": f"{name}_mean", f"{name}_average_raw": f"{name}_mean"}
    return average, mean, {f"{name}_mean": Declared(0.0, scales.mean)}, stands_for


def _of_operations(name: str, operations: int, scales: Scales, beside: Vector | None) -> Vector:
    """Coefficients that vary by operation alone; see `varying_coefficients`."""
    spread = pm.HalfNormal(f"{name}_spread", scales.spread)
    average, mean, declared, stands_for = _average(name, scales, spread**2 / operations, beside)
    dim = contrast_dim("operation_contrast", operations - 1)
    along = None if beside is None else beside.contrast
    contrast = in_posterior_sds(f"{name}_contrast_raw", dim, spread, scales.error, along)
    values = average + departures(contrast, np.zeros(operations, int))
    values = pm.Deterministic(name, values, dims="operation")
    return Vector(values, mean, average, contrast, declared, stands_for | {f"{name}_contrast_raw": name})


def _of_leaders(
    name: str, leaders: np.ndarray, scales: Scales, by_operation: bool, beside: Vector | None
) -> Vector:
    """Coefficients that vary by leader, and by operation within leader; see `varying_coefficients`."""
    size = np.bincount(leaders)
    between = pm.HalfNormal(f"{name}_leader_spread", scales.leader_spread)
    spread = pm.HalfNormal(f"{name}_spread", scales.spread) if by_operation else pt.zeros(())
    within = spread**2 / size
    total = between**2 + within
    variance = 1.0 / (1.0 / total).sum()
    average, mean, declared, stands_for = _average(name, scales, variance, beside)
    raw = pm.Normal(
        f"{name}_leader_contrast_raw", 0.0, 1.0, dims=contrast_dim("leader_contrast", len(size) - 1)
    )
    of_leader = average + pt.sqrt(total) * _weighted_departures(raw, pt.sqrt(variance / total))
    stands_for[f"{name}_leader_contrast_raw"] = f"{name}_leader"
    if not by_operation:
        of_leader = pm.Deterministic(f"{name}_leader", of_leader, dims="leader")
        return Vector(of_leader[leaders], mean, average, None, declared, stands_for)
    own_raw = pm.Normal(f"{name}_leader_raw", 0.0, 1.0, dims="leader")
    own = mean + given_average(of_leader - mean, between, within, own_raw)
    pm.Deterministic(f"{name}_leader", own, dims="leader")
    stands_for |= {f"{name}_leader_raw": f"{name}_leader", f"{name}_contrast_raw": name}
    values = of_leader[leaders]
    if len(leaders) > len(size):
        dim = contrast_dim("operation_contrast", len(leaders) - len(size))
        contrast = in_posterior_sds(f"{name}_contrast_raw", dim, spread, scales.error, None)
        values = values + departures(contrast, leaders)
    values = pm.Deterministic(name, values, dims="operation")
    return Vector(values, mean, average, None, declared, stands_for)


def in_posterior_sds(
    name: str, dim: str, spread: TensorVariable, error: float | np.ndarray, beside: TensorVariable | None
) -> TensorVariable:
    """Register what varies with SD `spread` in units of its posterior SD, and return it, shape (dim,).

    Parameters
    ----------
    name, dim : str
        Of the variable that is sampled.
    spread : tensor, shape ()
    error : float or ndarray, shape (dim,)
        See `Scales`.
    beside : tensor, shape (dim,), or None
        What stands beside it in the sum that the data speak of. Where data pin that down it is what is sampled;
        where they are silent, this alone.
    """
    scale = posterior_sd(spread, error)
    off = 0.0 if beside is None else spread**2 / (spread**2 + error**2) * beside
    return scale * pm.Normal(name, off / scale, spread / scale, dims=dim) - off
