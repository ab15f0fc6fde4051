"""Similarity that is known with error: a latent similarity of each dyad-year beside the published one.

Ideal points are posterior means with posterior standard deviations. What is published is therefore centred on what is
meant, and a latent similarity is drawn around it (Berkson's error), rather than the published one around the
latent. Taken as known, it would leave this uncertainty out of potential and of what is held.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pymc as pm
import xarray as xr

from data.common.errors import InputError
from models.predictor.design import Design
from models.spec import ModelSpec


def dyad_years(panel: xr.Dataset) -> np.ndarray:
    """Index of each row's (state, leader, year), shape (row,)."""
    frame = panel.coords.to_dataset().reset_coords()[["row_ccode", "row_leader", "row_year"]].to_dataframe()
    return frame.groupby(list(frame.columns)).ngroup().to_numpy()


def dyad_year_names(panel: xr.Dataset) -> list[str]:
    """Label of each dyad-year, in the order of `dyad_years`: ``State with 2 in 2009``."""
    first = np.unique(dyad_years(panel), return_index=True)[1]
    keys = (panel[f"row_{key}"].values[first] for key in ("state", "leader", "year"))
    return [f"{state} with {leader} in {year}" for state, leader, year in zip(*keys, strict=True)]


def similarity_errors(panel: xr.Dataset) -> np.ndarray:
    """Standard error of each row's similarity, shape (row,), on the scale of similarity.

    Raises
    ------
    InputError
        If a row has none, or rows of one dyad-year differ in similarity or error.
    """
    error = panel["similarity_sd"].values.astype(float) if "similarity_sd" in panel else np.full(1, np.nan)
    bad = ~(np.isfinite(error) & (error > 0))
    if bad.any():
        without = panel.sizes["row"] if bad.all() else int(bad.sum())
        raise InputError(
            f"{without} of {panel.sizes['row']} rows without a positive similarity_sd",
            "a panel whose similarity comes from ideal points with intervals (source 'official'), or "
            "similarity_error = false",
            column="similarity_error",
        )
    dyad_year = dyad_years(panel)
    first = np.unique(dyad_year, return_index=True)[1]
    for name in ("similarity", "similarity_sd"):
        values = panel[name].values.astype(float)
        wrong = np.abs(values - values[first][dyad_year]) > 1e-9
        if wrong.any():
            label = dyad_year_names(panel)[dyad_year[int(wrong.argmax())]]
            raise InputError(
                f"two values of {name}", "one for a dyad-year", row=label, column="similarity_error"
            )
    return error


def with_latent_similarity(design: Design, panel: xr.Dataset, spec: ModelSpec) -> Design:
    """Register the latent similarity in the model on the stack, and return the design that uses it.

    Parameters
    ----------
    design : Design
        With the observed similarity.
    panel : Dataset
    spec : ModelSpec

    Returns
    -------
    Design
        `similarity` is a tensor, shape (row,); the design itself where `similarity_error` is off.

    Raises
    ------
    InputError
        If the panel does not carry the error of its similarity; see `similarity_errors`.

    Notes
    -----
    ``similarity_latent[d] = 1 - |1 - similarity[d] - similarity_sd[d] z[d]|`` with standard normal z, dim ``dyad_year``
    (leader, state, year): the difference of two ideal points is normal around the published one, and similarity falls
    with its absolute value. Away from 1 this is ``Normal(similarity[d], similarity_sd[d])``; it never exceeds 1, where
    the points coincide. Similarity 0 is a declared distance and no end of the scale: nothing is cut off there.
    Innovations are non-centred, since troops say little about one dyad-year. Rows of two operations in one
    dyad-year share its similarity. Errors are independent between dyad-years: what the states of a year share
    through the leader's own ideal point, and one state's years through its trend, is not in the panel.
    """
    if not spec.contribution.similarity_error:
        return design
    error = similarity_errors(panel)
    dyad_year = dyad_years(panel)
    first = np.unique(dyad_year, return_index=True)[1]
    seen, spread = np.asarray(design.similarity, float)[first], error[first]
    pm.modelcontext(None).add_coord("dyad_year", dyad_year_names(panel))
    raw = pm.Normal("similarity_raw", 0.0, 1.0, dims="dyad_year")
    latent = pm.Deterministic("similarity_latent", 1.0 - abs(1.0 - seen - spread * raw), dims="dyad_year")
    return replace(design, similarity=latent[dyad_year])


def at_observed_similarity(spec: ModelSpec) -> ModelSpec:
    """Return the same model with similarity taken as published, for quantities that are no function of draws."""
    changed = spec.contribution.model_copy(update={"similarity_error": False})
    return spec.model_copy(update={"contribution": changed})
