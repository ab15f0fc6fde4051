"""The multiverse: every specification of a declared grid, its headline effect and its verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from data.assembly.spec import PanelSpec, parse_spec
from data.common.disk import whole, write
from data.common.errors import InputError
from data.common.near import one_of
from data.common.text import write_csv
from figures.specification_curve import caption, specification_curve
from models.admissible import refuse_misfit
from models.likelihoods import get
from models.outcomes import explained
from models.spec import ModelSpec
from workflows.draws.summary import INTERVAL_KIND
from workflows.run.digests import folder_digest, own_code
from workflows.run.run import Run
from workflows.sampling.posterior import Posterior
from workflows.sampling.template import structure
from workflows.series.specification import fit_one
from workflows.series.task import panel_of
from workflows.spec.multiverse import AXES, MultiverseSpec, SampleSpec, resolve
from workflows.spec.run import RunSpec
from workflows.store.fan_out import fan_out
from workflows.store.source import code_digest
from workflows.store.store import digest, versions

#: Fewest rows that all specifications must share for these to be the reference sample.
FEWEST_SHARED = 30


def keep(panel: xr.Dataset, sample: SampleSpec) -> np.ndarray:
    """Rows of a panel that a sample keeps, shape (row,), bool."""
    rows = np.ones(panel.sizes["row"], bool)
    if sample.operations is not None:
        known = [str(name) for name in panel["operation"].values]
        for name in sample.operations:
            if name not in known:
                raise InputError(f"operation {name!r}", one_of(name, known), key="multiverse.sample")
        rows &= np.isin(panel["row_operation"].values, sample.operations)
    if sample.years is not None:
        year = panel["row_year"].values
        rows &= (year >= sample.years[0]) & (year <= sample.years[1])
    if sample.without_treaty is not None:
        if sample.without_treaty not in panel["treaty"].values:
            raise InputError(
                repr(sample.without_treaty),
                f"one of {', '.join(map(str, panel['treaty'].values))}",
                key="without_treaty",
            )
        rows &= panel["in_force"].sel(treaty=sample.without_treaty).values == 0
    if sample.allies is not None:
        rows &= panel["in_force"].values.any(1) == sample.allies
    if not rows.any():
        raise InputError(f"no row in the sample {sample}", "rows of the panel", key="multiverse.sample")
    return rows


def in_order(programs: Mapping[str, str], several: bool) -> list[str]:
    """The order in which specifications are fitted, each given with its program.

    Those that share a program come together, so that a process compiles it once and keeps it. Several processes take
    one of each program first: none compiles what another is compiling, and all find it on disk afterwards.
    """
    order = sorted(programs, key=lambda name: (programs[name], name))
    if not several:
        return order
    first: dict[str, str] = {}
    for name in order:
        first.setdefault(programs[name], name)
    return sorted(order, key=lambda name: first[programs[name]] != name)


@dataclass
class Multiverse:
    """All specifications of a spec's grid.

    Parameters
    ----------
    spec : RunSpec
        With a ``[multiverse]`` table.
    out : Path
        Results are kept in ``out/<name>/multiverse``.
    data : Path, optional
    """

    spec: RunSpec
    out: Path
    data: Path | None = None

    def __post_init__(self) -> None:
        if self.spec.multiverse is None:
            raise InputError(
                "no table [multiverse]", "a grid of choices", file=self.spec.name, key="multiverse"
            )
        self.grid: MultiverseSpec = self.spec.multiverse
        for name in self.grid.likelihood:
            if not explained(get(name)).of_forces:
                raise InputError(
                    f"likelihood {name!r} describes {get(name).outcome}",
                    "likelihoods of shares, whose headline effects can be compared",
                    key="multiverse.likelihood",
                )
        self.folder = self.out / self.spec.name / "multiverse"
        self._place = str(self.data) if self.data else None

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Every specification as a task, named by its content."""
        base = self.spec.describe()
        # No choice is one of files: all panels are made of these.
        self._contents = folder_digest(self.data, self.spec.panel)
        controls = list(
            dict.fromkeys([*base["panel"]["controls"], *(c for s in self.grid.controls.values() for c in s)])
        )
        base["panel"]["controls"] = controls
        if base["model"]["contribution"]["controls"] is None:
            base["model"]["contribution"]["controls"] = list(self.spec.panel.controls)
        resolved = []
        for choice in self.grid.combinations():
            one = resolve(base, self.grid, choice)
            panel = parse_spec(one["panel"]).model_dump_json()
            sample = self.grid.sample.get(choice["sample"], SampleSpec())
            built = self._panel(panel)
            model = ModelSpec.model_validate(one["model"])
            refuse_misfit(built, model)
            resolved.append((choice, panel, model, keep(built, sample)))
        # Rows that every specification has are the reference, unless they are too few.
        mine = (set(self._cells(panel)[rows]) for _, panel, _, rows in resolved)
        shared = list(reduce(and_, mine)) if resolved else []
        measured: dict[str, Run] = {}
        tasks = {}
        for choice, panel, model, rows in resolved:
            reference = self._cells(panel).isin(shared) if len(shared) >= FEWEST_SHARED else rows
            about = {
                "panel": panel,
                "model": model.model_dump(mode="json"),
                "rows": "".join("01"[int(r)] for r in rows),
                "reference": "".join("01"[int(r)] for r in reference),
                "depths": self._depths(panel, model, measured),
            }
            name = digest([about, self._contents, own_code(model), self._settings()])[:16]
            sampling = self.spec.sampling.model_copy(
                update={
                    "chains": self.grid.chains,
                    "tune": self.grid.tune,
                    "draws": self.grid.draws,
                    # Each specification has its own random numbers, wherever it is computed.
                    "seed": (self.spec.sampling.seed + int(name[:8], 16)) % 2**31,
                }
            )
            own = {"sampling": sampling.model_dump(mode="json"), "choice": choice}
            tasks[name] = about | own | {"data": self._place, "contents": self._contents}
        return tasks

    def _panel(self, spec: str) -> xr.Dataset:
        return panel_of(spec, self._place, self._contents)

    def _settings(self) -> list[Any]:
        grid = self.grid
        return [
            grid.chains, grid.tune, grid.draws, self.spec.sampling.seed, self.spec.sampling.target_accept,
            self.spec.sampling.sampler,
            code_digest(__name__), versions(),
        ]  # fmt: skip

    def _cells(self, panel: str) -> pd.MultiIndex:
        """State, operation and year of each row."""
        built = self._panel(panel)
        return pd.MultiIndex.from_arrays([built[f"row_{n}"].values for n in ("state", "operation", "year")])

    def _depths(self, panel: str, model: ModelSpec, measured: dict[str, Run]) -> list[list[float]] | None:
        """Depths at which the outcome is fitted; measured alone once a panel and kept on disk."""

        def alone() -> xr.Dataset:
            if panel not in measured:
                own = {
                    "panel": PanelSpec.model_validate_json(panel),
                    "name": f"measurement-{digest(panel)[:8]}",
                }
                measured[panel] = Run(self.spec.model_copy(update=own), self.folder, self.data)
            return measured[panel].alone

        posterior = Posterior(self._panel(panel), model, alone, self.spec.sampling.seed)
        return None if posterior.depths is None else posterior.depths.tolist()

    def run(
        self,
        workers: int = 1,
        scheduler: str = "local",
        progress: Callable[[int, int, dict], None] = lambda *_: None,
    ) -> pd.DataFrame:
        """Fit what is not on disk yet; return one row a specification, failures among them.

        Returns
        -------
        DataFrame
            The axes, what `fit_one` returns, and `error` (empty where the fit went through); `interval`.
        """
        tasks = self.tasks()
        order = in_order(
            {
                n: structure(ModelSpec.model_validate(t["model"]), self._panel(t["panel"]))
                for n, t in tasks.items()
            },
            workers > 1 or scheduler != "local",
        )
        results = {}
        for result in fan_out(
            fit_one, {n: tasks[n] for n in order}, self.folder / "fits.jsonl", workers, scheduler
        ):
            results[result["task"]] = result
            progress(len(results), len(tasks), {**tasks[result["task"]]["choice"], **result})
        table = pd.DataFrame(
            [{**tasks[name]["choice"], "error": "", "second_try": "", **results[name]} for name in tasks]
        )
        table = table.reindex(columns=[*AXES, *COLUMNS]).assign(interval=INTERVAL_KIND)
        table["diagnostics"] = np.select(
            [table["error"] != "", table["passed"].eq(True)], ["no fit", "gate passed"], "gate failed"
        )
        with whole(self.folder / "specifications.csv") as scratch:
            write_csv(table, scratch)
        return table


COLUMNS = (
    "headline", "lower", "upper", "step", "rows", "states", "reference_rows", "passed", "failed",
    "headline_r_hat", "headline_ess", "divergences", "second_try", "seconds", "error", "task",
)  # fmt: skip


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Draw the specification curve, failures at its right end without an estimate; write its caption."""
    choices = [axis for axis in (*AXES, "diagnostics") if len(set(table[axis])) > 1]
    figure = specification_curve(table, choices)
    paths = [folder / f"specification_curve.{kind}" for kind in ("png", "svg")]
    for path in paths:
        with whole(path) as scratch:
            figure.savefig(scratch, dpi=150)
    fitted = table[table["error"] == ""]
    said = caption(fitted, choices) if len(fitted) else "No specification could be fitted."
    counts = table["diagnostics"].value_counts()
    said += " Diagnostics: " + ", ".join(f"{n} {name}" for name, n in counts.items()) + "."
    if again := int(table["second_try"].ne("").sum()):
        said += (
            f" Sampled twice: {again}, which diverged at first and had no other fault; the verdict is that of the second "
            "try, with steps half as long."
        )
    text = folder / "specification_curve.txt"
    write(text, said + "\n")
    return [*paths, text]
