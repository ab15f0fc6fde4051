"""Priors against data: where the posterior of each coefficient and spread lies in its prior.

A prior is declared before data are seen, in units that are easily taken for others: one of SD 2 per unit of a
predictor whose SD is 0.17 holds a coefficient near zero without a word. So every top-level coefficient and spread
is set beside its own prior, whatever the model calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr
from pytensor.graph.traversal import ancestors
from pytensor.tensor.variable import TensorVariable
from scipy.special import ndtri, ndtri_exp
from scipy.stats import gaussian_kde

from models.joint import Joint
from workflows.evaluate import PLAIN, evaluate
from workflows.mathematics import prior_table
from workflows.notices import Notice
from workflows.power_scaling import BLOCKS

#: A posterior median further from its prior's median than this, in prior SDs, is flagged.
LIMIT = 2.0
#: A quantile of a prior that is not normal is told apart from 0 and 1 up to here.
FURTHEST = 8.0
MEASUREMENT = tuple(
    end for block, ends in BLOCKS if block in ("items of depth", "depth of treaties") for end in ends
)
COLUMNS = [
    "parameter",
    "of",
    "prior",
    "median",
    "lower",
    "upper",
    "interval",
    "prior_sds",
    "overlap",
    "flagged",
]
_POINTS, _DRAWS = 400, 2000


class Prior(NamedTuple):
    """The prior of one scalar: log density and log distribution function of arrays, and a normal's centre and SD."""

    logp: Callable[[np.ndarray], np.ndarray]
    logcdf: Callable[[np.ndarray], np.ndarray]
    normal: tuple[float, float] | None
    positive: bool


def top_level(joint: Joint) -> list[str]:
    """Names of coefficients and spreads whose prior depends on no other variable, in the model's order.

    Left out are what is sampled as a multiple or in the place of something else (``..._raw``; what it stands for is
    in, where its prior is declared), and the measurement of depth: a treaty's depth is standard normal by
    definition, and `feedback` compares what the outcome does to it.
    """
    free = joint.model.free_RVs
    names = []
    for rv in free:
        above = set(ancestors(list(rv.owner.inputs))) & set(free)
        if not above and rv.owner.op.ndim_supp == 0 and not rv.name.endswith((*MEASUREMENT, "_raw")):
            names.append(str(rv.name))
    return names + [name for name in joint.contribution.declared if name not in names]


