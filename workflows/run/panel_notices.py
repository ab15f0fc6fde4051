"""What a panel was asked for and does not hold, said in sentences: years, troops, states, and what would bring them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from data.assembly.spec import PanelSpec
from data.common.left_out import BY_DESIGN, NO_FORCES, NOT_COVERED, left_out
from data.facts.bundled import Facts
from data.variables.reach import further, reach_of
from models.spec import ModelSpec
from workflows.store.notices import Notice

NAMES = 6
"""States that are named; of more only the number is said."""
CONTROL = "a control of your own may ([variables.NAME] in a mapping)"
OWN = {
    "armed_forces": '`armed_forces = "table"` with a column of your own may',
    **dict.fromkeys(
        ("log_gdp", "log_gdppc", "log_population"), '`economy = "table"` with columns of your own may'
    ),
}
"""What helps where no registered source does."""


def panel_notices(spec: PanelSpec, panel: xr.Dataset) -> list[Notice]:
    """Say what of a spec's years, troops and states is not in a panel, why, and what would bring it in."""
    out = left_out(panel)
    out = out[~out["reason"].isin(BY_DESIGN)]
    sources = reach_of(spec)
    lost = _lost_years(spec, panel, out, sources)
    own = spec.source == "official" and spec.armed_forces != "table"
    remedy = ' A column of your own can give them (`armed_forces = "table"`).' if own else ""
    return [
        *_years(spec, lost, out, sources),
        *_troops(panel, out, lost, remedy),
        *_states(panel, out, remedy),
        *_coverage(out),
        *_treaties(panel, sources),
    ]


def single_rows(model: ModelSpec, panel: xr.Dataset) -> list[Notice]:
    """Say where a model gives every state an effect of its own and no state has two rows to tell it by."""
    states = panel["row_ccode"].to_numpy()
    if not model.contribution.state_effects or len(np.unique(states)) < len(states):
        return []
    text = (
        f"each of {len(states)} states has one row only, so nothing tells a state's own effect from the chance of its "
        "row, and the sampler will hardly mix. Set `state_effects = false` below `[model.contribution]`, or ask for "
        "more years or operations."
    )
    return [Notice("one row a state", text)]


