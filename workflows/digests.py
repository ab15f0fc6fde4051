"""Digests of what a run reads: a data folder, a dataset."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import xarray as xr

from workflows.store import digest, file_digest


def folder_digest(folder: Path | None) -> str:
    """SHA-256 over names and contents of all files of a data folder; of nothing where there is none."""
    files = {}
    if folder is not None:
        found = sorted(p for p in folder.rglob("*") if p.is_file())
        files = {p.relative_to(folder).as_posix(): file_digest(p) for p in found}
    return digest(files)


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
