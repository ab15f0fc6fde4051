"""Panel from the official files: any leader, any operations, each variable from its publisher's own file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.assembly.assemble import Ingredients
from data.assembly.lists import entries_from, outcome_of
from data.assembly.spec import PanelSpec
from data.common.errors import InputError, LedgerError
from data.common.ledger import Ledger
from data.facts.bundled import Facts
from data.own.table import own_coverage, own_lists, own_operations
from data.own.variables import own_variables
from data.panels.contributor_lists import fact_lists, iiss_lists, placemat_lists, un_lists
from data.panels.gannon_kent import atop_treaties
from data.sources.official_files import LISTS, controls
from data.sources.registry import file_of
from data.sources.verify import provenance
from data.tables.reading import official
from data.tables.table import find_file
from data.variables.official import Variables

OUTCOMES = {"iiss": iiss_lists, "nato": placemat_lists, "un": un_lists, "facts": fact_lists}


def official_ingredients(spec: PanelSpec, ledger: Ledger, data: str | Path | None) -> Ingredients:
    """Read every official file that the spec names and bring all into the assembler's shape."""
    if data is None:
        raise InputError("no data folder", "--data with the official files", column="data")
    known = [*controls(), *own_variables(spec).controls()]
    unknown = [name for name in spec.controls if name not in known]
    if unknown:
        raise InputError(repr(unknown[0]), f"one of {', '.join(known)}", column="controls")
    operations = operations_of(spec)
    states = system(data)
    outcome = _outcome(spec, data, operations, states, ledger)
    leaders = operations["leader"].astype(float)
    outcome["leader"] = outcome["operation"].map(leaders)
    hosts = operations["theatre"].fillna("").str.split(";").explode().rename("ccode")
    theatre = hosts[hosts != ""].astype(float).reset_index()
    variables = Variables(spec, Path(data), outcome, theatre, ledger)
    similarity = variables.similarity()
    bound, treaties = atop_treaties(spec, data, states, set(leaders))
    table, armed_forces = variables.controls(similarity, bound), variables.armed_forces()
    casualties = variables.casualties()
    files = _provenance(spec, Path(data), variables)
    return Ingredients(
        outcome=outcome,
        theatre=theatre,
        armed_forces=armed_forces,
        similarity=similarity,
        in_force=bound,
        provisions=treaties,
        controls=table,
        states=states[["ccode", "state"]],
        words=variables.words(),
        casualties=casualties,
        provenance=list(files.values()) + variables.facts.provenance(),
        files=list(files),
    )


def operations_of(spec: PanelSpec) -> pd.DataFrame:
    """Return the operations of a spec with the leader that holds, with the columns of ``operations.csv``, by name."""
    known = Facts()("operations").set_index("operation")
    if spec.table is not None:
        own = own_operations(spec)
        known = pd.concat([known[~known.index.isin(own.index)], own])
    missing = [name for name in spec.operations if name not in known.index]
    if missing:
        raise InputError(repr(missing[0]), f"one of {', '.join(known.index)}", column="operations")
    chosen = known.loc[list(spec.operations)].copy()
    if spec.leader is not None:
        if spec.leader not in set(Facts()("states")["ccode"]):
            raise InputError(f"leader {spec.leader}", "a Correlates of War state code", column="leader")
        chosen["leader"] = float(spec.leader)
    nobody = chosen.index[chosen["leader"].isna()]
    if len(nobody):
        raise InputError(f"no leader of {nobody[0]}", "a leader in the spec or the table", column="leader")
    return chosen


def system(data: str | Path) -> pd.DataFrame:
    """Members of the state system: ``ccode, state, first, last`` (years; the last release ends in 2016).

    A state that entered, left and entered again has several rows. Names are those of this project where it
    has one, the Correlates of War's otherwise.
    """
    table = official(data, "cow_states.spells")
    ours = Facts()("states").set_index("ccode")["state"]
    last = table["end_year"].where(table["end_year"] < table["end_year"].max(), 9999)
    return pd.DataFrame(
        {
            "ccode": table["ccode"].astype(float),
            "state": table["ccode"].map(ours).fillna(table["state_name"]),
            "first": table["start_year"].astype(float),
            "last": last.astype(float),
        }
    ).reset_index(drop=True)


def _outcome(
    spec: PanelSpec, data: str | Path, operations: pd.DataFrame, states: pd.DataFrame, ledger: Ledger
) -> pd.DataFrame:
    """Take each operation-year from the first source of the spec that lists its contributors."""
    found: list[pd.DataFrame] = []
    covered: set[tuple[str, float]] = set()
    for source in spec.outcome or ():
        lists = (own_lists if source == "table" else OUTCOMES[source])(spec, data, operations, ledger)
        step = entries_from(source)
        lists = ledger.start(step, lists)
        years = list(zip(lists["operation"], lists["date"].dt.year.astype(float), strict=True))
        before = np.array([cell in covered for cell in years], dtype=bool)
        lists = ledger.leave_out(step, lists, before, "the year is covered by an earlier source")
        if lists.empty:
            ledger.finish(step, lists)
            continue
        covers = own_coverage(spec) if source == "table" else None
        table = outcome_of(lists, spec.rule, states[["ccode", "first", "last"]], ledger, step, covers)
        covered |= set(zip(table["operation"], table["year"], strict=True))
        found.append(table)
    if not found:
        years = f"{spec.years[0]}-{spec.years[1]}"
        expected = f"one of {', '.join(spec.operations)} in {years} from {', '.join(spec.outcome or ())}"
        raise LedgerError("no complete list", expected, column="operations")
    absent = set(spec.operations) - {operation for operation, _ in covered}
    if absent:
        raise LedgerError(
            f"no complete list of {sorted(absent)[0]}", "one in the years of the spec", column="operations"
        )
    return pd.concat(found, ignore_index=True)


def _provenance(spec: PanelSpec, data: Path, variables: Variables) -> dict[Path, dict[str, str]]:
    """One entry a file: ``file, sha256, source, version``, and the variables it gave."""
    version, unit, _ = spec.atop
    places = [(*LISTS[name], "troops") for name in spec.outcome or () if name in LISTS]
    places += [("cow_states.spells", "", "rows"), ("atop.member", version, "in_force")]
    places.append((f"atop.{unit}", version, "provisions"))
    names = [(file_of(table, release).path, variable) for table, release, variable in places]
    files = [(find_file(data, name), variable) for name, variable in (*names, *variables.used)]
    files += [(Path(name), "troops") for name in (spec.table, spec.mapping) if name is not None]
    files += variables.own_used
    if spec.variables_mapping is not None and variables.own_used:
        files.append((Path(spec.variables_mapping), ""))
    if "facts" in (spec.outcome or ()):
        files.append((Facts(data).folder / "contributions.csv", "troops"))
    entries: dict[Path, dict[str, str]] = {}
    for path, variable in files:
        entry = entries.setdefault(path, {**provenance(path), "variables": ""})
        held = [v for v in entry["variables"].split(", ") if v]
        entry["variables"] = ", ".join(dict.fromkeys([*held, variable]))
    return entries
