"""Runs of the bridge's joint rungs: the stages of a run, on the bridge's panels and estimands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from models.joint import inside
from workflows.estimands.fit import Fit
from workflows.run.listener import Listener
from workflows.run.run import Run
from workflows.series.bridge.estimands import Estimands, drawn
from workflows.spec.run import RunSpec
from workflows.store.source import code_digest
from workflows.store.store import Stage


class RungListener(Listener):
    """Passes on the progress of one rung under its name."""

    def __init__(self, listener: Listener, rung: str) -> None:
        self.listener, self.rung = listener, rung
        self.chain, self.waiting = listener.chain, listener.waiting

    def stage(self, name: str, state: str) -> None:
        """Say which stage of which rung."""
        self.listener.stage(f"{self.rung}: {name}", state)


class RungRun(Run):
    """A joint rung: the stages of a run up to the gate, on a panel and with estimands of its own.

    Parameters
    ----------
    spec : RunSpec
        Named after the rung, with its model and sampling.
    folder : Path
        Where rungs are kept.
    panel_stage : Stage
    estimands : callable
        From a joint model and `asked` to ``{name: (tensor, dims)}``, in troops per year; the module that it
        stands in is part of the keys.
    asked : mapping
        Its other arguments, JSON-like values.
    measured : Run, optional
        Whose measurement alone is taken over.
    """

    def __init__(
        self,
        spec: RunSpec,
        folder: Path,
        panel_stage: Stage,
        estimands: Estimands,
        asked: Mapping[str, Any],
        measured: Run | None = None,
        listener: Listener | None = None,
    ) -> None:
        super().__init__(spec, folder, None, RungListener(listener or Listener(), spec.name))
        self._found["panel"] = panel_stage
        self.estimands, self.asked, self.measured = estimands, dict(asked), measured

    def stage(self, name: str) -> Stage:
        """A stage; depth under measurement alone is taken over where another rung has it."""
        taken_over = self.measured if name == "measurement" else None
        return super().stage(name) if taken_over is None else taken_over.stage(name)

    def key(self, name: str) -> str:
        """Key of a stage, which need not be computed yet."""
        taken_over = self.measured if name == "measurement" else None
        return super().key(name) if taken_over is None else taken_over.key(name)

    @property
    def reported_by(self) -> dict[str, Any]:
        """What the estimands depend on."""
        return {**self.asked, "code": code_digest(self.estimands.__module__, drawn.__module__)}

    def reported(self, fit: Fit) -> xr.Dataset:
        """Draws of the rung's estimands."""
        return drawn(fit, self.estimands, self.asked)

    @property
    def passed(self) -> bool:
        """Whether parameters and estimands passed the gate."""
        return bool(self.stage("gate").about["passed"])


def same_treaties(one: xr.Dataset, other: xr.Dataset) -> bool:
    """Whether measurement alone is the same model on both panels."""
    return (
        list(one["treaty"].values) == list(other["treaty"].values)
        and np.array_equal(inside(one), inside(other))
        and np.array_equal(one["provisions"].values, other["provisions"].values, equal_nan=True)
    )
