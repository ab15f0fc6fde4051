"""Finished runs side by side in one table for a paper: headline effects, parameters, rows, diagnostics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from data.common.errors import InputError
from data.common.text import read_csv
from figures.words import parameter
from workflows.published.tables import Under, cell, footnoted, interval_note
from workflows.run.record import FAILED, PASSED, read_record

#: Parameters of the population that a table shows: coefficients before spreads; `all` of them in the CSV.
SHOWN = ("slope", "similarity", "between", "control")
HEADLINE = "H, {}"


def paper_table(
    folders: Sequence[Path], under: Under = "interval"
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """One column a run: headline effects, coefficients, rows, states and diagnostics.

    Parameters
    ----------
    folders : sequence of path
        ``OUT/<run>`` of finished runs.
    under : {"interval", "error"}
        What stands in brackets: the interval, or the posterior standard deviation (of parameters; effects in
        troops keep their interval, which an SD of a skewed quantity would misstate).

    Returns
    -------
    table, full, notes
        Text, the first column ``quantity``; the numbers at full precision (``run, quantity, median, sd, lower, upper,
        interval, r_hat, ess_bulk, ess_tail``); lines to stand below.

    Raises
    ------
    InputError
        If a folder holds no finished run, or intervals of several kinds would stand in one table.
    """
    columns: dict[str, dict[str, str]] = {}
    parts, footnotes, fixed = [], {}, {}
    for folder in folders:
        record = read_record(folder)
        if record["status"] not in (PASSED, FAILED) or not (folder / "tables" / "estimates.csv").is_file():
            raise InputError(f"a run that is {record['status']}", "a finished run", file=folder)
        numbers = _numbers(folder)
        parts.append(numbers.assign(run=folder.name))
        rows = numbers[~numbers["quantity"].str.contains("spread|_sd") & numbers["shown"]]
        cells = {r.quantity: _cell(r, under) for r in rows.itertuples()}
        whole = read_csv(folder / "comparison" / "headline.csv").query("group == 'posterior'")
        checks = read_csv(folder / "gate" / "checks.csv").set_index("check")["found"].astype(str)
        fixed = {
            "rows": f"{whole['rows'].max():,.0f}",
            "states": f"{whole['states'].max():,.0f}",
            "likelihood": _likelihood(record),
            "potential": record["spec"]["model"]["potential"]["kind"],
            "R-hat, largest": checks["R-hat"].split(" ")[0],
            "bulk ESS, smallest": _count(checks["bulk ESS"].split(" ")[0]),
            "divergences": checks["divergences"],
        }
        columns[folder.name] = cells | fixed
        if record["status"] == FAILED:
            footnotes[folder.name] = "diagnostics failed: not to be reported"
    order = list(dict.fromkeys(name for cells in columns.values() for name in cells))
    # Effects of all runs before the first coefficient, also where runs have other operations.
    order.sort(key=lambda name: not name.startswith(HEADLINE.format("")))
    order = [name for name in order if name not in fixed] + [*fixed]
    text = pd.DataFrame({name: pd.Series(cells) for name, cells in columns.items()}).reindex(order).fillna("")
    table, marked = footnoted(text.rename_axis("quantity").reset_index(), footnotes)
    full = pd.concat(parts, ignore_index=True)
    notes = [
        f"Posterior medians; {interval_note(full['interval'])}",
        "H: troops per year for an average military",
    ]
    notes += ["( ): posterior standard deviation"] * (under == "error")
    notes += ["Digits: two of the standard deviation; effects in whole troops", *marked]
    names = ["run", "quantity", "median", "sd", "lower", "upper", "interval", "r_hat", "ess_bulk", "ess_tail"]
    return table, full[names], notes


def _numbers(folder: Path) -> pd.DataFrame:
    """Headline effects and parameters of a run, under the names that the table shows."""
    headline = read_csv(folder / "comparison" / "headline.csv").query("group == 'posterior'")
    labels = headline["label"].str.removesuffix(": posterior").map(HEADLINE.format)
    first = headline.assign(quantity=labels, median=headline["headline"], effect=True, shown=True)
    found = read_csv(folder / "tables" / "estimates.csv", dtype={"of": str}).fillna({"of": ""})
    words = list(map(parameter, found["parameter"], found["of"]))
    shown = found["parameter"].str.contains("|".join(SHOWN)) & ~found["parameter"].str.contains("spread|_sd")
    return pd.concat([first, found.assign(quantity=words, effect=False, shown=shown)], ignore_index=True)


def _likelihood(record: dict[str, Any]) -> str:
    """Its own name, in words; of a record that does not hold it, where the spec says it is, without its object."""
    said = record["spec"]["model"]["contribution"]["likelihood"].partition(":")[0].rpartition(".")[2]
    about = next((stage["about"] for stage in record["stages"] if stage["name"] == "tables"), {})
    return str(about.get("likelihood", said)).replace("_", " ")


def _count(text: str) -> str:
    """A whole number with thousands separators; what is none, such as "nan", as it stands."""
    return f"{int(text):,}" if text.isdigit() else text


def _cell(row, under: Under) -> str:
    if row.effect:
        return f"{row.median:z,.0f} [{row.lower:z,.0f}, {row.upper:z,.0f}]"
    return cell(row.median, row.sd, row.lower, row.upper, under)
