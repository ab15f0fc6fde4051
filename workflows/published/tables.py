"""Comparison tables for papers: HTML, LaTeX, Markdown and CSV from the tidy form of any engine.

No stars. Every interval names its kind and probability. CSV carries full precision; the others are to read.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from data.common.disk import whole
from data.common.errors import InputError
from data.common.text import markdown, write_csv
from figures.words import minus
from workflows.published.frequentist import TIDY, FrequentistFit

#: A cell of numbers alone: estimate, stars, and what stands in parentheses or brackets.
NUMBERS = re.compile(r"[-\d.,;\s()\[\]*%]+")
#: What stands beside an estimate.
Under = Literal["interval", "error"]
FORMATS = {".html": "html", ".tex": "latex", ".md": "markdown", ".csv": "csv"}
STATISTICS = {
    "log_likelihood": "log-likelihood",
    "aic": "AIC",
    "bic": "BIC",
    "deviance": "deviance",
    "r2": "R²",
    "adjusted_r2": "adjusted R²",
    "correlation": "working correlation",
}


def coefficient_table(
    fits: Mapping[str, FrequentistFit],
    labels: Mapping[str, str] | None = None,
    decimals: int | None = 3,
    under: Under = "interval",
) -> pd.DataFrame:
    """One column per model, one row per term: estimate and its uncertainty, then statistics.

    Parameters
    ----------
    fits : mapping of str to FrequentistFit
        Column heading to model.
    labels : mapping of str to str, optional
        Term to the words shown for it.
    decimals : int, optional
        Decimals of estimates and bounds; with None, each estimate's own: two digits of its standard error.
    under : {"interval", "error"}
        What stands in brackets: the interval, or the standard error.

    Returns
    -------
    DataFrame
        Text, first column ``term``.
    """
    labels = labels or {}
    columns: dict[str, dict[str, str]] = {}
    order: dict[str, None] = {}
    for name, fit in fits.items():
        cells: dict[str, str] = {}
        for row in fit.terms.to_dict("records"):
            label = labels.get(row["term"], row["term"])
            cells[label] = cell(
                row["estimate"], row["std_error"], row["lower"], row["upper"], under, decimals
            )
            order.setdefault(label)
        columns[name] = cells
    for key, label in STATISTICS.items():
        for name, fit in fits.items():
            if key in fit.statistics:
                columns[name][label] = f"{fit.statistics[key]:.3f}"
                order.setdefault(label)
    for name, fit in fits.items():
        columns[name] |= {
            "rows": str(fit.n),
            "states": str(fit.units) if fit.units else "",
            "errors": fit.errors,
        }
    order |= dict.fromkeys(("rows", "states", "errors"))
    out = pd.DataFrame({name: pd.Series(cells) for name, cells in columns.items()}).reindex(list(order))
    return out.fillna("").rename_axis("term").reset_index()


def headline_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Headline rows (``workflows.published.headline``) as text: label, troops per year with interval, rows, states."""
    effect = [interval_text(r["headline"], r["lower"], r["upper"], 0) for r in rows.to_dict("records")]
    return pd.DataFrame(
        {
            "estimate of": rows["label"].to_numpy(),
            "troops per year": effect,
            "rows": rows["rows"].astype(int).astype(str).to_numpy(),
            "states": ["" if pd.isna(v) else f"{v:.0f}" for v in rows["states"]],
            "step": [f"{v:.3f}" for v in rows["step"]],
            "similarity held": ["yes" if v else "no" for v in rows["similarity_held"]],
        }
    )


def long_form(fits: Mapping[str, FrequentistFit]) -> pd.DataFrame:
    """Full precision, one row per model and term: the CSV's content."""
    parts = [
        fit.terms.assign(model=name, engine=fit.engine, errors=fit.errors, rows=fit.n, states=fit.units)
        for name, fit in fits.items()
    ]
    order = ["model", "engine", "errors", *TIDY, "rows", "states"]
    return pd.concat(parts, ignore_index=True)[order]


def cell(
    estimate: float,
    error: float,
    lower: float,
    upper: float,
    under: Under = "interval",
    decimals: int | None = None,
) -> str:
    """``0.005 [0.003, 0.008]``, or ``0.005 (0.001)``; see `coefficient_table` for the digits."""
    if decimals is None:
        if not (math.isfinite(error) and error > 0):
            return f"{estimate:.3g}"
        decimals = max(0, 1 - math.floor(math.log10(error)))
        shown = [f"{value:z.{decimals}f}" for value in (estimate, error, lower, upper)]
    elif under == "interval":
        return interval_text(estimate, lower, upper, decimals)
    else:
        shown = [f"{value:.{decimals}f}" for value in (estimate, error, lower, upper)]
    return f"{shown[0]} ({shown[1]})" if under == "error" else f"{shown[0]} [{shown[2]}, {shown[3]}]"


