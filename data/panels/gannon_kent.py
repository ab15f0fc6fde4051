"""Panel from the authors' merged file of Gannon & Kent (2021), with treaties and provisions from ATOP.

The merged file is taken as published, or with named corrections (`data.studies.corrections`). Its similarity is used
as it stands: ideal points on the authors' scale, on which a distance of 1 is the whole range of their sample
(5.08 units of the release of 2018). Leader and theatre state are no rows here; `data.studies.gannon_kent` keeps
them for the reproduction of the printed table.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.assembly.assemble import Ingredients
from data.assembly.lists import PANEL_ROWS
from data.assembly.schema import ROW_VARIABLES, Words, control_words, words_of
from data.assembly.spec import PanelSpec
from data.common.errors import InputError
from data.common.ledger import Ledger
from data.facts import BUNDLED
from data.facts.bundled import fact
from data.sources.official_files import CASUALTIES
from data.sources.official_files import controls as official_controls
from data.sources.registry import file_of
from data.sources.verify import provenance
from data.studies.corrections import apply_corrections
from data.studies.gannon_kent import MERGED, NO_STATE, THEATRE, read_merged
from data.studies.isaf_sources import SOURCES, casualties
from data.tables.reading import place_of
from data.treaties.atop import in_force, members, treaty_table

LEADER = 2

_CONTROLS = {
    # name: (column of the merged file, logarithm?, units, long name)
    "un_voting": ("pctagreeus", False, "0-1", "share of UN votes equal to the United States'"),
    "democracy": ("dem", False, "0/1", "democracy as coded in the merged file (Polity)"),
    "casualties": (
        "casualties",
        False,
        "deaths",
        "deaths of the column `casualties` (lagged where corrected)",
    ),
    "us_ally": ("us_ally", False, "0/1", "treaty with the United States, as coded in the merged file"),
    "cinc_score": ("cinc", False, "share", "Composite Index of National Capability"),
    "log_cinc": ("cinc", True, "log(share)", "log of the Composite Index of National Capability"),
    "log_gdp": ("gdp", True, "log(current USD)", "log of GDP"),
    "log_gdppc": ("gdppc", True, "log(current USD)", "log of GDP per head"),
    "log_population": ("tpop", True, "log(thousands)", "log of population (National Material Capabilities)"),
    "distance": ("distance", False, "km", "distance between capitals and Kabul"),
    "log_distance": ("distance", True, "log(km)", "log of the distance between capital and Kabul"),
}
_COMPUTED = ("similarity", "log1p_casualties", "log1p_casualties_lagged")
CONTROLS = (*_CONTROLS, *_COMPUTED)


def words_of_control(control: str) -> tuple[str, str]:
    """Unit and meaning of a control."""
    return official_controls()[control] if control in _COMPUTED else _CONTROLS[control][2:]


def column_of(control: str) -> str | None:
    """The column of the merged file behind a control; None for one that is computed."""
    return _CONTROLS[control][0] if control in _CONTROLS else None


def gannon_kent_ingredients(spec: PanelSpec, ledger: Ledger, data: str | Path | None) -> Ingredients:
    """Read the merged file and ATOP and bring them into the assembler's shape."""
    if data is None:
        raise InputError("no data folder", f"--data with {file_of(*MERGED).path}", column="data")
    _check(spec)
    path = place_of(data, *MERGED)
    before = read_merged(data)
    frame = apply_corrections(before, data, spec.corrections) if spec.corrections else before
    frame = ledger.start("merged file", frame.assign(troops=frame["troops_afghan_final"]))
    frame = ledger.leave_out("merged file", frame, frame["ccode"].isin(NO_STATE), "no state of the system")
    outside = ~frame["year"].between(*spec.years)
    frame = ledger.leave_out("merged file", frame, outside, f"outside {spec.years[0]}-{spec.years[1]}")
    frame = ledger.finish("merged file", frame, into=PANEL_ROWS)
    states = fact("states")[["ccode", "state"]]
    keys = frame[["ccode", "year"]].astype(float)
    cells = keys.assign(operation="ISAF")
    casualties = cells.assign(
        casualties=before["casualties"], casualties_lagged=_lagged(before, data).loc[frame.index]
    )
    similarity = keys.assign(leader=float(LEADER), similarity_sd=np.nan, similarity=_similarity(spec, frame))
    bound, treaties = atop_treaties(spec, data, states, {float(LEADER)})
    return Ingredients(
        outcome=cells.assign(troops=frame["troops"].astype(float), leader=float(LEADER)),
        theatre=pd.DataFrame({"operation": ["ISAF"], "ccode": [float(THEATRE)]}),
        armed_forces=keys.assign(armed_forces=frame["troops_total"].astype(float)),
        similarity=similarity,
        in_force=bound,
        provisions=treaties,
        controls=_controls(spec, frame, cells, similarity["similarity"], casualties),
        states=states,
        words=_words(spec),
        casualties=casualties,
        provenance=_provenance(spec, data, path),
    )


