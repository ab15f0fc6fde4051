"""The verdict on a posterior: the gate, within each imputation where depth is imputed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from models.joint import Joint, measurement
from workflows.draws.summary import scalars
from workflows.judge.gate import Gate, gate
from workflows.sampling.posterior import chains_of_imputation, imputes

#: Largest Monte Carlo error over imputations, in posterior SDs of the quantity.
TOLERANCE = 0.1


def judged(model: Joint, tree: xr.DataTree, reported: xr.Dataset) -> Gate:
    """The verdict of the diagnostics on a posterior, within each imputation where depth is imputed.

    Parameters
    ----------
    model : Joint
    tree : DataTree
        Its draws, as `Posterior` returns them.
    reported : Dataset
        Quantities that a reader will see, dims (chain, draw, ...).
    """
    free = [variable.name for variable in model.model.free_RVs]
    if not imputes(model):
        return gate(tree, free, reported)
    given = {variable.name for variable in measurement(model.panel, model.spec).free_RVs}
    chains = chains_of_imputation(model, tree["posterior"].to_dataset())
    return cut_gate(tree, [name for name in free if name not in given], reported, chains)


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
        labels, values = scalars(array)
        count = array.sizes["chain"] // chains
        values = values.reshape(count, -1, len(labels))
        for k, label in enumerate(labels):
            cell = values[..., k]
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
