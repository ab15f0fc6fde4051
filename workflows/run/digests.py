"""Digests of what a run reads: a data folder, a dataset."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data.assembly.spec import OWN_FILES, PanelSpec
from data.facts.bundled import TABLES
from data.sources.registry import registry
from models.spec import ModelSpec
from workflows.published.study import load_study
from workflows.store.source import code_digest
from workflows.store.store import digest, file_digest

if TYPE_CHECKING:
    import xarray as xr


def folder_digest(folder: Path | None, *panels: PanelSpec) -> str:
    """SHA-256 over names and contents of a data folder's files, and of the user's own files of panels.

    Only files that a reader knows by name are read. One that cannot be read counts as such: whether that matters is
    for the reader to say that needs it.
    """
    files = {}
    if folder is not None:
        known = names_read()
        found = sorted(p for p in folder.rglob("*") if p.name in known and p.is_file())
        files = {p.relative_to(folder).as_posix(): _content(p) for p in found}
    own = {name for panel in panels for key in OWN_FILES if (name := getattr(panel, key)) is not None}
    contents = {name: file_digest(Path(name)) for name in sorted(own) if Path(name).is_file()}
    return digest([files, contents] if contents else files)


def own_code(model: ModelSpec) -> str | None:
    """SHA-256 of the source of a likelihood of one's own; None for one of `models.likelihoods`."""
    module, _, entry = model.contribution.likelihood.partition(":")
    return code_digest(module) if entry else None


def study_digest(study: str | None, folder: Path | None) -> str:
    """SHA-256 of a study's own files: its TOML, its printed table and the rows that it has in a data folder."""
    if study is None:
        return ""
    declared = load_study(study)
    rows = folder / declared.sample.file if folder is not None and declared.sample.file else None
    printed = declared.folder / declared.printed.file if declared.printed.file else None
    files = [path for path in (Path(study), rows, printed) if path is not None and path.is_file()]
    return digest([(path.name, _content(path)) for path in files])


@cache
def names_read() -> frozenset[str]:
    """Names of the files that readers of a data folder know."""
    registered = (file.path for entry in registry().values() for file in entry.files)
    return frozenset(Path(path).name for path in registered) | {f"{name}.csv" for name in TABLES}


def _content(path: Path) -> str:
    try:
        return file_digest(path)
    except OSError as error:
        return f"unreadable: {error.strerror}"


def facts_of(panel: xr.Dataset) -> dict[str, Any]:
    """What a run asks of its panel before it reads it: digest, whether a treaty binds a row, number of operations."""
    bound = bool(panel["in_force"].any())
    return {"content": dataset_digest(panel), "bound": bound, "operations": panel.sizes["operation"]}


def dataset_digest(dataset: xr.Dataset) -> str:
    """SHA-256 of a dataset's names, dims, values and attributes."""
    state = hashlib.sha256(digest({k: str(v) for k, v in dataset.attrs.items()}).encode())
    for name in sorted(map(str, dataset.variables)):
        variable = dataset[name]
        values = np.asarray(variable.values)
        raw = (
            values.tobytes() if values.dtype.kind in "biuf" else digest(values.astype(str).tolist()).encode()
        )
        state.update(f"{name}{variable.dims}{values.shape}{values.dtype.kind}".encode() + raw)
    return state.hexdigest()
