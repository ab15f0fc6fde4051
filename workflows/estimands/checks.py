"""Prior and posterior predictive checks, each with a verdict, a table and draws for a figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from models.joint import Joint
from models.outcomes import explained
from workflows.draws.evaluate import at_once, evaluate, pieces, thinned
from workflows.draws.prior import from_prior
from workflows.draws.summary import middle_and_ends
from workflows.estimands.effects import headline_quantities
from workflows.estimands.headline import AVERAGE_ARMED_FORCES
from workflows.store.notices import Notice

#: Statistics of a vector of outcomes on which replicated data are compared with what was seen.
STATISTICS = {
    "zeros": lambda y: (y <= 0).mean(-1),
    "mean": lambda y: y.mean(-1),
    "quantile_95": lambda y: np.quantile(y, 0.95, axis=-1),
    "maximum": lambda y: y.max(-1),
}
#: Rows times draws that are simulated at once, and that are kept: what a figure shows needs no more.
CELLS_AT_ONCE, KEPT_CELLS = 4_000_000, 40_000_000
#: An observed statistic outside the central 99 % of its replications fails.
TAIL = 0.005


@dataclass(frozen=True)
class ModelCheck:
    """Verdict of a declared check.

    Attributes
    ----------
    name : str
    table : DataFrame
        One row a criterion, with a column `passed`.
    """

    name: str
    table: pd.DataFrame

    @property
    def passed(self) -> bool:
        """Whether every criterion holds."""
        return bool(self.table["passed"].all())


def prior_draws(joint: Joint, draws: int, seed: int) -> xr.Dataset:
    """Draw the free variables from their prior, dims (chain, draw, ...), one chain."""
    free = joint.model.free_RVs
    values = from_prior(joint.model, draws, seed, at_once(joint))
    out = xr.Dataset(coords={"chain": [0], "draw": np.arange(draws)})
    dims = joint.model.named_vars_to_dims
    for rv, value in zip(free, values, strict=True):
        out[rv.name] = (("chain", "draw", *dims.get(rv.name, ())), value[None])
    return out.assign_coords({d: list(v) for d, v in joint.model.coords.items() if d in out.dims})


@dataclass(frozen=True)
class Replicated:
    """Outcomes drawn from a model.

    Attributes
    ----------
    outcome : DataArray
        Dims (chain, draw, row); of large panels not of every draw, see `KEPT_CELLS`.
    statistics : dict of ndarray, shape (draw,)
        Of every draw: those of `STATISTICS` over all rows, ``above one`` (share of rows), and the mean over the rows
        of each operation under ``mean of <operation>``.
    """

    outcome: xr.DataArray
    statistics: dict[str, np.ndarray]


def statistics_of(joint: Joint, values: np.ndarray) -> dict[str, np.ndarray]:
    """Statistics of outcomes of shape (draw, row); see `Replicated`."""
    out = {name: statistic(values) for name, statistic in STATISTICS.items()}
    out["above one"] = (values > 1).mean(-1)
    for k, operation in enumerate(joint.panel["operation"].values):
        out[f"mean of {operation}"] = values[:, joint.design.operation == k].mean(1)
    return out


def replicate(joint: Joint, draws: xr.Dataset, seed: int, most: int = 400) -> Replicated:
    """Draw outcomes of a model, reduced as they come.

    Parameters
    ----------
    joint : Joint
    draws : Dataset
        Free variables, dims (chain, draw, ...).
    seed : int
    most : int
        Draws used, evenly over all chains.
    """
    draws = thinned(draws, most)
    chains, length, rows = draws.sizes["chain"], draws.sizes["draw"], joint.panel.sizes["row"]
    step = max(1, -(-chains * length * rows // KEPT_CELLS))
    kept = np.empty((chains, len(range(0, length, step)), rows))
    rng, found, done = np.random.default_rng(seed), [], 0
    for values in _batches(joint, draws):
        outcome = joint.contribution.simulate(rng, values)
        found.append(statistics_of(joint, outcome))
        for chain, draw, one in zip(*np.divmod(done + np.arange(len(outcome)), length), outcome, strict=True):
            if draw % step == 0:
                kept[chain, draw // step] = one
        done += len(outcome)
    coords = {c: v.variable for c, v in joint.panel.coords.items() if v.dims == ("row",)}
    named = {"chain": draws["chain"], "draw": draws["draw"][::step], **coords}
    array = xr.DataArray(kept, named, ("chain", "draw", "row"), name=joint.contribution.likelihood.outcome)
    return Replicated(array, {name: np.concatenate([one[name] for one in found]) for name in found[0]})


def _batches(joint: Joint, draws: xr.Dataset) -> Iterator[dict[str, np.ndarray]]:
    """Values of the predictors and dispersions, of as many draws as can be simulated at once."""
    tensors = {name: tensor for name, (tensor, _) in joint.contribution.tensors().items()}
    waiting, count, rows = [], 0, joint.panel.sizes["row"]

    def joined() -> dict[str, np.ndarray]:
        return {name: np.concatenate([one[name] for one in waiting]) for name in tensors}

    for values in pieces(joint, draws, tensors):
        waiting.append(values)
        count += len(next(iter(values.values())))
        if count * rows >= CELLS_AT_ONCE:
            yield joined()
            waiting, count = [], 0
    if waiting:
        yield joined()


def predictive(joint: Joint, draws: xr.Dataset, seed: int, most: int = 400) -> xr.DataArray:
    """Replicated outcomes, dims (chain, draw, row), in the likelihood's own outcome."""
    return replicate(joint, draws, seed, most).outcome


