"""The report page: one HTML file that needs nothing beside it, made from plain data.

Everything the page shows comes in one dictionary (see :func:`render`), so that the page can be
tested by reading it back: every number cell keeps its full value in ``data-value``. All text is
escaped; as a second guard a content security policy lets only the page's own script and style run
and forbids every request.
"""

from __future__ import annotations

import base64
import hashlib
import math
import numbers
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from figures.formula import formula
from figures.style import data_uri
from figures.words import decimal, digits, interval_name, interval_words, minus, number, variable

_TEMPLATES = Path(__file__).parent / "templates"
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_REFERENCE = re.compile(r"\{(figure|table):([^}]+)\}")
#: A name of the code, such as eti_95 or headline_operation; parts of file names and addresses are none.
_NAME = re.compile(r"(?<![\w./-])[A-Za-z]+(?:_[A-Za-z0-9]+)+(?![\w/]|\.\w)")
#: A key, a setting or a command in backticks, once escaped: `outcome`, `armed_forces = "table"`, `[variables.NAME]`.
_CODE = re.compile(r"`((?:[A-Za-z_]|\[)(?:[\w .=,:\[\]-]|&#34;)*)`")
#: Columns that hold names of the data or of files, which stay as they are.
_AS_GIVEN = {"operation", "state", "treaty", "file", "source", "address", "version", "sha256", "citation"}
#: Characters from which they need room to the side.
_LONG = 80
#: Decimals of columns that are compared with a fixed limit.
_PLACES = {"prior_sds": 2, "overlap": 2, "r_hat": 3, "ess_bulk": 0, "ess_tail": 0}
#: Characters up to which a column's words stand in one line.
_SHORT = 24
#: Columns with the estimate that a pair of bounds belongs to.
_POINTS = ("median", "mean", "headline", "estimate", "effect", "sd")
_BLOCKS = {
    "text": {"text"},
    "code": {"text"},
    "math": {"tex"},
    "table": {"caption", "columns", "rows", "source"},
    "figure": {"caption", "alt", "name"},
}


