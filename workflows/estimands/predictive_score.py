"""How well models predict what they have not seen: pointwise scores with the unit of prediction declared.

- ``row``: another row of a state, operation and year that are known (PSIS-LOO, conditional on their effects).
- ``state``: all rows of a state not seen; its effect is integrated out.
- ``operation``: each row of an operation not seen, whose intercept, slope and years come from their population.

Leave-one-state-out by importance sampling asks more of the draws than leaving out a row; K-fold by state
refits instead. Rows of a new operation are scored one by one, because the density of hundreds of rows
together, averaged over draws, is decided by a single draw.
"""

from __future__ import annotations

import dataclasses
import itertools
import warnings
from typing import TYPE_CHECKING, Literal, cast

import arviz_stats as az
import numpy as np
import pandas as pd
import pytensor.tensor as pt
import xarray as xr
from arviz_stats.utils import ELPDDataLOO
from pytensor.tensor.variable import TensorVariable
from scipy.special import logsumexp

from data.common.errors import InputError
from models.joint import Joint
from models.predictor.rowwise import rowwise
from models.spec import ModelSpec
from workflows.draws.evaluate import evaluate
from workflows.draws.summary import flat
from workflows.estimands.power_scaling import good_k
from workflows.sampling.posterior import chains_of_imputation

if TYPE_CHECKING:
    from workflows.estimands.fit import Fit

#: Nodes over which a state's effect is integrated, in units of its spread, and draws that are used.
NODES, REACH, MOST = 15, 4.5, 400
#: Log likelihoods that importance sampling takes at once.
CELLS = 8_000_000


def log_likelihood(joint: Joint, draws: xr.Dataset, most: int | None = MOST) -> xr.DataArray:
    """Pointwise log likelihood given all effects, dims (chain, draw, row)."""
    return evaluate(joint, draws, of_rows(joint), most)["log_likelihood"]


def of_rows(joint: Joint) -> dict[str, tuple[TensorVariable, tuple[str]]]:
    """Pointwise log likelihood given all effects, as `evaluate` takes it."""
    part = joint.contribution
    return {"log_likelihood": (part.likelihood.logp(joint.design.outcome, part.eta, part.params), ("row",))}


def movable_states(spec: ModelSpec) -> bool:
    """Whether a model's effects of states move over years: those a grid does not integrate out."""
    return spec.contribution.state_effects and spec.contribution.state_dynamics != "none"


def refuse_moving_states(spec: ModelSpec) -> None:
    """Raise InputError if a model's effects of states move over years."""
    if movable_states(spec):
        raise InputError(
            "effects of states that move over years, which a grid does not integrate out",
            "a score by row or by operation",
            key="state_dynamics",
        )


def state_log_likelihood(joint: Joint, draws: xr.Dataset, most: int | None = MOST) -> xr.DataArray:
    """Log likelihood of each state's rows with its effects integrated out, dims (chain, draw, state).

    The trapezoid rule on a grid of `NODES` for each part; for a smooth integrand with Gaussian tails
    its error falls exponentially with the spacing.

    Raises
    ------
    InputError
        If effects of states move over years (`state_dynamics`).
    """
    refuse_moving_states(joint.spec)
    likelihood, design = joint.contribution.likelihood, joint.design
    varying = [p for p in joint.contribution.eta if f"{p}_state" in joint.model.named_vars]
    sent = np.isin(design.state, design.state[design.outcome.troops > 0])
    # Of states that never sent anybody, parts about which rows of zeros say nothing need no grid.
    few = [p for p in varying if p not in likelihood.positive_only]
    whole = pt.zeros(design.states)
    for rows, moving in ((sent, varying), (~sent, few)):
        if not rows.any():
            continue
        at = np.flatnonzero(rows)
        # The density of a hurdle is a product over its parts, and so is the integral: a grid each, none across.
        split = likelihood.own_participation is not None and len(moving) > 1
        found = [_integrated(joint, at, parts) for parts in ([[p] for p in moving] if split else [moving])]
        if split:
            found.append((1 - len(moving)) * _integrated(joint, at, []))
        whole = whole[np.unique(design.state[at])].set(sum(found))
    return evaluate(joint, draws, {"log_likelihood": (whole, ("state",))}, most)["log_likelihood"]


