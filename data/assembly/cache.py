"""Panels kept on disk, for as long as every file, the spec and the code that made them stay the same."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import xarray as xr
from platformdirs import user_cache_path

from data.assembly.spec import PanelSpec
from data.common.disk import own_file, own_folder, save_netcdf, write
from data.common.errors import InputError
from data.sources.verify import digest

HERE = Path(__file__).resolve().parents[1]
"""All of `data`."""
_CODE = ("**/*.py", "**/*.toml", "**/*.csv")


def cache_folder() -> Path:
    """Where panels are kept: the user's cache, or ``$COALITION_CACHE``."""
    named = os.environ.get("COALITION_CACHE")
    return Path(named) if named else user_cache_path("coalition-workbench") / "panels"


def recall(spec: PanelSpec, data: str | Path | None) -> xr.Dataset | None:
    """Return the panel of a spec if nothing that it was made of has changed, else None."""
    target = _target(spec, data)
    listed = target.with_suffix(".json")
    try:
        if not (own_folder(target.parent) and own_file(target) and own_file(listed)):
            return None
        files = json.loads(listed.read_text(encoding="utf-8"))
        if files.pop("") != digest(target) or any(digest(path) != known for path, known in files.items()):
            return None
        with xr.open_dataset(target, engine="h5netcdf") as stored:
            return stored.load()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError):
        return None  # the cache only saves time


def keep(panel: xr.Dataset, spec: PanelSpec, data: str | Path | None, files: Iterable[Path]) -> None:
    """Keep a panel with the digests of the files that it was made of, if the cache can be written."""
    target = _target(spec, data)
    try:
        if own_folder(target.parent):
            save_netcdf(panel, target)
            # Under no name: the digest of the panel itself, so that a damaged one is noticed.
            known = {"": digest(target)} | {str(path): digest(path) for path in files}
            write(target.with_suffix(".json"), json.dumps(known))
    except OSError:
        return


def _target(spec: PanelSpec, data: str | Path | None) -> Path:
    place = str(Path(data).resolve()) if data is not None else ""
    key = "\n".join([spec.model_dump_json(), place, _code()])
    return cache_folder() / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.nc"


@lru_cache(maxsize=1)
def _code() -> str:
    """Digest of this package's own code and tables."""
    sha = hashlib.sha256()
    for pattern in _CODE:
        for path in sorted(HERE.glob(pattern)):
            sha.update(path.name.encode())
            sha.update(path.read_bytes())
    return sha.hexdigest()
