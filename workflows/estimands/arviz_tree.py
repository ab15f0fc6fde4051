"""A fit in ArviZ's own form: one DataTree whose groups and names are those that ArviZ's functions look for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from data.common.disk import save_netcdf
from models.joint import Joint
from workflows.draws.evaluate import evaluate, with_deterministics
from workflows.estimands.checks import observed, predictive, prior_draws
from workflows.estimands.effects import headline_quantities
from workflows.estimands.power_scaling import log_priors
from workflows.estimands.predictive_score import movable_states, of_rows, state_log_likelihood

if TYPE_CHECKING:
    from workflows.estimands.fit import Fit

#: Dims of effects of single groups, which a summary of the population leaves out.
GROUPS = ("state", "treaty", "treaty_in_operation", "operation_year", "row")
#: Rows times draws of the groups with a value for each row: 16 MB each before compression.
MOST_CELLS = 4_000_000
PRIOR_DRAWS = 400
#: Draws of the log likelihood by state, each an integral.
STATE_DRAWS = 400


def arviz_tree(
    fit: Fit,
    *,
    prior: xr.Dataset | None = None,
    prior_predictive: xr.DataArray | None = None,
    seed: int = 0,
    most_cells: int = MOST_CELLS,
) -> xr.DataTree:
    """Everything that ArviZ's functions ask of a result, in one tree.

    Parameters
    ----------
    fit : Fit
    prior : Dataset, optional
        Draws of the model's free variables from their prior; drawn where not given.
    prior_predictive : DataArray, dims (chain, draw, row), optional
        Outcomes replicated from `prior`.
    seed : int
        Of what is drawn here.
    most_cells : int
        Rows times draws at most: of more, every k-th draw is kept, the same in all groups (``attrs["thinned"]``).

    Returns
    -------
    DataTree
        ``posterior`` and ``prior`` (the headline effect, coefficients, spreads and dispersions, depth of treaties),
        ``sample_stats``, ``log_prior`` (by block of the prior), ``log_likelihood`` (of rows; those of states with
        their effects integrated out, and of operations, in ``log_likelihood_state`` and
        ``log_likelihood_operation``), ``posterior_predictive``, ``prior_predictive``, ``observed_data`` (all named
        after the outcome, dims row), ``constant_data`` (whatever else was given, troops and shares included).
    """
    joint, name = fit.joint, fit.joint.contribution.likelihood.outcome
    whole = fit.draws["posterior"].to_dataset()
    step = -(-whole.sizes["chain"] * whole.sizes["draw"] * joint.panel.sizes["row"] // most_cells)
    kept = {"draw": slice(None, None, step)}
    draws = whole.isel(kept)
    if prior is None:
        prior = prior_draws(joint, PRIOR_DRAWS, seed)
    if prior_predictive is None:
        prior_predictive = predictive(joint, prior, seed)
    quantities = headline_quantities(joint, fit.headline.attrs["step"])
    blocks = log_priors(joint)
    # One graph: what has a density is worked out once.
    densities = evaluate(joint, draws, blocks | of_rows(joint))
    rows = densities["log_likelihood"]
    by_operation = [
        rows.values[..., joint.design.operation == k].sum(-1) for k in range(joint.design.operations)
    ]
    groups = {
        "posterior": _named(fit.headline.isel(kept), _first(draws)),
        "sample_stats": fit.draws["sample_stats"].to_dataset().isel(kept),
        "prior": _named(evaluate(joint, prior, quantities), _first(with_deterministics(joint.model, prior))),
        "log_prior": xr.Dataset(
            {name.replace(" ", "_"): densities[name].variable for name in blocks}, _sample(draws)
        ),
        "log_likelihood": _of_rows(rows, name, joint),
        "log_likelihood_operation": xr.Dataset(
            {name: (("chain", "draw", "operation"), np.stack(by_operation, -1))},
            {**_sample(draws), "operation": joint.panel["operation"].values},
        ),
        "posterior_predictive": _of_rows(
            predictive(joint, draws, seed + 1, draws.sizes["chain"] * draws.sizes["draw"]), name, joint
        ),
        "prior_predictive": _of_rows(prior_predictive, name, joint),
        "observed_data": _of_rows(xr.DataArray(observed(joint), dims="row"), name, joint),
    }
    if not movable_states(joint.spec):
        by_state = state_log_likelihood(joint, draws, STATE_DRAWS).reset_coords(drop=True)
        groups["log_likelihood_state"] = by_state.to_dataset(name=name)
    if "constant_data" in fit.draws:
        seen = fit.draws["observed_data"].to_dataset().data_vars
        groups["constant_data"] = fit.draws["constant_data"].to_dataset().assign(seen)
    tree = xr.DataTree.from_dict({key: _sized(group) for key, group in groups.items()})
    tree.attrs.update(fit.draws.attrs, thinned=f"every draw of {step}" if step > 1 else "no", outcome=name)
    return tree


def write(tree: xr.DataTree, path: Path) -> None:
    """Write a tree as NetCDF, long arrays of numbers compressed."""
    encoding = {
        node.path: {
            str(name): {"zlib": True, "complevel": 1}
            for name, array in node.data_vars.items()
            if array.size > 10_000 and array.dtype.kind in "fiu"
        }
        for node in tree.subtree
    }
    save_netcdf(tree, path, encoding={k: v for k, v in encoding.items() if v})


def _first(draws: xr.Dataset) -> xr.Dataset:
    """What a person wants first: slopes before other parameters of the population, then depth of treaties."""
    population = [
        str(name)
        for name, array in draws.data_vars.items()
        if not set(array.dims) & set(GROUPS) and not str(name).endswith("_raw")
    ]
    slopes = [name for name in population if "_slope" in name]
    measured = [name for name in population if name.startswith(("loading", "threshold"))]
    between = [name for name in population if name not in slopes and name not in measured]
    last = [name for name in ("treaty_depth",) if name in draws]
    return draws[[*slopes, *between, *measured, *last]]


def _named(*parts: xr.Dataset) -> xr.Dataset:
    """Variables of several datasets under one another; a second name of a dim is one that ArviZ cannot stack."""
    out = xr.merge(parts, compat="override").drop_attrs()
    return out.drop_vars([c for c in out.coords if c not in out.dims])


def _sample(draws: xr.Dataset) -> dict[str, np.ndarray]:
    return {dim: draws[dim].values for dim in ("chain", "draw")}


def _of_rows(values: xr.DataArray, name: str, joint: Joint) -> xr.Dataset:
    """One variable over rows, which say their state, operation and year."""
    about = {c: ("row", joint.panel[c].values) for c in ("row_state", "row_operation", "row_year")}
    sample = {dim: values[dim] for dim in ("chain", "draw") if dim in values.dims}
    bare = xr.DataArray(values.values, dims=values.dims)
    return bare.to_dataset(name=name).assign_coords(
        {**sample, "row": np.arange(joint.panel.sizes["row"]), **about}
    )


def _sized(group: xr.Dataset) -> xr.Dataset:
    """Values of rows in single precision."""
    wide = [n for n, a in group.data_vars.items() if "row" in a.dims and a.dtype == float and a.ndim > 2]
    return group.assign({name: group[name].astype("float32") for name in wide})
