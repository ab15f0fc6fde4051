"""The Panel: one xarray Dataset of operation x state x year rows, with treaties, similarity and controls.

Dims, with the coordinates along them:

- ``row``: 0..R-1, ``row_state``, ``row_ccode``, ``row_operation``, ``row_year``, ``row_leader``, ``row_list``
  (the list behind the number)
- ``state``: names, sorted; ``state_ccode``
- ``operation``: names; ``operation_leader``
- ``treaty``: identifiers; ``treaty_name``, ``treaty_coder`` (who coded its provisions), ``treaty_in_panel``
- ``provision``: the nine
- ``control``: names
- ``left_out``: the rows that could have been rows and are not; see `data.common.left_out`

Variables: ``troops, armed_forces`` (persons), ``share`` (0-1), ``similarity`` (0-1), ``similarity_sd``,
``in_force(row, treaty)``, ``alliance``, ``provisions(treaty, provision)`` (codes, NaN missing),
``controls(row, control)``, ``casualties, casualties_lagged``; each with ``units, long_name, source``. The
attributes ``provenance``, ``ledger`` and ``spec`` of the whole are JSON.

``treaty`` lists every treaty whose provisions were read, also those that bind nobody in the panel: they
inform the measurement of depth. ``treaty_in_panel`` tells the two kinds apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from data.assembly.assemble import assemble
from data.assembly.cache import cache_folder, keep, recall
from data.assembly.schema import DIMS, ROW_VARIABLES, SCHEMA
from data.assembly.spec import PanelSpec, panel_spec
from data.common.disk import save_netcdf, whole
from data.common.errors import InputError, LedgerError
from data.common.ledger import Ledger, ledger_frame
from data.common.left_out import left_out as left_out  # beside the ledger, for whoever looks at a panel
from data.common.text import write_csv
from data.names.states import state_names
from data.treaties.provisions import (
    KINDS as KINDS,  # for models, which take from `data` what this module offers
)
from data.treaties.provisions import PROVISIONS
from data.treaties.provisions import is_atop as is_atop


class Panel(xr.Dataset):
    """A Panel is an `xarray.Dataset` that shows itself in one paragraph; everything a Dataset does works.

    `frame` gives its rows and `ledger` its accounts as DataFrames.
    """

    __slots__ = ()

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as one table; see `panel_frame`."""
        return panel_frame(self)

    @property
    def ledger(self) -> pd.DataFrame:
        """Rows in, left out by reason, and kept; see `panel_ledger`."""
        return panel_ledger(self)

    def __repr__(self) -> str:
        """One paragraph on rows, states, operations, treaties and what was left out."""
        return panel_text(self) if _is_whole(self) else super().__repr__()

    def _repr_html_(self) -> str:
        from html import escape

        whole = super()._repr_html_()
        if not _is_whole(self):
            return whole
        return f"<p>{escape(panel_text(self))}</p><details><summary>all variables</summary>{whole}</details>"


def _is_whole(panel: xr.Dataset) -> bool:
    return {"row", "state", "operation", "treaty"} <= set(panel.dims) and "ledger" in panel.attrs


def panel_text(panel: xr.Dataset) -> str:
    """Say in one paragraph what a Panel holds."""
    years = panel["row_year"].to_numpy()
    sent = int((panel["troops"].to_numpy() > 0).sum())
    rows, first, last = panel.sizes["row"], years.min(), years.max()
    span = f"{first} to {last}" if first < last else f"{last}"
    inside = panel["in_force"].to_numpy().any(0)
    binding, coders = int(inside.sum()), coders_of(panel)
    return (
        f"Panel: {rows:,} rows of {panel.sizes['state']} states in {', '.join(map(str, panel['operation'].values))}, "
        f"{span}; {sent:,} rows sent troops ({100 * sent / max(rows, 1):.0f} %); "
        f"{binding} treaties bind a state and its leader{f', coded by {coders}' if coders else ''}; "
        f"controls {', '.join(map(str, panel['control'].values)) or 'none'}."
    )


def coders_of(panel: xr.Dataset) -> str:
    """Who coded the provisions of the treaties that bind somebody, in words; empty where nobody is named."""
    if "treaty_coder" not in panel.coords:
        return ""
    inside = panel["in_force"].to_numpy().any(0)
    return " and ".join(dict.fromkeys(map(str, panel["treaty_coder"].to_numpy()[inside])))


def build_panel(
    spec: PanelSpec | Mapping[str, Any] | str | Path,
    data: str | Path | None = None,
    *,
    cache: bool = True,
    ledger_file: str | Path | None = None,
) -> Panel:
    """Build a panel from a spec.

    Parameters
    ----------
    spec : PanelSpec, mapping, or str
        A spec, a mapping of its keys, a TOML file, or the name of a source (``"bundled"``, ``"gannon-kent"``)
        for its defaults.
    data : path, optional
        The data folder. The bundled source needs none; it takes fact tables from there if they are there.
    cache : bool
        Whether a panel from official files may be taken from the cache and is kept there.
    ledger_file : path, optional
        Where the ledger is written if no row is left; beside the kept panels by default.

    Returns
    -------
    Panel
        A Dataset; see the module.

    Raises
    ------
    InputError
        A fault of the spec or of a file, in one line.
    """
    spec = panel_spec(spec)
    slow = spec.source == "official"
    kept = recall(spec, data) if slow and cache else None
    if kept is not None:
        check_panel(kept)
        return _panel(kept)
    ledger = Ledger()
    try:
        parts = _ingredients(spec, ledger, data)
        panel = assemble(spec, parts, ledger)
    except LedgerError as error:
        raise _with_ledger(error, ledger, ledger_file) from None
    check_panel(panel)
    if slow and cache:
        keep(panel, spec, data, parts.files)
    return _panel(panel)


