"""A run whose depth is imputed: measurement first, then the outcome model once for each imputation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import xarray as xr

from models.joint import measurement
from workflows.cut import cut_gate, sample_cut
from workflows.gate import Gate
from workflows.run import Run
from workflows.store import Stage


class CutRun(Run):
    """A `Run` with ``measurement = "cut"``; each imputation is kept as soon as it is finished."""

    @cached_property
    def posterior_stage(self) -> Stage:
        """All draws of all imputations in one tree, chains numbered through."""
        inputs = {**self._modelled, "sampling": self._sampling}
        code = ("models", *(f"workflows/{n}.py" for n in ("sample", "nutpie_chains", "refits", "cut")))
        names = [f"imputations/{m}" for m in range(self.spec.model.depth.imputations)]

        def compute(folder: Path) -> dict[str, Any]:
            return {"resumed_imputations": self._combined(names, inputs, code, self._impute, folder)}

        return self.store.stage("posterior", inputs, compute, code)

    def _impute(self, missing: list[int]) -> Iterator[tuple[int, xr.DataTree]]:
        for m, tree in sample_cut(self.panel, self.spec.model, self.spec.sampling, self.alone, missing):
            yield m, tree
            diverging = int(tree["sample_stats"]["diverging"].sum())
            self.listener.chain(0, m + 1, self.spec.model.depth.imputations, diverging)

    def _judge(self, effect: xr.Dataset) -> Gate:
        """The gate within each imputation, and the Monte Carlo error over them."""
        given = {rv.name for rv in measurement(self.panel, self.spec.model).free_RVs}
        free = [rv.name for rv in self.joint.model.free_RVs if rv.name not in given]
        return cut_gate(self.fit.draws, free, effect, self.spec.sampling.chains)
