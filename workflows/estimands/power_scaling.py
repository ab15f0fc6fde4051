"""Power-scaling: how far the headline effect gives way when one block of the prior, or the likelihood, is scaled.

A posterior with its prior (or likelihood) raised to a power close to one is had from the draws at hand by
importance weights (Kallioinen, Paananen, Bürkner & Vehtari 2024). Of hierarchical priors only the top is
scaled: effects given their spread are part of the model. Weights that a few draws dominate say nothing: the
Pareto k of their tail (Vehtari, Simpson, Gelman, Yao & Gabry 2024) stands beside every sensitivity.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr
from arviz_stats import psense
from pytensor.tensor.variable import TensorVariable

from models.joint import Joint
from workflows.draws.evaluate import evaluate
from workflows.sampling.posterior import chains_of_imputation, imputes

#: Blocks of the prior by the end of a variable's name, in this order.
BLOCKS = (
    ("slope of potential", ("slope_mean", "slope_between")),
    ("spread of slopes", ("slope_spread", "slope_leader_spread")),
    ("similarity", ("similarity", "similarity_mean")),
    ("spread of similarity", ("similarity_spread", "similarity_leader_spread")),
    ("controls", ("control", "control_mean", "control_spread")),
    ("intercepts", ("intercept",)),
    (
        "spreads of effects",
        (
            "state_sd",
            "treaty_sd",
            "operation_year_sd",
            "treaty_operation_sd",
            "state_year_sd",
            "state_step_sd",
        ),
    ),
    ("persistence of states", ("state_autocorrelation",)),
    ("items of depth", ("loading_other", "loading_anchor", "threshold_first", "threshold_gap")),
    ("depth of treaties", ("treaty_depth",)),
)
DISPERSION = "dispersion"
#: From this on a quantity counts as sensitive (Kallioinen, Paananen, Bürkner & Vehtari 2024).
THRESHOLD = 0.05
#: SD below which a log density does not vary.
CONSTANT = 1e-9
MOST = 2000
#: Powers between which the sensitivity is a difference, as in `arviz_stats.psense`.
POWERS = (0.99, 1.01)


def blocks(joint: Joint) -> dict[str, list[str]]:
    """Names of variables with a prior by block; effects given their spread are in none."""
    out: dict[str, list[str]] = {}
    for name in (*(variable.name for variable in joint.model.free_RVs), *joint.contribution.declared):
        block = next((b for b, ends in BLOCKS if name.endswith(ends)), None)
        if block is None and name.removesuffix("_operation_sd") in joint.contribution.params:
            block = DISPERSION
        if block is not None:
            out.setdefault(block, []).append(name)
    return out


def log_densities(joint: Joint, draws: xr.Dataset, most: int | None = MOST) -> tuple[xr.Dataset, xr.Dataset]:
    """Log prior by block and log likelihood by part, dims (chain, draw); constants included."""
    prior = log_priors(joint)
    likelihood = {p.name: (p, ()) for p in joint.model.potentials}
    found = evaluate(joint, draws, {**prior, **likelihood}, most)
    return found[list(prior)], found[list(likelihood)]


def log_priors(joint: Joint) -> dict[str, tuple[TensorVariable, tuple[()]]]:
    """Log prior of each block of `blocks`, as `evaluate` takes it."""
    return {
        block: (sum(_log_prior(joint, name) for name in names), ()) for block, names in blocks(joint).items()
    }


def _log_prior(joint: Joint, name: str) -> TensorVariable:
    value, prior = joint.model[name], joint.contribution.declared.get(name)
    return pm.logp(value if prior is None else pm.Normal.dist(*prior), value).sum()


def power_scaling(
    joint: Joint, draws: xr.Dataset, effect: xr.Dataset, most: int | None = MOST
) -> pd.DataFrame:
    """Sensitivity of each quantity of `effect` to each block of the prior and part of the likelihood.

    Parameters
    ----------
    joint : Joint
    draws, effect : Dataset
        Posterior draws and a function of the same draws.
    most : int, optional
        Draws used.

    Returns
    -------
    DataFrame
        Columns `quantity, kind` (prior, likelihood), `block` (or ``all``), `sensitivity`, `pareto_k` (the larger
        of both powers' weights), `reliable` (k at most `good_k`), `diagnosis`. Where depth is imputed, densities of
        depth alone have no sensitivity and say so: a handful of imputations bears no importance weights; what the
        prior of items does is for a refit to say.
    """
    (prior, fixed), (likelihood, also) = (
        _without_feedback(joint, found) for found in log_densities(joint, draws, most)
    )
    effect = effect.sel(chain=prior["chain"], draw=prior["draw"])
    tree = xr.DataTree.from_dict({"posterior": effect, "log_prior": prior, "log_likelihood": likelihood})
    rows = []
    for kind, group in (("prior", prior), ("likelihood", likelihood)):
        for names in ([str(n) for n in group.data_vars], *([str(n)] for n in group.data_vars)):
            block = "all" if len(names) > 1 or len(group.data_vars) == 1 else names[0]
            found = psense(tree, group=kind, group_var_names=names, alphas=POWERS)
            k = pareto_k(group[names].to_dataarray().sum("variable"))
            for name, array in found.data_vars.items():
                for label, value in _cells(str(name), array):
                    rows.append((label, kind, block, float(value), k))
    table = pd.DataFrame(
        rows, columns=["quantity", "kind", "block", "sensitivity", "pareto_k"]
    ).drop_duplicates(["quantity", "kind", "block"])
    # A k that cannot be told (NaN) is no good one.
    table["reliable"] = table["pareto_k"] <= good_k(prior.sizes["chain"] * prior.sizes["draw"])
    table = table.assign(diagnosis=_diagnosis(table))
    imputed = [
        (quantity, kind, block, np.nan, np.nan, False, "not scaled: depth is imputed")
        for quantity in table["quantity"].unique()
        for kind, blocks in (("prior", fixed), ("likelihood", also))
        for block in blocks
    ]
    return pd.concat([table, pd.DataFrame(imputed, columns=table.columns)]) if imputed else table


def pareto_k(log_density: xr.DataArray, powers: tuple[float, float] = POWERS) -> float:
    """Pareto k of the importance weights that raise a density, dims (chain, draw), to each power; the larger."""
    log_density = log_density - log_density.mean()
    # psislw takes minus the logarithm of the weights.
    return max(
        float((-(power - 1) * log_density).azstats.psislw(dim=["chain", "draw"])[1]) for power in powers
    )


def good_k(draws: int) -> float:
    """The largest k at which `draws` draws suffice: min(1 - 1 / log10(draws), 0.7) (Vehtari et al. 2024)."""
    return min(1 - 1 / np.log10(draws), 0.7)


def _without_feedback(joint: Joint, densities: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """Log densities whose scaling leaves imputations their equal weights, and the names of those of depth alone.

    Each imputation's posterior is normalised by itself. Under scaling its normaliser gives way too: to first order,
    which is what a sensitivity is, by the mean of the log density over its draws.
    """
    if not imputes(joint):
        return densities, []
    size = chains_of_imputation(joint, densities)
    stacked = densities.assign_coords(chain=np.arange(densities.sizes["chain"]) // size)
    mean = stacked.groupby("chain").mean(("chain", "draw")).sel(chain=stacked["chain"])
    centred = (stacked - mean).assign_coords(chain=densities["chain"])
    constant = [str(name) for name, values in centred.data_vars.items() if float(values.std()) < CONSTANT]
    return centred.drop_vars(constant), constant


def _cells(name: str, array: xr.DataArray) -> list[tuple[str, float]]:
    if not array.dims:
        return [(name, float(array))]
    dim = array.dims[0]
    return [(f"{name}[{label}]", float(array.sel({dim: label}))) for label in array[dim].values]


def _diagnosis(table: pd.DataFrame) -> list[str]:
    whole = table[(table["kind"] == "likelihood") & (table["block"] == "all")].set_index("quantity")
    out = []
    for r in table.itertuples():
        likelihood = whole.loc[r.quantity]
        if not r.reliable:
            out.append(f"unreliable (Pareto k {r.pareto_k:.2f}): refit under another prior")
        elif r.kind == "likelihood":
            out.append("")
        elif r.sensitivity >= THRESHOLD and not likelihood["reliable"]:
            out.append("sensitive to the prior; to the likelihood not known")
        else:
            out.append(verdict(r.sensitivity, likelihood["sensitivity"]))
    return out


def verdict(prior: float, likelihood: float) -> str:
    """What the two sensitivities say together.

    Sensitive to both is a conflict of prior and data; to the prior alone, a likelihood that says little.
    """
    if prior < THRESHOLD:
        return "not sensitive to the prior"
    return "prior and data in conflict" if likelihood >= THRESHOLD else "the data say little"


def overall(table: pd.DataFrame) -> pd.DataFrame:
    """One row a quantity: `quantity, prior, likelihood, reliable, says`, as `figures.power_scaling` takes it."""
    whole = table[table["block"] == "all"]
    wide = whole.pivot_table(index="quantity", columns="kind", values="sensitivity")
    wide["reliable"] = whole.groupby("quantity")["reliable"].all()
    wide["says"] = [verdict(r.prior, r.likelihood) for r in wide.itertuples()]
    return wide.reset_index()[["quantity", "prior", "likelihood", "reliable", "says"]].rename_axis(
        columns=None
    )
