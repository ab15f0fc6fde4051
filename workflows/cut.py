"""Measurement without feedback: depth is drawn from its provisions alone, the outcome model fitted to each draw.

The posterior that results (Plummer 2015 calls it cut) is a mixture: each imputation contributes its draws
with equal weight. Within an imputation depth is known, so the gate applies there; how far the mixture
depends on which depths were drawn is a Monte Carlo error over imputations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from data.errors import InputError
from models.joint import measurement
from models.refit import DEPTH, refit
from models.spec import ModelSpec
from workflows.chains import chain_seed
from workflows.gate import Gate, gate
from workflows.refits import Compiled
from workflows.spec import SamplingSpec

#: Largest Monte Carlo error over imputations, in posterior SDs of the quantity.
TOLERANCE = 0.1


def imputed(alone: xr.Dataset, imputations: int, seed: int) -> xr.Dataset:
    """Take draws of the measurement posterior at random, without repetition; dims (imputation, ...).

    Raises
    ------
    InputError
        If there are fewer draws than imputations.
    """
    found = alone.sizes["chain"] * alone.sizes["draw"]
    if found < imputations:
        raise InputError(
            f"{found} draws of depth under measurement alone",
            f"at least {imputations}, one for each imputation",
            column="depth.imputations",
        )
    flat = alone.stack(imputation=("chain", "draw")).reset_index("imputation", drop=True)
    chosen = np.random.default_rng([seed, 7]).choice(flat.sizes["imputation"], imputations, replace=False)
    return flat.isel(imputation=np.sort(chosen)).assign_coords(imputation=np.arange(imputations))


class Cut:
    """The outcome model of a panel with depth as data, compiled once, and the depths that it is given in turn.

    Parameters
    ----------
    panel : Dataset
    spec : ModelSpec
        `depth.imputations` says how many.
    alone : Dataset
        Draws (chain, draw, ...) of the measurement model of this panel.
    seed : int
        Decides which draws of measurement are taken.
    """

    def __init__(self, panel: xr.Dataset, spec: ModelSpec, alone: xr.Dataset, seed: int) -> None:
        names = [rv.name for rv in measurement(panel, spec).free_RVs]
        self.depths = imputed(alone, spec.depth.imputations, seed)[names]
        first = self.depths["treaty_depth"].isel(imputation=0).values
        self._compiled = Compiled(refit(panel, spec, depth=first))

    def draw(
        self, sampling: SamplingSpec, which: Sequence[int] | None = None, **data: np.ndarray
    ) -> Iterator[tuple[int, xr.DataTree]]:
        """Yield (imputation, its draws).

        Parameters
        ----------
        sampling : SamplingSpec
            Chains, warm-up and draws of each imputation.
        which : sequence of int, optional
            Imputations to sample; all by default.
        **data
            As for `models.refit.Refit.values`.

        Yields
        ------
        (int, DataTree)
            Groups ``posterior`` and ``sample_stats``. The measurement variables stand in the posterior too,
            constant within an imputation, so that the draws are those of the full joint model. Chains are
            numbered through: imputation m has m * chains, ..., (m + 1) * chains - 1.
        """
        for m in range(self.depths.sizes["imputation"]) if which is None else which:
            one = self.depths.isel(imputation=m, drop=True)
            known = {DEPTH: one["treaty_depth"].values}
            tree = self._compiled.sample(sampling, imputation_seed(sampling.seed, m), **data, **known)
            posterior = tree["posterior"].to_dataset()
            bare = one.drop_vars(set(one.coords) - set(one.dims))
            given = bare.expand_dims(chain=posterior["chain"].values, draw=posterior["draw"].values)
            number = imputation_chains(m, sampling.chains)
            groups = {
                "posterior": posterior.merge(given),
                "sample_stats": tree["sample_stats"].to_dataset(),
            }
            yield m, xr.DataTree.from_dict({k: v.assign_coords(chain=number) for k, v in groups.items()})


def imputation_seed(seed: int, m: int) -> int:
    """Seed of the fit to imputation m."""
    return chain_seed(seed, 20_000 + m)


def imputation_chains(m: int, chains: int) -> np.ndarray:
    """Numbers of the chains of imputation m, shape (chains,)."""
    return m * chains + np.arange(chains)


def monte_carlo_error(effect: xr.Dataset, chains: int) -> pd.DataFrame:
    """Error of each reported quantity that comes from using few imputations.

    Parameters
    ----------
    effect : Dataset
        Quantities with dims (chain, draw, ...), chains numbered as `Cut.draw` does.
    chains : int
        Chains of one imputation.

    Returns
    -------
    DataFrame
        Columns `quantity, error, sd, relative, imputations, needed, passed`. `error` is the standard error of
        the mean over imputations (from the spread of their means, less what their own draws explain is not
        taken off, so that it errs upwards), `relative` that error in SDs of the mixture, `needed` how
        many imputations would bring it to the tolerance.
    """
    rows = []
    for name, array in effect.data_vars.items():
        dims = [d for d in array.dims if d not in ("chain", "draw")]
        values = array.transpose("chain", "draw", *dims).values
        count = values.shape[0] // chains
        values = values.reshape(count, -1, *values.shape[2:])
        labels = [str(v) for v in array[dims[0]].values] if dims else [""]
        for k, label in enumerate(labels):
            cell = values[..., k] if dims else values
            error, sd = float(cell.mean(1).std(ddof=1) / np.sqrt(count)), float(cell.std())
            relative = error / sd if sd > 0 else 0.0
            needed = int(np.ceil(count * (relative / TOLERANCE) ** 2))
            quantity = f"{name}[{label}]" if label else str(name)
            rows.append((quantity, error, sd, relative, count, needed, relative <= TOLERANCE))
    columns = ["quantity", "error", "sd", "relative", "imputations", "needed", "passed"]
    return pd.DataFrame(rows, columns=columns)


def cut_gate(tree: xr.DataTree, free: Collection[str], effect: xr.Dataset, chains: int) -> Gate:
    """Judge each imputation by the gate, and their number by its Monte Carlo error.

    Parameters
    ----------
    tree : DataTree
        All imputations, as `Cut.draw` numbers their chains.
    free : collection of str
        Free variables of the outcome model.
    effect : Dataset
        Reported quantities.
    chains : int
        Chains of one imputation.

    Returns
    -------
    Gate
        Of each criterion and parameter the worst imputation; one criterion more, `imputations`.
    """
    verdicts = []
    for m in range(tree["posterior"].sizes["chain"] // chains):
        mine = slice(m * chains, (m + 1) * chains)
        one = xr.DataTree.from_dict(
            {g: tree[g].to_dataset().isel(chain=mine) for g in ("posterior", "sample_stats")}
        )
        verdicts.append(gate(one, free, effect.isel(chain=mine)))
    checks = verdicts[0].checks.copy()
    for row in range(len(checks)):
        worst = next((v.checks.iloc[row] for v in verdicts if not v.checks.iloc[row]["passed"]), None)
        if worst is not None:
            checks.iloc[row] = worst
    failed = sum(not v.passed for v in verdicts)
    checks["check"] = checks["check"] + " (within each imputation)"
    errors = monte_carlo_error(effect, chains)
    most = errors.loc[errors["relative"].idxmax()]
    good = bool(errors["passed"].all())
    extra = {
        "check": "imputations",
        "found": f"{most['imputations']}: Monte Carlo error {most['relative']:.3f} SD ({most['quantity']}); "
        f"{failed} failed the gate",
        "limit": f"at most {TOLERANCE:g} SD",
        "passed": good,
        "advice": "" if good else f"Declare imputations = {errors['needed'].max()}.",
    }
    everything = pd.concat([v.parameters for v in verdicts])
    worst = everything.groupby("quantity", sort=False).agg(
        r_hat=("r_hat", "max"), ess_bulk=("ess_bulk", "min"), ess_tail=("ess_tail", "min"),
        passed=("passed", "all"), advice=("advice", "max"),
    )  # fmt: skip
    checks = pd.concat([checks, pd.DataFrame([extra])], ignore_index=True)
    return replace(verdicts[0], checks=checks, parameters=worst.reset_index())
