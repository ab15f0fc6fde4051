"""Reference posteriors of the measurement models, summarised for regression tests.

In the spirit of posteriordb (Magnusson et al. 2024): ten chains, every diagnostic met,
seed and versions recorded. Only summaries of item parameters are kept, since the draws
can be made again by one command.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.common.disk import write
from workflows.depth.measure import Measure, MeasureSpec, measure, measure_spec
from workflows.depth.tables import summary
from workflows.judge.gate import convergence

CHAINS, DRAWS = 10, 2000
VARIABLES = ("loading", "uniqueness", "threshold")


def reference_spec(source: str, model: str, priors: str, seed: int) -> MeasureSpec:
    """The spec of a reference posterior."""
    return measure_spec(source=source, model=model, priors=priors, chains=CHAINS, draws=DRAWS, seed=seed)


def reference(spec: MeasureSpec, data: str | Path | None) -> tuple[dict[str, Any], Measure]:
    """Fit `spec` and summarise its item parameters.

    Returns
    -------
    dict
        JSON-like: spec, source with SHA-256, versions, diagnostics, and per parameter its mean,
        SD, Monte Carlo standard error of the mean, R-hat and effective sample sizes.
    Measure
    """
    fitted = measure(spec, data)
    posterior = fitted.draws["posterior"].to_dataset()
    names = [n for n in VARIABLES if n in posterior and not (n == "uniqueness" and spec.model == "graded")]
    judged = convergence(posterior[names])
    flat = pd.concat([summary(fitted, n)[["mean", "sd"]] for n in names], ignore_index=True)
    table = pd.concat([judged[["quantity", "r_hat", "ess_bulk", "ess_tail"]], flat], axis=1)
    table["mcse"] = table["sd"] / np.sqrt(table["ess_bulk"])
    parameters = {row.pop("quantity"): row for row in table.round(6).to_dict(orient="records")}
    record = {
        "spec": spec.model_dump(mode="json"),
        "source": json.loads(fitted.draws.attrs["source"]),
        "treaties": len(fitted.table),
        "versions": json.loads(fitted.draws.attrs["versions"]),
        "gate": dict(fitted.gate.checks[["check", "found"]].itertuples(index=False)),
        "passed": fitted.passed,
        "orientation": fitted.check.rank_correlation.round(4).tolist(),
        "parameters": parameters,
    }
    return record, fitted


def items_record(fitted: Measure, record: dict[str, Any]) -> dict[str, Any]:
    """Item parameters of a graded fit as `models.item_priors.known_items` reads them."""
    posterior = fitted.draws["posterior"].to_dataset()
    sample = ("chain", "draw")

    def moments(values) -> list[float]:
        return [round(float(values.mean(sample)), 4), round(float(values.std(sample, ddof=1)), 4)]

    items: dict[str, Any] = {}
    for name in posterior["provision"].to_numpy():
        items[str(name)] = {
            "loading": moments(posterior["loading"].sel(provision=name)),
            "threshold": moments(posterior["threshold_first"].sel(provision=name)),
            "log_gap": [],
        }
    if "threshold_gap" in posterior:
        for cut in posterior["threshold_gap_cut"].to_numpy():
            gap = np.log(posterior["threshold_gap"].sel(threshold_gap_cut=cut))
            items[str(cut).split(">=")[0]]["log_gap"].append(moments(gap))
    provenance = {key: record[key] for key in ("spec", "source", "treaties", "versions", "gate")}
    return {
        "what": "posterior mean and SD of graded item parameters; loading in SDs of the latent response per "
        "SD of depth, threshold on the marginal scale, log_gap of successive thresholds",
        "cite": "Leeds, Ritter, Mitchell & Long 2002 (ATOP 5.1); parameters estimated by this project",
        "provenance": provenance,
        "items": items,
    }


def write_reference(record: dict[str, Any], folder: str | Path) -> Path:
    """Write a record into `folder`, named after its spec, such as ``graded-atop-default.json``."""
    path = Path(folder) / "{model}-{source}-{priors}.json".format(**record["spec"])
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, json.dumps(record, indent=1) + "\n")
    return path
