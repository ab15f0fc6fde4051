"""Do chains end with the right sign wherever they start? Many short chains, overdispersed starts.

A factor model has two mirrored modes of equal likelihood. A prior that prefers one is
not enough: a chain that starts on the wrong side meets a barrier of hundreds of units of
log density at zero loadings. Here chains start far apart and on both sides, and each is
judged by the rank correlation of its scores with the number of provisions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal

import numpy as np
import pymc as pm
import xarray as xr

from models.factor import Standardised, factor_scores
from models.graded import Patterns, graded_scores
from models.orientation import Orientation, orientation
from workflows.exact import compiled

SamplerName = Literal["nutpie", "numpyro"]
#: SD of the starting points, unconstrained; posterior SDs are about 0.05 to 0.3.
SPREAD = 1.5


def start(
    model: pm.Model, rng: np.random.Generator, count: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """An overdispersed point, unconstrained, on one side or the other with equal probability.

    Loadings share one random sign. Explicit treaty depths, where the model has them, follow
    the number of provisions `count` (treaty,) with a sign of their own, plus noise.
    """
    side = rng.choice([-1.0, 1.0])
    point = {}
    for name, value in model.initial_point().items():
        noise = rng.normal(0.0, SPREAD, np.shape(value))
        if name.startswith("loading"):
            # An anchor sampled on the log scale has no sign; it starts anywhere between tiny and large.
            noise = noise if name.endswith("log__") else side * np.abs(noise)
        elif name == "treaty_depth" and count is not None:
            noise = rng.choice([-2.0, 2.0]) * (count - count.mean()) / count.std() + 0.5 * noise
        point[name] = np.asarray(noise, dtype=float)
    return point


def many_chains(
    model: pm.Model,
    sampler: SamplerName,
    *,
    chains: int = 200,
    tune: int = 300,
    draws: int = 200,
    seed: int = 1,
    count: np.ndarray | None = None,
) -> xr.Dataset:
    """Posterior draws of `chains` short chains from overdispersed starts, dims (chain, draw, ...).

    As many draws as chains, at least: ArviZ takes a longer chain axis for a mistake.
    """
    runner = {"nutpie": _nutpie, "numpyro": _numpyro}[sampler]
    return runner(model, chains, tune, draws, seed, count)


def _nutpie(model, chains, tune, draws, seed, count) -> xr.Dataset:
    import nutpie

    program = compiled(model)
    order = [model.rvs_to_values[rv].name for rv in model.free_RVs]

    def begin(chain_seed: int) -> np.ndarray:
        point = start(model, np.random.default_rng(chain_seed), count)
        return np.concatenate([point[name].ravel() for name in order])

    tree = nutpie.sample(
        dataclasses.replace(program, initial_point_func=begin),
        chains=chains,
        cores=2,
        tune=tune,
        draws=draws,
        seed=seed,
        save_warmup=False,
        progress_bar=False,
    )
    return tree["posterior"].to_dataset()


def _numpyro(model, chains, tune, draws, seed, count) -> xr.Dataset:
    import jax
    import jax.numpy as jnp
    from numpyro.infer import MCMC, NUTS
    from pymc.sampling.jax import get_jaxified_graph, get_jaxified_logp

    jax.config.update("jax_enable_x64", True)
    names = [value.name for value in model.value_vars]
    logp = get_jaxified_logp(model)
    points = [start(model, np.random.default_rng([seed, i]), count) for i in range(chains)]
    begin = tuple(jnp.asarray(np.stack([p[name] for p in points])) for name in names)
    kernel = NUTS(potential_fn=lambda x: -logp(x), target_accept_prob=0.8)
    mcmc = MCMC(
        kernel,
        num_warmup=tune,
        num_samples=draws,
        num_chains=chains,
        chain_method="vectorized",
        progress_bar=False,
    )
    mcmc.run(jax.random.PRNGKey(seed), init_params=begin)
    wanted = [v for v in model.unobserved_value_vars if not v.name.endswith("__")]
    expand = get_jaxified_graph(model.value_vars, wanted)
    values = jax.vmap(jax.vmap(lambda *x: expand(*x)))(*mcmc.get_samples(group_by_chain=True))
    out = {}
    for variable, array in zip(wanted, values, strict=True):
        own = model.named_vars_to_dims.get(variable.name, ())
        dims = own if len(own) == array.ndim - 2 else [f"{variable.name}_{i}" for i in range(array.ndim - 2)]
        out[variable.name] = (("chain", "draw", *dims), np.asarray(array))
    return xr.Dataset(out)


def judge(
    posterior: xr.Dataset, scores: Callable[[xr.Dataset], np.ndarray], provisions: np.ndarray
) -> Orientation:
    """Orientation of every chain; `scores` turns draws into scores (chain, draw, treaty)."""
    return orientation(scores(posterior), provisions)


def scorer_of_factor(rows: Standardised, seed: int = 1) -> Callable[[xr.Dataset], np.ndarray]:
    """Scores of the Gaussian factor model."""
    return lambda draws: factor_scores(
        np.random.default_rng(seed), draws["loading"].to_numpy(), draws["uniqueness"].to_numpy(), rows.values
    )


def scorer_of_graded(answers: Patterns, seed: int = 1) -> Callable[[xr.Dataset], np.ndarray]:
    """Scores of the graded model with latents integrated out, from every fifth draw."""

    def scores(draws: xr.Dataset) -> np.ndarray:
        some = draws.isel(draw=slice(None, None, 5))
        loading, threshold = some["loading"].to_numpy(), some["threshold"].to_numpy()
        flat = graded_scores(
            np.random.default_rng(seed),
            loading.reshape(-1, loading.shape[-1]),
            threshold.reshape(-1, threshold.shape[-1]),
            answers,
        )
        return flat.reshape(*loading.shape[:2], -1)

    return scores


def scorer_of_explicit(draws: xr.Dataset) -> np.ndarray:
    """Depths of a model with explicit latents."""
    return draws["treaty_depth"].to_numpy()
