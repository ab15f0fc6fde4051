"""Worlds in which votes count for more in one operation than in another, and depth for the same in all."""

from __future__ import annotations

import numpy as np
import xarray as xr

from models.simulate import Size, simulate
from models.spec import ModelSpec

SIZE = Size(
    states=110,
    operations={"Alder": (2001, 2003), "Birch": (2004, 2006), "Cedar": (2007, 2009)},
    treaties=8,
    other_treaties=12,
)
#: Coefficients of similarity, per unit, around what depth's slope of one would give.
SIMILARITY = {"Alder": 6.0, "Birch": 0.0, "Cedar": -6.0}
SLOPE = 1.5


def world(seed: int, likelihood: str = "bernoulli") -> tuple[xr.Dataset, ModelSpec, np.ndarray]:
    """Return a panel, the spec that generated it, and the true depths of its treaties."""
    spec = ModelSpec.model_validate(
        {
            "contribution": {
                "likelihood": likelihood,
                "controls": [],
                "state_effects": False,
                "operation_year_effects": False,
                "treaty_effects": False,
            }
        }
    )
    dims = {"operation": list(SIMILARITY)}
    truth = {
        "participation_slope": xr.DataArray(np.full(len(SIMILARITY), SLOPE), dims),
        "participation_slope_mean": xr.DataArray(SLOPE),
        "participation_similarity": xr.DataArray(list(SIMILARITY.values()), dims),
        "participation_similarity_mean": xr.DataArray(0.0),
        "participation_intercept": xr.DataArray(np.full(len(SIMILARITY), -1.8), dims),
    }
    panel, known = simulate(spec, SIZE, seed=seed, truth=truth)
    return panel, spec, known["treaty_depth"].to_numpy()


def with_common_similarity(spec: ModelSpec) -> ModelSpec:
    """The same model with one coefficient of similarity for all operations: wrong in such a world."""
    changed = spec.contribution.model_copy(update={"similarity_varies": False})
    return spec.model_copy(update={"contribution": changed})
