"""Put tidy tables together into one Panel, whatever they were read from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from data.assembly.lists import PANEL_ROWS
from data.assembly.schema import ROW_VARIABLES, SCHEMA, Words
from data.assembly.spec import PanelSpec
from data.common.errors import InputError, LedgerError
from data.common.ledger import Ledger
from data.common.left_out import BY_DESIGN, NO_FORCES, NOT_COVERED, left_out_coords, text_of
from data.treaties.provisions import PROVISIONS

STEP = PANEL_ROWS
_DYAD = ["leader", "ccode", "year"]
_CELL = ["operation", "ccode", "year"]


@dataclass
class Ingredients:
    """Tidy tables of one panel. Codes are Correlates of War codes; every table has one row per key.

    Attributes
    ----------
    outcome : DataFrame
        ``operation, leader, ccode, year, troops`` (persons, NaN where not known): every state that could have
        come, in every year the outcome covers, leader and theatre states included. Optionally ``list``: the
        words that name the list behind the number, and ``covered``: whether the list speaks of the state.
    theatre : DataFrame
        ``operation, ccode``: hosts of the operation.
    armed_forces : DataFrame
        ``ccode, year, armed_forces`` (persons).
    similarity : DataFrame
        ``leader, ccode, year, similarity, similarity_sd`` on [0, 1]; the deviation NaN where unknown.
    in_force : DataFrame
        ``leader, ccode, year, treaty``: one row for each treaty that binds both in that year.
    provisions : DataFrame
        ``treaty`` (text), ``treaty_name``, ``coder`` (who coded the provisions) and the nine provisions.
    controls : DataFrame
        ``operation, ccode, year`` and a column for each control of the spec.
    states : DataFrame
        ``ccode, state``.
    words : dict
        For each variable and control: ``units, long_name, source``.
    casualties : DataFrame, optional
        ``operation, ccode, year, casualties, casualties_lagged``: deaths in the year, and in the year before.
    provenance : list of dict
        ``file, sha256, source, version``, and for official files the ``variables`` that they gave.
    files : list of Path
        The same files, where they lie.
    """

    outcome: pd.DataFrame
    theatre: pd.DataFrame
    armed_forces: pd.DataFrame
    similarity: pd.DataFrame
    in_force: pd.DataFrame
    provisions: pd.DataFrame
    controls: pd.DataFrame
    states: pd.DataFrame
    words: Words
    casualties: pd.DataFrame | None = None
    provenance: list[dict[str, str]] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


def assemble(spec: PanelSpec, parts: Ingredients, ledger: Ledger) -> xr.Dataset:
    """Join the tables, leave out what cannot be an outcome row, and name everything.

    Returns
    -------
    Dataset
        The Panel; its dims, variables and attributes are described in `data.panel`.

    Raises
    ------
    InputError
        A share above one, a similarity outside [0, 1], a state without a name, or no rows left.
    """
    rows = ledger.start(STEP, parts.outcome)
    rows = _join(rows, parts.armed_forces, ["ccode", "year"])
    rows = _join(rows, parts.similarity, _DYAD)
    # A control may carry the name of a variable of the panel (similarity, casualties): keep the two apart.
    renamed = {name: f"control {name}" for name in spec.controls}
    rows = _join(rows, parts.controls.rename(columns=renamed), _CELL)
    if parts.casualties is None:
        rows = rows.assign(casualties=np.nan, casualties_lagged=np.nan)
    else:
        rows = _join(rows, parts.casualties, _CELL)
    rows, out = _left_out(rows, spec, parts, ledger)
    rows = ledger.finish(STEP, rows).sort_values(["operation", "year", "ccode"]).reset_index(drop=True)
    if rows.empty:
        reasons = out["reason"].value_counts()
        found = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
        raise LedgerError(f"no row left ({found})", "rows with an outcome, a similarity and all controls")
    rows["share"] = rows["troops"] / rows["armed_forces"]
    _refuse(rows, rows["share"] > 1, "share", "a share of the armed forces of at most 1")
    _refuse(
        rows,
        (rows["similarity"] < 0) | (rows["similarity"] > 1),
        "similarity",
        "a similarity on [0, 1]; a larger similarity_span covers larger distances",
    )
    return _dataset(rows, spec, parts, ledger, out)


def _left_out(
    rows: pd.DataFrame, spec: PanelSpec, parts: Ingredients, ledger: Ledger
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Apply the reasons in a fixed order: the first that holds is the one counted.

    Returns the rows kept, and those left out with ``reason`` and ``variable``.
    """
    hosts = pd.MultiIndex.from_frame(parts.theatre[["operation", "ccode"]])
    covered = rows["covered"] if "covered" in rows else pd.Series(True, index=rows.index)
    tests: list[tuple[str, str, Any]] = [
        (BY_DESIGN[0], "", rows["ccode"] == rows["leader"]),
        (BY_DESIGN[1], "", pd.MultiIndex.from_frame(rows[["operation", "ccode"]]).isin(hosts)),
        (NOT_COVERED, "troops", ~covered),
        ("troops not known", "troops", rows["troops"].isna()),
        (NO_FORCES, "armed_forces", rows["armed_forces"].isna()),
        ("armed forces of zero", "armed_forces", rows["armed_forces"] <= 0),
        (f"no similarity ({spec.similarity})", "similarity", rows["similarity"].isna()),
    ]
    for name in spec.controls:
        bad = ~np.isfinite(rows[f"control {name}"].to_numpy(dtype=float))
        tests.append((f"no {name}", name, bad))
    reason, variable = (np.full(len(rows), "", dtype=object) for _ in range(2))
    for why, what, bad in tests:
        first = np.asarray(bad, dtype=bool) & (reason == "")
        reason[first], variable[first] = why, what
    kept = rows
    for why in dict.fromkeys(why for why, _, _ in tests):
        kept = ledger.leave_out(STEP, kept, reason[kept.index] == why, why)
    out = rows.assign(reason=reason, variable=variable)[reason != ""]
    return kept, out.sort_values(["operation", "year", "ccode"])