def render(context: Mapping[str, Any]) -> str:
    """Return the report as one HTML document.

    Parameters
    ----------
    context : mapping
        ``title`` : str.
        ``verdict`` : ``{"passed": bool, "text": str, "advice": list of str (optional)}``, or None where nothing
        was gated.
        ``notices`` : list of ``{"kind", "text"}``, optional; they stand between verdict and summary; lines of one
        that begin with "- " make a list.
        ``summary`` : paragraphs, a list of str.
        ``sections`` : list of ``{"id", "title", "open": bool, "blocks": list}``; a block is one of

        - ``{"kind": "text", "text"}``: paragraphs apart by an empty line; lines that begin with
          "- " make a list,
        - ``{"kind": "table", "caption", "columns", "rows", "source"}``: columns are ``{"name", "label",
          "unit" (optional), "numeric": bool}``, rows are dictionaries by column name, source is the
          artefact that holds the same numbers; a column may set ``"grouped": False`` for numbers
          written without thousands separators (years and codes are by default) and ``"significant"``
          for other than three digits,
        - ``{"kind": "figure", "png": bytes or "svg": str, "caption", "alt", "name"}``, optionally with ``"narrow"``,
          the SVG for a telephone,
        - ``{"kind": "code", "text"}``,
        - ``{"kind": "math", "tex"}``: formulas, one a line, in the part of TeX that Matplotlib sets
          (no dollar signs); drawn as pictures, so that no reader needs a font or a script.

        Figures and tables are numbered through the page; in any text ``{figure:NAME}`` and ``{table:SOURCE}`` become
        a link with the number. Estimates are written with the digits that the width of their interval deserves.

    Raises
    ------
    ValueError
        If a block is of no known kind or lacks a key, or if section ids are malformed or repeated.
    """
    sections = [_section(section) for section in context["sections"]]
    ids = [section["id"] for section in sections]
    if len(set(ids)) != len(ids):
        raise ValueError(f"report: section ids {sorted({i for i in ids if ids.count(i) > 1})} are repeated")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known = _numbered(sections)

    def refer(match: re.Match[str]) -> str:
        try:
            return known[match[1], match[2]]
        except KeyError:
            raise ValueError(f"report: a text refers to {match[0]}, which is not on the page") from None

    environment.filters["prose"] = lambda text: Markup(_REFERENCE.sub(refer, prose(text)))
    environment.filters["worded"] = lambda text: Markup(_REFERENCE.sub(refer, prose(worded(text))))
    style, script = ((_TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return environment.get_template("report.html.j2").render(
        title=context["title"],
        verdict=context["verdict"],
        notices=[{**n, "parts": _paragraphs(n["text"])} for n in context.get("notices", ())],
        summary=list(context["summary"]),
        sections=sections,
        style=Markup(style),
        script=Markup(script),
        style_digest=_digest(style),
        script_digest=_digest(script),
    )


def prose(text: str) -> Markup:
    """Our own sentences as HTML: names in backticks as code, true minus signs, and no break before a per cent sign."""
    # What stands in backticks is typed as it is: `baseline = -1` with a hyphen.
    parts = re.split(r"(`[^`]*`)", text)
    told = "".join(part if part.startswith("`") else minus(part) for part in parts)
    return _coded(re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", str(escape(told))))


def _coded(safe: str) -> Markup:
    """Escaped text with what stands in backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", safe))


def worded(text: str) -> str:
    """Our own sentences without names of the code: intervals in words, spaces for underscores; `names` stay."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else _NAME.sub(_in_words, part) for part in parts)


def _in_words(match: re.Match[str]) -> str:
    try:
        return interval_name(match[0])
    except ValueError:
        return variable(match[0])


def _numbered(sections: list[dict[str, Any]]) -> dict[tuple[str, str], Markup]:
    """Number figures and tables in the order of the page; return a link to each by kind and name or source."""
    links: dict[tuple[str, str], Markup] = {}
    counts = {"figure": 0, "table": 0}
    for section in sections:
        section["exhibits"] = []
        for place, block in enumerate(section["blocks"], start=1):
            if (kind := block["kind"]) not in counts:
                continue
            counts[kind] += 1
            block["label"] = f"{kind.capitalize()} {counts[kind]}"
            link = Markup('<a href="#{}-{}">{}</a>').format(
                section["id"], place, block["label"].replace(" ", "\N{NO-BREAK SPACE}")
            )
            links.setdefault((kind, block["name" if kind == "figure" else "source"]), link)
            section["exhibits"].append(link)
    return links


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _section(section: Mapping[str, Any]) -> dict[str, Any]:
    if not _ID.fullmatch(section["id"]):
        raise ValueError(
            f"report: section id {section['id']!r} is not a letter followed by letters or digits"
        )
    blocks = [
        _block(block, f"section {section['id']!r}, block {k}") for k, block in enumerate(section["blocks"])
    ]
    return {"id": section["id"], "title": section["title"], "open": bool(section["open"]), "blocks": blocks}


def _block(block: Mapping[str, Any], where: str) -> dict[str, Any]:
    kind = block.get("kind")
    if kind not in _BLOCKS:
        raise ValueError(f"report: {where} is of kind {kind!r}; known kinds are {', '.join(_BLOCKS)}")
    missing = sorted(_BLOCKS[kind] - set(block))
    if missing:
        raise ValueError(f"report: {where} ({kind}) lacks {', '.join(missing)}")
    if kind == "text":
        return {"kind": kind, "parts": _paragraphs(block["text"])}
    if kind == "math":
        lines = [line.strip() for line in block["tex"].strip().splitlines() if line.strip()]
        return {"kind": kind, "lines": [{"tex": line, "uri": data_uri(formula(line))} for line in lines]}
    if kind == "table":
        return _table(block, where)
    if kind == "figure":
        if ("png" in block) == ("svg" in block):
            raise ValueError(f"report: {where} (figure) needs either png or svg")
        uri = data_uri(block["png"] if "png" in block else block["svg"])
        return {**block, "uri": uri, "narrow_uri": data_uri(block["narrow"]) if "narrow" in block else None}
    return dict(block)


def _paragraphs(text: str) -> list[dict[str, Any]]:
    """Split plain text into paragraphs and lists."""
    parts: list[dict[str, Any]] = []
    for chunk in re.split(r"\n\s*\n", text.strip()):
        lines = chunk.splitlines()
        plain = [line for line in lines if not line.startswith("- ")]
        items = [line[2:] for line in lines if line.startswith("- ")]
        if plain:
            parts.append({"list": False, "text": " ".join(plain)})
        if items:
            parts.append({"list": True, "items": items})
    return parts


def _table(block: Mapping[str, Any], where: str) -> dict[str, Any]:
    columns = [{"unit": None, **column} for column in block["columns"]]
    for k, row in enumerate(block["rows"]):
        lacking = [column["name"] for column in columns if column["name"] not in row]
        if lacking:
            raise ValueError(f"report: {where} (table), row {k} lacks {', '.join(lacking)}")
    together = _together([column["name"] for column in columns if column["numeric"]])
    cells = []
    for row in block["rows"]:
        places = _PLACES | {name: digits(*(_number(row[e]) for e in ends)) for name, ends in together.items()}
        cells.append([_cell(row[c["name"]], c, places.get(c["name"])) for c in columns])
    for k, column in enumerate(columns):
        # Words that wrap make every row of a wide table tall, also where they are out of sight.
        most = max((len(row[k]["text"]) for row in cells), default=0)
        column["words"] = (
            "" if column["numeric"] else "short" if most <= _SHORT else "long" if most > _LONG else ""
        )
    return {**block, "columns": columns, "cells": cells}


def _together(names: list[str]) -> dict[str, tuple[str, str]]:
    """The bounds that decide how many digits a column shows, by column: its own, or those of its estimate."""
    out = {}
    for lower in (name for name in names if name.endswith("lower")):
        prefix = lower.removesuffix("lower")
        ends = (lower, f"{prefix}upper")
        if ends[1] in names:
            points = [f"{prefix}{point}" for point in _POINTS] + ([prefix.rstrip("_")] if prefix else [])
            out |= dict.fromkeys([*ends, *(point for point in points if point in names)], ends)
    return out


def _number(value: Any) -> float:
    return float(value) if isinstance(value, numbers.Real) else math.nan


def _cell(value: Any, column: Mapping[str, Any], places: int | None = None) -> dict[str, Any]:
    """Return what a cell shows, and its full value for a reader that is a program."""
    cell = {"column": column["name"], "numeric": bool(column["numeric"]), "value": None}
    if value is None or (isinstance(value, numbers.Real) and math.isnan(value)):
        return {**cell, "text": "–", "value": "" if column["numeric"] else None}
    # numpy's own booleans are no bool and no Integral.
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return {**cell, "text": "yes" if value else "no"}
    if isinstance(value, numbers.Real):
        exact = repr(int(value)) if isinstance(value, numbers.Integral) else repr(float(value))
        shown = (
            _shown(value, column) if places is None or math.isinf(value) else decimal(float(value), places)
        )
        return {**cell, "text": shown, "value": exact}
    text = str(value)
    if column["name"] == "interval" and _NAME.fullmatch(text):
        return {**cell, "text": interval_words(text)}
    if column["name"] not in _AS_GIVEN:
        text = worded(text)
        if "`" in text:
            return {**cell, "text": _coded(str(escape(text)))}
    # Names and addresses keep their hyphens; of words, the numbers among them get true minus signs.
    return {**cell, "text": text if column["name"] in _AS_GIVEN else minus(text)}


def _shown(value: numbers.Real, column: Mapping[str, Any]) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    name = column["name"]
    if not column.get("grouped", not (name.endswith(("year", "ccode", "years")) or name == "atopid")):
        return minus(str(value))
    return number(float(value), int(column.get("significant", 3)))