def _lost_years(spec: PanelSpec, panel: xr.Dataset, out: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Operation-years without a row: ``operation, year, why``.

    `why` is a tuple: empty where no list covers the year, otherwise the variables whose sources do not reach it,
    or else the commonest reason of the ledger. Years in which an operation was not under way are none of it.
    """
    here = set(zip(panel["row_operation"].to_numpy(), panel["row_year"].to_numpy().tolist(), strict=True))
    listed = out.groupby(["operation", "year"]).groups
    lost = []
    for operation in spec.operations:
        for year in _life(operation, spec):
            if (operation, year) in here:
                continue
            why: tuple[str, ...] = ()
            if (operation, year) in listed:
                reasons = out.loc[listed[operation, year], "reason"]
                why = tuple(_short(sources, year)) or (reasons.mode().iloc[0],)
            lost.append((operation, year, why))
    return pd.DataFrame(lost, columns=["operation", "year", "why"])


def _life(operation: str, spec: PanelSpec) -> range:
    """The years asked for in which an operation was under way, as far as the facts know it."""
    lives = Facts()("operations").set_index("operation")
    first, last = (float(year) for year in spec.years)
    if operation in lives.index:
        first = np.nanmax([first, lives.loc[operation, "first_year"]])
        last = np.nanmin([last, lives.loc[operation, "last_year"]])
    return range(int(first), int(last) + 1)


def _short(sources: pd.DataFrame, year: int) -> list[str]:
    """Variables whose source does not reach a year."""
    rows = sources[~sources["variable"].isin(["troops", "treaties"])]
    missed = (rows["last_year"] < year) | (rows["first_year"] > year)
    return list(rows.loc[missed, "variable"])


def _years(spec: PanelSpec, lost: pd.DataFrame, out: pd.DataFrame, sources: pd.DataFrame) -> Iterable[Notice]:
    kind = "years not in the fit"
    asked = set(range(spec.years[0], spec.years[1] + 1))
    idle = asked - {year for operation in spec.operations for year in _life(operation, spec)}
    if idle:
        names = ", ".join(spec.operations)
        yield Notice(kind, f"{spans(idle)}: {names} was not under way, by data/bundled/operations.csv.")
    for why, rows in lost.groupby("why", sort=False):
        where = "; ".join(
            f"{operation} {spans(group['year'])}"
            for operation, group in rows.groupby("operation", sort=False)
        )
        cells = pd.MultiIndex.from_frame(rows[["operation", "year"]])
        persons = out.loc[pd.MultiIndex.from_frame(out[["operation", "year"]]).isin(cells), "troops"].sum()
        on_lists = f" ({persons:,.0f} troops on the lists)" if persons else ""
        known = [name for name in why if name in set(sources["variable"])]
        if known:
            text = " ".join(_ended(spec, name, rows["year"], sources) for name in known)
        elif why:
            text = f"no row is left, mostly for this reason: {coded(why[0])}."
        else:
            names = sources[sources["variable"] == "troops"]
            ends = ", ".join(f"{r.file} {r.first_year:g} to {r.last_year:g}" for r in names.itertuples())
            text = f"no complete list ({ends}). Another source in `outcome` may have one, or a table of your own."
        yield Notice(kind, f"{where}{on_lists}: {text}")


def _ended(spec: PanelSpec, variable: str, years: pd.Series, sources: pd.DataFrame) -> str:
    """Which source ends when, and the settings that reach further."""
    row = sources[sources["variable"] == variable].iloc[0]
    ends = years.max() > row["last_year"]
    bound = f"ends in {row['last_year']:g}" if ends else f"begins in {row['first_year']:g}"
    found = f"{variable} ({row['file']}) {bound}"
    remedies = []
    wanted = years[years > row["last_year"]] if ends else years[years < row["first_year"]]
    others = pd.concat([further(spec, variable, year) for year in (wanted.max(), wanted.min())])
    for other in others.drop_duplicates("file").head(2).itertuples():
        settings = _settings(spec, other.settings)
        if settings:
            several = "" if ", " in settings else "es"
            reach = (
                f"reach{several} {other.last_year:g}"
                if ends
                else f"reach{several} back to {other.first_year:g}"
            )
            remedies.append(f"{settings} {reach}")
    if not remedies and spec.source == "official":
        remedies.append(
            OWN.get(variable, CONTROL if variable in spec.controls else "no source reaches further")
        )
    if variable in spec.controls:
        remedies.append(f"{'or ' if remedies else ''}leave {variable} out of `controls`")
    return f"{found}; {', '.join(remedies)}." if remedies else f"{found}."


def _settings(spec: PanelSpec, settings: dict[str, str]) -> str:
    """The keys to change, as they stand in a spec."""
    given = spec.model_dump()
    return ", ".join(f'`{key} = "{value}"`' for key, value in settings.items() if given[key] != value)


def _troops(panel: xr.Dataset, out: pd.DataFrame, lost: pd.DataFrame, remedy: str) -> Iterable[Notice]:
    """Contributors left out of years that are in the fit."""
    cells = pd.MultiIndex.from_frame(lost[["operation", "year"]])
    rest = out[~pd.MultiIndex.from_frame(out[["operation", "year"]]).isin(cells)]
    sent = rest[rest["troops"] > 0]
    whole = float(panel["troops"].sum()) + float(rest["troops"].sum())
    for reason, rows in sent.groupby("reason", sort=False):
        who = _who(rows.groupby("state")["troops"].sum())
        years = spans(rows["year"])
        text = f"{rows['troops'].sum():,.0f} of {whole:,.0f} on the lists ({who}; {years}): {coded(str(reason))}."
        yield Notice("troops not in the fit", text + (remedy if reason == NO_FORCES else ""))
    unknown = rest[rest["troops"].isna() & (rest["reason"] != NOT_COVERED)]
    if len(unknown):
        names = unknown.groupby("state")["year"].apply(spans)
        shown = "; ".join(f"{state} {years}" for state, years in names.head(NAMES).items())
        more = f" and {len(names) - NAMES} more states" if len(names) > NAMES else ""
        text = (
            f"named on a list without a number that can be read: {shown}{more}. The ledger counts these rows."
        )
        yield Notice("troops not in the fit", text)


def _states(panel: xr.Dataset, out: pd.DataFrame, remedy: str) -> Iterable[Notice]:
    """States that are in no row at all, of those that a list covers."""
    here = set(panel["row_ccode"].to_numpy().tolist())
    gone = out[~out["ccode"].isin(here) & (out["reason"] != NOT_COVERED)]
    if gone.empty:
        return
    why = gone.groupby("state")["reason"].agg(lambda reasons: reasons.mode().iloc[0])
    parts = []
    for reason, names in why.groupby(why, sort=False):
        shown = ", ".join(names.index[:NAMES])
        more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
        parts.append(f"{coded(str(reason))} ({shown}{more})")
    text = f"{len(why)} of {len(why) + len(here)} states have no row: {'; '.join(parts)}."
    yield Notice("states not in the fit", text + (remedy if (why == NO_FORCES).any() else ""))


def _coverage(out: pd.DataFrame) -> Iterable[Notice]:
    rows = out[out["reason"] == NOT_COVERED]
    if rows.empty:
        return
    text = (
        f"the lists do not cover {rows['ccode'].nunique()} states in {spans(rows['year'])} ({len(rows):,} "
        "state-years): what these sent is not known, and they are no rows."
    )
    yield Notice("states not known", text)


def _treaties(panel: xr.Dataset, sources: pd.DataFrame) -> Iterable[Notice]:
    known = sources[sources["variable"] == "treaties"]
    years = pd.Series(panel["row_year"].to_numpy())
    for row in known.itertuples():
        later = years[years > row.last_year]
        if len(later):
            text = (
                f"{spans(later)} lie after the end of the treaties' source ({row.file}, {row.last_year:g}): "
                "treaties in force then are taken to be in force still."
            )
            yield Notice("treaties", text)


def coded(reason: str) -> str:
    """A reason of the ledger with names of a spec's variables (``log_gdppc``) in backticks."""
    return re.sub(r"\b[a-z]+(?:_[a-z0-9]+)+\b", r"`\g<0>`", reason)


def _who(troops: pd.Series) -> str:
    """States by their troops, the largest first."""
    ordered = troops.sort_values(ascending=False)
    shown = ", ".join(f"{state} {count:,.0f}" for state, count in ordered.head(NAMES).items())
    return shown + (f" and {len(ordered) - NAMES} more" if len(ordered) > NAMES else "")


def spans(years: Iterable[float], to: str = " to ") -> str:
    """Years in words: "2001, 2003 to 2005"."""
    found = sorted({int(year) for year in years})
    runs: list[list[int]] = []
    for year in found:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(f"{r[0]}{to}{r[-1]}" if len(r) > 1 else str(r[0]) for r in runs)