def _join(rows: pd.DataFrame, table: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    return rows.merge(table, on=key, how="left", validate="many_to_one")


def _refuse(rows: pd.DataFrame, bad: pd.Series, column: str, expected: str) -> None:
    if bad.any():
        worst = rows[bad].iloc[0]
        key = f"{worst['operation']}, ccode {worst['ccode']:g}, {worst['year']:g}"
        found = f"{worst[column]:g}"
        if column == "share":
            found = f"{worst['troops']:g} troops of {worst['armed_forces']:g} armed forces"
        raise InputError(found, expected, row=key, column=column)


def _dataset(
    rows: pd.DataFrame, spec: PanelSpec, parts: Ingredients, ledger: Ledger, out: pd.DataFrame
) -> xr.Dataset:
    names = parts.states.drop_duplicates("ccode").set_index("ccode")["state"]
    nameless = ~rows["ccode"].isin(names.index)
    _refuse(rows, nameless, "ccode", "a state that the list of states names")
    treaties = parts.provisions.reset_index(drop=True)
    states = (
        rows[["ccode"]].drop_duplicates().assign(state=lambda t: t["ccode"].map(names)).sort_values("state")
    )
    leaders = rows[["operation", "leader"]].drop_duplicates("operation")
    in_force = _in_force(rows, parts.in_force, treaties)
    coords = {
        "row": np.arange(len(rows)),
        "row_state": ("row", text_of(rows["ccode"].map(names))),
        "row_ccode": ("row", rows["ccode"].to_numpy(dtype=int)),
        "row_operation": ("row", text_of(rows["operation"])),
        "row_year": ("row", rows["year"].to_numpy(dtype=int)),
        "row_leader": ("row", rows["leader"].to_numpy(dtype=int)),
        "row_list": ("row", text_of(rows["list"]) if "list" in rows else np.full(len(rows), "")),
        "state": text_of(states["state"]),
        "state_ccode": ("state", states["ccode"].to_numpy(dtype=int)),
        "operation": text_of(leaders["operation"]),
        "operation_leader": ("operation", leaders["leader"].to_numpy(dtype=int)),
        "treaty": text_of(treaties["treaty"]),
        "treaty_name": ("treaty", text_of(treaties["treaty_name"])),
        "treaty_coder": ("treaty", text_of(treaties["coder"])),
        "treaty_in_panel": ("treaty", in_force.any(axis=0)),
        "provision": np.array(PROVISIONS),
        "control": np.array(spec.controls, dtype=str),
        **left_out_coords(out, names),
    }
    variables = {
        name: ("row", rows[name].to_numpy(dtype=float)) for name in ROW_VARIABLES if name != "alliance"
    }
    variables["alliance"] = ("row", in_force.any(axis=1).astype(np.int8))
    variables["in_force"] = (("row", "treaty"), in_force.astype(np.int8))
    variables["provisions"] = (("treaty", "provision"), treaties[list(PROVISIONS)].to_numpy(dtype=float))
    controls = (
        rows[[f"control {name}" for name in spec.controls]]
        .to_numpy(dtype=float)
        .reshape(len(rows), len(spec.controls))
    )
    variables["controls"] = (("row", "control"), controls)
    panel = xr.Dataset(variables, coords=coords)
    for name in panel.data_vars:
        panel[name].attrs.update(parts.words.get(str(name), {}))
    panel["controls"].attrs = {
        "units": SCHEMA["controls"].units,
        "long_name": SCHEMA["controls"].about,
        "source": "see `words`",
        "words": json.dumps({name: parts.words.get(name, {}) for name in spec.controls}),
    }
    if spec.similarity == "ideal_point" and spec.similarity_span is not None:
        panel["similarity"].attrs["span"] = spec.similarity_span
    panel.attrs = {
        "title": f"{', '.join(spec.operations)} ({spec.source})",
        "provenance": json.dumps(parts.provenance),
        "ledger": ledger.to_json(),
        "spec": spec.model_dump_json(),
    }
    return panel


def _in_force(rows: pd.DataFrame, bound: pd.DataFrame, treaties: pd.DataFrame) -> np.ndarray:
    """Return a boolean matrix (row, treaty)."""
    column = pd.Series(np.arange(len(treaties)), index=treaties["treaty"].astype(str))
    bound = bound.loc[bound["treaty"].astype(str).isin(column.index)]
    index = rows[_DYAD].assign(row=np.arange(len(rows)))
    hits = index.merge(bound, on=_DYAD)
    matrix = np.zeros((len(rows), len(treaties)), dtype=bool)
    matrix[hits["row"], column.loc[hits["treaty"].astype(str)].to_numpy()] = True
    return matrix
