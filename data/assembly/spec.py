"""What a panel is made of: one validated description, every default visible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from data.common.declared import Declared, Many, Name, Pair, StateCode, Year, is_file, read_toml
from data.common.errors import InputError
from data.common.faults import REFUSED, first_fault

Source = Literal["bundled", "gannon-kent", "official"]
Outcome = Literal["iiss", "nato", "facts", "un", "table"]
ListRule = Literal["nearest_mid_year", "first", "last", "mean", "median", "max"]
AtopVersion = Literal["5.1", "4.01"]
TreatyUnit = Literal["alliance", "phase"]

_LISTS = {"list_rule": "nearest_mid_year"}
_ATOP = {
    "treaties": "atop",
    "atop_version": "5.1",
    "treaty_unit": "alliance",
    "nonaggression_only": False,
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "bundled": {
        "operations": ("ISAF", "Iraq"),
        "leader": 2,
        "years": (2001, 2014),
        **_LISTS,
        "similarity_span": 5.0,
        "treaties": "bundled",
        "provisions": "atop",
        "controls": ("log_gdppc", "log_population", "log_distance"),
    },
    "gannon-kent": {
        "operations": ("ISAF",),
        "leader": 2,
        "years": (2001, 2014),
        **_ATOP,
        "controls": ("log_cinc", "log_distance", "democracy"),
    },
    "official": {
        "operations": ("ISAF",),
        "leader": None,
        "years": (2001, 2014),
        **_LISTS,
        "similarity_span": 5.0,
        **_ATOP,
        "controls": ("log_gdppc", "log_population", "log_distance", "polyarchy"),
        "outcome": ("iiss", "nato"),
        "armed_forces": "iiss",
        "un_release": "jun2024",
        "capabilities": "6.0",
        "economy": "wdi",
    },
}
"""What a key means where the spec leaves it out, by source; `PanelSpec` shows it filled in.

A key of one source that another one has no use for is none there, and refused.
"""

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
OWN_FILES = ("table", "mapping", "variables", "variables_mapping")
"""Keys that name a file of the user's."""
IDEAL_POINT_KEYS = ("similarity_span", "un_release")
"""Keys that say something of ideal points alone, and nothing of agreement scores."""
_SOURCES = {
    key: [name for name, mine in DEFAULTS.items() if key in mine]
    for held in DEFAULTS.values()
    for key in held
}
_SOURCES |= {"corrections": ["gannon-kent"], **{name: ["official"] for name in OWN_FILES}}
_CINC = ("cinc", "log_cinc")
_ECONOMY = ("log_gdp", "log_gdppc", "log_population")


class Atop(NamedTuple):
    """Which of ATOP's treaties a panel takes, and by what unit."""

    version: AtopVersion
    unit: TreatyUnit
    nonaggression_only: bool


