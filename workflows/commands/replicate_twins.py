"""``coalition replicate --twins``: a study's models beside their Bayesian twins on the study's rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from figures.words import interval_words
from workflows.commands.options import OutputFormat
from workflows.commands.robustness_pages import plain, short
from workflows.commands.terminal import columns, say_json, terminal
from workflows.published.study import Study
from workflows.published.tables import interval_text, write_table
from workflows.published.twins import twin_table
from workflows.spec.run import SamplingSpec
from workflows.store.store import Store

ADVICE = 5  # lines of advice printed for a twin that failed; all of them stand in its stage.json


def only_models(study: Study, names: Sequence[str]) -> Study:
    """The study with the models whose names begin so; all of them where none is named.

    Raises
    ------
    InputError
        Where no model begins so.
    """
    for name in names:
        if not any(model.name.startswith(name) for model in study.models):
            known = ", ".join(model.name for model in study.models)
            raise InputError(f"model {name!r}", f"the beginning of one of: {known}")
    chosen = [m for m in study.models if not names or m.name.startswith(tuple(names))]
    return study.model_copy(update={"models": chosen})


def show_twins(
    study: Study,
    raw: pd.DataFrame,
    out: Path,
    sampling: SamplingSpec,
    format: OutputFormat,
    write: Path | None = None,
) -> bool:
    """Sample the twins of a study's models, kept under ``out/<study>``, and print them; whether all passed."""
    store = Store(out / study.name)
    with store.lock():
        table = twin_table(store, [(study, raw)], sampling)
    text = readable(table)
    notes = [f"estimated [ ]: {_kinds(table, 'estimate_interval')}; sampled [ ]: {_kinds(table, 'interval')}"]
    if write is not None:
        write_table(write, text, table, f"{study.title}: twins", [*notes, *study.differs])
    if format is OutputFormat.json:
        say_json({"study": study.name, "twins": table, "differs": study.differs})
    else:
        headings = [f">{name}" if name == "rows" else name for name in text.columns]
        shown = columns(*headings, title=f"{study.title}: models and their Bayesian twins", caption=notes[0])
        for row in text.to_dict("records"):
            shown.add_row(*[str(value) for value in row.values()])
        console = terminal()
        console.print(shown)
        errors = {model.errors for model in study.models} - {"classical"}
        if errors:
            said = " and ".join(sorted(errors))
            console.print(f"Estimated intervals carry {said} errors, sampled ones the likelihood's own.")
        for (model, kind), rows in table.groupby(["model", "kind"], sort=False):
            gate = "passed" if rows["passed"].all() else "FAILED"
            console.print(f"{model}: {kind}; diagnostics gate {gate}.")
        for stage in store.stages:
            for line in stage.about.get("advice", [])[:ADVICE]:
                console.print(f"  {line}")
    return bool(table["passed"].all())


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Estimate and posterior of each term as text."""
    rows = table.to_dict("records")
    return pd.DataFrame(
        {
            "model": [short(r["model"]) for r in rows],
            "term": [plain(r["term"]) for r in rows],
            "estimated": [
                interval_text(r["estimate"], r["estimate_lower"], r["estimate_upper"], 3) for r in rows
            ],
            "sampled": [interval_text(r["mean"], r["lower"], r["upper"], 3) for r in rows],
            "difference in MCSE": [
                "not a twin"
                if r["difference_in_mcse"] != r["difference_in_mcse"]
                else f"{r['difference_in_mcse']:.1f}"
                for r in rows
            ],
            "rows": [str(r["rows"]) for r in rows],
        }
    )


def _kinds(table: pd.DataFrame, column: str) -> str:
    return ", ".join(map(interval_words, dict.fromkeys(table[column])))
