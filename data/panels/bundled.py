"""Panel from the fact tables that travel with the code: Afghanistan 2009-10 and Iraq 2003-2007 by default."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.assembly.assemble import Ingredients
from data.assembly.lists import outcome_of
from data.assembly.schema import Words, control_words, words_of
from data.assembly.spec import PanelSpec
from data.common.errors import InputError, LedgerError
from data.common.ledger import Ledger
from data.facts.bundled import Facts
from data.treaties.atop import in_force
from data.treaties.provisions import PROVISIONS, coded, is_atop

UNITED_STATES = 2
GDP_UNIT = "constant USD (base year not stated)"
"""The one GDP unit used: the yearly one. The other (international dollars, two years only) is never read."""
DEMOCRACY = "civil_liberties_index_0_1"
CAPITALS = {700: "km_to_kabul", 645: "km_to_baghdad"}
CONTROLS = {
    "log_gdp": ("log(constant USD)", "log of GDP: GDP per head times population"),
    "log_gdppc": ("log(constant USD)", "log of GDP per head"),
    "log_population": ("log(persons)", "log of population"),
    "log_distance": ("log(km)", "log of the great-circle distance between capital and theatre's capital"),
    "democracy": ("index 0-1", "civil liberties index, latest measurement (2003, 2011) not after the year"),
    "agreement": ("0-1", "share of UN votes equal to the United States'"),
    "similarity": ("0-1", "the panel's similarity, as a control"),
}


def bundled_ingredients(spec: PanelSpec, ledger: Ledger, data: str | Path | None = None) -> Ingredients:
    """Read the fact tables and bring them into the assembler's shape."""
    facts = Facts(data)
    if spec.leader != UNITED_STATES:
        expected = "2: the bundled agreement scores and treaties are those of the United States"
        raise InputError(f"leader {spec.leader}", expected, column="leader")
    unknown = [name for name in spec.controls if name not in CONTROLS]
    if unknown:
        raise InputError(repr(unknown[0]), f"one of {', '.join(CONTROLS)}", column="controls")
    states, operations = facts("states"), facts("operations").set_index("operation")
    missing = [name for name in spec.operations if name not in operations.index]
    if missing:
        raise InputError(repr(missing[0]), f"one of {', '.join(operations.index)}", column="operations")
    operations = operations.loc[list(spec.operations)]
    outcome = contributors(spec, facts("contributions"), operations, states, ledger)
    similarity = un_similarity(spec, facts("un_agreement"))
    theatre = _theatres(operations)
    names, bound = us_treaties(spec, facts, ledger)
    return Ingredients(
        outcome=outcome,
        theatre=theatre,
        armed_forces=facts("armed_forces").rename(columns={"active_personnel": "armed_forces"})[
            ["ccode", "year", "armed_forces"]
        ],
        similarity=similarity,
        in_force=bound,
        provisions=names,
        controls=control_table(spec, outcome, similarity, theatre, facts),
        states=states[["ccode", "state"]],
        words=_words(spec),
        provenance=facts.provenance(),
    )


def contributors(
    spec: PanelSpec, lists: pd.DataFrame, operations: pd.DataFrame, states: pd.DataFrame, ledger: Ledger
) -> pd.DataFrame:
    """Turn complete lists of contributors into operation x state x year rows; who is not listed sent none.

    Partial lists name some contributors and are silent on the rest: they are selected on the outcome and stay
    out. So are peaks and authorised strengths, which are other quantities than troops in theatre.
    """
    step = "list entries"
    rows = complete_lists(spec, lists, operations, ledger, step)
    if rows.empty:
        expected = f"one of {', '.join(spec.operations)} in {spec.years[0]}-{spec.years[1]}"
        raise LedgerError("no complete list", expected, column="operations")
    system = states.assign(first=states["since"].fillna(0), last=9999.0)[["ccode", "first", "last"]]
    return outcome_of(rows, spec.rule, system, ledger, step).assign(leader=float(UNITED_STATES))


