"""The multiverse: every specification of a declared grid, its headline effect and its verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from data.disk import whole, write
from data.errors import InputError
from data.near import one_of
from data.panel import build_panel
from data.spec import PanelSpec, parse_spec
from data.text import write_csv
from models.admissible import refuse_misfit
from models.joint import Joint
from models.likelihoods import get
from models.outcomes import explained
from models.refit import refit
from models.spec import ModelSpec
from workflows.draws.evaluate import evaluate, mean_over_draws, thinned
from workflows.draws.summary import middle_and_ends
from workflows.estimands.effects import headline_quantities
from workflows.judge.gate import convergence, gate
from workflows.judge.verdict import cut_gate, judged
from workflows.run.digests import folder_digest, own_code
from workflows.run.run import Run
from workflows.sampling.chains import run_chains
from workflows.sampling.cut import imputation_chains, imputation_seed, imputed
from workflows.sampling.program import combine
from workflows.sampling.template import Template, known_potential, structure
from workflows.spec.multiverse import AXES, MultiverseSpec, SampleSpec, resolve
from workflows.spec.run import RunSpec, SamplingSpec
from workflows.store.fan_out import fan_out
from workflows.store.source import code_digest
from workflows.store.store import digest, versions

#: Fewest rows that all specifications must share for these to be the reference sample.
FEWEST_SHARED = 30
#: Draws at which the headline effect is evaluated.
MOST = 1000

_templates: dict[str, Template] = {}


@lru_cache(maxsize=6)
def _panel(spec: str, data: str | None) -> xr.Dataset:
    return build_panel(PanelSpec.model_validate_json(spec), Path(data) if data else None)


def _template(panel: xr.Dataset, spec: ModelSpec) -> Template:
    """The compiled program of a structure; a worker keeps the last three."""
    key = structure(spec, panel)
    if key not in _templates:
        while len(_templates) >= 3:
            _templates.pop(next(iter(_templates)))
        _templates[key] = Template(panel, spec)
    return _templates[key]


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


def fit_one(task: Mapping[str, Any]) -> dict[str, Any]:
    """Fit one specification; its result depends on the task alone.

    Parameters
    ----------
    task : mapping
        ``panel``, ``model``, ``sampling`` (JSON-like specs), ``rows`` and ``reference`` (strings of 0 and 1,
        one a row of the panel), ``depths`` (lists of known depths: one to plug in, one an imputation for `cut`, or
        None to sample them), ``data``.

    Returns
    -------
    dict
        Headline effect with its 95 % equal-tailed interval, the gate's verdict with what failed, and sizes.
    """
    began = time.perf_counter()
    panel = _panel(task["panel"], task["data"])
    spec = ModelSpec.model_validate(task["model"])
    sampling = SamplingSpec.model_validate(task["sampling"])
    rows, reference = (np.array([c == "1" for c in task[k]]) for k in ("rows", "reference"))
    if task["depths"] is None:
        model, tree, step, effect = _jointly(panel, spec, sampling, rows, reference)
        verdict = judged(model, tree, effect)
    else:
        model, tree, step, effect = _at_depths(panel, spec, sampling, rows, reference, task["depths"])
        free = [v.name for v in model.model.free_RVs]
        several = len(task["depths"]) > 1
        verdict = cut_gate(tree, free, effect, sampling.chains) if several else gate(tree, free, effect)
    lower, middle, upper = middle_and_ends(effect["headline"].values)
    own = convergence(effect).iloc[0]
    failed = verdict.checks[~verdict.checks["passed"]]
    return {
        "headline": float(middle),
        "lower": float(lower),
        "upper": float(upper),
        "step": step,
        "rows": int(rows.sum()),
        "states": len(np.unique(panel["row_state"].values[rows])),
        "reference_rows": int(reference.sum()),
        "passed": bool(verdict.passed),
        "failed": "; ".join(f"{r.check}: {r.found}" for r in failed.itertuples()),
        "headline_r_hat": float(own["r_hat"]),
        "headline_ess": float(min(own["ess_bulk"], own["ess_tail"])),
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
        "seconds": round(time.perf_counter() - began, 2),
    }


Fitted = tuple[Joint, xr.DataTree, float, xr.Dataset]
"""Model, draws, step of potential and draws of the headline effect."""


def _headline(model: Joint, tree: xr.DataTree, step: float, reference: np.ndarray) -> xr.Dataset:
    quantities = {"headline": headline_quantities(model, step, reference)["headline_all_rows"]}
    return evaluate(model, tree["posterior"].to_dataset(), quantities, most=MOST)


def _jointly(
    panel: xr.Dataset, spec: ModelSpec, sampling: SamplingSpec, rows: np.ndarray, reference: np.ndarray
) -> Fitted:
    """Depth and outcome in one posterior."""
    whole = refit(panel, spec)
    whole.values(row_weight=rows.astype(float))
    model = whole.joint
    tree = combine(dict(run_chains(model, sampling, cores=1)))
    draws = thinned(tree["posterior"].to_dataset(), 200)
    step = float(mean_over_draws(model, draws, model.potential)[reference].std())
    return model, tree, step, _headline(model, tree, step, reference)


def _at_depths(
    panel: xr.Dataset,
    spec: ModelSpec,
    sampling: SamplingSpec,
    rows: np.ndarray,
    reference: np.ndarray,
    depths: list[list[float]],
) -> Fitted:
    """The outcome at one known depth, or at each of several without feedback, chains numbered through."""
    template = _template(panel, spec)
    moving = [known_potential(panel, spec, np.asarray(depth)) for depth in depths]
    step = float(np.mean(moving, axis=0)[reference].std())
    trees, effects = {}, []
    for m, potential in enumerate(moving):
        data = template.values(panel, spec, potential, rows)
        seed = imputation_seed(sampling.seed, m) if len(depths) > 1 else sampling.seed
        tree = template.sample(data, sampling.model_copy(update={"seed": seed}))
        number = imputation_chains(m, sampling.chains)
        # The template keeps this potential until the next: the effect is that of these draws.
        effects.append(_headline(template.joint, tree, step, reference).assign_coords(chain=number))
        groups = ("posterior", "sample_stats")
        trees[m] = xr.DataTree.from_dict(
            {name: tree[name].to_dataset().assign_coords(chain=number) for name in groups}
        )
    return template.joint, combine(trees), step, xr.concat(effects, "chain")


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

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Every specification as a task, named by its content."""
        choices = list(self.grid.combinations())
        base = self.spec.describe()
        controls = list(
            dict.fromkeys([*base["panel"]["controls"], *(c for s in self.grid.controls.values() for c in s)])
        )
        base["panel"]["controls"] = controls
        if base["model"]["contribution"]["controls"] is None:
            base["model"]["contribution"]["controls"] = list(self.spec.panel.controls)
        resolved = []
        for choice in choices:
            one = resolve(base, self.grid, choice)
            panel = parse_spec(one["panel"]).model_dump_json()
            sample = self.grid.sample.get(choice["sample"], SampleSpec())
            built = _panel(panel, str(self.data) if self.data else None)
            model = ModelSpec.model_validate(one["model"])
            refuse_misfit(built, model)
            resolved.append((choice, panel, model, keep(built, sample)))
        shared = self._reference(resolved)
        measured: dict[str, Run] = {}
        contents = folder_digest(
            self.data, *(PanelSpec.model_validate_json(panel) for _, panel, *_ in resolved)
        )
        tasks = {}
        for choice, panel, model, rows in resolved:
            reference = self._mask(panel, shared) if shared else rows
            task = {
                "panel": panel,
                "model": model.model_dump(mode="json"),
                "rows": "".join("01"[int(r)] for r in rows),
                "reference": "".join("01"[int(r)] for r in reference),
                "depths": self._depths(panel, model, measured),
                "data": str(self.data) if self.data else None,
            }
            about = {k: v for k, v in task.items() if k != "data"}
            name = digest([about, contents, own_code(model), self._settings()])[:16]
            sampling = self.spec.sampling.model_copy(
                update={
                    "chains": self.grid.chains,
                    "tune": self.grid.tune,
                    "draws": self.grid.draws,
                    # Each specification has its own random numbers, wherever it is computed.
                    "seed": (self.spec.sampling.seed + int(name[:8], 16)) % 2**31,
                }
            )
            tasks[name] = {**task, "sampling": sampling.model_dump(mode="json"), "choice": choice}
        return tasks

    def _settings(self) -> list[Any]:
        grid = self.grid
        return [
            grid.chains, grid.tune, grid.draws, self.spec.sampling.seed, self.spec.sampling.target_accept,
            self.spec.sampling.sampler,
            code_digest(__name__, "workflows.run.stages.measurement"), versions(),
        ]  # fmt: skip

    def _keys(self, panel: str) -> list[tuple]:
        built = _panel(panel, str(self.data) if self.data else None)
        names = ("row_state", "row_operation", "row_year")
        return list(zip(*(built[n].values.tolist() for n in names), strict=True))

    def _reference(self, resolved: list[tuple]) -> set[tuple]:
        """Rows that every specification has; empty where they are too few to serve as reference."""
        shared: set[tuple] | None = None
        for _, panel, _, rows in resolved:
            mine = {key for key, used in zip(self._keys(panel), rows, strict=True) if used}
            shared = mine if shared is None else shared & mine
        return shared if shared and len(shared) >= FEWEST_SHARED else set()

    def _mask(self, panel: str, shared: set[tuple]) -> np.ndarray:
        return np.array([key in shared for key in self._keys(panel)])

    def _depths(self, panel: str, model: ModelSpec, measured: dict[str, Run]) -> list[list[float]] | None:
        """Depths at which the outcome is fitted; measured alone once a panel and kept on disk."""
        if model.depth.measurement == "joint":
            return None
        if panel not in measured:
            spec = self.spec.model_copy(
                update={
                    "panel": PanelSpec.model_validate_json(panel),
                    "name": f"measurement-{digest(panel)[:8]}",
                }
            )
            measured[panel] = Run(spec, self.folder, self.data)
        run = measured[panel]
        if not run.has_treaties:
            return [[]]
        if model.depth.measurement == "plug-in":
            return [[float(x) for x in run.plug_in_depth]]
        drawn = imputed(run.alone, model.depth.imputations, self.spec.sampling.seed)["treaty_depth"]
        return drawn.transpose("imputation", "treaty").values.tolist()

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
        # Specifications that share a program come together, so that a worker compiles it once.
        order = sorted(
            tasks, key=lambda n: (tasks[n]["model"]["contribution"]["likelihood"], tasks[n]["panel"], n)
        )
        results = {}
        for result in fan_out(
            fit_one, {n: tasks[n] for n in order}, self.folder / "fits.jsonl", workers, scheduler
        ):
            results[result["task"]] = result
            progress(len(results), len(tasks), {**tasks[result["task"]]["choice"], **result})
        table = pd.DataFrame([{**tasks[name]["choice"], "error": "", **results[name]} for name in tasks])
        table = table.reindex(columns=[*AXES, *COLUMNS]).assign(interval="eti_95")
        table["diagnostics"] = np.select(
            [table["error"] != "", table["passed"].eq(True)], ["no fit", "gate passed"], "gate failed"
        )
        with whole(self.folder / "specifications.csv") as scratch:
            write_csv(table, scratch)
        return table


COLUMNS = (
    "headline", "lower", "upper", "step", "rows", "states", "reference_rows", "passed", "failed",
    "headline_r_hat", "headline_ess", "divergences", "seconds", "error", "task",
)  # fmt: skip


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Draw the specification curve, failures at its right end without an estimate; write its caption."""
    from figures.specification_curve import caption, specification_curve

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
    text = folder / "specification_curve.txt"
    write(text, said + "\n")
    return [*paths, text]
