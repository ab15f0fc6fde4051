"""Which years each choice of a panel reaches: measured on the registered files, kept in ``reach.csv``.

A choice is a variable and the keys of ``[panel]`` that decide where it comes from. The registered files are known
byte for byte, so that their years are facts; ``python -m data.reach_measure DATA_FOLDER`` measures them anew.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from data.assembly.spec import PanelSpec
from data.own.table import own_span
from data.own.variables import own_variables
from data.sources.official_files import CASUALTIES

FILE = Path(__file__).with_name("reach.csv")
COLUMNS = ("source", "variable", "settings", "file", "first_year", "last_year")
_DECIDES = {
    "treaties": "atop_version",
    "troops": "outcome",
    **dict.fromkeys(("log_gdp", "log_gdppc", "log_population"), "economy"),
    **dict.fromkeys(("cinc", "log_cinc"), "capabilities"),
}
"""The key that decides where a variable of the source ``official`` comes from, where it is one alone."""


def values_of(key: str) -> list[str]:
    """The values that a key of ``[panel]`` accepts, where it accepts a few words; ``table`` is the user's own."""
    found: list[str] = []

    def collect(annotation: Any) -> None:
        for part in get_args(annotation):
            if isinstance(part, str):
                found.append(part)
            collect(part)

    collect(PanelSpec.model_fields[key].annotation)
    return [value for value in found if value != "table"]


def choices(variable: str) -> list[dict[str, str]]:
    """The settings of the source ``official`` between which a variable can be had."""
    if variable == "armed_forces":
        others = [{"armed_forces": value} for value in values_of("armed_forces") if value != "nmc"]
        return others + [
            {"armed_forces": "nmc", "capabilities": value} for value in values_of("capabilities")
        ]
    if variable == "similarity":
        ideal = [{"similarity": "ideal_point", "un_release": value} for value in values_of("un_release")]
        return [*ideal, {"similarity": "agreement"}]
    if variable.startswith("log1p_casualties"):
        return [{"operations": operation} for operation in CASUALTIES]
    key = _DECIDES.get(variable)
    return [{key: value} for value in values_of(key)] if key else [{}]


@lru_cache(maxsize=1)
def reach() -> pd.DataFrame:
    """The kept table: columns `COLUMNS`; `settings` as a dictionary, years as numbers, NaN without years."""
    table = pd.read_csv(
        FILE,
        dtype={"file": "str", "settings": "str"},
        keep_default_na=False,
        na_values={"first_year": [""], "last_year": [""]},
    )
    return table.assign(settings=table["settings"].map(json.loads))


def reach_of(spec: PanelSpec) -> pd.DataFrame:
    """Which source gives each variable of a panel, and the years that it reaches.

    Returns
    -------
    DataFrame
        ``variable, file, first_year, last_year, settings``; one row a variable, several for troops from several lists.
    """
    given = spec.model_dump()
    wanted = ["troops", "armed_forces", "similarity", "treaties", *spec.controls]
    table = reach()
    table = table[(table["source"] == spec.source) & table["variable"].isin(wanted)]
    holds = [all(_holds(given[k], v) for k, v in settings.items()) for settings in table["settings"]]
    table = table[holds]
    own = _own(spec)
    table = pd.concat([table, own], ignore_index=True) if len(own) else table
    order = {name: place for place, name in enumerate(wanted)}
    table = table.sort_values(
        "variable", key=lambda names: names.map(order).fillna(len(wanted)), kind="stable"
    )
    return table[["variable", "file", "first_year", "last_year", "settings"]].reset_index(drop=True)


def reached(spec: PanelSpec) -> pd.DataFrame:
    """Last year of each source in a panel: ``variable, file, first_year, last_year, asked_until``.

    A year is missing where a source has none, such as a distance.
    """
    return reach_of(spec).drop(columns="settings").assign(asked_until=spec.years[1])


def choices_table() -> pd.DataFrame:
    """Every choice of the source ``official``: ``variable, choice, file, first_year, last_year``."""
    table = reach()
    table = table[table["source"] == "official"]
    return table.assign(choice=table["settings"].map(as_toml))[
        ["variable", "choice", "file", "first_year", "last_year"]
    ].reset_index(drop=True)


def as_toml(settings: dict[str, str]) -> str:
    """Settings as the lines of a spec."""
    return ", ".join(
        f'{key} = ["{value}"]' if key in ("outcome", "operations") else f'{key} = "{value}"'
        for key, value in settings.items()
    )


def _holds(given: Any, value: str) -> bool:
    return value in given if isinstance(given, tuple) else given == value


def _own(spec: PanelSpec) -> pd.DataFrame:
    """The user's own tables, as they are now."""
    rows: list[dict[str, Any]] = []
    if spec.table is not None:
        first, last = own_span(spec)
        rows.append(
            {"variable": "troops", "file": Path(spec.table).name, "first_year": first, "last_year": last}
        )
    if spec.source == "official" and (spec.table or spec.variables):
        own = own_variables(spec)
        for name, path in own.files.items():
            label = _used_as(name, spec)
            if label is None:
                continue
            years = own.table.loc[own.table[name].notna(), "year"]
            rows.append(
                {"variable": label, "file": path.name, "first_year": years.min(), "last_year": years.max()}
            )
    return pd.DataFrame([{**row, "settings": {}} for row in rows])


def _used_as(name: str, spec: PanelSpec) -> str | None:
    """What an own variable is in a panel; None where the spec does not use it."""
    if name == "armed_forces":
        return name if spec.armed_forces == "table" else None
    if name in ("gdp", "gdppc", "population"):
        return name if spec.economy == "table" else None
    return next((control for control in (name, f"log_{name}") if control in spec.controls), None)


def further(spec: PanelSpec, variable: str, year: float) -> pd.DataFrame:
    """Other choices of a variable that reach a year, the furthest first: rows of `reach` without those that hold."""
    table = reach()
    table = table[(table["source"] == spec.source) & (table["variable"] == variable)]
    given = spec.model_dump()
    holds = np.array([all(_holds(given[k], v) for k, v in s.items()) for s in table["settings"]], dtype=bool)
    elsewhere = np.array(["operations" in settings for settings in table["settings"]], dtype=bool)
    table = table[
        ~holds
        & ~elsewhere
        & (table["last_year"] >= year).to_numpy()
        & (table["first_year"] <= year).to_numpy()
    ]
    return table.sort_values("last_year", ascending=False, kind="stable")
