"""What is true in a simulated world: plausible values, or draws from a model's own prior."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

from models.joint import inside
from models.likelihoods import get
from models.modes import PLAIN
from models.spec import ModelSpec

Truth = dict[str, xr.DataArray]

#: A plausible world, part by part, in units of the predictor (for a share in per cent points of
#: 0.01): centre of the operations' intercepts and their spread, slopes and spreads of effects.
PLAUSIBLE: Mapping[str, Mapping[str, float]] = {
    "participation": {
        "intercept": -3.2, "intercept_spread": 0.4, "slope_mean": 1.2, "slope_spread": 0.5,
        "slope_between": 0.8, "similarity": 1.0, "similarity_spread": 0.6,
        "operation_year_sd": 0.3, "treaty_sd": 0.7, "state_sd": 1.0,
        "state_year_sd": 0.6, "state_step_sd": 0.3, "slope_leader_spread": 0.5,
        "similarity_leader_spread": 0.5, "control_spread": 0.1,
    },
    "size": {
        "intercept": -5.8, "intercept_spread": 0.3, "slope_mean": 0.7, "slope_spread": 0.4,
        "slope_between": 0.5, "similarity": 0.5, "similarity_spread": 0.4,
        "operation_year_sd": 0.2, "treaty_sd": 0.6, "state_sd": 0.6,
        "state_year_sd": 0.4, "state_step_sd": 0.2, "slope_leader_spread": 0.4,
        "similarity_leader_spread": 0.4, "control_spread": 0.1,
    },
    "share": {
        "intercept": 0.1, "intercept_spread": 0.2, "slope_mean": 0.8, "slope_spread": 0.4,
        "slope_between": 0.5, "similarity": 0.5, "similarity_spread": 0.4,
        "operation_year_sd": 0.2, "treaty_sd": 0.6, "state_sd": 0.6,
        "state_year_sd": 0.4, "state_step_sd": 0.2, "slope_leader_spread": 0.4,
        "similarity_leader_spread": 0.4, "control_spread": 0.1,
    },
}  # fmt: skip
AUTOCORRELATION = 0.7
CONTROLS = (0.5, 0.3, -0.3)


def known_truth(panel: xr.Dataset, spec: ModelSpec, rng: np.random.Generator) -> Truth:
    """Effects of a plausible world: fixed means and spreads, group effects drawn from them.

    Parameters
    ----------
    panel : Dataset
        Covariates.
    spec : ModelSpec
        Says which effects exist.
    rng : numpy.random.Generator

    Returns
    -------
    dict of DataArray
        Under the names of the model's variables.
    """
    contribution = spec.contribution
    likelihood = get(contribution.likelihood)
    coords = _coords(panel, spec)
    truth: Truth = {k: xr.DataArray(v) for k, v in likelihood.plausible.items()}
    for part in likelihood.parts:
        plausible, unit = PLAUSIBLE[part], likelihood.unit

        def normal(key: str, dim: str, centre: float | np.ndarray, spread: float, part: str = part) -> None:
            drawn = rng.normal(centre, spread, len(coords[dim]))
            truth[f"{part}_{key}"] = xr.DataArray(drawn, {dim: coords[dim]})

        centre = likelihood.plausible_intercept.get(part, plausible["intercept"] * unit)
        normal("intercept", "operation", centre, plausible["intercept_spread"] * unit)
        scalars = ["slope_between"] * contribution.within_between
        by_leader = contribution.slope_by_leader and len(coords["leader"]) > 1
        by_operation = contribution.slope_varies and panel.sizes["operation"] > 1
        names = {"slope": "slope_mean"}
        if contribution.hold_similarity and contribution.similarity_varies and (by_leader or by_operation):
            names["similarity"] = "similarity"
        elif contribution.hold_similarity:
            scalars.append("similarity")
        for key, centre in names.items():
            mean = unit * plausible[centre]
            truth[f"{part}_{key}_mean"] = xr.DataArray(mean)
            if by_leader:
                scalars.append(f"{key}_leader_spread")
                normal(f"{key}_leader", "leader", mean, unit * plausible[f"{key}_leader_spread"])
                own = panel["operation_leader"].to_numpy()
                mean = truth[f"{part}_{key}_leader"].sel(leader=own).to_numpy()
            if by_operation:
                scalars.append(f"{key}_spread")
                normal(key, "operation", mean, unit * plausible[f"{key}_spread"])
        for key, wanted in _varying(panel, spec).items():
            if wanted:
                scalars.append(f"{key}_sd")
                normal(key, key, 0.0, plausible[f"{key}_sd"] * unit)
        for key in scalars:
            truth[f"{part}_{key}"] = xr.DataArray(plausible[key] * unit)
        if coords["control"]:
            slopes = xr.DataArray(
                unit * np.resize(CONTROLS, len(coords["control"])), {"control": coords["control"]}
            )
            truth[f"{part}_control"] = slopes
            if contribution.controls_vary and (by_leader or by_operation):
                spread = unit * plausible["control_spread"]
                drawn = rng.normal(slopes, spread, (len(coords["operation"]), slopes.size))
                both = {"operation": coords["operation"], "control": coords["control"]}
                truth[f"{part}_control_mean"] = slopes
                truth[f"{part}_control_spread"] = xr.full_like(slopes, spread)
                truth[f"{part}_control"] = xr.DataArray(drawn, both)
        if contribution.state_effects and contribution.state_dynamics != "none":
            years = np.unique(panel["row_year"].to_numpy())
            walks = contribution.state_dynamics == "random_walk"
            key = "state_step_sd" if walks else "state_year_sd"
            spread = plausible[key] * unit
            truth[f"{part}_{key}"] = xr.DataArray(spread)
            if not walks:
                truth[f"{part}_state_autocorrelation"] = xr.DataArray(AUTOCORRELATION)
            moved = _walk(rng, len(coords["state"]), years, spread, None if walks else AUTOCORRELATION)
            truth[f"{part}_state_year"] = xr.DataArray(moved, {"state": coords["state"], "year": years})
    return truth


def _walk(
    rng: np.random.Generator, states: int, years: np.ndarray, spread: float, autocorrelation: float | None
) -> np.ndarray:
    """Walk year by year, gaps included, shape (state, year): an AR(1), or a random walk from zero (None)."""
    value = np.zeros(states) if autocorrelation is None else spread * rng.standard_normal(states)
    out = {int(years[0]): value}
    for year in range(int(years[0]) + 1, int(years[-1]) + 1):
        fresh = spread * rng.standard_normal(states)
        if autocorrelation is None:
            value = value + fresh
        else:
            value = autocorrelation * value + np.sqrt(1 - autocorrelation**2) * fresh
        out[year] = value
    return np.column_stack([out[int(year)] for year in years])


def _varying(panel: xr.Dataset, spec: ModelSpec) -> dict[str, bool]:
    """Which varying intercepts the model has."""
    contribution = spec.contribution
    years = len(operation_years(panel)[1]) > panel.sizes["operation"]
    return {
        "operation_year": contribution.operation_year_effects and years,
        "treaty": contribution.treaty_effects and bool(panel["in_force"].to_numpy().any()),
        "state": contribution.state_effects,
    }


def operation_years(panel: xr.Dataset) -> tuple[np.ndarray, list[str]]:
    """Index of each row's operation-year, and their labels in the model's order."""
    keys = pd.MultiIndex.from_arrays([panel["row_operation"].to_numpy(), panel["row_year"].to_numpy()])
    index, found = pd.factorize(keys, sort=True)
    return index, [f"{operation} {year}" for operation, year in found]


def _coords(panel: xr.Dataset, spec: ModelSpec) -> dict[str, list]:
    controls = spec.contribution.controls
    return {
        "operation": [str(v) for v in panel["operation"].to_numpy()],
        "operation_year": operation_years(panel)[1],
        "leader": np.unique(panel["operation_leader"].to_numpy()).tolist(),
        "treaty": [str(v) for v in panel["treaty"].to_numpy()[inside(panel)]],
        "state": [str(v) for v in panel["state"].to_numpy()],
        "control": [str(v) for v in panel["control"].to_numpy()] if controls is None else list(controls),
    }


def prior_truths(model: pm.Model, draws: int, seed: int) -> list[Truth]:
    """Draw truths from a model's own prior, as calibration asks for.

    Parameters
    ----------
    model : pymc.Model
        Built on the covariates.
    draws, seed : int

    Returns
    -------
    list of dict of DataArray
        Every free and deterministic variable of the model.
    """
    variables = [*model.free_RVs, *model.deterministics]
    values = pm.draw(variables, draws=draws, random_seed=seed, mode=PLAIN)
    dims = [model.named_vars_to_dims.get(variable.name) or () for variable in variables]
    return [
        {
            variable.name: xr.DataArray(value[k], {d: list(model.coords[d]) for d in names}, names)
            for variable, value, names in zip(variables, values, dims, strict=True)
        }
        for k in range(draws)
    ]
