"""What a panel is made of: one validated description, every default visible."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import InputError
from data.faults import first_fault

Source = Literal["bundled", "gannon-kent", "official"]
Outcome = Literal["iiss", "nato", "facts", "un", "table"]
ListRule = Literal["nearest_mid_year", "first", "last", "mean", "median", "max"]

DEFAULTS: dict[str, dict[str, Any]] = {
    "bundled": {
        "operations": ("ISAF", "Iraq"),
        "leader": 2,
        "years": (2001, 2014),
        "similarity_span": 5.0,
        "treaties": "bundled",
        "controls": ("log_gdppc", "log_population", "log_distance"),
    },
    "gannon-kent": {
        "operations": ("ISAF",),
        "leader": 2,
        "years": (2001, 2014),
        "similarity_span": None,
        "treaties": "atop",
        "controls": ("log_cinc", "log_distance", "democracy"),
    },
    "official": {
        "operations": ("ISAF",),
        "leader": None,
        "years": (2001, 2014),
        "similarity_span": 5.0,
        "treaties": "atop",
        "controls": ("log_gdppc", "log_population", "log_distance", "polyarchy"),
        "outcome": ("iiss", "nato"),
        "armed_forces": "iiss",
        "un_release": "jun2024",
        "capabilities": "6.0",
        "economy": "wdi",
    },
}
"""What a key means where the spec leaves it out, by source; `PanelSpec` shows it filled in."""

PRESETS: dict[str, dict[str, Any]] = {
    "isaf": {"source": "official", "operations": ("ISAF",)},
    "iraq": {
        "source": "official",
        "operations": ("Iraq",),
        "years": (2003, 2008),
        "outcome": ("facts", "iiss"),
    },
    "kfor": {"source": "official", "operations": ("KFOR",), "outcome": ("iiss",)},
    "althea": {"source": "official", "operations": ("Althea",), "outcome": ("iiss",)},
    "eufor-chad": {"source": "official", "operations": ("EUFOR Chad/CAR",), "outcome": ("iiss",)},
    "ramsi": {"source": "official", "operations": ("RAMSI",), "outcome": ("iiss",)},
    "unoci": {"source": "official", "operations": ("UNOCI",), "outcome": ("un",)},
    # The United States as the state whose ties count, in operations that it led or joined and UN missions.
    "us-operations": {
        "source": "official",
        "operations": (
            *("ISAF", "Iraq", "KFOR", "Althea", "NTM-I", "MFO"),
            *("UNAMID", "MINUSTAH", "UNMIL", "MONUC", "MONUSCO", "UNMIS", "UNIFIL"),
        ),
        "leader": 2,
        "outcome": ("iiss", "nato", "facts", "un"),
        "controls": (),
    },
}
"""Panels by name, each the defaults of its source but for the keys shown."""
_OFFICIAL_ONLY = (
    *("outcome", "armed_forces", "un_release", "capabilities", "economy"),
    *("table", "mapping", "variables", "variables_mapping"),
)
OWN_FILES = ("table", "mapping", "variables", "variables_mapping")
"""Keys that name a file of the user's."""


