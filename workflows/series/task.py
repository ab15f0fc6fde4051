"""What the tasks of one series have in common, by which it is known, and what a process makes of that once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import xarray as xr

from data.assembly.spec import PanelSpec
from data.panel import build_panel
from workflows.run.digests import folder_digest, own_code
from workflows.spec.run import RunSpec
from workflows.store.source import code_digest
from workflows.store.store import digest, versions

_made: dict[str, Any] = {}


def series(spec: RunSpec, data: Path | None, code: tuple[str, ...], **own: Any) -> dict[str, Any]:
    """What every task of a series holds; its `series` stands for all but the place of the data.

    Parameters
    ----------
    spec : RunSpec
    data : Path or None
        Folder of research data, whose files count.
    code : tuple of str
        Modules whose code counts.
    **own
        JSON-like values that the results depend on.
    """
    task = {"panel": spec.panel.model_dump_json(), "model": spec.model.model_dump(mode="json"), **own}
    counted = [task, folder_digest(data, spec.panel), own_code(spec.model), code_digest(*code), versions()]
    return {**task, "data": str(data) if data else None, "series": digest(counted)[:12]}


@lru_cache(maxsize=6)
def panel_of(spec: str, data: str | None, contents: str) -> xr.Dataset:  # noqa: ARG001 (kept by it)
    """The panel of a spec in JSON; a process keeps the last six.

    `contents` is a digest of the files that it is made from: a process may live longer than these stay as they are.
    """
    return build_panel(PanelSpec.model_validate_json(spec), Path(data) if data else None)


def once[T](task: Mapping[str, Any], make: Callable[[Mapping[str, Any]], T]) -> T:
    """What `make` makes of a task, which this process keeps until it sees another series: a program is compiled once."""
    key = task["series"]
    if key not in _made:
        made = make(task)
        _made.clear()
        _made[key] = made
    return _made[key]
