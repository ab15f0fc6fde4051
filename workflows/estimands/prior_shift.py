"""Priors against data: where the posterior of each coefficient and spread lies in its prior.

A prior is declared before data are seen, in units that are easily taken for others: one of SD 2 per unit of a
predictor whose SD is 0.17 holds a coefficient near zero without a word. So every top-level coefficient and spread
is set beside its own prior, whatever the model calls it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr
from pytensor.graph.traversal import ancestors
from scipy.special import ndtri, ndtri_exp
from scipy.stats import gaussian_kde, norm

from figures.words import decimal, minus, parameter
from models.joint import Joint
from models.modes import PLAIN
from workflows.draws.evaluate import evaluate
from workflows.draws.summary import eti, flat, middle_and_ends, scalars
from workflows.estimands.power_scaling import BLOCKS
from workflows.judge.limits import MOSTLY_PRIOR, PARTLY_PRIOR, PRIOR_SDS
from workflows.spec.mathematics import prior_table
from workflows.store.notices import Notice

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
        data say nothing. `flagged` where ``|prior_sds| > PRIOR_SDS``.
    """
    words = {str(row.parameter).partition(" (")[0]: row.prior for row in prior_table(joint).itertuples()}
    names = top_level(joint)
    lost = [name for name in names if name not in draws]
    if lost:
        dims = joint.model.named_vars_to_dims
        draws = draws.assign(
            evaluate(joint, draws, {n: (joint.model[n], tuple(dims.get(n, ()))) for n in lost}).data_vars
        )
    tail, rows = (1 - prob) / 2, []
    for name in names:
        labels, values = scalars(draws[name])
        lower, median, upper = middle_and_ends(values, 0, tail)
        looked_at = np.concatenate([median[None], _kept(values)]).reshape(-1, *draws[name].shape[2:])
        standard = standardised(joint, name, looked_at).reshape(len(looked_at), -1)
        for k, label in enumerate(labels):
            z, prior = standard[0, k], words.get(name, "")
            shift = z, overlap(standard[1:, k]), abs(z) > PRIOR_SDS
            rows.append((name, label, prior, median[k], lower[k], upper[k], eti(prob), *shift))
    return pd.DataFrame(rows, columns=COLUMNS)


def overlap_with_prior(joint: Joint, draws: xr.Dataset, name: str) -> tuple[float, str]:
    """`overlap` of one of `top_level`, a scalar, as in the table of `prior_shift`; and what is known of it in words."""
    found = overlap(standardised(joint, name, _kept(flat(draws[name]))))
    mostly, partly = found > MOSTLY_PRIOR, found > PARTLY_PRIOR
    return found, "mostly the prior" if mostly else "partly the prior" if partly else "mostly the data"


def _kept(values: np.ndarray) -> np.ndarray:
    """Draws of which a density is made, at most `_DRAWS`."""
    return values[:: -(-len(values) // _DRAWS)]


def standardised(joint: Joint, name: str, values: np.ndarray) -> np.ndarray:
    """Map values of a variable so that its prior becomes standard normal, order kept.

    Parameters
    ----------
    joint : Joint
    name : str
        One of `top_level`.
    values : ndarray, shape (value, ...)
        The variable's own dims last.

    Returns
    -------
    ndarray, shape (value, ...)
        ``(x - centre) / sd`` of a normal prior; else the normal quantile of the prior's distribution function,
        at most ``FURTHEST`` either way.
    """
    declared = joint.contribution.declared.get(name)
    if declared is not None:
        # A normal around zero is declared by its SD alone.
        centre, sd = declared if isinstance(declared, tuple) else (0.0, declared)
        return (values - centre) / sd
    rv = joint.model[name]
    if type(rv.owner.op).__name__ == "NormalRV":
        centre, sd = (parameter.eval(mode=PLAIN) for parameter in rv.owner.op.dist_params(rv.owner))
        return (values - centre) / sd
    below = pm.logcdf(rv, values).eval(mode=PLAIN)
    # Either tail from its own probability, as far as there is one.
    lower, upper = ndtri_exp(np.minimum(below, np.log(0.5))), -ndtri(np.minimum(-np.expm1(below), 0.5))
    return np.clip(np.where(below < np.log(0.5), lower, upper), -FURTHEST, FURTHEST)


def overlap(standard: np.ndarray) -> float:
    """Area under the smaller of a standard normal density and that of draws, shape (draw,).

    A kernel estimate stands for the draws. The area does not change with the scale on which both are looked at; on
    this one no prior has an end or a long tail.
    """
    width = np.ptp(standard)
    if width == 0:
        return 0.0
    grid = np.linspace(standard.min() - 0.5 * width, standard.max() + 0.5 * width, _POINTS)
    smaller = np.minimum(norm.pdf(grid), gaussian_kde(standard)(grid))
    return float(np.clip(np.trapezoid(smaller, grid), 0.0, 1.0))


def notices(table: pd.DataFrame) -> list[Notice]:
    """What lies further out than ``PRIOR_SDS`` of its priors' SDs, in one notice."""
    flagged = table[table["flagged"]]
    if flagged.empty:
        return []
    said = "; ".join(
        f"{parameter(r.parameter, r.of, '{} ({})')} {minus(f'{r.prior_sds:+.1f}')} (overlap {decimal(r.overlap, 2)})"
        for r in flagged.itertuples()
    )
    return [
        Notice(
            "prior against data",
            f"{len(flagged)} of {len(table)} coefficients and spreads lie more than {PRIOR_SDS:g} prior SDs from the "
            f"median of their prior: {said}. Such a prior pulls against the data: widen it, or say why not.",
        )
    ]
