"""How far the sources reach, the variables, the ledger of rows and the files read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.common.text import read_csv
from workflows.pages.blocks import table
from workflows.pages.sections._section import Section

if TYPE_CHECKING:
    import xarray as xr

    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
    """How far the sources reach, the variables, the ledger of rows and the files read."""
    from data.panel import panel_ledger

    ledger = panel_ledger(run.panel)
    sources = pd.DataFrame(json.loads(run.panel.attrs["provenance"]))
    sources["sha256"] = sources["sha256"].str[:16]
    folder = run.stage("panel").folder
    return [
        table(
            "Last year of each source in this panel",
            read_csv(folder / "reach.csv"),
            ("variable", "file: Source", "first_year", "last_year", "asked_until"),
            "panel/reach.csv",
        ),
        table(
            "Variables of this panel",
            variables(run.panel),
            ("variable", "unit", "meaning", "source"),
            "panel/panel.nc",
        ),
        table(
            "Ledger: rows in, left out by reason, kept",
            ledger,
            ("step: Step", "reason", "rows", "troops"),
            "panel/ledger.csv",
        ),
        table(
            "Files read",
            sources,
            ("file", "source", "version", "sha256: SHA-256 (first 16)"),
            "panel/panel.nc",
        ),
    ]


def variables(panel: xr.Dataset) -> pd.DataFrame:
    """The codebook of a panel, ``variable, unit, meaning, source``: one line a variable and control."""
    controls = json.loads(panel["controls"].attrs.get("words", "{}"))
    words = {str(name): panel[name].attrs for name in panel.data_vars if name != "controls"} | controls
    rows = [(n, w.get("units", ""), w.get("long_name", ""), w.get("source", "")) for n, w in words.items()]
    return pd.DataFrame(rows, columns=["variable", "unit", "meaning", "source"])


SECTION = Section(150, "Data: every row accounted for", blocks, stages=("panel",), open=False)
