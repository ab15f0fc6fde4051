"""The headline effect without each treaty, without each operation, by each operation alone, and beside an
alliance as a control.

One compiled model serves all fits but the last: rows left out get weight zero (`models.given`). Every fit
reports the headline effect on the same rows, all of the panel's, and for the same step, so that what
differs is what the model learned, not whom it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from data.common.disk import save_netcdf
from data.common.text import read_csv, write_csv
from data.pool import with_controls
from data.variables.participants import NATO_OPERATIONS
from models.given import REFITTED
from models.joint import known_potential
from workflows.draws.summary import summarise
from workflows.estimands.effects import headline_effect
from workflows.estimands.fit import Fit
from workflows.judge.feedback import contradictions, feedback
from workflows.judge.verdict import judged
from workflows.run.digests import own_code
from workflows.run.run import Run
from workflows.sampling.posterior import Posterior
from workflows.sampling.program import chain_seed
from workflows.store.slug import slugs
from workflows.store.store import digest

#: A treaty is left out in turn if it binds at least this many states of the panel to their leader.
LEAST_STATES = 3
NATO = ("3180", "NATO")
KINDS = ("treaty", "operation", "separate", "alliance")
COLUMNS = [
    "kind", "left_out", "name", "operation", "headline", "lower", "upper", "interval", "rows", "states", "step",
    "passed", "advice",
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One fit.

    Attributes
    ----------
    kind : {"full", "treaty", "operation", "separate", "alliance"}
    left_out : str
        Identifier of what is left out (`separate`: the operation that is kept); empty for `full`.
    name : str
        What a figure calls it.
    weight : ndarray, shape (row,)
    """

    kind: str
    left_out: str
    name: str
    weight: np.ndarray


def cases(panel: xr.Dataset, kinds: tuple[str, ...] = KINDS, least: int = LEAST_STATES) -> list[Case]:
    """The full fit and every fit of `kinds`, in the order of a report.

    Treaties are left out with the rows that they bind: to keep the rows and forget the treaty would claim that
    these states have none.

    Raises
    ------
    ValueError
        For an unknown kind.
    """
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise ValueError(f"{unknown[0]!r} is not one of {', '.join(KINDS)}")
    out = [Case("full", "", "", without(panel))]
    if "treaty" in kinds:
        for treaty, name in zip(panel["treaty"].values, panel["treaty_name"].values, strict=True):
            bound = panel["in_force"].sel(treaty=treaty).values > 0
            if len(np.unique(panel["row_ccode"].values[bound])) >= least:
                out.append(Case("treaty", str(treaty), str(name), without(panel, treaty=treaty)))
    for kind, key in (("operation", "operation"), ("separate", "only")):
        if kind in kinds and panel.sizes["operation"] > 1:
            out += [Case(kind, str(o), str(o), without(panel, **{key: o})) for o in panel["operation"].values]
    if "alliance" in kinds and nato(panel) is not None:
        out.append(Case("alliance", str(nato(panel)), "NATO membership as a control", without(panel)))
    return out


def nato(panel: xr.Dataset) -> str | None:
    """NATO's identifier on the panel, None where it binds nobody there."""
    return next(
        (t for t in NATO if t in panel["treaty"].values and panel["in_force"].sel(treaty=t).values.any()),
        None,
    )


def without(panel: xr.Dataset, **left_out: Any) -> np.ndarray:
    """Weights of rows, shape (row,): 0 for those left out.

    Parameters
    ----------
    panel : Dataset
    **left_out
        ``treaty``: rows that the treaty binds; ``operation``: rows of the operation; ``only``: rows of
        every other operation. One of them, or none for the full panel.

    Raises
    ------
    ValueError
        For a name that the panel does not have.
    """
    weight = np.ones(panel.sizes["row"])
    for kind, name in left_out.items():
        dim = "treaty" if kind == "treaty" else "operation"
        if name not in panel[dim].values:
            raise ValueError(f"the panel has no {dim} {name!r}")
        if kind == "treaty":
            gone = panel["in_force"].sel(treaty=name).values > 0
        else:
            gone = (panel["row_operation"].values == name) == (kind == "operation")
        weight[gone] = 0.0
    return weight


def alliance_controls(panel: xr.Dataset, treaty: str, operations: list[str]) -> dict[str, np.ndarray]:
    """Membership of an alliance, and membership in that alliance's own operations, each shape (row,).

    Parameters
    ----------
    panel : Dataset
    treaty : str
        The alliance's identifier on the panel, ``3180`` in ATOP or ``NATO`` in the bundled facts.
    operations : list of str
        Operations that the alliance led.

    Notes
    -----
    Whether the operation itself is the alliance's needs no control: every operation has an intercept.
    """
    member = panel["in_force"].sel(treaty=treaty).values.astype(float)
    own = np.isin(panel["row_operation"].values, operations)
    out = {"alliance_member": member}
    if not np.array_equal(member * own, member):
        out["alliance_member_in_its_operation"] = member * own
    return {name: column for name, column in out.items() if np.ptp(column) > 0}


