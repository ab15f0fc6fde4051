"""What every Panel holds, declared once: `data.panel.check_panel` asks for it wherever a panel comes in."""

from __future__ import annotations

from typing import NamedTuple

DIMS = ("row", "state", "operation", "treaty", "provision", "control")


class Variable(NamedTuple):
    """A variable of a Panel: its dims, unit, kind of number (``f`` real, ``i`` whole), whether it may be missing."""

    dims: tuple[str, ...]
    units: str
    kind: str = "f"
    missing: bool = False


SCHEMA = {
    "troops": Variable(("row",), "persons"),
    "armed_forces": Variable(("row",), "persons"),
    "share": Variable(("row",), "1"),
    "similarity": Variable(("row",), "1"),
    "similarity_sd": Variable(("row",), "1", missing=True),
    "alliance": Variable(("row",), "1", "i"),
    "casualties": Variable(("row",), "deaths", missing=True),
    "casualties_lagged": Variable(("row",), "deaths", missing=True),
    "in_force": Variable(("row", "treaty"), "1", "i"),
    "provisions": Variable(("treaty", "provision"), "code", missing=True),
    "controls": Variable(("row", "control"), "see `words`"),
}
ROW_VARIABLES = tuple(name for name, variable in SCHEMA.items() if variable.dims == ("row",))
