"""The pooled model of US-led coalitions and its placebo, kept on disk: design, posterior, gate, effects, checks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from data.coalitions.evidence import complete
from data.coalitions.us_coalitions import Coalitions, us_coalitions
from data.common.disk import load_tree
from data.common.errors import InputError
from data.common.near import one_of
from data.common.text import read_csv, write_csv
from models.coalition import CoalitionDesign
from workflows.coalitions import draws
from workflows.coalitions.design import coalition_design, usable
from workflows.coalitions.effects import (
    effect_table,
    estimands,
    feedback,
    predictive_check,
    slope_table,
)
from workflows.coalitions.payments import payment_bounds, surprise
from workflows.coalitions.plug_in import plug_in
from workflows.judge.gate import gate
from workflows.run.record import describe
from workflows.spec.coalitions import CoalitionSpec
from workflows.store.store import Stage, Store, digest, write_json

SAMPLES = {
    "all": "every operation with a list, and the placebo",
    "led": "operations that the United States led",
    "any": "those of them and states of which it is known whether they took part at all",
    "hundred": "those of which it is known whether they sent 100 and more",
}
TABLES = ("effects", "slopes", "plug_in", "predictive", "feedback", "payments", "left_out")


class CoalitionRun:
    """One run of the model.

    Parameters
    ----------
    data : path
        The data folder.
    out : path
        Holds the folder of the run, named by the spec.
    spec : CoalitionSpec
    sample : str
        A key of `SAMPLES`: the rows that the posterior is of.
    """

    def __init__(self, data: str | Path, out: str | Path, spec: CoalitionSpec, sample: str = "all") -> None:
        if sample not in SAMPLES:
            raise InputError(f"the sample {sample!r}", one_of(sample, SAMPLES), key="sample")
        self.spec, self.sample = spec, sample
        self.data, self.operations = Path(data), self.spec.operations
        self.sampling, self.priors = self.spec.sampling, self.spec.priors
        self.store = Store(Path(out) / self.spec.name)
        self._started = datetime.now(UTC)

    @cached_property
    def coalitions(self) -> Coalitions:
        """Rows, operations and ledger."""
        return us_coalitions(self.data, self.operations)

    def of(self, sample: str) -> CoalitionRun:
        """The same run on other rows, kept in the same folder under the same lock."""
        if sample == self.sample:
            return self
        other = CoalitionRun(self.data, self.store.folder.parent, self.spec, sample)
        # Another store would wait for the lock that this one holds.
        other.store = self.store
        other.coalitions = self.coalitions
        return other

    @cached_property
    def _usable(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        rows = self.coalitions.rows
        if self.sample != "all":
            rows = rows[rows["included"] == 1]
        known = {"any": "participated", "hundred": "participated_100"}.get(self.sample)
        return usable(rows if known is None else rows[rows[known].notna()])

    @property
    def rows(self) -> pd.DataFrame:
        """Rows that the model uses."""
        return self._usable[0]

    @cached_property
    def design(self) -> CoalitionDesign:
        """Arrays of the model."""
        return coalition_design(self.rows, self.data)

    def posterior_stage(self, *, outcome: bool = True) -> Stage:
        """Draws and the gate's verdict on the parameters; without `outcome` of measurement alone."""
        # Rows and treaties come from the data folder: the code that lays them out is in what they came to.
        inputs = {
            "design": digest({name: _plain(value) for name, value in vars(self.design).items()}),
            "sampling": self.sampling.model_dump(),
            "priors": self.priors.model_dump(),
            "outcome": outcome,
        }
        name = "posterior" if outcome else "measurement"
        name = name if self.sample == "all" else f"{name}-{self.sample}"
        compute = partial(draws.keep_draws, self.design, self.priors, self.sampling, outcome)
        return self.store.stage(name, inputs, compute, (draws.__name__,))

    def posterior(self, *, outcome: bool = True) -> tuple[xr.DataTree, list[str]]:
        """The draws, and the names of the free variables."""
        stage = self.posterior_stage(outcome=outcome)
        return load_tree(stage / "posterior.nc"), json.loads((stage / "free.json").read_text())

    @cached_property
    def results_stage(self) -> Stage:
        """Tables of `TABLES` as CSV, and the gate over every parameter and reported quantity."""
        stage, alone = self.posterior_stage(), self.posterior_stage(outcome=False)

        def compute(folder: Path) -> dict[str, Any]:
            (tree, free), (measured, free_alone) = self.posterior(), self.posterior(outcome=False)
            posterior, below_it = tree["posterior"].to_dataset(), measured["posterior"].to_dataset()
            found = estimands(self.design, posterior)
            verdict = gate(tree, free, found)
            below = gate(measured, free_alone)
            tables = {
                "effects": effect_table(found),
                "slopes": slope_table(self.design, posterior, found),
                "predictive": predictive_check(self.design, posterior, complete(), self.sampling.seed),
                "plug_in": plug_in(self.design, self.rows, below_it),
                "feedback": feedback(self.design, below_it, posterior),
                "payments": payment_bounds(surprise(self.design, self.rows, posterior)),
                "left_out": self._usable[1],
                "gate": verdict.checks,
                "parameters": verdict.parameters,
            }
            for name, table in tables.items():
                write_csv(table, folder / f"{name}.csv")
            return {
                "passed": verdict.passed,
                "advice": verdict.advice(),
                "measurement_passed": below.passed,
                "measurement_advice": below.advice(),
            }

        inputs = {
            "posterior": stage.key,
            "measurement": alone.key,
            "rows": digest(self.rows.to_csv(index=False)),
            "left_out": digest(self._usable[1].to_csv(index=False)),
        }
        return self.store.stage("results", inputs, compute, (__name__,))

    def table(self, name: str) -> pd.DataFrame:
        """One of the result tables."""
        return read_csv(self.results_stage / f"{name}.csv")

    @property
    def passed(self) -> bool:
        """Whether every parameter and reported quantity passed the gate, measurement alone too."""
        about = self.results_stage.about
        return bool(about["passed"] and about["measurement_passed"])

    def report(self) -> Path:
        """Write the report and ``run.json``; whatever is missing is computed. Returns the page."""
        from workflows.coalitions.page import coalition_page

        with self.store.lock():
            stages = [self.posterior_stage(), self.posterior_stage(outcome=False), self.results_stage]
            page = self.store.folder / "report.html"
            page.write_text(coalition_page(self), encoding="utf-8")
            write_json(
                self.store.folder / "run.json", describe(self.spec, stages, self.passed, self._started)
            )
        return page


def _plain(value: Any) -> Any:
    """An array or words as JSON-like values."""
    return value.tolist() if hasattr(value, "tolist") else value
