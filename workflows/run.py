"""A run: panel, prior predictive, sampling, gate, posterior predictive, comparison, figures, report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd

from data.disk import write
from workflows.fit_stages import FitStages, Listener, load
from workflows.notices import Notice, as_json, lines, raised
from workflows.record import describe
from workflows.spec import RunSpec
from workflows.store import Stage, write_json


@dataclass
class Outcome:
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
        ``support``, ``baselines`` and ``prior_shift``; see `workflows.support_stage`.
    separate : DataFrame
        Each operation beside a fit of its own, see `workflows.separate_stage`; empty where there is one.
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


class Run(FitStages):
    """All stages of one run: to those that fit the model are added comparison, figures and report."""

    @cached_property
    def comparison_stage(self) -> Stage:
        """The headline table over published, replicated, corrected and posterior estimates."""

        def compute(folder: Path) -> None:
            from workflows.compare import comparison, posterior_rows, study_rows

            step = self.effect.attrs["step"]
            study = study_rows(self.spec.study, self.data)
            table = comparison(study, self._least_squares(step), posterior_rows(self.joint, self.effect))
            table.to_csv(folder / "headline.csv", index=False)

        inputs = {"gate": self.effect_stage.key, "study": self.spec.study, "panel": self.panel_stage.key}
        code = ("workflows", "data")
        return self.store.stage("comparison", inputs, compute, code)

    def _least_squares(self, step: float) -> pd.DataFrame:
        if not self.has_treaties:
            return pd.DataFrame()
        from models.joint import joint
        from models.similarity import at_observed_similarity
        from workflows.compare import panel_rows
        from workflows.evaluate import PLAIN

        known = joint(self.panel, at_observed_similarity(self.spec.model), depth=self.plug_in_depth)
        potential = known.potential.eval(mode=PLAIN)
        return panel_rows(known, potential, step)

    @cached_property
    def headline(self) -> pd.DataFrame:
        """The headline table."""
        return pd.read_csv(self.comparison_stage / "headline.csv")

    @cached_property
    def separate_stage(self) -> Stage:
        """Each operation's effect beside that of a separate fit; for runs with several operations."""
        from workflows.separate_stage import separate_stage

        return separate_stage(self)

    @cached_property
    def separate(self) -> pd.DataFrame:
        """The table of that check; empty where there is one operation."""
        from workflows.separate_stage import read_separate

        several = self.panel_stage.about["operations"] > 1
        return read_separate(self.separate_stage) if several else pd.DataFrame()

    @cached_property
    def figures_stage(self) -> Stage:
        """Figures, with captions and the tables behind them."""

        def compute(folder: Path) -> dict[str, Any]:
            from workflows.pictures import pictures

            drawn = pictures(
                self.joint,
                self.fit.draws["posterior"].to_dataset(),
                load(self.prior_stage / "prior.nc"),
                load(self.prior_stage / "prior_predictive.nc")["outcome"],
                load(self.predictive_stage / "posterior_predictive.nc")["outcome"],
                self.headline,
                self.effect,
                self.feedback,
                self.gate.parameters,
            )
            names = []
            for picture in drawn:
                picture.save(folder)
                names.append({"name": picture.name, "title": picture.title, "caption": picture.caption})
            return {"figures": names}

        inputs = {"comparison": self.comparison_stage.key, "predictive": self.predictive_stage.key}
        inputs |= {"prior": self.prior_stage.key}
        return self.store.stage(
            "figures", inputs, compute, ("figures", "workflows/pictures.py", "workflows/cells.py")
        )

    @cached_property
    def report_stage(self) -> Stage:
        """The page."""

        def compute(folder: Path) -> None:
            from workflows.page import page

            (folder / "report.html").write_text(page(self), encoding="utf-8")

        from workflows.estimand_stage import estimand_stage, leave_out_digest
        from workflows.support_stage import baselines_stage, prior_shift_stage, support_stage

        inputs = {
            "prior_shift": prior_shift_stage(self).key,
            "support": support_stage(self).key,
            "baselines": baselines_stage(self).key,
            "figures": self.figures_stage.key,
            "estimands": estimand_stage(self).key,
            "left_out": leave_out_digest(self),
            "separate": self.separate_stage.key if len(self.separate) else None,
            "spec": self.spec.describe(),
            "data": self.data is not None,
            "notices": as_json(self.notices),
        }
        code = (
            "workflows/page.py",
            "workflows/page_blocks.py",
            "workflows/page_results.py",
            "workflows/page_record.py",
            "workflows/report.py",
            "workflows/templates",
            "workflows/estimand_page.py",
            "workflows/identification.py",
            "workflows/mathematics.py",
            "workflows/notices.py",
            "workflows/run_tables.py",
            "workflows/support_page.py",
            "workflows/separate_stage.py",
        )
        return self.store.stage("report", inputs, compute, code)

    @property
    def notices(self) -> list[Notice]:
        """What the stages asked for so far raise."""
        return raised(self.store.stages)

    def outcome(self) -> Outcome:
        """Carry out all stages and say what the run came to."""
        with self.store.lock(self.listener.waiting), self._helper():
            # A run that ends before its time is then known as unfinished.
            self._record(passed=None)
            _ = self.panel_stage
            for line in lines(self.notices):
                self.listener.say(f"note: {line}")
            if self._is_joint:
                self._ahead("measurement")
            # Cheap stages first: bad input and an absurd prior stop the run before anything is sampled.
            if not self.prior_stage.about["passed"]:
                table = pd.read_csv(self.prior_stage / "check.csv")
                absurd = [
                    f"prior predictive: {r.criterion} {r.found:.4g}, needs {r.limit}"
                    for r in table[~table["passed"]].itertuples()
                ]
                self._record(passed=False)
                return Outcome(self.store.folder, False, pd.DataFrame(), absurd, self.notices)
            _ = self.posterior_stage, self.effect_stage
            _ = self.predictive_stage, self.comparison_stage
            self._ahead("figures", "estimands")
            _ = self.separate
            write(self.store.folder / "report.html", (self.report_stage / "report.html").read_bytes())
            passed = self.effect_stage.about["passed"]
            self._record(passed)
        advice = self.effect_stage.about["advice"]
        from workflows.support_stage import support_tables

        return Outcome(
            self.store.folder,
            passed,
            self.headline,
            advice,
            self.notices,
            support_tables(self),
            self.separate,
        )

    @contextmanager
    def _helper(self) -> Iterator[None]:
        """A second process for stages that need not wait for each other."""
        from workflows.ahead import Ahead

        self._aside = Ahead(self.spec, self.out, self.data)
        self.store.await_stage = self._aside.wait
        try:
            yield
        finally:
            self._aside.close()

    def _ahead(self, *stages: str) -> None:
        """Have stages that are not there computed by the second process, where there is a core for it."""
        if (os.cpu_count() or 1) < 2:
            return
        wanted = [name for name in stages if self.store.would_compute(partial(stage_named, self, name))]
        if wanted and self._aside.ask(*wanted):
            for name in wanted:
                self.listener.stage(name, "computing")

    def _record(self, passed: bool | None) -> None:
        """Write ``run.json``; `passed` is None while the run is under way."""
        record = describe(self.spec, self.store.stages, passed, self._started)
        write_json(self.store.folder / "run.json", record)


def stage_named(run: Run, name: str) -> Stage:
    """A stage that may be computed beside others, by its name."""
    if name == "estimands":
        from workflows.estimand_stage import estimand_stage

        return estimand_stage(run)
    return {"measurement": lambda: run.alone_stage, "figures": lambda: run.figures_stage}[name]()


def run(
    spec: RunSpec, out: Path = Path("results"), data: Path | None = None, listener: Listener | None = None
) -> Outcome:
    """Carry out a run; see `Run`."""
    return Run(spec, out, data, listener).outcome()