def _statistics(joint: Joint, replicated: xr.DataArray | Replicated) -> dict[str, np.ndarray]:
    if isinstance(replicated, Replicated):
        return replicated.statistics
    return statistics_of(joint, replicated.values.reshape(-1, replicated.sizes["row"]))


def observed(joint: Joint) -> np.ndarray:
    """What was seen, shape (row,), in the likelihood's own outcome."""
    likelihood = joint.contribution.likelihood
    return explained(likelihood).observed(joint.design.outcome, likelihood)


def prior_check(
    joint: Joint, prior: xr.Dataset, replicated: xr.DataArray | Replicated, step: float
) -> ModelCheck:
    """Whether the prior believes the absurd: more troops than soldiers, no zeros, boundless effects.

    The limits are wide on purpose: a prior should leave room, not guess the answer.
    """
    found, rows = _statistics(joint, replicated), []
    if explained(joint.contribution.likelihood).of_forces:
        above = float(found["above one"].mean())
        rows.append(
            ("more troops than soldiers", "share of rows and draws", above, "at most 0.01", above <= 0.01)
        )
    if joint.contribution.likelihood.bounded:
        zeros = np.quantile(found["zeros"], [0.05, 0.5, 0.95])
        rows.append(
            ("rows without troops", "median of the prior", zeros[1], "0.3 to 0.99", 0.3 <= zeros[1] <= 0.99)
        )
    effect = evaluate(joint, prior, headline_quantities(joint, step), most=200)["headline_all_rows"]
    spread = float(np.quantile(np.abs(effect.values), 0.95))
    limit = 0.25 * AVERAGE_ARMED_FORCES
    rows.append(
        ("headline effect", "95 % of |H|, troops per year", spread, f"at most {limit:,.0f}", spread <= limit)
    )
    return ModelCheck(
        "prior predictive", pd.DataFrame(rows, columns=["criterion", "unit", "found", "limit", "passed"])
    )


def posterior_check(joint: Joint, replicated: xr.DataArray | Replicated) -> ModelCheck:
    """Whether replicated outcomes look like those seen: zeros, mean, 95th percentile, maximum.

    Replicated outcomes have dims (chain, draw, row), in the unit of the outcome that the likelihood explains.
    """
    replications = _statistics(joint, replicated)
    seen = observed(joint)
    asked = [
        ("all rows", name, replications[name], statistic(seen)) for name, statistic in STATISTICS.items()
    ]
    for k, operation in enumerate(joint.panel["operation"].values):
        mean = seen[joint.design.operation == k].mean()
        asked.append((str(operation), "mean", replications[f"mean of {operation}"], mean))
    rows = []
    for where, name, draws, found in asked:
        low, median, high = middle_and_ends(draws, tail=TAIL)
        rows.append((where, name, float(found), median, low, high, low <= found <= high))
    if explained(joint.contribution.likelihood).of_forces and joint.contribution.likelihood.bounded:
        most = float(replications["maximum"].max())
        name = "largest of all replicated shares, at most 1"
        rows.append(("all rows", name, float(seen.max()), most, 0.0, 1.0, most <= 1))
    columns = ["rows", "statistic", "observed", "median", "lower", "upper", "passed"]
    return ModelCheck("posterior predictive", pd.DataFrame(rows, columns=columns).assign(interval="eti_99"))


def notices(table: pd.DataFrame) -> list[Notice]:
    """What the model does not reproduce, in one notice; empty where it reproduces all that is asked.

    Parameters
    ----------
    table : DataFrame
        As of `posterior_check`.
    """
    missed = table[~table["passed"]]
    if missed.empty:
        return []
    said = "; ".join(
        f"{r.rows}, {r.statistic}: {r.observed:.3g} seen, {r.lower:.3g} to {r.upper:.3g} replicated"
        for r in missed.itertuples()
    )
    return [Notice("not reproduced", f"data simulated from the fit do not look like those seen in {said}.")]