def footnoted(table: pd.DataFrame, footnotes: Mapping[str, str]) -> tuple[pd.DataFrame, list[str]]:
    """Mark rows or columns of a table with (a), (b), ... and return it with the lines that say what these are.

    Parameters
    ----------
    table : DataFrame
        Text, the first column names the rows.
    footnotes : mapping of str to str
        Name of a row or heading of a column to what is said of it; names that are not there are passed over.
    """
    first = table.columns[0]
    marks: dict[str, str] = {}
    named: dict[str, str] = {}
    for name, text in footnotes.items():
        if name in set(table[first]) | set(table.columns[1:]):
            mark = marks.setdefault(text, f"({chr(ord('a') + len(marks))})")
            named[name] = f"{name} {mark}"
    out = table.rename(columns={k: v for k, v in named.items() if k != first})
    out[first] = [named.get(name, name) for name in out[first]]
    return out, [f"{mark} {text}" for text, mark in marks.items()]


def error_note(errors: Iterable[str]) -> str:
    """What the round brackets are: ``( ): standard error (clustered)``."""
    return f"( ): standard error ({', '.join(dict.fromkeys(errors))})"


def interval_note(intervals: pd.Series | list[str]) -> str:
    """What the brackets are: ``[ ]: 95 % confidence interval``.

    Raises
    ------
    InputError
        Where intervals of several kinds would stand in one table without a label each.
    """
    kinds = list(dict.fromkeys(kind for kind in intervals if kind))
    if len(kinds) != 1:
        raise InputError(f"intervals {', '.join(kinds) or 'none'}", "one kind of interval in a table")
    names = {"ci": "confidence", "eti": "equal-tailed credible", "hdi": "highest-density credible"}
    kind, _, level = kinds[0].partition("_")
    return f"[ ]: {level} % {names.get(kind, kind)} interval"


def render(table: pd.DataFrame, form: str, title: str, notes: list[str]) -> str:
    """A table of text as HTML, LaTeX or Markdown.

    Parameters
    ----------
    table : DataFrame
        As ``coefficient_table`` or ``headline_table`` gives it.
    form : {"html", "latex", "markdown"}
    title : str
    notes : list of str
        Lines below the table; the kind of interval belongs there.

    Raises
    ------
    InputError
        An unknown form.
    """
    # Numbers are written with hyphens, which programs read; people read minus signs. Text stays as it was written.
    table = table.map(_shown)
    if form == "markdown":
        shown = table.map(markdown).rename(columns=markdown)
        body = shown.to_markdown(index=False, disable_numparse=True)
        return "\n\n".join([f"**{markdown(title)}**", body, *map(markdown, notes)]) + "\n"
    if form not in ("html", "latex"):
        raise InputError(f"form {form!r}", "html, latex or markdown")
    from great_tables import GT

    shown = GT(table).tab_header(title=title).cols_align("right").cols_align("left", columns=[0])
    for note in notes:
        shown = shown.tab_source_note(note)
    with warnings.catch_warnings():
        # The library warns that some HTML styles have no LaTeX equivalent; none is asked for here.
        warnings.simplefilter("ignore")
        text = shown.as_raw_html() if form == "html" else shown.as_latex()
    if form == "latex":
        # Of the signs used here, the one that LaTeX's usual fonts do not have.
        text = text.replace("\N{MINUS SIGN}", "$-$")
    # The library draws a random id for the page's container: the same table must give the same bytes.
    if form == "html":
        for identity in dict.fromkeys(re.findall(r'<div id="([a-z]{10})"', text)):
            text = text.replace(identity, "comparison")
    return text


def _shown(value: Any) -> Any:
    return minus(value) if isinstance(value, str) and NUMBERS.fullmatch(value) else value


def form_of(path: Path) -> str:
    """The form of table that a file's ending names.

    Raises
    ------
    InputError
        Another ending.
    """
    if path.suffix not in FORMATS:
        raise InputError(
            f"a file ending in {path.suffix or 'nothing'}", f"one of {', '.join(FORMATS)}", file=path
        )
    return FORMATS[path.suffix]


def write_table(
    path: str | Path, table: pd.DataFrame, full: pd.DataFrame, title: str, notes: list[str]
) -> Path:
    """Write a table in the form that the file's ending names.

    Parameters
    ----------
    path : path
        Ending in .html, .tex, .md or .csv.
    table : DataFrame
        The text table.
    full : DataFrame
        The numbers at full precision, for .csv.
    title, notes : str, list of str

    Raises
    ------
    InputError
        Another ending.
    """
    path = Path(path)
    form = form_of(path)
    with whole(path) as scratch:
        if form == "csv":
            write_csv(full, scratch)
        else:
            scratch.write_text(render(table, form, title, notes), encoding="utf-8")
    return path


def interval_text(estimate: float, lower: float, upper: float, decimals: int) -> str:
    """``0.005 [0.003, 0.008]``; smaller numbers keep two significant digits instead of showing zeros."""

    def show(value: float) -> str:
        text = f"{value:.{decimals}f}"
        small = value != 0 and float(text) == 0 and decimals > 0
        return f"{value:.1e}" if small else text

    return f"{show(estimate)} [{show(lower)}, {show(upper)}]"