def complete_lists(
    spec: PanelSpec, lists: pd.DataFrame, operations: pd.DataFrame, ledger: Ledger, step: str
) -> pd.DataFrame:
    """Return the entries of complete lists of troops in theatre; opens `step` of the ledger.

    The columns are those of ``contributions.csv``, with `date` and `list` (what its entries share) besides.
    """
    rows = ledger.start(step, lists)
    listed = operations["listed_as"].dropna()
    wanted = dict(zip(listed, listed.index, strict=True))
    rows = ledger.leave_out(step, rows, ~rows["operation"].isin(wanted.keys()), "another operation")
    rows = ledger.leave_out(step, rows, rows["coverage"] != "complete", "on a partial list")
    rows = ledger.leave_out(step, rows, rows["measure"] != "in theatre", "not troops in theatre")
    dates = pd.to_datetime(rows["snapshot_date"], format="%Y-%m-%d")
    rows = rows.assign(date=dates, operation=rows["operation"].map(wanted))
    rows["list"] = rows["source_title"] + ", " + rows["snapshot_date"]
    outside = ~rows["date"].dt.year.between(*spec.years)
    return ledger.leave_out(step, rows, outside, f"outside {spec.years[0]}-{spec.years[1]}")


def un_similarity(spec: PanelSpec, votes: pd.DataFrame) -> pd.DataFrame:
    """Similarity with the United States on [0, 1]: 1 - distance / span, or the agreement score as a share."""
    table = votes[["ccode", "year"]].assign(leader=float(spec.leader), similarity_sd=np.nan)
    if spec.similarity == "agreement":
        table["similarity"] = votes["pct_agree_all_votes"] / 100.0
    else:
        own = votes[votes["ccode"] == spec.leader].set_index("year")["idealpoint"]
        table["similarity"] = 1.0 - (votes["idealpoint"] - votes["year"].map(own)).abs() / float(
            spec.similarity_span or np.nan
        )
    return table