class PanelSpec(Declared):
    """A panel by its sources, operations, rules and variables.

    Unknown keys are refused, and so is a value for a key that nothing is made of: one of another source, or of
    another choice of the same source. Keys left out take the source's value of `DEFAULTS`, so that
    ``model_dump()`` always shows what holds, and none for what says nothing here.
    """

    source: Source = Field("bundled", description="where the panel comes from; decides the other defaults")
    operations: Many[Name] = Field(
        min_length=1, description="names of data/bundled/operations.csv, or of one's own table"
    )
    leader: StateCode | None = Field(
        description="Correlates of War code of the pivotal state; none: each operation's own"
    )
    years: Pair[Year] = Field(description="first and last year, both included")
    list_rule: ListRule | None = Field(None, description="which complete list stands for a state-year")
    similarity: Literal["ideal_point", "agreement"] = Field(
        "ideal_point", description="distance of UN ideal points, or the share of equal UN votes"
    )
    similarity_span: float | None = Field(
        None,
        ge=0.01,
        le=100,
        description="distance between ideal points at which similarity is 0, never a sample's extreme; "
        "none where the source gives distances on a scale of its own",
    )
    controls: Many[Name] = Field(description="rows without one of them are left out, and counted")
    treaties: Literal["bundled", "atop"] = Field(
        description="fifteen treaties of the United States, or all of ATOP"
    )
    provisions: Literal["atop", "practice"] | None = Field(
        None, description="whose codes of the bundled treaties: ATOP's, or those read from texts and practice"
    )
    atop_version: AtopVersion | None = Field(None, description="release of ATOP")
    treaty_unit: TreatyUnit | None = Field(
        None, description="a treaty as a whole, or each of its renegotiated phases"
    )
    provision_coding: Literal["binary", "published"] = Field(
        "binary", description="kinds of a provision as 0/1, or as their publishers number them"
    )
    nonaggression_only: bool | None = Field(
        None, description="keep pacts that promise nothing but nonaggression"
    )
    corrections: Many[Name] = Field((), description="named corrections of a published file")
    outcome: Many[Outcome] | None = Field(
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
        source = given.get("source")
        defaults = DEFAULTS.get(source if isinstance(source, str) else "bundled", DEFAULTS["bundled"])
        said = {key: value for key, value in given.items() if value is not None}
        idle = _without_use({**defaults, **said})
        return {**{key: value for key, value in defaults.items() if key not in idle}, **said}

    @model_validator(mode="after")
    def _coherent(self) -> PanelSpec:
        if self.years[0] > self.years[1]:
            _refuse(
                "years", f"{list(self.years)}: the first is after the last", "the first year, then the last"
            )
        for name in ("operations", "controls", "corrections"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                _refuse(name, f"{list(values)}: a name occurs twice", "each name once")
        own = DEFAULTS[self.source]["treaties"]
        if self.treaties != own:
            _refuse(
                "treaties", repr(self.treaties), f"{own!r}, where the source {self.source!r} has its treaties"
            )
        for key, expected in _without_use(self.model_dump()).items():
            value = getattr(self, key)
            if value is not None and value != ():
                _refuse(key, repr(list(value) if isinstance(value, tuple) else value), expected)
        if self.variables is not None and self.variables_mapping is None:
            _refuse("variables_mapping", "no path", "the path of what names the columns of variables")
        if "table" in (self.outcome or ()) and self.table is None:
            _refuse("table", "no path", "the path of the table that outcome names")
        if self.treaty_unit == "phase" and self.atop_version != "5.1":
            _refuse(
                "treaty_unit", f"'phase' of ATOP {self.atop_version}", "atop_version '5.1', which has phases"
            )
        return self

    @property
    def atop(self) -> Atop:
        """What is taken of ATOP, for a source whose treaties are ATOP's."""
        if self.atop_version is None or self.treaty_unit is None:
            raise ValueError(f"the source {self.source!r} does not read ATOP")
        return Atop(self.atop_version, self.treaty_unit, bool(self.nonaggression_only))

    @property
    def rule(self) -> ListRule:
        """Which list stands for a state-year, for a source that has several."""
        if self.list_rule is None:
            raise ValueError(f"the source {self.source!r} has no lists")
        return self.list_rule


def _without_use(values: Mapping[str, Any]) -> dict[str, str]:
    """Keys that nothing of the panel is made of, each with what would give it a use."""
    source, controls = values.get("source", "bundled"), _words(values.get("controls"))
    out = {
        key: f"no value: a key of the source {' or '.join(map(repr, names))}"
        for key, names in _SOURCES.items()
        if source not in names
    }
    if source == "gannon-kent":
        out["similarity_span"] = "none: the merged file has distances on its authors' scale"
    elif values.get("similarity") == "agreement":
        out |= dict.fromkeys(set(IDEAL_POINT_KEYS) - set(out), "no value, or similarity 'ideal_point'")
    if source == "official":
        if values.get("armed_forces") != "nmc" and not controls & set(_CINC):
            out["capabilities"] = f"no value, armed_forces 'nmc' or a control among {', '.join(_CINC)}"
        if not controls & set(_ECONOMY):
            out["economy"] = f"no value, or a control among {', '.join(_ECONOMY)}"
        if "table" not in _words(values.get("outcome")):
            out["table"] = "no value, or 'table' in outcome"
        for table, mapping in (("table", "mapping"), ("variables", "variables_mapping")):
            if values.get(table) is None:
                out[mapping] = f"no value, or the {table} whose columns it names"
    return out


def _words(value: Any) -> set[str]:
    """The words of a list; of what is no list, none: its own check refuses it."""
    return {v for v in value if isinstance(v, str)} if isinstance(value, list | tuple) else set()


def _refuse(key: str, found: str, expected: str) -> None:
    raise PydanticCustomError(REFUSED, "{expected}", {"key": key, "found": found, "expected": expected})


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


def beside(given: Any, folder: Path, keys: Sequence[str] = OWN_FILES) -> Any:
    """Let a spec's own files, which `keys` name, lie where the command runs, or else beside the spec."""
    if not isinstance(given, Mapping):
        return given
    found = dict(given)
    for key in keys:
        name = found.get(key)
        if isinstance(name, str) and not is_file(name) and is_file(folder / name):
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
    if path.suffix != ".toml" or not is_file(path):
        raise InputError(
            repr(str(spec)), f"one of {', '.join((*DEFAULTS, *PRESETS))} or a TOML file", key="spec"
        )
    table = read_toml(path)
    return parse_spec(beside(table.get("panel", table), path.parent), file=path)