def _with_ledger(error: LedgerError, ledger: Ledger, file: str | Path | None) -> InputError:
    """The same error, once the ledger so far is written and the error says where."""
    path = Path(file) if file is not None else cache_folder() / "ledger-without-panel.csv"
    try:
        with whole(path) as scratch:
            write_csv(ledger.as_frame(), scratch)
    except OSError as fault:
        where = f"the ledger could not be written to {path}: {fault.strerror}"
    else:
        where = f"see the ledger in {path}"
    return InputError(
        error.found, f"{error.expected}; {where}", file=error.file, row=error.row, column=error.column
    )


def _panel(dataset: xr.Dataset) -> Panel:
    return Panel(dataset.data_vars, dataset.coords, dataset.attrs)


def _ingredients(spec: PanelSpec, ledger: Ledger, data: str | Path | None) -> Any:
    # Each source loads the readers of its own files: a panel waits for those of its source alone.
    if spec.source == "bundled":
        from data.panels.bundled import bundled_ingredients

        return bundled_ingredients(spec, ledger, data)
    if spec.source == "gannon-kent":
        from data.panels.gannon_kent import gannon_kent_ingredients

        return gannon_kent_ingredients(spec, ledger, data)
    from data.panels.official import official_ingredients

    return official_ingredients(spec, ledger, data)


def check_panel(panel: xr.Dataset) -> None:
    """Refuse a Panel that breaks an invariant.

    Raises
    ------
    InputError
        Missing dim or variable, one of other dims, kind or unit than `data.assembly.schema` declares, a repeated
        state-year of an operation, negative troops, a share above one, a leader among the rows, an unknown state
        code, or an empty required value.
    """
    for dim in DIMS:
        if dim not in panel.dims:
            raise InputError(f"no dim {dim!r}", "the dims of a Panel")
    for name, declared in SCHEMA.items():
        if name not in panel:
            raise InputError("no such variable", "the variables of a Panel", column=name)
        held = panel[name]
        if held.dims != declared.dims or held.dtype.kind not in declared.kind + "iu":
            found, kind = f"{held.dtype} along {held.dims}", "real" if declared.kind == "f" else "whole"
            raise InputError(found, f"{kind} numbers along {declared.dims}", column=name)
        if (units := held.attrs.get("units", declared.units)) != declared.units:
            raise InputError(f"the unit {units!r}", repr(declared.units), column=name)
    if tuple(panel["provision"].to_numpy()) != PROVISIONS:
        raise InputError(
            str(list(panel["provision"].to_numpy())), f"the provisions {PROVISIONS}", column="provision"
        )
    keys = pd.DataFrame({k: panel[f"row_{k}"].to_numpy() for k in ("operation", "ccode", "year", "leader")})
    known = list(state_names())
    _refuse(
        panel,
        keys.duplicated(["operation", "ccode", "year"]).to_numpy(),
        "row",
        "one row for each state-year",
    )
    _refuse(panel, ~keys["ccode"].isin(known).to_numpy(), "row_ccode", "a Correlates of War code")
    _refuse(
        panel,
        (keys["ccode"] == keys["leader"]).to_numpy(),
        "row_ccode",
        "rows of other states than the leader",
    )
    for name in ROW_VARIABLES:
        if not SCHEMA[name].missing:
            _refuse(panel, ~np.isfinite(panel[name].to_numpy()), name, "a finite number in every row")
    _refuse(panel, panel["troops"].to_numpy() < 0, "troops", "zero or more persons")
    _refuse(panel, panel["share"].to_numpy() > 1, "share", "a share of at most 1")
    similarity = panel["similarity"].to_numpy()
    _refuse(panel, (similarity < 0) | (similarity > 1), "similarity", "a similarity on [0, 1]")
    _refuse(
        panel,
        ~np.isfinite(panel["controls"].to_numpy()).all(axis=1),
        "controls",
        "every control in every row",
    )


def _refuse(panel: xr.Dataset, bad: np.ndarray, column: str, expected: str) -> None:
    if bad.any():
        row = int(bad.argmax())
        at = panel.isel(row=row)
        key = f"{at['row_operation'].item()}, ccode {at['row_ccode'].item()}, {at['row_year'].item()}"
        found = str(at[column].to_numpy()) if column in at else "a second row"
        raise InputError(found, expected, row=key, column=column)


def save_panel(panel: xr.Dataset, path: str | Path) -> Path:
    """Write a Panel as NetCDF; `open_panel` returns it unchanged."""
    path = Path(path)
    save_netcdf(panel, path)
    return path


def open_panel(path: str | Path) -> Panel:
    """Read a Panel from NetCDF into memory, and check it."""
    if not Path(path).is_file():
        raise InputError("no such file", "a panel saved as NetCDF", file=path)
    with xr.open_dataset(path, engine="h5netcdf") as stored:
        panel = stored.load()
    check_panel(panel)
    return _panel(panel)


def panel_ledger(panel: xr.Dataset) -> pd.DataFrame:
    """Return a Panel's ledger: ``step, reason, rows, troops``."""
    return ledger_frame(panel.attrs["ledger"])


def panel_frame(panel: xr.Dataset) -> pd.DataFrame:
    """Return the rows as one table: keys, row variables and controls; for looking at, not for fitting."""
    keys = {k: panel[f"row_{k}"].to_numpy() for k in ("operation", "year", "ccode", "state", "leader")}
    values = {name: panel[name].to_numpy() for name in ROW_VARIABLES}
    controls = {str(n): panel["controls"].to_numpy()[:, i] for i, n in enumerate(panel["control"].to_numpy())}
    renamed = {k if k not in values else f"control {k}": v for k, v in controls.items()}
    return pd.DataFrame(keys | values | renamed)
