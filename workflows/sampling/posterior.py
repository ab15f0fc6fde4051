"""The one door to a posterior: which algorithm fits a model follows from its spec alone (`depth.measurement`).

- ``joint``: provisions and troops in one posterior.
- ``plug-in``: the outcome model at the posterior mean of depth under measurement alone.
- ``cut``: the outcome model at many draws of depth under measurement alone, without feedback (`workflows.sampling.cut`).

Every command samples through `Posterior`, and judges what it sampled with `workflows.judge.verdict.judged`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property

import numpy as np
import xarray as xr

from models.given import WEIGHT, Given
from models.joint import Joint, inside, joint, measurement
from models.spec import ModelSpec
from workflows.samplers import Progress
from workflows.sampling.chains import run_chains, sample_small
from workflows.sampling.cut import Cut, imputed
from workflows.sampling.program import combine
from workflows.sampling.refits import Compiled
from workflows.spec.run import SamplingSpec


def samples_depth(model: Joint) -> bool:
    """Whether depth is unknown in a model."""
    return any(variable.name == "treaty_depth" for variable in model.model.free_RVs)


def imputes(model: Joint) -> bool:
    """Whether a model's draws come imputation by imputation."""
    return model.spec.depth.measurement == "cut" and samples_depth(model)


def chains_of_imputation(model: Joint, draws: xr.Dataset) -> int:
    """Number of chains of one imputation; of all draws where nothing is imputed."""
    return draws.sizes["chain"] // (model.spec.depth.imputations if imputes(model) else 1)


def measured(panel: xr.Dataset, spec: ModelSpec, sampling: SamplingSpec) -> xr.DataTree:
    """Draws of depth and items under measurement alone."""
    return sample_small(measurement(panel, spec), sampling)


class Posterior:
    """The posterior of a model on a panel, by the algorithm of its spec.

    Parameters
    ----------
    panel : Dataset
    spec : ModelSpec
    alone : callable
        Returns draws (chain, draw, ...) under measurement alone; asked for only where the algorithm needs them.
    seed : int
        Decides which of those draws are imputed.
    data : collection of str
        Pieces of the model that are its data, as for `models.given.Given`. The baseline is none where depth is known:
        potential is then known too, which is worth more.

    Attributes
    ----------
    joint : Joint
        The model whose draws are sampled: quantities are evaluated on it.
    """

    def __init__(
        self,
        panel: xr.Dataset,
        spec: ModelSpec,
        alone: Callable[[], xr.Dataset],
        seed: int,
        data: Collection[str] = (),
    ) -> None:
        self.panel, self.spec = panel, spec
        self._alone, self._seed, self._data = alone, seed, frozenset(data)

    @property
    def _bound(self) -> bool:
        """Whether any treaty binds a row; without one there is no depth to be uncertain of."""
        return bool(inside(self.panel).any())

    @property
    def cut(self) -> bool:
        """Whether depth is imputed."""
        return self.spec.depth.measurement == "cut" and self._bound

    @cached_property
    def _known(self) -> np.ndarray | None:
        """Depth that is plugged in, shape (treaty,)."""
        if self.spec.depth.measurement == "joint" or self.cut:
            return None
        if not self._bound:
            return np.zeros(0)
        return self._alone()["treaty_depth"].mean(("chain", "draw")).values

    @property
    def depths(self) -> np.ndarray | None:
        """Depths that the outcome is given in turn, shape (imputation or one, treaty); None where depth is sampled."""
        if self.cut:
            drawn = imputed(self._alone(), self.spec.depth.imputations, self._seed)["treaty_depth"]
            return drawn.transpose("imputation", "treaty").values
        return None if self._known is None else self._known[None]

    @cached_property
    def joint(self) -> Joint:
        """See the class."""
        data = self._data if self._known is None else self._data - {"baseline"}
        return joint(self.panel, self.spec, Given(self._known, data))

    @cached_property
    def _compiled(self) -> Compiled:
        return Compiled(self.joint)

    @cached_property
    def _cut(self) -> Cut:
        return Cut(self.panel, self.spec, self._alone(), self._seed)

    def parts(self, sampling: SamplingSpec) -> list[str]:
        """What is drawn one by one: ``chains/k`` or ``imputations/m``."""
        kind, count = (
            ("imputations", self.spec.depth.imputations) if self.cut else ("chains", sampling.chains)
        )
        return [f"{kind}/{k}" for k in range(count)]

    def draw(
        self,
        sampling: SamplingSpec,
        which: Sequence[int] | None = None,
        progress: Progress = lambda *_: None,
        *,
        timing: dict | None = None,
    ) -> Iterator[tuple[int, xr.DataTree]]:
        """Yield (number of a part, its draws) as parts are finished; all rows count.

        Parameters
        ----------
        sampling : SamplingSpec
        which : sequence of int, optional
            Numbers of parts; all by default.
        progress : callable
            As for `workflows.sampling.chains.run_chains`; where depth is imputed, imputations are counted as draws.
        timing : dict, optional
            As for `workflows.sampling.chains.run_chains`.
        """
        if not self.cut:
            yield from run_chains(self.joint, sampling, which, progress, timing=timing)
            return
        for m, tree in self._cut.draw(sampling, which):
            yield m, tree
            progress(0, m + 1, self.spec.depth.imputations, int(tree["sample_stats"]["diverging"].sum()))

    def sample(self, sampling: SamplingSpec, weight: np.ndarray | None = None) -> xr.DataTree:
        """All parts in one tree.

        Parameters
        ----------
        sampling : SamplingSpec
        weight : ndarray, shape (row,), optional
            Weights of rows, which `joint` keeps until the next call; needs ``"weight"`` among `data`.
        """
        if weight is None:
            return combine(dict(self.draw(sampling)))
        if not self.cut:
            return self._compiled.sample(sampling, **{WEIGHT: weight})
        # Whether an effect is sampled as a level depends on the rows that count: draws are those of this model.
        self.joint.with_data(**{WEIGHT: weight})
        return combine(dict(self._cut.draw(sampling, **{WEIGHT: weight})))
