"""What every Panel holds, declared once: `data.panel.check_panel` asks for it wherever a panel comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

DIMS = ("row", "state", "operation", "treaty", "provision", "control")


class Variable(NamedTuple):
    """A variable of a Panel: dims, unit, meaning, kind of number (``f`` real, ``i`` whole), whether it may be missing."""

    dims: tuple[str, ...]
    units: str
    about: str
    kind: str = "f"
    missing: bool = False


SCHEMA = {
    "troops": Variable(("row",), "persons", "troops in theatre"),
    "armed_forces": Variable(("row",), "persons", "active armed forces"),
    "share": Variable(("row",), "1", "troops over armed forces"),
    "similarity": Variable(("row",), "1", "UN voting similarity with the leader"),
    "similarity_sd": Variable(("row",), "1", "standard error of similarity", missing=True),
    "alliance": Variable(("row",), "1", "any treaty in force", "i"),
    "casualties": Variable(("row",), "deaths", "deaths in the year", missing=True),
    "casualties_lagged": Variable(("row",), "deaths", "deaths in the year before", missing=True),
    "in_force": Variable(("row", "treaty"), "1", "treaty binds state and leader in the year", "i"),
    "provisions": Variable(("treaty", "provision"), "code", "depth provisions", missing=True),
    "controls": Variable(("row", "control"), "see `words`", "control variables"),
}
Words = dict[str, dict[str, str]]
"""Units, long name and source of each variable and control."""


def words_of(sources: Mapping[str, str], more: Mapping[str, str]) -> Words:
    """Words of the variables: where each comes from, and what a panel says of it behind its meaning."""
    return {
        name: {
            "units": SCHEMA[name].units,
            "long_name": SCHEMA[name].about + more.get(name, ""),
            "source": source,
        }
        for name, source in sources.items()
    }


def control_words(known: Mapping[str, tuple[str, str]], sources: Mapping[str, str]) -> Words:
    """Words of controls, by their units and meanings; one that carries a variable's name shares its words."""
    return {
        name: {"units": known[name][0], "long_name": known[name][1], "source": source}
        for name, source in sources.items()
        if name not in SCHEMA
    }


ROW_VARIABLES = tuple(name for name, variable in SCHEMA.items() if variable.dims == ("row",))