class PanelSpec(BaseModel):
    """A panel by its sources, operations, rules and variables.

    Unknown keys are refused. Keys left out take the source's value of `DEFAULTS`, so that ``model_dump()``
    always shows what holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Source = Field("bundled", description="where the panel comes from; decides the other defaults")
    operations: tuple[str, ...] = Field(
        min_length=1, description="names of data/bundled/operations.csv, or of one's own table"
    )
    leader: int | None = Field(
        description="Correlates of War code of the pivotal state; none: each operation's own"
    )
    years: tuple[int, int] = Field(description="first and last year, both included")
    list_rule: ListRule = Field("nearest_mid_year", description="which complete list stands for a state-year")
    similarity: Literal["ideal_point", "agreement"] = Field(
        "ideal_point", description="distance of UN ideal points, or the share of equal UN votes"
    )
    similarity_span: float | None = Field(
        gt=0,
        description="distance between ideal points at which similarity is 0, never a sample's extreme; "
        "none where the source gives distances on a scale of its own",
    )
    controls: tuple[str, ...] = Field(description="rows without one of them are left out, and counted")
    treaties: Literal["bundled", "atop"] = Field(
        description="fifteen treaties of the United States, or all of ATOP"
    )
    atop_version: Literal["5.1", "4.01"] = Field("5.1", description="release of ATOP")
    treaty_unit: Literal["alliance", "phase"] = Field(
        "alliance", description="a treaty as a whole, or each of its renegotiated phases"
    )
    provision_coding: Literal["binary", "published"] = Field(
        "binary", description="kinds of a provision as 0/1, or as their publishers number them"
    )
    nonaggression_only: bool = Field(False, description="keep pacts that promise nothing but nonaggression")
    corrections: tuple[str, ...] = Field((), description="named corrections of a published file")
    outcome: tuple[Outcome, ...] | None = Field(
        None, description="lists of contributors in order: the first that covers a year stands for it"
    )
    armed_forces: Literal["iiss", "nmc", "bundled", "table"] | None = Field(
        None, description="source of the armed forces; `table`: one's own column"
    )
    un_release: Literal["jun2024", "jul2025"] | None = Field(None, description="release of the ideal points")
    capabilities: Literal["5.0", "6.0", "7.0"] | None = Field(
        None, description="release of the National Material Capabilities (NMC)"
    )
    economy: Literal["wdi", "pwt", "table"] | None = Field(
        None, description="source of GDP and population; `table`: one's own columns"
    )
    table: str | None = Field(None, description="the user's own long table of contributions")
    mapping: str | None = Field(None, description="TOML file that names the table's columns")
    variables: str | None = Field(
        None, description="the user's own table of states and years: armed forces, GDP, any covariate"
    )
    variables_mapping: str | None = Field(None, description="TOML file that names that table's columns")

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        defaults = DEFAULTS.get(given.get("source", "bundled"), DEFAULTS["bundled"])
        return {**defaults, **given}

    @model_validator(mode="after")
    def _coherent(self) -> PanelSpec:
        if self.years[0] > self.years[1]:
            raise ValueError(f"years {self.years}: the first is after the last")
        for name in ("operations", "controls", "corrections"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name}: a name occurs twice")
        if (self.similarity_span is None) != (self.source == "gannon-kent"):
            raise ValueError("similarity_span is none for 'gannon-kent' and a number for every other source")
        if self.source != "official":
            wrong = [name for name in _OFFICIAL_ONLY if getattr(self, name) is not None]
            if wrong:
                raise ValueError(f"{wrong[0]} belongs to the source 'official'")
        if ("table" in (self.outcome or ())) != (self.table is not None):
            raise ValueError("a table of one's own needs both: 'table' in outcome, and its path in table")
        if (self.variables is not None) != (self.variables_mapping is not None):
            raise ValueError("a table of variables needs its mapping, and a mapping its table")
        if self.corrections and self.source != "gannon-kent":
            raise ValueError("corrections belong to the source 'gannon-kent'")
        return self


def parse_spec(given: Mapping[str, Any], *, file: str | Path | None = None) -> PanelSpec:
    """Validate a mapping, for instance a TOML table.

    Raises
    ------
    InputError
        One line for the first fault: which key, what was found, what is expected.
    """
    try:
        return PanelSpec.model_validate(dict(given))
    except ValidationError as error:
        raise first_fault(error, PanelSpec, given, file=file) from None


def beside(given: Any, folder: Path) -> Any:
    """Let a spec's own files lie where the command runs, or else beside the spec."""
    if not isinstance(given, Mapping):
        return given
    found = dict(given)
    for key in OWN_FILES:
        name = found.get(key)
        if isinstance(name, str) and not Path(name).is_file() and (folder / name).is_file():
            found[key] = str(folder / name)
    return found


def panel_spec(spec: PanelSpec | Mapping[str, Any] | str | Path) -> PanelSpec:
    """Return a spec from a source's name, a mapping, or a TOML file (its table ``panel``, or all)."""
    if isinstance(spec, PanelSpec):
        return spec
    if isinstance(spec, Mapping):
        return parse_spec(spec)
    if str(spec) in DEFAULTS:
        return parse_spec({"source": str(spec)})
    if str(spec) in PRESETS:
        return parse_spec(PRESETS[str(spec)])
    path = Path(spec)
    if path.suffix != ".toml" or not path.is_file():
        raise InputError(
            repr(str(spec)), f"one of {', '.join((*DEFAULTS, *PRESETS))} or a TOML file", key="spec"
        )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"a file that is no TOML ({error})", "TOML", file=path) from None
    return parse_spec(beside(table.get("panel", table), path.parent), file=path)
