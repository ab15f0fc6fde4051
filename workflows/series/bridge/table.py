"""The bridge as a table: one row a rung, with what moved against its parent and whether the gate passed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from data.common.text import read_csv
from workflows.draws.summary import summarise
from workflows.estimands.headline import NAMES, linear_headline
from workflows.judge.identification import similarity_held
from workflows.published.compare import panel_rows
from workflows.published.headline import COLUMNS, SIMILARITY, published_rows
from workflows.series.bridge.bridge import Bridge
from workflows.series.bridge.climb import climb
from workflows.series.bridge.rungs import Rung

#: What a row says beside `workflows.published.headline.COLUMNS`.
EXTRA = ("rung", "level", "moved", "changed", "cause", "passed", "advice", "seconds")
ANOTHER = "another quantity of the same model"


def bridge_table(bridge: Bridge) -> pd.DataFrame:
    """Compute every rung that is not on disk yet, and lay all of them out.

    Returns
    -------
    DataFrame
        ``COLUMNS`` of the headline table, then ``EXTRA``: `rung` is the rung that a row belongs to, `level` its
        depth in the tree, `moved` the change of H from the parent's (troops per year), `changed` what was
        changed, `cause` the same where it was one input, `passed` whether the gate passed (empty where
        nothing was sampled), `advice` what the gate says, `seconds` the time to compute the rung.
    """
    rows: list[dict[str, Any]] = []
    for rung in bridge.tree.values():
        rows += {"study": _study, "linear": _linear, "joint": _joint}[rung.kind](bridge, rung)
    table = pd.DataFrame(rows)
    ordered = climb(table)
    ordered["cause"] = [row.changed if row.one and row.parent else "" for row in ordered.itertuples()]
    return ordered[[*COLUMNS, *EXTRA]]


def drawn(table: pd.DataFrame) -> pd.DataFrame:
    """The table for the figure: a rung that failed the gate says so in its label."""
    failed = table["passed"].eq(False)
    marks = np.where(failed, " — gate FAILED", "")
    return table.assign(label=table["label"] + marks)


def _row(rung: Rung, **values: Any) -> dict[str, Any]:
    """One row of the table; `values` replace what follows from the rung."""
    blank = {
        "id": rung.id,
        "rung": rung.id,
        "label": rung.label,
        "group": rung.kind,
        "parent": rung.parent,
        "changed": rung.change,
        "one": rung.one,
        "passed": None,
        "advice": "",
        "seconds": np.nan,
        "note": "",
    }
    return blank | values


def _study(bridge: Bridge, rung: Rung) -> list[dict[str, Any]]:
    """A row of the study's own table of headline effects."""
    name = bridge.settings.model
    if bridge.data is None:
        found = pd.DataFrame(published_rows(bridge.study))
        seconds = np.nan
    else:
        found = read_csv(bridge.study_stage / "corrections.csv", keep_default_na=False, na_values=["nan", ""])
        seconds = bridge.study_stage.seconds if rung.id == "replicated" else np.nan
    mine = found[found["model"] == name]
    own = bridge.study_model.errors
    if rung.id == "published":
        mine = mine[mine["group"] == "published"]
    else:
        clustered = rung.id in ("clustered", "corrected-clustered")
        mine = mine[mine["errors"] == ("clustered" if clustered else own)]
        if rung.id in ("replicated", "clustered"):
            mine = mine[mine["group"] == "replicated"]
        elif rung.id in ("corrected", "corrected-clustered"):
            mine = mine[mine["id"].str.startswith("correction:all:")]
        else:
            mine = mine[mine["corrections"] == rung.id]
    source = mine.iloc[0]
    kept = {
        k: source[k] for k in ("headline", "lower", "upper", "interval", "rows", "states", "step", "note")
    }
    kept["note"] = "" if pd.isna(kept["note"]) else kept["note"]
    label = f"{rung.label}: {name}" if rung.id == "published" else rung.label
    held = bool(source["similarity_held"])
    return [_row(rung, label=label, group=source["group"], similarity_held=held, seconds=seconds, **kept)]


def _linear(bridge: Bridge, rung: Rung) -> list[dict[str, Any]]:
    """A Gaussian model of a design matrix, or least squares on the panel."""
    y, x, head, step, states = bridge.linear_design(rung)
    held = bool({"similarity", "agreement", SIMILARITY} & set(x.columns))
    shape = {"rows": len(y), "states": states, "step": step, "similarity_held": held}
    if not rung.is_sampled:
        # Errors are clustered by state.
        found = panel_rows(bridge.base_model, bridge.potential, step).iloc[0]
        values = found[["headline", "lower", "upper", "interval", "note"]].to_dict()
        return [_row(rung, group="this panel", **values, **shape)]
    stage = bridge.linear_stage(rung)
    found = read_csv(stage / "coefficients.csv").set_index("term").loc[head]
    values = {
        k: linear_headline(found[c], step)
        for k, c in (("headline", "median"), ("lower", "lower"), ("upper", "upper"))
    }
    return [
        _row(
            rung,
            group="posterior",
            interval=found["interval"],
            passed=stage.about["passed"],
            advice=" ".join(stage.about["advice"]),
            seconds=stage.seconds,
            note="Gaussian likelihood on a design matrix, nearly flat priors",
            **values,
            **shape,
        )
    ]


def _joint(bridge: Bridge, rung: Rung) -> list[dict[str, Any]]:
    """The rows of a joint rung: its headline effect, and further quantities of the same model."""
    run = bridge.joint_run(rung)
    found = summarise(run.effect).set_index("quantity")
    part = run.spec.model.contribution
    pooled = run.panel["operation"].values
    reference = np.isin(run.panel["row_operation"].values, bridge.panel["operation"].values)
    note = f"{run.spec.model.depth.measurement} depth, {part.likelihood.replace('_', ' ')}"
    if len(pooled) > bridge.panel.sizes["operation"]:
        note += f"; reference rows: {', '.join(map(str, bridge.panel['operation'].values))}"
    common = {
        "group": "posterior",
        "passed": run.passed,
        "advice": " ".join(run.stage("gate").about["advice"]),
        "similarity_held": similarity_held(run.spec.model, run.panel),
    }
    out = []
    for name, row in found.iterrows():
        mine, label, step = reference, rung.label, bridge.steps["step"]
        if name == "within_sd":
            label, step = "Within states, one SD within states", bridge.steps["within_step"]
        elif name in ("between", "mean_slope"):
            label = NAMES[f"headline_{name}"]
        elif str(name).startswith("operation_"):
            operation = pooled[int(str(name).removeprefix("operation_"))]
            label, mine = f"{operation}", run.panel["row_operation"].values == operation
        out.append(
            _row(
                rung,
                label=label,
                headline=row["median"],
                lower=row["lower"],
                upper=row["upper"],
                interval=row["interval"],
                rows=int(mine.sum()) if name != "headline" else run.panel.sizes["row"],
                states=len(np.unique(run.panel["row_ccode"].values[mine])),
                step=step,
                note=note,
                **common,
            )
        )
        if name == "headline":
            seconds = float(sum(run.stage(name).seconds for name in ("posterior", "effect", "gate")))
            out[-1] |= {"states": run.panel.sizes["state"], "seconds": seconds}
        else:
            out[-1] |= {"id": f"{rung.id}:{name}", "parent": rung.id, "changed": ANOTHER, "one": False}
    return out
