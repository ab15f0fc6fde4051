"""A run: the stages of one spec, from data to report, and what they come to.

Its values (`panel`, `fit`, `effect`, ...) are read from stages, which are computed where they are not there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.common.disk import load_netcdf, load_tree, write
from data.common.text import read_csv
from workflows.estimands.separate_check import read_separate
from workflows.judge.gate import Gate
from workflows.native.aside import lent
from workflows.pages.support_tables import support_tables
from workflows.run.ahead import Ahead
from workflows.run.listener import Listener
from workflows.run.record import describe
from workflows.run.stages._model import model, posterior
from workflows.run.stages._registry import names, stage_module
from workflows.run.stages.effect import headline
from workflows.spec.run import RunSpec
from workflows.store.notices import Notice, lines, raised
from workflows.store.source import code_digest
from workflows.store.store import Stage, Store, write_json

#: Rows of a panel that is worked on in two processes at once, each of which holds it, its model and what it computes.
MOST_ROWS_TWICE = 500_000

if TYPE_CHECKING:
    import xarray as xr

    from models.joint import Joint
    from workflows.estimands.fit import Fit
    from workflows.sampling.posterior import Posterior

# PyMC and what stands on it take seconds to load: only what is computed imports them, so that a run that finds all
# its stages answers at once.


@dataclass
class RunOutcome:
    """What a run came to.

    Attributes
    ----------
    folder : Path
        ``OUT/<run>``.
    passed : bool
        Whether the gate passed.
    headline : DataFrame
        The comparison on the headline effect.
    advice : list of str
        What to do about a failed gate or an absurd prior.
    notices : list of Notice
        What a reader must know before the numbers, raised by the stages.
    tables : dict of str to DataFrame
        ``support``, ``baselines`` and ``prior_shift``; see `workflows.pages.support_tables.support_tables`.
    separate : DataFrame
        Each operation beside a fit of its own, see `workflows.estimands.separate_check`; empty where there is one.
    """

    folder: Path
    passed: bool
    headline: pd.DataFrame
    advice: list[str]
    notices: list[Notice] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    separate: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def report(self) -> Path:
        """The page to read."""
        return self.folder / "report.html"


class Run:
    """The stages of one run, each an artefact on disk, and what they hold.

    Parameters
    ----------
    spec : RunSpec
    out : Path
        Stages are kept in ``out/<spec.name>``.
    data : Path, optional
        Folder of research data.
    listener : Listener, optional
    """

    def __init__(
        self, spec: RunSpec, out: Path, data: Path | None = None, listener: Listener | None = None
    ) -> None:
        self.spec, self.out, self.data = spec, out, data
        self.listener = listener or Listener()
        self.store = Store(out / spec.name, self.listener.stage)
        self._started = datetime.now(UTC)
        self._found: dict[str, Stage] = {}
        # The source as it is now, which is what this process has loaded: an edit meanwhile is not in its results.
        code_digest(*(f"workflows.run.stages.{name}" for name in names()))

    def stage(self, name: str) -> Stage:
        """A stage by the name of its file in `workflows.run.stages`; computed only if what it depends on changed."""
        if name not in self._found:
            part = stage_module(name)
            computed = partial(part.compute, self)
            stage = self.store.stage(name, part.inputs(self), computed, (part.__name__,))
            if self.store.looking:
                return stage
            self._found[name] = stage
        return self._found[name]

    def key(self, name: str) -> str:
        """Key of a stage, which need not be computed yet."""
        part = stage_module(name)
        return self.store.key(name, part.inputs(self), (part.__name__,))

    @property
    def sampling(self) -> dict[str, Any]:
        """How the fit is sampled, as JSON-like values."""
        return self.spec.sampling.model_dump(mode="json")

    @property
    def has_treaties(self) -> bool:
        """Whether any treaty binds a row."""
        return bool(self.stage("panel").about["bound"])

    @property
    def several_operations(self) -> bool:
        """Whether there is more than one operation."""
        return self.stage("panel").about["operations"] > 1

    @property
    def depth_is_sampled(self) -> bool:
        """Whether depth is sampled with the outcome."""
        return self.has_treaties and self.spec.model.depth.measurement == "joint"

    @cached_property
    def panel(self) -> xr.Dataset:
        """The panel."""
        from data.panel import open_panel

        return open_panel(self.stage("panel") / "panel.nc")

    @cached_property
    def alone(self) -> xr.Dataset:
        """Draws of depth under measurement alone."""
        return load_netcdf(self.stage("measurement") / "alone.nc")

    @cached_property
    def plug_in_depth(self) -> np.ndarray:
        """Posterior mean of depth under measurement alone, shape (treaty,); empty where no treaty binds anybody."""
        if not self.has_treaties:
            return np.zeros(0)
        return self.alone["treaty_depth"].mean(("chain", "draw")).values

    @cached_property
    def posterior(self) -> Posterior:
        """How the model is fitted, which follows from its spec."""
        return posterior(self)

    @cached_property
    def joint(self) -> Joint:
        """The model."""
        return model(self)

    @cached_property
    def fit(self) -> Fit:
        """The model with its draws."""
        from workflows.estimands.fit import Fit

        return Fit(self.joint, load_tree(self.stage("posterior") / "posterior.nc"))

    @property
    def tries(self) -> list[dict[str, Any]]:
        """How each try of the fit was sampled, and its divergences; the last is the one reported."""
        return self.stage("posterior").about["tries"]

    @property
    def reported_by(self) -> dict[str, Any]:
        """What `reported` depends on beside the posterior, as JSON-like values."""
        return {}

    def reported(self, fit: Fit) -> xr.Dataset:
        """Draws of what a reader will see, which the gate judges beside the parameters."""
        return headline(fit)

    @cached_property
    def effect(self) -> xr.Dataset:
        """Draws of the headline effect."""
        return load_netcdf(self.stage("effect") / "headline.nc")

    @cached_property
    def gate(self) -> Gate:
        """The verdict on the posterior."""
        # Where everything passed no line has advice, and the column would be read as one of numbers.
        stage, words = self.stage("gate"), {"advice": str}
        tables = (read_csv(stage / f"{n}.csv", dtype=words) for n in ("checks", "parameters"))
        first, second = (t.fillna({"advice": ""}) for t in tables)
        return Gate(first, second, tuple(stage.about["left_out"]))

    @cached_property
    def feedback(self) -> pd.DataFrame:
        """Depth of each treaty alone and jointly; empty where depth is not sampled."""
        path = self.stage("gate") / "feedback.csv"
        return read_csv(path) if path.read_text().strip() else pd.DataFrame()

    @cached_property
    def headline(self) -> pd.DataFrame:
        """The headline table."""
        return read_csv(self.stage("comparison") / "headline.csv")

    @cached_property
    def separate(self) -> pd.DataFrame:
        """Each operation beside a separate fit; empty where there is one operation."""
        return read_separate(self.stage("separate")) if self.several_operations else pd.DataFrame()

    @property
    def notices(self) -> list[Notice]:
        """What the stages asked for so far raise."""
        return raised(self.store.stages)

    def outcome(self) -> RunOutcome:
        """Carry out all stages and say what the run came to."""
        with self.store.lock(self.listener.waiting), self._helper():
            # A run that ends before its time is then known as unfinished.
            self._record(passed=None)
            if self.store.would_compute(partial(self.stage, "panel")) and _has_two_cores():
                # It loads meanwhile.
                self._aside.ask()
            self.stage("panel")
            known = self.notices
            for line in lines(known):
                self.listener.say(f"note: {line}")
            if self.depth_is_sampled:
                self._ahead("measurement")
            # Cheap stages first: bad input and an absurd prior stop the run before anything is sampled.
            prior = self.stage("prior")
            for line in lines(notice for notice in raised([prior]) if notice not in known):
                self.listener.say(f"note: {line}")
            if not prior.about["passed"]:
                self._record(passed=False)
                return RunOutcome(self.store.folder, False, pd.DataFrame(), self._absurd(), self.notices)
            self.stage("posterior")
            # The helper is told of each stage as soon as it can begin.
            self._ahead("predictive", "prior_shift")
            self.stage("effect")
            if self.several_operations:
                self._ahead("separate")
            for name in ("gate", "predictive", "comparison"):
                self.stage(name)
            # Half of what is left, in seconds.
            self._ahead("figures", "support", "tables")
            for name in ("estimands", "arviz"):
                self.stage(name)
            # What it raises is told before what the page's own stages do.
            _ = self.separate
            page = self.stage("report") / "report.html"
            write(self.store.folder / "report.html", page.read_bytes())
            gate = self.stage("gate").about
            self._record(gate["passed"])

        return RunOutcome(
            self.store.folder,
            gate["passed"],
            self.headline,
            gate["advice"],
            self.notices,
            support_tables(self),
            self.separate,
        )

    def _absurd(self) -> list[str]:
        """Criteria of the prior predictive check that failed."""
        table = read_csv(self.stage("prior") / "check.csv")
        failed = table[~table["passed"]].itertuples()
        return [f"prior predictive: {r.criterion} {r.found:.4g}, needs {r.limit}" for r in failed]

    @contextmanager
    def _helper(self) -> Iterator[None]:
        """A second process for stages that need not wait for each other."""
        self._aside = Ahead(self.spec, self.out, self.data)
        self.store.await_stage = self._aside.wait
        try:
            with lent(self._aside):
                yield
        finally:
            self._aside.close()

    def _ahead(self, *stages: str) -> None:
        """Have stages that are not there computed by the second process, where it has a core and room for the panel."""
        if not _has_two_cores():
            return
        wanted = [name for name in stages if self.store.would_compute(partial(self.stage, name))]
        if wanted and self.panel.sizes["row"] > MOST_ROWS_TWICE:
            self._aside.close()
        elif wanted and self._aside.ask(*wanted):
            for name in wanted:
                self.listener.stage(name, "computing")

    def _record(self, passed: bool | None) -> None:
        """Write ``run.json``; `passed` is None while the run is under way."""
        record = describe(self.spec, self.store.stages, passed, self._started)
        write_json(self.store.folder / "run.json", record)


def _has_two_cores() -> bool:
    return (os.cpu_count() or 1) > 1


def run(
    spec: RunSpec, out: Path = Path("results"), data: Path | None = None, listener: Listener | None = None
) -> RunOutcome:
    """Carry out a run; see `Run`."""
    return Run(spec, out, data, listener).outcome()