def us_treaties(spec: PanelSpec, facts: Facts, ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return treaties with their coder and provisions, and the dyad-years that each binds.

    A treaty binds a state in every year in which it was in force for it on some day, so the years of entry
    and exit count. A suspension of obligations counts as an exit (New Zealand, ANZUS, 1986).
    """
    treaties, members = facts("us_treaties"), facts("us_treaty_members")
    stray = ~members["treaty_id"].isin(treaties["treaty_id"])
    if stray.any():
        raise InputError(
            repr(members.loc[stray, "treaty_id"].iloc[0]),
            "a treaty of us_treaties.csv",
            file="us_treaty_members.csv",
        )
    treaties = _coded(spec, treaties, ledger)
    exits = facts("us_treaty_exits")[["treaty_id", "ccode", "exit_year"]]
    members = members.merge(exits, on=["treaty_id", "ccode"], how="left", suffixes=("", "_known"))
    members["exit_year"] = members["exit_year"].fillna(members["exit_year_known"])
    lifetime = members.merge(treaties[["treaty_id", "in_force_from", "in_force_until"]], on="treaty_id")
    first = lifetime[["entry_year", "in_force_from"]].max(axis=1).fillna(0)
    last = lifetime[["exit_year", "in_force_until"]].min(axis=1).fillna(9999)
    spells = lifetime[["treaty_id", "ccode"]].assign(first=first, last=last)
    spells = spells.rename(columns={"treaty_id": "treaty"})
    provisions = coded(treaties[["treaty_id", "treaty", "coder", *PROVISIONS]], spec.provision_coding)
    provisions = provisions.rename(columns={"treaty": "treaty_name", "treaty_id": "treaty"})
    return provisions, in_force(spells, [float(UNITED_STATES)], spec.years)


def _coded(spec: PanelSpec, treaties: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The treaties as the spec's coder codes them, one row each; who another coded alone is counted.

    Codes of two coders are not mixed: depth would follow who read a treaty, since one who looks at practice
    finds more than one who looks at the text.
    """
    theirs = is_atop(treaties["coder"]) == (spec.provisions == "atop")
    if not theirs.any():
        found = f"codes by {', '.join(map(str, treaties['coder'].unique()))} alone"
        raise InputError(found, f"codes that provisions = {spec.provisions!r} asks for", column="provisions")
    step = "treaties of the leader, by coder"
    rows = ledger.start(step, treaties)
    also = treaties["treaty_id"].isin(treaties.loc[theirs, "treaty_id"])
    rows = ledger.leave_out(step, rows, ~theirs & also, "the same treaty, as another coded it")
    own = theirs.loc[rows.index]
    return ledger.finish(step, ledger.leave_out(step, rows, ~own, "a treaty that another coded alone"))


def _theatres(operations: pd.DataFrame) -> pd.DataFrame:
    hosts = operations["theatre"].str.split(";").explode().astype(float)
    return hosts.rename("ccode").reset_index()


def control_table(
    spec: PanelSpec, outcome: pd.DataFrame, similarity: pd.DataFrame, theatre: pd.DataFrame, facts: Facts
) -> pd.DataFrame:
    """``operation, ccode, year`` and the controls of the spec, for the cells of an outcome."""
    cells = outcome[["operation", "ccode", "year"]]
    economy = facts("population_gdp")
    economy = economy[economy["unit"] == GDP_UNIT]
    table = cells.merge(
        economy[["ccode", "year", "population", "gdp_per_capita"]], how="left", on=["ccode", "year"]
    )
    with np.errstate(divide="ignore"):
        table["log_population"] = np.log(table["population"])
        table["log_gdppc"] = np.log(table["gdp_per_capita"])
        table["log_gdp"] = table["log_gdppc"] + table["log_population"]
        table["log_distance"] = np.log(_distance(table, theatre, facts))
    table["democracy"] = _democracy(table, facts)
    votes = facts("un_agreement")
    agree = votes.assign(agreement=votes["pct_agree_all_votes"] / 100)[["ccode", "year", "agreement"]]
    table = table.merge(agree, how="left", on=["ccode", "year"])
    table = table.merge(similarity[["ccode", "year", "similarity"]], how="left", on=["ccode", "year"])
    return table[["operation", "ccode", "year", *spec.controls]]


def _distance(table: pd.DataFrame, theatre: pd.DataFrame, facts: Facts) -> np.ndarray:
    """Km between the capitals of the state and of the (first) theatre state; NaN for other theatres."""
    capitals = facts("capital_distance").set_index("ccode")
    first = theatre.drop_duplicates("operation").set_index("operation")["ccode"]
    km = np.full(len(table), np.nan)
    for operation, host in first.items():
        if host in CAPITALS:
            here = (table["operation"] == operation).to_numpy()
            km[here] = table.loc[here, "ccode"].map(capitals[CAPITALS[host]])
    return km


def _democracy(table: pd.DataFrame, facts: Facts) -> np.ndarray:
    """Carry the latest measurement forward; years before the first have none."""
    regime = facts("regime")
    index = regime[regime["indicator"] == DEMOCRACY].sort_values("year")[["ccode", "year", "value"]]
    left = table[["ccode", "year"]].assign(order=np.arange(len(table))).sort_values("year")
    return pd.merge_asof(left, index, on="year", by="ccode").sort_values("order")["value"].to_numpy()


def _words(spec: PanelSpec) -> Words:
    un, treaties, none = "Bailey, Strezhnev & Voeten, un_agreement.csv", "us_treaty_members.csv", "none"
    span = spec.similarity_span
    how = "share of votes equal to the leader's"
    how = how if span is None else f"1 - distance of ideal points / {span:g}"
    sources = {
        "troops": "contributions.csv, complete lists",
        "armed_forces": "World Bank after IISS, armed_forces.csv",
        "share": "computed",
        "similarity": un,
        "similarity_sd": un,
        "in_force": treaties,
        "alliance": treaties,
        "provisions": "us_treaties.csv",
        "casualties": none,
        "casualties_lagged": none,
    }
    more = {
        "troops": f" ({spec.rule})",
        "armed_forces": " and paramilitary forces",
        "similarity": f": {how}",
        "similarity_sd": " (not given by the source)",
        "provisions": f" ({spec.provision_coding} coding of kinds)",
        "casualties": " (not in the bundled facts)",
        "casualties_lagged": " (not in the bundled facts)",
    }
    of_controls = dict.fromkeys(CONTROLS, "population_gdp.csv")
    of_controls |= {"democracy": "regime.csv", "log_distance": "capital_distance.csv", "agreement": un}
    return words_of(sources, more) | control_words(CONTROLS, of_controls)
