"""Where chains begin: points of a joint model, unconstrained, and as values of its free variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr
from pymc.initial_point import make_initial_point_fn

from models.joint import Joint, provision_count
from models.modes import PLAIN

#: Posterior SDs that a start within a posterior is away from the mean at least.
LEAST = 0.5


def starts(joint: Joint, chain: int, seed: int, jitter: float = 0.5) -> dict[str, np.ndarray]:
    """Starting point of a chain, unconstrained: near the prior's centre, depth in either mode.

    Even chains start with treaties ordered by their number of provisions, odd chains with
    the reverse, so that a second mode in which the outcome rewrites depth is looked for.
    Arrays have the shapes of their variables.
    """
    rng = np.random.default_rng([seed, chain, 1])
    point = {k: np.asarray(v, float) for k, v in centre(joint.model).items()}
    part = joint.contribution.likelihood
    # Terms of a predictor are small where its unit is; what is positive is sampled as a logarithm.
    terms = tuple(f"{name}_" for name in part.parts)
    for name, value in point.items():
        small = name.startswith(terms) and not name.endswith("__")
        reach = jitter * (part.unit if small else 1.0)
        point[name] = value + rng.uniform(-reach, reach, value.shape)
    if "treaty_depth" in point and point["treaty_depth"].size:
        count = provision_count(joint.panel)
        standard = (count - count.mean()) / max(count.std(), 1e-9)
        point["treaty_depth"] = (1.0 if chain % 2 == 0 else -1.0) * standard
    return point


def near_the_centre(model: pm.Model, rng: np.random.Generator, jitter: float = 0.5) -> dict[str, np.ndarray]:
    """A start of any model, unconstrained: the prior's centre, each number moved by at most `jitter`."""
    point = centre(model)
    names = [model.rvs_to_values[rv].name for rv in model.free_RVs]
    return {name: point[name] + rng.uniform(-jitter, jitter, np.shape(point[name])) for name in names}


def centre(model: pm.Model) -> dict[str, np.ndarray]:
    """PyMC's initial point of a model under the data that it holds now, unconstrained, without moving it."""
    return _centre(model)(None)


@lru_cache(maxsize=2)
def _centre(model: pm.Model) -> Callable[..., dict[str, np.ndarray]]:
    # `Model.initial_point` compiles anew for each chain what this reads the model's data with.
    return make_initial_point_fn(model=model, return_transformed=True)


def constrained(model: pm.Model, point: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Turn an unconstrained start, by value variable, into values of the model's free variables, by their names."""
    out = {}
    for rv in model.free_RVs:
        value = model.rvs_to_values[rv]
        transform = model.rvs_to_transforms[rv]
        raw = point[value.name]
        out[rv.name] = (
            raw if transform is None else transform.backward(raw, *rv.owner.inputs).eval(mode=PLAIN)
        )
    return out


def within(model: pm.Model, draws: xr.Dataset) -> list[dict[str, np.ndarray]]:
    """Starts within a posterior, unconstrained: the middle draw of each chain, no number of it near its posterior mean.

    Parameters
    ----------
    draws : Dataset
        Of the model's free variables, dims (chain, draw, ...).

    Notes
    -----
    Nutpie takes its first step sizes from the gradient at the start. At a typical draw that is near zero for some of
    many parameters, and the first trees have a thousand steps. So each number that may have any value is kept half a
    posterior SD from its mean, on its side: half as many gradients in the first fifty draws, of 3,000 parameters.
    """
    middle = draws.isel(draw=draws.sizes["draw"] // 2)
    moved = {}
    for rv in model.free_RVs:
        if model.rvs_to_transforms[rv] is None:
            every = draws[rv.name]
            mean, least = every.mean(("chain", "draw")), LEAST * every.std(("chain", "draw"))
            off = middle[rv.name] - mean
            moved[rv.name] = mean + np.copysign(np.maximum(abs(off), least), off)
    middle = middle.assign(moved)
    return [unconstrained(model, middle.isel(chain=chain)) for chain in range(draws.sizes["chain"])]


def unconstrained(model: pm.Model, draw: xr.Dataset) -> dict[str, np.ndarray]:
    """Turn one draw of the model's free variables, without chain and draw, into a start, the inverse of `constrained`."""
    out = {}
    for rv in model.free_RVs:
        transform, value = model.rvs_to_transforms[rv], np.asarray(draw[rv.name].values, float)
        raw = (
            value
            if transform is None
            else transform.forward(pt.constant(value), *rv.owner.inputs).eval(mode=PLAIN)
        )
        out[model.rvs_to_values[rv].name] = np.asarray(raw)
    return out
