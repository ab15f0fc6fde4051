"""Measurement without feedback: depth is drawn from its provisions alone, the outcome model fitted to each draw.

The posterior that results (Plummer 2015 calls it cut) is a mixture: each imputation contributes its draws
with equal weight. Within an imputation depth is known, so the gate applies there; how far the mixture
depends on which depths were drawn is a Monte Carlo error over imputations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from data.common.errors import InputError
from models.given import DEPTH, REFITTED, Given
from models.joint import joint, measurement
from models.spec import ModelSpec
from workflows.sampling.program import chain_seed
from workflows.sampling.refits import Compiled
from workflows.spec.run import SamplingSpec


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
        self._compiled = Compiled(joint(panel, spec, Given(first, REFITTED)))

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
            As for `models.joint.Joint.with_data`.

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