def rows_of(case: Case, fit: Fit, effect: xr.Dataset, advice: list[str]) -> pd.DataFrame:
    """The table's rows of one fit: the effect over all rows, by operation, and at the mean slope.

    `operation` is empty for the effect over all rows and "mean slope" for an operation with the mean slope.
    """
    table = summarise(effect)
    label = {"headline_all_rows": "", "headline_mean_slope": "mean slope"}
    table["operation"] = table["label"].where(table["label"] != "", table["quantity"].map(label))
    kept = case.weight > 0
    return table.rename(columns={"median": "headline"}).assign(
        kind=case.kind,
        left_out=case.left_out,
        name=case.name,
        rows=int(kept.sum()),
        states=len(np.unique(fit.joint.design.state[kept])),
        step=effect.attrs["step"],
        passed=not advice,
        advice=" ".join(advice),
    )[COLUMNS]


class LeaveOut:
    """The fits of one run's spec, each an artefact under ``OUT/<run>/leave_out``.

    Parameters
    ----------
    run : Run
        Gives panel, spec, measurement alone and the store. Every fit is by the algorithm of the spec: `cut` fits
        each case once an imputation, which `measurement = "plug-in"` spares.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._posteriors: dict[bool, Posterior] = {}

    def _posterior(self, alliance: bool) -> Posterior:
        """The posterior of the fits with the alliance as a control, or of all others."""
        if alliance not in self._posteriors:
            run = self.run
            panel, spec = run.panel, run.spec.model
            if alliance:
                extra = alliance_controls(panel, str(nato(panel)), NATO_OPERATIONS)
                panel = with_controls(panel, extra)
                if (names := spec.contribution.controls) is not None:
                    changed = spec.contribution.model_copy(update={"controls": [*names, *extra]})
                    spec = spec.model_copy(update={"contribution": changed})
            seed = run.spec.sampling.seed
            self._posteriors[alliance] = Posterior(panel, spec, lambda: run.alone, seed, REFITTED)
        return self._posteriors[alliance]

    @property
    def step(self) -> float:
        """Step of potential of every fit: the SD of potential at the measured depths over all rows."""
        run = self.run
        return float(np.std(known_potential(run.panel, run.spec.model, run.plug_in_depth)))

    def fit(self, case: Case, position: int, step: float) -> pd.DataFrame:
        """Table of one case; computed only where something that it depends on changed."""
        run = self.run

        def compute(folder: Path) -> dict[str, Any]:
            posterior = self._posterior(case.kind == "alliance")
            seed = chain_seed(run.spec.sampling.seed, 10_000 + position)
            draws = posterior.sample(run.spec.sampling.model_copy(update={"seed": seed}), case.weight)
            fit = Fit(posterior.joint, draws)
            effect = headline_effect(fit, step=step)
            verdict = judged(fit.joint, draws, effect)
            save_netcdf(effect, folder / "headline.nc")
            advice = verdict.advice()
            if run.depth_is_sampled:
                moved = feedback(run.alone, draws["posterior"].to_dataset())
                write_csv(moved, folder / "feedback.csv")
                advice += contradictions(moved, run.spec.sampling.chains)
            write_csv(rows_of(case, fit, effect, advice), folder / "headline.csv")
            return {"passed": not advice}

        inputs = {
            "panel": run.stage("panel").about["content"],
            "model": run.spec.model.model_dump(mode="json"),
            "own_code": own_code(run.spec.model),
            "sampling": run.sampling,
            "case": [case.kind, case.left_out, position],
            "weight": digest(case.weight.tolist()),
            "step": step,
            "measurement": run.stage("measurement").key if run.has_treaties else None,
        }
        left_out = case.left_out or "nothing"
        names = slugs({left_out, *(str(v) for key in ("operation", "treaty") for v in run.panel[key].values)})
        name = f"leave_out/{case.kind}-{names[left_out]}"
        stage = run.store.stage(name, inputs, compute, (__name__,))
        words = dict.fromkeys(("left_out", "name", "operation", "advice"), str)
        return read_csv(stage / "headline.csv", dtype=words, keep_default_na=False)

    def tables(self, kinds: tuple[str, ...] = KINDS, least: int = LEAST_STATES) -> Iterator[pd.DataFrame]:
        """Yield each fit's table; the full fit first."""
        with self.run.store.lock(self.run.listener.waiting):
            step = self.step
            for case in cases(self.run.panel, kinds, least):
                position = int(digest([case.kind, case.left_out])[:6], 16)
                yield self.fit(case, position, step)


def pooled_and_separate(table: pd.DataFrame) -> pd.DataFrame:
    """Each operation's effect from the pooled fit, from its own rows alone, and predicted without them.

    Returns
    -------
    DataFrame
        ``operation, estimate`` ("pooled", "separate", "predicted from the others"), ``headline, lower, upper,
        interval, passed``. All have the same priors; a separate estimate of an operation with few rows is
        mostly its prior.
    """
    named = {"full": "pooled", "separate": "separate", "operation": "predicted from the others"}
    mine = table[table["kind"].isin(named)]
    mine = mine[(mine["kind"] == "full") | (mine["operation"] == mine["left_out"])]
    mine = mine[~mine["operation"].isin(["", "mean slope"])]
    mine = mine.assign(estimate=mine["kind"].map(named))
    columns = ["operation", "estimate", "headline", "lower", "upper", "interval", "passed"]
    return mine[columns].sort_values(["operation", "estimate"]).reset_index(drop=True)


__all__ = ["KINDS", "Case", "LeaveOut", "cases", "pooled_and_separate", "rows_of"]
