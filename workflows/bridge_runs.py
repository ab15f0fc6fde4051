"""Runs of the bridge's joint rungs: the stages of a run, on the bridge's panels and estimands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from pytensor.tensor.variable import TensorVariable

from models.joint import Joint, inside
from workflows.effects import headline_quantities
from workflows.evaluate import evaluate
from workflows.fit import Fit
from workflows.fit_stages import Listener
from workflows.run import Run
from workflows.spec import RunSpec
from workflows.store import Stage

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
        self.__dict__["panel_stage"] = panel_stage
        self.estimands, self.describes, self.measured = estimands, dict(describes), measured

    @cached_property
    def alone_stage(self) -> Stage:
        """Depth under measurement alone, taken over where another rung has it."""
        return super().alone_stage if self.measured is None else self.measured.alone_stage

    @property
    def _reported_by(self) -> dict[str, Any]:
        return self.describes

    def _reported(self, fit: Fit) -> xr.Dataset:
        return evaluate(fit.joint, fit.draws["posterior"].to_dataset(), self.estimands(fit.joint))

    @property
    def passed(self) -> bool:
        """Whether parameters and estimands passed the gate."""
        return bool(self.effect_stage.about["passed"])


def estimands(
    model: Joint, operations: list[str], step: float, within_step: float
) -> dict[str, tuple[TensorVariable, tuple[str, ...]]]:
    """Headline effects of a rung on the reference rows, those of `operations`; troops per year.

    ``headline`` moves potential by `step` at the slope of each row's operation (the slope within states
    where it is split). Split models add ``within_sd`` and ``between``; models with more operations add
    ``operation_<k>`` on those operations' rows and ``mean_slope``, at the slope of the population.
    """
    reference = np.isin(model.panel["row_operation"].values, operations)
    on_reference = headline_quantities(model, step, reference)
    out = {"headline": on_reference["headline_all_rows"]}
    if model.spec.contribution.within_between:
        out["within_sd"] = headline_quantities(model, within_step, reference)["headline_all_rows"]
        out["between"] = on_reference["headline_between"]
    names = [str(name) for name in model.panel["operation"].values]
    if len(names) > len(operations):
        each = headline_quantities(model, step)["headline_operation"][0]
        for k, name in enumerate(names):
            if name not in operations:
                out[f"operation_{k}"] = (each[k], ())
        if "headline_mean_slope" in on_reference:
            out["mean_slope"] = on_reference["headline_mean_slope"]
    return out


def same_treaties(one: xr.Dataset, other: xr.Dataset) -> bool:
    """Whether measurement alone is the same model on both panels."""
    return (
        list(one["treaty"].values) == list(other["treaty"].values)
        and np.array_equal(inside(one), inside(other))
        and np.array_equal(one["provisions"].values, other["provisions"].values, equal_nan=True)
    )
