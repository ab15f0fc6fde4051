"""What ``coalition replicate --robustness`` prints and writes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table

from workflows.commands.options import OutputFormat
from workflows.commands.terminal import say_json, terminal
from workflows.published.robustness import PRINTED, Robustness, robustness
from workflows.published.study import Study
from workflows.published.tables import interval_text, write_table

#: From this variance inflation on, a term is said to be hard to tell from the others.
INFLATED = 10.0


def as_json(found: Robustness) -> dict[str, Any]:
    """Every row, correlation and inflation as plain data."""
    return {
        "study": found.study.name,
        "title": found.study.title,
        "outcome_unit": found.study.outcome.unit,
        "variants": found.table,
        "correlations": found.correlations,
        "inflation": found.inflation,
        "differs": found.study.differs,
        "absent": found.study.absent,
    }


def show_robustness(
    study: Study, data: Path | None, panel: str, format: OutputFormat, path: Path | None
) -> None:
    """Estimate a study's variants and print or write them."""
    found = robustness(study, study.read(data, panel))
    write(found, path)
    if format is OutputFormat.json:
        say_json(as_json(found))
    else:
        show(found)


def readable(found: Robustness) -> pd.DataFrame:
    """The shown terms as text, one row per variant, model and term; models that are the same here share one."""
    shown = found.table[found.table["shown"].astype(bool)]
    same = ["variant", "term", "estimate", "lower", "upper", "n", "clusters"]
    shown = shown.assign(model=shown["model"].map(short))
    models = shown.groupby(same, sort=False, dropna=False)["model"].transform(" ".join)
    shown = shown.assign(model=models).drop_duplicates(same)
    last, out = None, []
    for row in shown.to_dict("records"):
        new, last = row["variant"] != last, row["variant"]
        said = [f"paper: {row['reported']}"] if row["reported"] else []
        out.append(
            {
                "variant": row["variant"] if new else "",
                "model": row["model"],
                "term": plain(row["term"]),
                "estimate": _estimate(row),
                "N": f"{row['n']}" if row["n"] else "",
                "clusters": f"{row['clusters']} {row['cluster']}" if row["clusters"] else "",
                "what differs": "; ".join([*said, row["differs"]] if row["differs"] else said) if new else "",
            }
        )
    return pd.DataFrame(out)


def show(found: Robustness) -> None:
    """Print variants, correlations and inflation, and what is absent or was left out."""
    console = terminal()
    study = found.study
    table = Table(title=f"{study.title}: robustness", caption=_brackets(found))
    text = readable(found)
    for name in text.columns:
        wide = name in ("variant", "term", "what differs", "estimate")
        table.add_column(
            name, justify="right" if name == "N" else "left", overflow="fold", min_width=8 * wide
        )
    for row in text.to_dict("records"):
        if row["variant"]:
            table.add_section()
        table.add_row(*[str(value) for value in row.values()])
    console.print(table)
    for line in _collinearity(found):
        console.print(line)
    console.print("These are the study's specifications on other data. What differs:")
    for line in study.differs:
        console.print(f"  {line}")
    console.print("Absent here:")
    for reason, terms in _by_reason(study.absent).items():
        console.print(f"  {', '.join(map(plain, terms))}: {reason}")
    console.print("Left out or not estimated:")
    for note, where in _by_note(found).items():
        console.print(f"  {plain(note)} [{where}]")


def write(found: Robustness, path: Path | None) -> None:
    """Write the table in the form that the file's ending names; .csv carries every term in full precision."""
    if path is not None:
        notes = [_brackets(found), found.study.outcome.unit, *_collinearity(found), *found.study.differs]
        write_table(path, readable(found), found.table, f"{found.study.title}: robustness", notes)


def short(model: str) -> str:
    """``(4) Logit`` as ``(4)``; other names whole."""
    number = re.match(r"\(\w+\)", model)
    return number.group() if number else model


def plain(term: str) -> str:
    """A printed name without typesetting: ``CINC score _{t-1}`` as ``CINC score (t-1)``."""
    return re.sub(r"_\{(.+?)\}", r"(\1)", term)


def _estimate(row: dict[str, Any]) -> str:
    if row["estimate"] != row["estimate"]:
        return "not estimated"
    if row["interval"] == "":
        return f"{row['estimate']:.3f} (p {row['p_value']:.3f})"
    return interval_text(row["estimate"], row["lower"], row["upper"], 3)


def _brackets(found: Robustness) -> str:
    kinds = [kind for kind in dict.fromkeys(found.table["interval"].fillna("")) if kind]
    return f"[ ]: {', '.join(kinds)}; {PRINTED}: estimate and p-value where no interval is printed"


def _collinearity(found: Robustness) -> list[str]:
    lines = []
    for row in found.correlations.to_dict("records"):
        here = "absent here" if row["value"] != row["value"] else f"{row['value']:.2f} here ({row['n']} rows)"
        lines.append(
            f"Correlation of {plain(row['first'])} and {plain(row['second'])}: {row['printed']} printed, {here}."
        )
    for model, rows in found.inflation.groupby("model", sort=False):
        top = rows.loc[rows["vif"].idxmax()]
        term = plain(found.study.terms[top["term"]].printed)
        verdict = "below" if top["vif"] < INFLATED else "NOT below"
        lines.append(
            f"Variance inflation in {short(str(model))}: at most {top['vif']:.1f} ({term}), {verdict} "
            f"{INFLATED:g}; condition number {top['condition_number']:.0f}."
        )
    return lines


def _by_reason(absent: dict[str, str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for term, why in absent.items():
        out.setdefault(why, []).append(term)
    return out


def _by_note(found: Robustness) -> dict[str, str]:
    """Each note once, with the variants and models that it belongs to."""
    out: dict[str, dict[str, list[str]]] = {}
    rows = found.table[found.table["variant"] != PRINTED].drop_duplicates(["variant", "model"])
    for row in rows.to_dict("records"):
        for note in filter(None, row["notes"].split(" | ")):
            out.setdefault(note, {}).setdefault(row["variant"], []).append(short(row["model"]))
    return {
        note: "; ".join(f"{variant} {' '.join(models)}" for variant, models in where.items())
        for note, where in out.items()
    }
