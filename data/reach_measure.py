"""Measure on the files of a data folder which years each choice of a panel reaches: ``data/variables/reach.csv``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from data.assembly.spec import parse_spec
from data.common.ledger import Ledger
from data.facts.bundled import Facts, fact
from data.panels import bundled as bundled_panel
from data.panels import gannon_kent as gannon_kent_panel
from data.sources.official_files import LISTS, controls
from data.sources.registry import file_of
from data.studies.gannon_kent import MERGED, read_merged
from data.tables.reading import official
from data.treaties.atop import members
from data.variables.official import Variables
from data.variables.reach import COLUMNS, FILE, choices

FEW = 10
"""A year counts where at least so many states have a value."""
_GRID = (1946, 2030)
_MEASURED = ("troops", "armed_forces", "similarity", "treaties")


def measure(data: str | Path) -> pd.DataFrame:
    """Measure the years of every choice, a line each, on the files of a data folder; columns as in `reach`."""
    rows = []
    for variable in dict.fromkeys((*_MEASURED, *controls())):
        for settings in choices(variable):
            years, file = _years(variable, settings, Path(data))
            rows.append(("official", variable, settings, file, years))
    rows += [("bundled", *row) for row in _bundled()]
    rows += [("gannon-kent", *row) for row in _merged(Path(data))]
    rows += [("gannon-kent", *row[1:]) for row in rows if row[:2] == ("official", "treaties")]
    out = [
        (s, v, json.dumps(g), f, *((int(min(y)), int(max(y))) if len(y) else (None, None)))
        for s, v, g, f, y in rows
    ]
    table = pd.DataFrame(out, columns=list(COLUMNS)).drop_duplicates(["source", "variable", "settings"])
    # What holds for any year (a distance, a value carried forward) ends with the grid, not with a file.
    endless = table["last_year"] >= _GRID[1] - 1
    table.loc[endless, "last_year"] = np.nan
    return table.astype({"first_year": "Int64", "last_year": "Int64"}).reset_index(drop=True)


def _last_known(spells: pd.DataFrame) -> float:
    """The end of the data: the last year in which a treaty began or ended."""
    ends = spells["last"].replace(np.inf, np.nan)
    return float(max(ends.max(), spells["first"].max()))


def _list_years(outcome: str, data: Path) -> tuple[list[float], str]:
    if outcome == "facts":
        lists = Facts()("contributions")
        complete = lists[(lists["coverage"] == "complete") & (lists["measure"] == "in theatre")]
        return sorted(complete["snapshot_date"].str[:4].astype(float)), "bundled contributions.csv"
    frame = official(data, *LISTS[outcome])
    known = frame[frame["ccode"].notna() & frame["troops"].notna()]
    return sorted(known["year"].astype(float).unique()), Path(file_of(*LISTS[outcome]).path).name


def _bundled() -> list[tuple[str, dict, str, list[float]]]:
    """Every variable of the bundled facts; their lists do not say a year without a complete one."""
    facts, cells = Facts(), _grid()
    armed = facts("armed_forces").rename(columns={"active_personnel": "value"})
    votes = facts("un_agreement").rename(columns={"idealpoint": "value"})
    rows = [
        ("troops", {}, "contributions.csv", _list_years("facts", Path())[0]),
        ("armed_forces", {}, "armed_forces.csv", _filled(armed[armed["value"] > 0])),
        ("similarity", {}, "un_agreement.csv", _filled(votes)),
    ]
    theatre = pd.DataFrame({"operation": ["ISAF"], "ccode": [700.0]})
    for name in bundled_panel.CONTROLS:
        spec = parse_spec({"source": "bundled", "controls": [name]})
        similarity = bundled_panel.un_similarity(spec, facts("un_agreement"))
        table = bundled_panel.control_table(spec, cells, similarity, theatre, facts)
        rows.append((name, {}, "bundled facts", _filled(table.rename(columns={name: "value"}))))
    return rows


def _merged(data: Path) -> list[tuple[str, dict, str, list[float]]]:
    """Every variable of the merged file that is a column there."""
    frame = read_merged(data)
    columns = {"troops": "troops_afghan_final", "armed_forces": "troops_total", "similarity": "ideal_dist"}
    columns |= {
        name: column for name in gannon_kent_panel.CONTROLS if (column := gannon_kent_panel.column_of(name))
    }
    file = Path(file_of(*MERGED).path).name
    return [(name, {}, file, _filled(frame.assign(value=frame[column]))) for name, column in columns.items()]


def _years(variable: str, settings: dict[str, str], data: Path) -> tuple[list[float], str]:
    if variable == "troops":
        return _list_years(settings["outcome"], data)
    theatre = pd.DataFrame({"operation": [settings.get("operations", "ISAF")], "ccode": [700.0]})
    extra = {"controls": [variable] if variable in controls() else []}
    if variable == "treaties":
        version = settings["atop_version"]
        spells = members(data, version)
        return [spells["first"].min(), _last_known(spells)], file_of("atop.member", version).path
    given = {**settings, "operations": [settings.get("operations", "ISAF")]}
    spec = parse_spec({"source": "official", "leader": 2, **extra, **given})
    cells = _grid().assign(operation=spec.operations[0])
    variables = Variables(spec, data, cells, theatre, Ledger())
    if variable == "armed_forces":
        table = variables.armed_forces()
        table = table[table["armed_forces"] > 0].rename(columns={"armed_forces": "value"})
    else:
        similarity = (
            variables.similarity()
            if variable == "similarity"
            else _none(["leader", "ccode", "year", "similarity"])
        )
        bound = _none(["leader", "ccode", "year", "treaty"])
        if variable == "similarity":
            table = similarity.rename(columns={"similarity": "value"})
        else:
            table = variables.controls(similarity, bound).rename(columns={variable: "value"})
    used = [Path(name).name for name, _ in variables.used]
    return _filled(table), ", ".join(dict.fromkeys(used)) or "bundled facts"


def _grid() -> pd.DataFrame:
    states = fact("states")[["ccode"]].astype(float)
    years = pd.DataFrame({"year": np.arange(*_GRID, dtype=float)})
    return states.merge(years, how="cross").assign(operation="ISAF", leader=2.0)


def _none(columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})


def _filled(table: pd.DataFrame) -> list[float]:
    """Years in which enough states have a value."""
    known = table[np.isfinite(table["value"].astype(float))]
    count = known.groupby("year")["ccode"].nunique()
    return sorted(count.index[count >= FEW])


if __name__ == "__main__":
    measure(sys.argv[1]).to_csv(FILE, index=False)
