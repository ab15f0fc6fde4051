"""What a measurement of depth writes: tables of loadings, thresholds and scores, and its draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.common.disk import save_netcdf, whole_files
from data.common.text import write_csv
from models.orientation import provision_count
from workflows.depth.measure import Measure
from workflows.judge.gate import convergence


def summary(measured: Measure, variable: str) -> pd.DataFrame:
    """Posterior summary of a variable, one row a scalar.

    Returns
    -------
    DataFrame
        Columns `label, mean, sd, lower, upper, r_hat, ess_bulk, ess_tail`; the interval is
        equal-tailed with the probability of the spec.
    """
    values = measured.draws["posterior"][variable]
    dim = next(d for d in values.dims if d not in ("chain", "draw"))
    tail = (1 - measured.spec.probability) / 2
    sample = ("chain", "draw")
    quantile = values.quantile([tail, 1 - tail], dim=sample).to_numpy()
    judged = convergence(values.to_dataset(name=variable))
    return pd.DataFrame(
        {
            "label": values[dim].to_numpy(),
            "mean": values.mean(sample).to_numpy(),
            "sd": values.std(sample, ddof=1).to_numpy(),
            "lower": quantile[0],
            "upper": quantile[1],
            "r_hat": judged["r_hat"].to_numpy(),
            "ess_bulk": judged["ess_bulk"].to_numpy(),
            "ess_tail": judged["ess_tail"].to_numpy(),
        }
    )


def loadings(measured: Measure) -> pd.DataFrame:
    """Loadings and uniquenesses, one row a provision, constant provisions last and empty."""
    left = summary(measured, "loading").add_prefix("loading_").rename(columns={"loading_label": "provision"})
    right = summary(measured, "uniqueness").drop(columns="label").add_prefix("uniqueness_")
    table = pd.concat([left, right], axis=1)
    table.insert(1, "interval", measured.spec.interval)
    table["note"] = ""
    if measured.constant:
        idle = pd.DataFrame({"provision": measured.constant, "note": "does not vary: carries no information"})
        table = pd.concat([table, idle], ignore_index=True)
    return table


def thresholds(measured: Measure) -> pd.DataFrame:
    """Thresholds of the graded model: Phi(-threshold) is the share of treaties at or above the category.

    Columns ``provision, category, interval``, and those of `summary` but for `label`.
    """
    table = summary(measured, "threshold")
    parts = table.pop("label").str.split(">=", expand=True)
    table.insert(0, "provision", parts[0])
    table.insert(1, "category", parts[1].astype(int))
    table.insert(2, "interval", measured.spec.interval)
    return table


def scores(measured: Measure) -> pd.DataFrame:
    """Depth of each treaty, in SDs over treaties, with the number of its provisions and who coded them.

    Treaties with the same provisions have the same posterior. Their summaries are averaged,
    so that Monte Carlo noise does not rank what the data cannot tell apart; `pattern`
    numbers the groups.
    """
    table = summary(measured, "score").rename(columns={"label": "atopid"})
    table.insert(1, "coder", measured.coder)
    table.insert(6, "interval", measured.spec.interval)
    answers = measured.table.drop(columns="atopid")
    table["provisions"] = provision_count(answers.to_numpy(float))
    table["pattern"] = answers.groupby(list(answers.columns), dropna=False).ngroup().to_numpy()
    moments = ["mean", "sd", "lower", "upper"]
    table[moments] = table.groupby("pattern")[moments].transform("mean")
    return table


def write(measured: Measure, out: str | Path) -> dict[str, str]:
    """Write ``loadings.csv``, ``scores.csv``, ``thresholds.csv`` (graded) and ``depth.nc`` into `out`."""
    tables = {"loadings": loadings(measured), "scores": scores(measured)}
    if measured.spec.model == "graded":
        tables["thresholds"] = thresholds(measured)
    encoding = {"/posterior": {"score": {"dtype": "float32", "zlib": True, "complevel": 1}}}
    with whole_files(Path(out)) as folder:
        for name, table in tables.items():
            write_csv(table, folder / f"{name}.csv")
        save_netcdf(measured.draws, folder / "depth.nc", encoding=encoding)
    files = {name: f"{name}.csv" for name in tables} | {"draws": "depth.nc"}
    return {name: str(Path(out) / file) for name, file in files.items()}


def as_json(measured: Measure, files: dict[str, str] | None = None) -> dict[str, Any]:
    """The measurement as JSON-like values."""
    rows = loadings(measured).replace({np.nan: None}).to_dict(orient="records")
    worst = measured.gate.checks
    return {
        "spec": measured.spec.model_dump(mode="json"),
        "treaties": len(measured.table),
        "coder": measured.coder,
        "constant": list(measured.constant),
        "loadings": rows,
        "orientation": {
            "passed": measured.check.passed,
            "rank_correlation": measured.check.rank_correlation.tolist(),
            "minimum": measured.check.minimum,
        },
        "gate": {"passed": measured.gate.passed, "checks": worst.to_dict(orient="records")},
        "passed": measured.passed,
        "files": files or {},
    }
