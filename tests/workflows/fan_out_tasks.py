"""Tasks that workers of the fan-out tests import."""

from __future__ import annotations

import gc
import os
import time
from unittest import mock

import numpy as np


def draw(task):
    """A random number that depends on the task's seed alone."""
    time.sleep(task.get("pause", 0.0))
    return {"value": float(np.random.default_rng(task["seed"]).random()), "worker": os.getpid()}


def divide(task):
    return {"value": 1 / task["by"]}


def die(task):
    """Kill the worker as the system does when memory is short."""
    from pathlib import Path

    marker = Path(task["marker"])
    if not marker.exists():
        marker.write_text("")
        os.kill(os.getpid(), 9)
    return {"value": task["seed"]}


def save(task):
    """Write NetCDF, as a rung of a bridge does."""
    from pathlib import Path

    import xarray as xr

    from data.common.disk import save_netcdf

    save_netcdf(xr.Dataset({"x": ("i", np.arange(3.0))}), Path(task["path"]))
    return {"value": Path(task["path"]).stat().st_size}


def begin(task):
    """How many functions a second process is begun for, and how often Python looks for cycles in this one."""
    from workflows.native import aside

    begun = []
    said = mock.patch.object(aside, "_begun", lambda functions, _: begun.extend(functions))
    with said, aside.compiling([task["task"]]):
        pass
    return {"value": len(begun), "collects": list(gc.get_threshold())}
