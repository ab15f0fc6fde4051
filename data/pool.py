"""Several panels as one: more operations, the same treaties and controls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

from data.common.errors import InputError
from data.common.left_out import DIM, as_coords, left_out
from data.panel import check_panel


def pool_panels(panels: Sequence[xr.Dataset]) -> xr.Dataset:
    """Put the rows of panels under one another.

    Parameters
    ----------
    panels : sequence of Dataset
        With the same treaties (from one release of one source) and the same controls, and different
        operations. States carry the names of the first panel in which they occur.

    Returns
    -------
    Dataset
        A Panel; ``ledger`` and ``provenance`` are those of all, ``spec`` is the list of their specs.

    Raises
    ------
    InputError
        Where treaties or controls differ, or an operation occurs twice.
    """
    first = panels[0]
    for other in panels[1:]:
        if set(other["treaty"].values) != set(first["treaty"].values):
            raise InputError(
                f"{other.sizes['treaty']} other treaties", f"the {first.sizes['treaty']} of the first panel"
            )
        if list(other["control"].values) != list(first["control"].values):
            raise InputError(
                str([str(n) for n in other["control"].values]),
                f"the controls {[str(n) for n in first['control'].values]} of the first panel",
                key="controls",
            )
        coders = [p["treaty_coder"].sortby("treaty") for p in (first, other) if "treaty_coder" in p.coords]
        if len(coders) == 2 and (coders[0].values != coders[1].values).any():
            raise InputError(
                f"provisions coded by {coders[1].values[0]}",
                f"those of {coders[0].values[0]}, as in the first panel",
            )
    operations = [str(name) for panel in panels for name in panel["operation"].values]
    if len(set(operations)) < len(operations):
        raise InputError(f"operations {operations}", "each operation in one panel only", key="operations")

    names: dict[int, str] = {}
    for panel in panels:
        for code, name in zip(panel["state_ccode"].values, panel["state"].values, strict=True):
            names.setdefault(int(code), str(name))
    parts = [_rows(panel.sel(treaty=first["treaty"].values), names) for panel in panels]
    out = xr.concat(parts, "row", data_vars="minimal", coords="minimal", compat="override", join="override")
    present = sorted((names[int(code)], int(code)) for code in np.unique(out["row_ccode"].values))
    leaders = np.concatenate([panel["operation_leader"].values for panel in panels])
    out = out.assign_coords(
        row=np.arange(out.sizes["row"]),
        state=np.array([name for name, _ in present]),
        operation=np.array(operations),
        treaty_in_panel=("treaty", out["in_force"].values.any(axis=0)),
    )
    out = out.assign_coords(
        state_ccode=("state", np.array([code for _, code in present])),
        operation_leader=("operation", leaders),
    )
    out = out.assign_coords(as_coords(pd.concat([left_out(panel) for panel in panels], ignore_index=True)))
    out.attrs = {
        "title": " and ".join(str(panel.attrs["title"]) for panel in panels),
        "provenance": _joined(panels, "provenance"),
        "ledger": _joined(panels, "ledger"),
        "spec": json.dumps([json.loads(panel.attrs["spec"]) for panel in panels]),
    }
    check_panel(out)
    return out


def keep_operations(panel: xr.Dataset, operations: Sequence[str]) -> xr.Dataset:
    """The rows of some operations, with the states that they have.

    Raises
    ------
    InputError
        Where the panel lacks an operation.
    """
    known = [str(name) for name in panel["operation"].values]
    for name in operations:
        if name not in known:
            raise InputError(f"operation {name!r}", f"one of {', '.join(known)}", key="operations")
    if set(operations) == set(known):
        return panel
    kept = panel.sel(row=np.isin(panel["row_operation"].values, list(operations)))
    kept = kept.sel(
        operation=list(operations), state=np.isin(panel["state"].values, kept["row_state"].values)
    )
    kept = kept.assign_coords(row=np.arange(kept.sizes["row"]))
    return kept.assign_coords(treaty_in_panel=("treaty", kept["in_force"].values.any(axis=0)))


def with_controls(panel: xr.Dataset, controls: Mapping[str, ArrayLike]) -> xr.Dataset:
    """Add controls to a panel, each shape (row,); the spec's `controls` must name them or be None."""
    names = [*map(str, panel["control"].values), *controls]
    values = np.column_stack([panel["controls"].values, *controls.values()])
    both = xr.Variable(("row", "control"), values, panel["controls"].attrs)
    return panel.drop_dims("control").assign_coords(control=names).assign(controls=both)


def _rows(panel: xr.Dataset, names: dict[int, str]) -> xr.Dataset:
    """A panel without its dims of states, operations and rows left out, its states renamed."""
    bare = panel.drop_dims(["state", "operation", DIM], errors="ignore")
    state = np.array([names[int(code)] for code in panel["row_ccode"].values])
    return bare.assign_coords(row_state=("row", state))


def _joined(panels: Sequence[xr.Dataset], attribute: str) -> str:
    return json.dumps([entry for panel in panels for entry in json.loads(panel.attrs[attribute])])
