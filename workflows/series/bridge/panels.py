"""The panels that a bridge is about, as they are kept: this module is the key of their stages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from data.common.text import write_csv
from data.panel import build_panel, open_panel, panel_ledger, save_panel
from data.pool import keep_operations, pool_panels
from workflows.run.digests import facts_of
from workflows.series.bridge.embedded_panel import embedded_panel

if TYPE_CHECKING:
    from workflows.spec.bridge import BridgeSpec
    from workflows.spec.run import RunSpec


def keep(panel: xr.Dataset, folder: Path) -> dict[str, Any]:
    """Write ``panel.nc`` and ``ledger.csv``; what a run asks of its panel."""
    save_panel(panel, folder / "panel.nc")
    write_csv(panel_ledger(panel), folder / "ledger.csv")
    return facts_of(panel)


def reference_panel(spec: RunSpec, settings: BridgeSpec, data: Path | None) -> xr.Dataset:
    """The panel that all rungs but those with more operations are about."""
    return keep_operations(build_panel(spec.panel, data), settings.operations or spec.panel.operations)


def pooled_panel(spec: RunSpec, settings: BridgeSpec, data: Path | None) -> xr.Dataset:
    """The same panel with the operations that are added."""
    panels = [build_panel(panel, data) for panel in (spec.panel, *settings.pooled)]
    return pool_panels(panels) if len(panels) > 1 else panels[0]


def keep_embedded(source: Path, data: Path, folder: Path) -> dict[str, Any]:
    """Keep the panel of a file with embeddedness and the record of peacekeeping."""
    return keep(embedded_panel(open_panel(source), data), folder)
