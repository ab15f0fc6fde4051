"""Prior and posterior predictive checks, each with a verdict, a table and draws for a figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

from models.joint import Joint
from workflows.effects import headline_quantities
from workflows.evaluate import PLAIN, evaluate
from workflows.headline import AVERAGE_ARMED_FORCES
from workflows.notices import Notice

#: Statistics of a vector of outcomes on which replicated data are compared with what was seen.
STATISTICS = {
    "zeros": lambda y: (y <= 0).mean(-1),
    "mean": lambda y: y.mean(-1),
    "quantile_95": lambda y: np.quantile(y, 0.95, axis=-1),
    "maximum": lambda y: y.max(-1),
}
#: An observed statistic outside the central 99 % of its replications fails.
TAIL = 0.005


@dataclass(frozen=True)
class Check:
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
    values = pm.draw(free, draws=draws, random_seed=seed, mode=PLAIN)
    out = xr.Dataset(coords={"chain": [0], "draw": np.arange(draws)})
    dims = joint.model.named_vars_to_dims
    for rv, value in zip(free, values, strict=True):
        out[rv.name] = (("chain", "draw", *dims.get(rv.name, ())), value[None])
    return out.assign_coords({d: list(v) for d, v in joint.model.coords.items() if d in out.dims})


def predictive(joint: Joint, draws: xr.Dataset, seed: int, most: int = 400) -> xr.DataArray:
    """Replicated outcomes, dims (chain, draw, row), in the likelihood's own outcome."""
    contribution = joint.contribution
    values = evaluate(joint, draws, contribution.tensors(), most)
    arrays = {name: array.values for name, array in values.data_vars.items()}
    simulated = contribution.simulate(np.random.default_rng(seed), arrays)
    like = values[f"eta_{next(iter(contribution.eta))}"]
    return like.copy(data=simulated).rename(contribution.likelihood.outcome)


def observed(joint: Joint) -> np.ndarray:
    """What was seen, shape (row,), in the likelihood's own outcome."""
    outcome = joint.design.outcome
    likelihood = joint.contribution.likelihood
    if likelihood.outcome == "participation":
        return (outcome.troops >= likelihood.threshold).astype(float)
    return {"share": outcome.share, "troops": outcome.troops}[likelihood.outcome]


def prior_check(joint: Joint, prior: xr.Dataset, replicated: xr.DataArray, step: float) -> Check:
    """Whether the prior believes the absurd: more troops than soldiers, no zeros, boundless effects.

    The limits are wide on purpose: a prior should leave room, not guess the answer.
    """
    values = replicated.values.reshape(-1, replicated.sizes["row"])
    rows = []
    if joint.contribution.likelihood.outcome == "share":
        above = float((values > 1).mean())
        rows.append(
            ("more troops than soldiers", "share of rows and draws", above, "at most 0.01", above <= 0.01)
        )
    if joint.contribution.likelihood.bounded:
        zeros = np.quantile((values <= 0).mean(1), [0.05, 0.5, 0.95])
        rows.append(
            ("rows without troops", "median of the prior", zeros[1], "0.3 to 0.99", 0.3 <= zeros[1] <= 0.99)
        )
    effect = evaluate(joint, prior, headline_quantities(joint, step), most=200)["headline_all_rows"]
    spread = float(np.quantile(np.abs(effect.values), 0.95))
    limit = 0.25 * AVERAGE_ARMED_FORCES
    rows.append(
        ("headline effect", "95 % of |H|, troops per year", spread, f"at most {limit:,.0f}", spread <= limit)
    )
    return Check(
        "prior predictive", pd.DataFrame(rows, columns=["criterion", "unit", "found", "limit", "passed"])
    )


def posterior_check(joint: Joint, replicated: xr.DataArray) -> Check:
    """Whether replicated outcomes look like those seen: zeros, mean, 95th percentile, maximum."""
    values = replicated.values.reshape(-1, replicated.sizes["row"])
    seen = observed(joint)
    rows = []
    for name, statistic in STATISTICS.items():
        draws = statistic(values)
        low, median, high = np.quantile(draws, [TAIL, 0.5, 1 - TAIL])
        found = float(statistic(seen))
        rows.append(("all rows", name, found, median, low, high, low <= found <= high))
    for k, operation in enumerate(joint.panel["operation"].values):
        mine = joint.design.operation == k
        draws, found = values[:, mine].mean(1), float(seen[mine].mean())
        low, median, high = np.quantile(draws, [TAIL, 0.5, 1 - TAIL])
        rows.append((str(operation), "mean", found, median, low, high, low <= found <= high))
    if joint.contribution.likelihood.outcome == "share" and joint.contribution.likelihood.bounded:
        most = float(values.max())
        rows.append(
            (
                "all rows",
                "largest of all replicated shares, at most 1",
                float(seen.max()),
                most,
                0.0,
                1.0,
                most <= 1,
            )
        )
    columns = ["rows", "statistic", "observed", "median", "lower", "upper", "passed"]
    return Check("posterior predictive", pd.DataFrame(rows, columns=columns).assign(interval="eti_99"))


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
