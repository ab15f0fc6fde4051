"""Runs of the bridge's joint rungs: the stages of a run, on the bridge's panels and estimands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from pytensor.tensor.variable import TensorVariable

from models.joint import Joint, inside
from workflows.draws.evaluate import evaluate
from workflows.estimands.fit import Fit
from workflows.run.listener import Listener
from workflows.run.run import Run
from workflows.spec.run import RunSpec
from workflows.store.source import code_digest
from workflows.store.store import Stage

Estimands = Callable[[Joint], dict[str, tuple[TensorVariable, tuple[str, ...]]]]


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
        From a joint model to ``{name: (tensor, dims)}``, in troops per year.
    describes : mapping
        What `estimands` depend on beside the model, as JSON-like values.
    measured : Run, optional
        Whose measurement alone is taken over.
    """

    def __init__(
        self,
        spec: RunSpec,
        folder: Path,
        panel_stage: Stage,
        estimands: Estimands,
        describes: Mapping[str, Any],
        measured: Run | None = None,
        listener: Listener | None = None,
    ) -> None:
        super().__init__(spec, folder, None, RungListener(listener or Listener(), spec.name))
        self._found["panel"] = panel_stage
        self.estimands, self.describes, self.measured = estimands, dict(describes), measured

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
        return {**self.describes, "code": code_digest("workflows.series.bridge.estimands")}

    def reported(self, fit: Fit) -> xr.Dataset:
        """Draws of the rung's estimands."""
        return evaluate(fit.joint, fit.draws["posterior"].to_dataset(), self.estimands(fit.joint))

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
