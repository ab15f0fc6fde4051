"""What ``coalition replicate`` prints and writes: tables beside the printed numbers, effects, changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from data.common.errors import InputError
from data.studies.corrections import CORRECTIONS, apply_corrections, ordered
from data.studies.outcomes import with_alternative_outcomes
from workflows.commands.options import OutputFormat
from workflows.commands.terminal import columns, records, say_json, terminal
from workflows.published.headline import headline_of, headline_rows, potential_step
from workflows.published.replicate import Replication, as_json, comparison
from workflows.published.replicate import replicate as run
from workflows.published.tables import (
    Under,
    coefficient_table,
    error_note,
    headline_table,
    interval_note,
    long_form,
    write_table,
)


def show(found: Replication) -> None:
    """Print a replication as a table: per model the printed number beside the recomputed one."""
    checked = comparison(found)
    console = terminal()
    own = found.study.reproduces
    caption = (
        "printed | estimated here, 95 % confidence interval" if own else "printed | estimated on other data"
    )
    models = [f">{name}" for name in found.fits]
    table = columns("term", *models, title=found.study.title, caption=caption, show_lines=True)
    for term in dict.fromkeys(checked["term"]):
        cells = []
        for name in found.fits:
            rows = checked[(checked["model"] == name) & (checked["term"] == term)]
            cells.append("\n".join(_line(row, own) for row in rows.to_dict("records")))
        table.add_row(term.removeprefix("FIT: "), *cells)
    table.add_row("states", *[str(found.published(name).units) for name in found.fits])
    console.print(table)
    if not own:
        _say_what_differs(console, found)
        return
    _say_notes(console, found)
    good = int(checked["agrees"].sum())
    console.print(f"{good} of {len(checked)} printed numbers reproduced to the printed digit.")


def show_corrected(
    declared: Any, data: Any, names: list[str], format: OutputFormat, write: Path | None = None
) -> None:
    """Estimates on corrected data, and the state-years that the corrections changed."""
    chosen = ordered(names)
    raw = declared.read(data)
    corrected = apply_corrections(raw, data, chosen)
    found = run(declared, corrected, chosen)
    write_comparison(found, write)
    effects = headline_of(found, potential_step(declared, corrected, chosen))
    before, listed = raw, []
    for name in chosen:
        after = CORRECTIONS[name].apply(before, data)
        listed.append(CORRECTIONS[name].changed(before, after))
        before = after
    if format is OutputFormat.json:
        changed = [row for part in listed for row in records(part)]
        say_json(as_json(found) | {"headline": effects, "changed": changed})
        return
    console = terminal()
    _print_effects(console, effects, f"{declared.title}, corrected: {', '.join(chosen)}")
    for name, part in zip(chosen, listed, strict=True):
        correction = CORRECTIONS[name]
        console.print(
            Text(f"\n{name}", "bold"), f"The file holds: {correction.holds}. The source: {correction.source}."
        )
        console.print(f"Done: {correction.done}. {_summary(part)}")


def show_outcome(
    declared: Any, data: Any, names: list[str], format: OutputFormat, write: Path | None = None
) -> None:
    """Estimates of another outcome: the term of interest in every model, classical and clustered."""
    raw = declared.read(data)
    chosen = ordered(names)
    if declared.sample.reader == "gannon-kent":
        raw = with_alternative_outcomes(apply_corrections(raw, data, chosen), data)
    found = run(declared, raw, chosen)
    write_comparison(found, write)
    if format is OutputFormat.json:
        say_json(as_json(found))
        return
    term = declared.outcome.headline_term
    caption = f"coefficient of {term}, 95 % confidence interval"
    title = f"{declared.title}: {declared.outcome.unit}"
    table = columns("model", "errors", ">coefficient", ">rows", ">states", title=title, caption=caption)
    for model, fits in found.fits.items():
        for errors, fit in fits.items():
            row = fit.of(term)
            cell = f"{row['estimate']:.4g} [{row['lower']:.4g}, {row['upper']:.4g}]"
            table.add_row(model, errors, cell, str(fit.n), str(fit.units))
    terminal().print(table)


def show_effects(declared: Any, data: Any, format: OutputFormat, write: Path | None = None) -> None:
    """The headline table from the printed digits to all corrections together."""
    if data is None:
        raise InputError("no data folder", f"--data with the files of {declared.name}")
    table = headline_rows(data, declared)
    if write is not None:
        notes = [interval_note(table["interval"])]
        write_table(write, headline_table(table), table, f"{declared.title}: headline effects", notes)
    if format is OutputFormat.json:
        say_json({"study": declared.name, "headline": table}, indent=None)
    else:
        _print_effects(terminal(), table, f"{declared.title}: headline effects")


def write_comparison(found: Replication, path: Path | None, under: Under = "interval") -> None:
    """Write every model, classical beside clustered, to a file; nothing where no path is given."""
    if path is None:
        return
    fits = {f"{model}, {errors}": fit for model, kinds in found.fits.items() for errors, fit in kinds.items()}
    labels = {name: term.printed for name, term in found.study.terms.items()} | {"intercept": "Intercept"}
    notes = [
        interval_note(pd.concat([fit.terms["interval"] for fit in fits.values()]))
        if under == "interval"
        else error_note(fit.errors for fit in fits.values()),
        f"{found.study.outcome.unit}; two digits of each standard error",
    ]
    if found.corrections:
        notes.append(f"corrected: {', '.join(found.corrections)}")
    write_table(path, coefficient_table(fits, labels, None, under), long_form(fits), found.study.title, notes)


def _print_effects(console: Console, rows: pd.DataFrame, title: str) -> None:
    caption = "headline: troops per year for one step of potential, with its 95 % confidence interval"
    numbers = (">coefficient", ">headline", ">step", ">rows", ">states")
    table = columns("data", "model", "errors", *numbers, title=title, caption=caption)
    for row in rows.to_dict("records"):
        states = "" if row["states"] != row["states"] else f"{row['states']:.0f}"
        table.add_row(
            "all five" if row["corrections"].count("+") == 4 else row["corrections"] or row["group"],
            row["model"],
            row["errors"],
            f"{row['estimate']:.4f} [{row['estimate_lower']:.4f}, {row['estimate_upper']:.4f}]",
            f"{row['headline']:.0f} [{row['lower']:.0f}, {row['upper']:.0f}]",
            f"{row['step']:.3f}",
            str(row["rows"]),
            states,
        )
    console.print(table)


def _summary(changed: pd.DataFrame) -> str:
    """How many state-years changed, and the states with their years for the first column."""
    if changed.empty:
        return "Nothing changed."
    years = changed[["ccode", "year"]].drop_duplicates()
    first = changed[changed["column"] == changed["column"].iloc[0]]
    lines = [f"{len(years)} state-years of {years['ccode'].nunique()} states changed."]
    for (country, reason), rows in first.groupby(["country", "reason"], sort=False):
        lines.append(f"  {country}: {', '.join(str(y) for y in sorted(rows['year']))} ({reason})")
    return "\n".join(lines)


def _say_what_differs(console: Console, found: Replication) -> None:
    """Why the numbers beside the printed ones are not a replication."""
    console.print("These are the study's specifications on other data. What differs:")
    for line in found.study.differs:
        console.print(f"  {line}")
    console.print("Absent here:")
    for term, why in found.study.absent.items():
        console.print(f"  {term}: {why}")
    _say_notes(console, found)


def _say_notes(console: Console, found: Replication) -> None:
    """What was left out, model by model, and what the sample and the printed table leave unsaid."""
    for model in found.fits:
        for note in found.published(model).notes:
            console.print(f"{model}: {note}")
    for remark in found.remarks:
        console.print(f"{remark}.")


def _line(row: dict[str, Any], own: bool) -> str:
    mark = "  differs" if own and not row["agrees"] else ""
    value = ("no such term" if own else "absent") if row["value"] != row["value"] else f"{row['value']:.3g}"
    value = f"{row['value']:.6g}" if own and row["value"] == row["value"] else value
    value = f"{row['value']:.0f}" if row["part"] == "n_obs" else value
    label = {"lower": "lower ", "upper": "upper ", "p_value": "p "}.get(row["part"], "")
    return f"{label}{row['printed']} | {value}{mark}"
