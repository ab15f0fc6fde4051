"""What the report of a run says of its making: model, data, sources, and how to reproduce it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from data.panel import panel_ledger
from data.text import read_csv
from workflows.coalition_spec import any_spec
from workflows.mathematics import model_in_symbols, model_in_words, prior_table
from workflows.page_blocks import table, text
from workflows.spec import bundled_specs
from workflows.spec_toml import spec_toml
from workflows.store import versions

if TYPE_CHECKING:
    from workflows.run import Run


def model_blocks(run: Run) -> list[dict]:
    """The model in words and symbols, and its priors."""
    return [
        text(*model_in_words(run.joint)),
        {"kind": "math", "tex": model_in_symbols(run.joint)},
        table(
            "Priors",
            prior_table(run.joint),
            {"parameter": "Parameter", "prior": "Prior", "unit": "Unit"},
            "run.json",
        ),
    ]


def quality_blocks(run: Run) -> list[dict]:
    """Errors found in a study's file, and where its text, tables and files disagree."""
    folder = run.stage("tables")
    found, doubts = (read_csv(folder / f"{name}.csv") for name in ("quality", "disagreements"))
    blocks: list[dict] = []
    if len(found):
        blocks += [
            text(
                "Errors of the published file, each put right by itself. H is that of the published model All Controls, "
                "estimated on the authors' file and on the corrected one."
            ),
            table(
                "Errors, what is done, whom they touch, and H in troops per year",
                found,
                {
                    "error": "What the file holds",
                    "put_right": "What is done",
                    "cells": "Cells",
                    "states": "States",
                    "which": "Which",
                    "before": "H before",
                    "after": "H after",
                    "rows_before": "Rows before",
                    "rows_after": "Rows after",
                },
                "tables/quality.csv",
            ),
        ]
    if len(doubts):
        names = {"table": "Table", "model": "Model", "term": "Term", "says": "One says", "but": "The other"}
        blocks.append(
            table(
                "Where the study's text, tables and files disagree", doubts, names, "tables/disagreements.csv"
            )
        )
    return blocks or [text("No study stands beside this run, and no error of its sources is known.")]


def sources_blocks(run: Run) -> list[dict]:
    """What to cite."""
    found = read_csv(run.stage("tables") / "sources.csv", keep_default_na=False)
    names = {"citation": "Citation", "what": "For", "version": "Version", "address": "Address"}
    names = {name: label for name, label in names.items() if (found[name] != "").any()}
    return [
        text("Whoever uses these estimates uses these sources; please cite them."),
        table("Sources of this panel", found, names, "tables/sources.csv"),
    ]


def appendix_blocks(run: Run) -> list[dict]:
    """The appendix of a paper, in Markdown."""
    return [
        text(
            "Model, data, priors, diagnostics and estimates in Markdown. The file is tables/appendix.md; tables for "
            "Stata are tables/estimates.dta and tables/headline.dta."
        ),
        {"kind": "code", "text": (run.stage("tables") / "appendix.md").read_text(encoding="utf-8")},
    ]


def data_blocks(run: Run) -> list[dict]:
    """How far the sources reach, the variables, the ledger of rows and the files read."""
    ledger = panel_ledger(run.panel)
    sources = pd.DataFrame(json.loads(run.panel.attrs["provenance"]))
    sources["sha256"] = sources["sha256"].str[:16]
    folder = run.stage("panel").folder
    return [
        table(
            "Last year of each source in this panel",
            read_csv(folder / "reach.csv"),
            {
                "variable": "Variable",
                "file": "Source",
                "first_year": "First year",
                "last_year": "Last year",
                "asked_until": "Asked until",
            },
            "panel/reach.csv",
        ),
        table(
            "Variables of this panel",
            variables(run.panel),
            {"variable": "Variable", "unit": "Unit", "meaning": "Meaning", "source": "Source"},
            "panel/panel.nc",
        ),
        table(
            "Ledger: rows in, left out by reason, kept",
            ledger,
            {"step": "Step", "reason": "Reason", "rows": "Rows", "troops": "Troops"},
            "panel/ledger.csv",
        ),
        table(
            "Files read",
            sources,
            {"file": "File", "source": "Source", "version": "Version", "sha256": "SHA-256 (first 16)"},
            "panel/panel.nc",
        ),
    ]


def variables(panel: xr.Dataset) -> pd.DataFrame:
    """The codebook of a panel: one line a variable and control."""
    controls = json.loads(panel["controls"].attrs.get("words", "{}"))
    words = {str(name): panel[name].attrs for name in panel.data_vars if name != "controls"} | controls
    rows = [(n, w.get("units", ""), w.get("long_name", ""), w.get("source", "")) for n, w in words.items()]
    return pd.DataFrame(rows, columns=["variable", "unit", "meaning", "source"])


def reproduce_blocks(run: Run) -> list[dict]:
    """The command, the versions and the spec."""
    data = " --data DIR" if run.data is not None else ""
    sampling = run.spec.sampling
    name = run.spec.name if _is_bundled(run) else f"{run.spec.name}.toml"
    command = (
        f"coalition run {name}{data} --seed {sampling.seed} --chains {sampling.chains} "
        f"--draws {sampling.draws} --sampler {sampling.sampler}"
    )
    used = ", ".join(f"{k} {v}" for k, v in versions().items())
    return [
        {"kind": "code", "text": command},
        text(
            "The same seed gives the same draws on the same machine with the same versions "
            f"({used}); on other machines results agree within Monte Carlo error."
        ),
        text(f"The spec, to be kept as {run.spec.name}.toml:"),
        {"kind": "code", "text": spec_toml(run.spec)},
    ]


def _is_bundled(run: Run) -> bool:
    """Whether the run's spec is a bundled one but for its sampling."""
    if run.spec.name not in bundled_specs():
        return False
    bundled, mine = any_spec(run.spec.name).describe(), run.spec.describe()
    return {**bundled, "sampling": None} == {**mine, "sampling": None}