def atop_treaties(
    spec: PanelSpec, data: str | Path, states: pd.DataFrame, leaders: set[float]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the dyad-years that ATOP's treaties bind, and all treaties with their provisions.

    Columns as `data.treaties.atop.in_force` and `data.treaties.atop.treaty_table` have them.
    """
    version, unit, pacts = spec.atop
    spells = members(data, version, unit=unit, nonaggression_only=pacts)
    table = treaty_table(
        data,
        version,
        coding=spec.provision_coding,
        unit=unit,
        nonaggression_only=pacts,
        states=states.drop_duplicates("ccode").set_index("ccode")["state"],
    )
    return in_force(spells, leaders, spec.years), table


def _check(spec: PanelSpec) -> None:
    if spec.operations != ("ISAF",):
        raise InputError(
            str(list(spec.operations)), "['ISAF']: the merged file covers no other", column="operations"
        )
    if spec.leader != LEADER:
        raise InputError(
            f"leader {spec.leader}",
            "2: the merged file holds similarity with the United States only",
            column="leader",
        )
    unknown = [name for name in spec.controls if name not in CONTROLS]
    if unknown:
        raise InputError(repr(unknown[0]), f"one of {', '.join(CONTROLS)}", column="controls")


def _similarity(spec: PanelSpec, frame: pd.DataFrame) -> pd.Series:
    return frame["pctagreeus"] if spec.similarity == "agreement" else 1.0 - frame["ideal_dist"]


def _lagged(merged: pd.DataFrame, data: str | Path) -> pd.Series:
    """Deaths of the year before; none before the war began in 2001.

    From the casualty list where the folder has it (the merged column lost the Czech deaths, which the list
    has under "Czech"), else from the merged column itself.
    """
    try:
        place_of(data, *CASUALTIES["ISAF"])
    except InputError:
        deaths = merged[["ccode", "year", "casualties"]]
    else:
        deaths = casualties(data)
    table = deaths.set_index(["ccode", "year"])["casualties"].astype(float)
    keys = pd.MultiIndex.from_arrays([merged["ccode"], merged["year"] - 1])
    return pd.Series(table.reindex(keys).to_numpy(), index=merged.index).fillna(0.0)


def _controls(
    spec: PanelSpec, frame: pd.DataFrame, cells: pd.DataFrame, similarity: pd.Series, deaths: pd.DataFrame
) -> pd.DataFrame:
    table = cells.copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        for name in spec.controls:
            if name in _CONTROLS:
                column, logarithm, *_ = _CONTROLS[name]
                values = frame[column].astype(float)
                table[name] = np.log(values) if logarithm else values
            elif name == "similarity":
                table[name] = similarity
            else:
                table[name] = np.log1p(deaths[name.removeprefix("log1p_")])
    return table


def _words(spec: PanelSpec) -> Words:
    file = "Gannon & Kent, iiss_afghan_complete"
    version, unit, nonaggression_only = spec.atop
    pacts = "all treaties" if nonaggression_only else "without pacts of nonaggression only"
    how = {
        "ideal_point": "1 - distance of ideal points (authors' scale)",
        "agreement": "share of equal votes",
    }
    more = {
        "troops": f"; corrections: {', '.join(spec.corrections) or 'none'}",
        "armed_forces": " (IISS)",
        "similarity": f": {how[spec.similarity]}",
        "similarity_sd": " (not given by the source)",
        "in_force": f" (by {unit})",
        "provisions": f" ({spec.provision_coding} coding of kinds)",
        "casualties": ", as published",
        "casualties_lagged": "; 0 in 2001",
    }
    sources = dict.fromkeys((*ROW_VARIABLES, "in_force", "provisions"), file)
    sources |= dict.fromkeys(("in_force", "alliance", "provisions"), f"ATOP {version}, {pacts}")
    known = {name: words_of_control(name) for name in CONTROLS}
    return words_of(sources, more) | control_words(known, dict.fromkeys(CONTROLS, file))


def _provenance(spec: PanelSpec, data: str | Path, merged: Path) -> list[dict[str, str]]:
    version, unit, _ = spec.atop
    entries = [(merged, "Gannon & Kent 2021, merged file", "as published")]
    entries += [(place_of(data, f"atop.{one}", version), "ATOP", version) for one in ("member", unit)]
    if spec.corrections:
        entries += [(place_of(data, *place), "sources of the corrections", "") for place in SOURCES]
    entries.append((BUNDLED / "states.csv", "bundled facts", "codebook.csv"))
    return [provenance(*entry) for entry in entries]
