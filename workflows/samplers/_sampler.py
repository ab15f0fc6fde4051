"""What every sampler says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # A spec names a sampler; reading one must not wait for PyMC.
    import numpy as np
    import pymc as pm
    import xarray as xr

    from workflows.spec.run import SamplingSpec

type Point = Mapping[str, np.ndarray]
"""An unconstrained start: value variables of a model by name."""
type Progress = Callable[[int, int, int, int], None]
"""Called with (chain, draws done, draws in all, divergences so far)."""

COMMON = ("diverging", "energy", "tree_depth", "reached_max_treedepth", "n_steps", "step_size", "lp")
"""Statistics of a draw that the gate and ArviZ know."""


@dataclass(frozen=True)
class Asked:
    """What a sampler is asked for.

    Attributes
    ----------
    points : mapping of int to Point
        Chain to its start.
    seeds : mapping of int to int
        Chain to its seed. A chain's draws follow from its start and seed, whichever others run beside it.
    spec : SamplingSpec
        Its `tune`, `draws`, `target_accept`, `max_treedepth` and `device` count.
    cores : int
        Chains at a time, where they run beside each other.
    progress : callable
    timing : dict
        ``compile_seconds``, to which a sampler adds what it compiles itself (wall time).
    """

    points: Mapping[int, Point]
    seeds: Mapping[int, int]
    spec: SamplingSpec
    cores: int = 1
    progress: Progress = lambda *_: None
    timing: dict[str, float] = field(default_factory=dict)

    @property
    def iterations(self) -> int:
        """Warm-up and kept draws of a chain."""
        return self.spec.tune + self.spec.draws


@dataclass(frozen=True)
class Sampler:
    """A sampler: NUTS, or whatever draws chains of a PyMC model.

    Attributes
    ----------
    words : str
        When to take it, in a line.
    statistics : mapping of str to str
        Its name of each of `COMMON` to the common one. What it does not record is absent, and fails the gate.
    chains : callable
        From (what `compiled` returns, Model, Asked) to an iterator of (chain, DataTree) as chains finish: groups
        ``posterior`` (free variables at least) and ``sample_stats``, dims (chain, draw, ...), one chain in each.
    compiled : callable
        From a model to what is worth keeping when its data change; the model itself by default.
    together : callable, optional
        From (what `compiled` returns, Model, SamplingSpec, seed, cores) to one tree of all chains, from starts of the
        sampler's own; without it they start near the centre of the prior.
    devices : tuple of str
        Where it can compute.
    also : callable
        From (its statistics under common names, largest depth of a tree) to the same and what follows from them.

    Raises
    ------
    ValueError
        For a statistic that nobody reads.
    """

    words: str
    statistics: Mapping[str, str]
    chains: Callable[[Any, pm.Model, Asked], Iterator[tuple[int, xr.DataTree]]]
    compiled: Callable[[pm.Model], Any] = lambda model: model
    together: Callable[[Any, pm.Model, SamplingSpec, int, int], xr.DataTree] | None = None
    devices: tuple[str, ...] = ("cpu",)
    also: Callable[[xr.Dataset, int], xr.Dataset] = lambda statistics, _: statistics

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.statistics.values()) - set(COMMON)):
            raise ValueError(f"statistic {unknown[0]!r} is not one of {', '.join(COMMON)}")

    def normalise(self, statistics: xr.Dataset, max_treedepth: int) -> xr.Dataset:
        """Give statistics of draws their common names; what was not recorded stays absent."""
        known = {own: common for own, common in self.statistics.items() if own in statistics}
        kept = statistics[list(known)].rename({own: c for own, c in known.items() if own != c})
        return self.also(kept, max_treedepth)