def prior_shift(joint: Joint, draws: xr.Dataset, prob: float = 0.95) -> pd.DataFrame:
    """Set every top-level coefficient and spread beside its prior.

    Parameters
    ----------
    joint : Joint
    draws : Dataset
        Posterior draws of the free variables, dims (chain, draw, ...).
    prob : float
        Of the equal-tailed interval.

    Returns
    -------
    DataFrame
        Columns ``COLUMNS``, one row a scalar. `prior_sds` is how far the posterior median lies from the prior's
        median: in prior SDs where the prior is normal, and elsewhere (spreads, dispersions, correlations) the
        standard normal quantile of the prior's probability below it, which for a normal prior is the same
        number; cut off at ``FURTHEST``. `overlap` is the area under the smaller of both densities, 1 where the
        data say nothing. `flagged` where ``|prior_sds| > LIMIT``.
    """
    words = {row.parameter.partition(" (")[0]: row.prior for row in prior_table(joint).itertuples()}
    names = top_level(joint)
    lost = [name for name in names if name not in draws]
    if lost:
        draws = draws.assign(
            evaluate(joint, draws, {n: (joint.model[n], _dims(joint, n)) for n in lost}).data_vars
        )
    tail, rows = (1 - prob) / 2, []
    for name in names:
        for label, values, prior in _scalars(joint, name, draws[name]):
            lower, median, upper = np.quantile(values, [tail, 0.5, 1 - tail])
            z = _prior_sds(median, prior)
            rows.append(
                (name, label, words.get(name, ""), median, lower, upper, f"eti_{round(100 * prob)}", z,
                 overlap(prior, values), abs(z) > LIMIT)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def _dims(joint: Joint, name: str) -> tuple[str, ...]:
    return tuple(joint.model.named_vars_to_dims.get(name, ()))


def _scalars(joint: Joint, name: str, draws: xr.DataArray) -> Iterator[tuple[str, np.ndarray, Prior]]:
    """Each scalar of a variable: its label, its draws (flat) and its prior."""
    values = draws.transpose("chain", "draw", ...)
    shape = values.shape[2:]
    flat = values.values.reshape(values.shape[0] * values.shape[1], -1)
    labels = [""]
    if shape:
        index = pd.MultiIndex.from_product([values[d].values for d in values.dims[2:]])
        labels = [", ".join(map(str, cell)) for cell in index]
    for k, label in enumerate(labels):
        yield label, flat[:, k], _prior(joint, name, k, shape)


def _prior(joint: Joint, name: str, k: int, shape: tuple[int, ...]) -> Prior:
    declared = joint.contribution.declared.get(name)
    if declared is not None:
        # A normal around zero is declared by its SD alone.
        centre, sd = declared if isinstance(declared, tuple) else (0.0, declared)
        dist, cell = pm.Normal.dist(float(centre), float(np.ravel(sd)[k] if np.size(sd) > 1 else sd)), None
    else:
        dist, cell = joint.model[name], (k if shape else None)

    def of(function: Callable[[TensorVariable, Any], TensorVariable]) -> Callable[[np.ndarray], np.ndarray]:
        def at(x: np.ndarray) -> np.ndarray:
            x = np.atleast_1d(np.asarray(x, float))
            if cell is None:
                return function(dist, x).eval(mode=PLAIN)
            every = np.broadcast_to(x.reshape(-1, *[1] * len(shape)), (len(x), *shape))
            return function(dist, every).eval(mode=PLAIN).reshape(len(x), -1)[:, cell]

        return at

    normal = None
    if type(dist.owner.op).__name__ == "NormalRV":
        normal = tuple(float(_cell(p, shape, cell)) for p in dist.owner.op.dist_params(dist.owner))
    positive = bool(np.isneginf(of(pm.logp)(np.array([-1e-9]))[0]))
    return Prior(of(pm.logp), of(pm.logcdf), normal, positive)


def _cell(parameter: TensorVariable, shape: tuple[int, ...], cell: int | None) -> float:
    values = parameter.eval(mode=PLAIN)
    return float(values if cell is None else np.broadcast_to(values, shape).ravel()[cell])


def _prior_sds(median: float, prior: Prior) -> float:
    if prior.normal is not None:
        centre, sd = prior.normal
        return (median - centre) / sd
    below = float(prior.logcdf(np.array([median]))[0])
    # Either tail from its own logarithm, as long as there is one.
    z = ndtri_exp(below) if below < np.log(0.5) else -ndtri(-np.expm1(below))
    return float(np.clip(z, -FURTHEST, FURTHEST))


def overlap(prior: Prior, draws: np.ndarray) -> float:
    """Area under the smaller of the prior's density and that of draws (a kernel estimate, reflected at zero).

    The prior's is exact, so that a prior far from the data need not be met by its own draws; only where the
    posterior has mass can the smaller of both be large.
    """
    draws = np.asarray(draws, float).ravel()
    width = np.ptp(draws)
    if width == 0:
        return 0.0
    low, high = draws.min() - 0.5 * width, draws.max() + 0.5 * width
    low = max(low, 0.0) if prior.positive else low
    # A density may be infinite at zero itself.
    grid = np.linspace(low, high, _POINTS + 1)[1:]
    smooth = gaussian_kde(draws[:: -(-draws.size // _DRAWS)])
    posterior = smooth(grid) + (smooth(-grid) if prior.positive else 0.0)
    return float(np.clip(np.trapezoid(np.minimum(np.exp(prior.logp(grid)), posterior), grid), 0.0, 1.0))


def notices(table: pd.DataFrame) -> list[Notice]:
    """What lies further out than ``LIMIT`` of its priors' SDs, in one notice."""
    flagged = table[table["flagged"]]
    if flagged.empty:
        return []
    said = "; ".join(
        f"{r.parameter}{f' ({r.of})' if r.of else ''} {r.prior_sds:+.1f} (overlap {r.overlap:.2f})".replace(
            "-", "−"
        )
        for r in flagged.itertuples()
    )
    return [
        Notice(
            "prior against data",
            f"{len(flagged)} of {len(table)} coefficients and spreads lie more than {LIMIT:g} prior SDs from the "
            f"median of their prior: {said}. Such a prior pulls against the data: widen it, or say why not.",
        )
    ]
