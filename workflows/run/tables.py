"""What a run leaves for a paper: estimates and headline as CSV and Stata files, sources, and an appendix."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from data.common.text import markdown
from data.facts import BUNDLED
from data.sources.registry import registry
from figures.words import between, decimal, interval_words, number, parameter, span
from workflows.draws.summary import summarise
from workflows.estimands.separate_check import with_separate
from workflows.judge.gate import convergence
from workflows.sampling.restart import told
from workflows.spec.mathematics import model_in_words, prior_table

if TYPE_CHECKING:
    from workflows.run.run import Run

GROUPS = ("state", "treaty", "treaty_in_operation", "operation_year", "row")
"""Dims of effects of single groups: their spread is a parameter of the population, they are not."""


def estimates(posterior: xr.Dataset, prob: float = 0.95) -> pd.DataFrame:
    """Every parameter of the population: no effects of single states, treaties or years, nothing standardised.

    Returns
    -------
    DataFrame
        Columns `parameter, of, median, sd, lower, upper, interval, r_hat, ess_bulk, ess_tail`; statistics
        that cannot be computed, as for a constant, are missing.
    """
    kept = [
        name
        for name, array in posterior.data_vars.items()
        if not set(array.dims) & set(GROUPS) and not str(name).endswith("_raw")
    ]
    draws = posterior[kept]
    table = summarise(draws, prob).rename(columns={"quantity": "parameter", "label": "of"})
    judged = convergence(draws)
    spread = np.concatenate([draws[n].std(("chain", "draw"), ddof=1).values.ravel() for n in kept])
    table.insert(3, "sd", spread)
    return pd.concat([table, judged[["r_hat", "ess_bulk", "ess_tail"]]], axis=1)


def to_stata(frame: pd.DataFrame, path: Path) -> None:
    """Write a table for Stata: names within 32 characters, text without missing values, booleans as 0 and 1."""
    out = frame.copy()
    for name in out.columns:
        column = out[name]
        if column.dtype == bool:
            out[name] = column.astype("int8")
        elif not pd.api.types.is_numeric_dtype(column):
            text = column.astype(object).where(column.notna(), "").astype(str)
            out[name] = text.astype(object)
    out.columns = [re.sub(r"\W", "_", str(name))[:32] for name in out.columns]
    out.to_stata(path, write_index=False, version=118)


def citations(panel: xr.Dataset) -> pd.DataFrame:
    """How to cite what the panel was made of: one row a source.

    Returns
    -------
    DataFrame
        Columns `what, citation, version, address`.
    """
    files = [Path(entry["file"]).name for entry in json.loads(panel.attrs["provenance"])]
    rows = [
        ("registered source", entry.citation, entry.version, entry.address)
        for entry in registry().values()
        if {Path(file.path).name for file in entry.files} & set(files)
    ]
    if "row_list" in panel.coords:
        lists = sorted(set(map(str, np.unique(panel["row_list"].values))) - {"", "nan"})
        rows += [("list of contributors", text, "", "") for text in lists[:60]]
    for name in files:
        path = BUNDLED / name
        if not path.is_file() or name == "contributions.csv":
            continue
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        column = next((c for c in ("source", "sources", "source_url") if c in frame), None)
        named = [text for text in dict.fromkeys(frame[column]) if text][:8] if column else []
        rows += [(f"bundled table {path.stem}", text, "", "") for text in named]
    return pd.DataFrame(rows, columns=["what", "citation", "version", "address"]).drop_duplicates()


def _imputed(run: Run) -> str:
    depth = run.spec.model.depth
    return f" for each of {depth.imputations} imputations of depth" if depth.measurement == "cut" else ""


def appendix(run: Run, found: pd.DataFrame) -> str:
    """Model, priors and diagnostics as Markdown, to be pasted into a paper's appendix."""
    s, last, posterior = run.spec.sampling, run.tries[-1], run.headline[run.headline["group"] == "posterior"]
    lines = [f"# Appendix: {markdown(run.spec.title or run.spec.name)}", "", "## Model", ""]
    lines += [text for paragraph in model_in_words(run.joint) for text in (paragraph, "")]
    lines += ["## Data", ""]
    panel = run.panel
    lines += [
        f"{panel.sizes['row']:,} rows of {panel.sizes['state']} states in "
        f"{markdown(', '.join(map(str, panel['operation'].values)))}; "
        f"{int((panel['troops'] > 0).sum()):,} rows with troops.",
        "",
    ]
    lines += ["## Priors", "", "| parameter | prior | unit |", "|---|---|---|"]
    lines += [
        f"| {markdown(str(r.parameter).replace('_', ' '))} | {markdown(r.prior)} | {markdown(r.unit)} |"
        for r in prior_table(run.joint).itertuples()
    ]
    lines += ["", "## Sampling and diagnostics", ""]
    lines += [
        f"{s.chains} chains of {s.tune:,} warm-up and {s.draws:,} kept iterations{_imputed(run)} ({s.sampler}, target "
        f"acceptance {last['target_accept']:g}, seed {last['seed']}). {told(run.tries)}".rstrip(),
        "",
        "| check | found | needed | passed |",
        "|---|---|---|---|",
    ]
    checks = with_separate(run.gate.checks, run.separate).itertuples()
    lines += [
        f"| {markdown(r.check)} | {markdown(r.found)} | {markdown(r.limit)} | {r.passed} |" for r in checks
    ]
    lines += [
        "",
        "## Headline effect, troops per year",
        "",
        "| estimate | median | interval | rows | states |",
    ]
    lines += ["|---|---|---|---|---|"]
    lines += [
        f"| {markdown(r.label)} | {decimal(r.headline, 1)} | {span(r.lower, r.upper, 1)} ({interval_words(r.interval)}) "
        f"| {r.rows:,.0f} | {r.states:,.0f} |"
        for r in posterior.itertuples()
    ]
    lines += [
        "",
        "## Parameters of the population",
        "",
        "| parameter | median | interval | R-hat | bulk ESS |",
    ]
    lines += ["|---|---|---|---|---|"]
    lines += [
        f"| {markdown(parameter(r.parameter, r.of))} | {number(r.median)} "
        f"| {between(r.lower, r.upper)} ({interval_words(r.interval)}) "
        f"| {r.r_hat:.3f} | {r.ess_bulk:.0f} |"
        for r in found.itertuples()
    ]
    return "\n".join(lines) + "\n"