def _integrated(joint: Joint, at: np.ndarray, moving: list[str]) -> TensorVariable:
    """Log likelihood by state of some rows, the states' effects on the parts of `moving` integrated out.

    Returns
    -------
    tensor, shape (state with a row,)
    """
    part, design = joint.contribution, joint.design
    nodes = np.linspace(-REACH, REACH, NODES)
    log_step = np.log((nodes[1] - nodes[0]) / np.sqrt(2 * np.pi))
    states, place = np.unique(design.state[at], return_inverse=True)
    # The last part's nodes lie beside each other as more rows, those of the others in graphs of their own: few graphs
    # to build, and arrays of moderate size. Indices are constants: PyTensor looks at each number of an array.
    inner = nodes if moving else np.zeros(1)
    many, across = np.tile(at, inner.size), np.repeat(np.arange(inner.size), at.size)
    cell = pt.constant(across * len(states) + np.tile(place, inner.size))
    outcome = type(design.outcome)(
        *(np.asarray(getattr(design.outcome, f.name))[many] for f in dataclasses.fields(design.outcome))
    )
    many, state = pt.constant(many), pt.constant(design.state[many])
    params = {n: t[many] if t.ndim else t for n, t in part.params.items()}
    bare = {p: pt.as_tensor_variable(eta)[many] for p, eta in part.eta.items()}
    for p in bare:
        if f"{p}_state" in joint.model.named_vars:
            bare[p] -= joint.model[f"{p}_state"][state]
    terms = []
    for combo in itertools.product(nodes, repeat=max(len(moving) - 1, 0)):
        shift = dict(zip(moving, [*combo, inner[across]], strict=False))
        moved = {p: bare[p] + (shift[p] * joint.model[f"{p}_state_sd"] if p in shift else 0.0) for p in bare}
        # Its rows are looked up by a constant then.
        few = {p: rowwise(moved[p]) for p in part.likelihood.positive_only if p in moved}
        logp = part.likelihood.logp(outcome, moved | few, params)
        summed = pt.zeros(inner.size * len(states))[cell].inc(logp).reshape((inner.size, len(states)))
        weight = -0.5 * (inner**2 + sum(x**2 for x in combo)) + len(moving) * log_step
        terms.append(pt.logsumexp(summed + weight[:, None], axis=0))
    return pt.logsumexp(pt.stack(terms), axis=0)


def loo(fit: Fit, unit: Literal["row", "state"] = "row", most: int | None = MOST) -> pd.DataFrame:
    """PSIS-LOO of each unit.

    Where depth is imputed, importance weights within an imputation are those of the outcome model that was fitted to
    it; the unit's predictive density is the mean over imputations, its Pareto k the largest.

    Parameters
    ----------
    fit : Fit
    unit : {"row", "state"}
    most : int, optional
        Draws used, of each imputation where there are several.

    Returns
    -------
    DataFrame
        Columns `unit, elpd, pareto_k, p` (the unit's part of the effective number of parameters), one row a unit.
    """
    draws = fit.draws["posterior"].to_dataset()
    size = chains_of_imputation(fit.joint, draws)
    groups = [draws.isel(chain=slice(k, k + size)) for k in range(0, draws.sizes["chain"], size)]
    out, seen, pareto_k = (
        np.stack(x) for x in zip(*(_psis(fit.joint, g, unit, most) for g in groups), strict=True)
    )
    labels = fit.joint.panel[unit].values if unit == "state" else np.arange(out.shape[1])
    mixed, seen = (logsumexp(x, axis=0) - np.log(len(groups)) for x in (out, seen))
    return pd.DataFrame({"unit": labels, "elpd": mixed, "pareto_k": pareto_k.max(0), "p": seen - mixed})


def elpd(fit: Fit, unit: str = "row", most: int | None = MOST) -> ELPDDataLOO:
    """`loo` in the form of `arviz.loo`, for `arviz.compare` and for printing.

    Raises
    ------
    InputError
        If `unit` is neither "row" nor "state".
    """
    if unit not in ("row", "state"):
        raise InputError(
            repr(unit),
            "row or state; `coalition compare --method kfold --unit operation` refits without each operation",
            column="unit",
        )
    table = loo(fit, cast(Literal["row", "state"], unit), most)
    sizes = fit.draws["posterior"].sizes
    used = sizes["chain"] * sizes["draw"]
    used = used if most is None else len(range(0, used, -(-used // most)))
    good = good_k(used)
    each, k = (
        xr.DataArray(table[name].to_numpy(), {unit: table["unit"].to_numpy()}, (unit,))
        for name in ("elpd", "pareto_k")
    )
    return ELPDDataLOO(
        elpd=float(each.sum()),
        se=float(each.std() * np.sqrt(each.size)),
        p=float(table["p"].sum()),
        n_samples=used,
        n_data_points=each.size,
        scale="log",
        warning=bool((k > good).any()),
        good_k=good,
        elpd_i=each,
        pareto_k=k,
    )


def _psis(
    joint: Joint, draws: xr.Dataset, unit: str, most: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Elpd of each unit unseen and seen, and Pareto k, each shape (unit,), from draws of one posterior."""
    score = log_likelihood if unit == "row" else state_log_likelihood
    values = score(joint, draws, most)
    # Units are judged each by itself: some at a time, since ArviZ makes several copies.
    size = max(1, CELLS // (values.sizes["chain"] * values.sizes["draw"]))
    some = [values.isel({unit: slice(k, k + size)}) for k in range(0, values.sizes[unit], size)]
    unseen, seen, pareto_k = zip(*(_psis_of(one, unit) for one in some), strict=True)
    return np.concatenate(unseen), np.concatenate(seen), np.concatenate(pareto_k)


def _psis_of(values: xr.DataArray, unit: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same from log likelihoods, dims (chain, draw, unit)."""
    tree = xr.DataTree.from_dict(
        {"posterior": values.isel({unit: 0}, drop=True).to_dataset(name="x").reset_coords(drop=True),
         "log_likelihood": values.reset_coords(drop=True).to_dataset(name="y")}
    )  # fmt: skip
    # Independent draws are assumed. Pareto k is in the table, and whoever shows it says what it means.
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Estimated shape parameter of Pareto", UserWarning)
        found = az.loo(tree, var_name="y", pointwise=True, reff=1.0)
    draws = flat(values)
    seen = logsumexp(draws, axis=0) - np.log(len(draws))
    return found.elpd_i.values.ravel(), seen, found.pareto_k.values.ravel()
