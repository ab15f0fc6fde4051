"""Checks of an installation: versions, compilers, a tiny sample, hidden packages, the data folder."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from workflows import shadowed

DISTRIBUTION = "coalition-workbench"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    check : str
    state : {"good", "note", "bad"}
        A note limits what can be done; only "bad" means that the installation is broken.
    found : str
    advice : str
        What to do; empty where all is well.
    """

    check: str
    state: Literal["good", "note", "bad"]
    found: str
    advice: str = ""


def examine(data: Path | None = None) -> Iterator[Finding]:
    """Yield the findings one by one; a check that breaks is a finding, too."""
    checks: list[tuple[str, Callable[[], Finding]]] = [
        ("python", _python),
        ("packages", _packages),
        ("hidden packages", _hidden),
        ("C++ compiler", _compiler),
        ("tiny sample", _tiny_sample),
        ("bundled data", _bundled),
        ("data folder", lambda: _data(data)),
        ("machine", _machine),
    ]
    for name, check in checks:
        try:
            yield check()
        except Exception as error:
            yield Finding(name, "bad", f"{type(error).__name__}: {str(error).splitlines()[0]}", "reinstall")


def _python() -> Finding:
    found = f"{platform.python_version()} at {sys.executable}"
    return Finding("python", "good", found)


def _packages() -> Finding:
    from packaging.requirements import Requirement

    wrong = []
    needs = [Requirement(text) for text in requires(DISTRIBUTION) or []]
    for need in needs:
        if need.marker is not None and not need.marker.evaluate():
            continue
        try:
            have = version(need.name)
        except PackageNotFoundError:
            wrong.append(f"{need.name} is missing")
            continue
        if not need.specifier.contains(have, prereleases=True):
            wrong.append(f"{need.name} {have}, needs {need.specifier}")
    if wrong:
        return Finding("packages", "bad", "; ".join(wrong), f"install {DISTRIBUTION} again")
    main = ", ".join(f"{name} {version(name)}" for name in ("pymc", "nutpie", "arviz", "xarray", "pandas"))
    return Finding("packages", "good", f"{len(needs)} as required; {main}")


def _hidden() -> Finding:
    line = shadowed()
    if line:
        return Finding("hidden packages", "bad", line, "rename the file or start from another folder")
    return Finding("hidden packages", "good", "data, models and figures are the project's own")


def _compiler() -> Finding:
    cxx = next(filter(None, map(shutil.which, ("g++", "clang++", "c++"))), None)
    if cxx is None:
        advice = "not needed for nutpie and numpyro; the sampler 'pymc' is slow without one"
        return Finding("C++ compiler", "note", "none", advice)
    return Finding("C++ compiler", "good", cxx)


def _tiny_sample() -> Finding:
    import numpy as np
    import pymc as pm

    from workflows.sampling.program import Program
    from workflows.spec.run import SamplingSpec

    started = time.perf_counter()
    with pm.Model() as model:
        mean = pm.Normal("mean")
        pm.Normal("seen", mean, 1.0, observed=np.full(100, 3.0))
    tree = Program(model).sample(SamplingSpec(chains=1, tune=200, draws=200), seed=1)
    middle = float(tree["posterior"]["mean"].mean())
    found = f"posterior mean {middle:.2f} (2.97 expected), {time.perf_counter() - started:.1f} s"
    if abs(middle - 300 / 101) > 0.1:
        return Finding(
            "tiny sample", "bad", found, "the sampler gives wrong numbers: reinstall nutpie and numba"
        )
    return Finding("tiny sample", "good", found)


def _bundled() -> Finding:
    from data.panel import build_panel

    return Finding("bundled data", "good", f"a panel of {build_panel('bundled').sizes['row']:,} rows")


def _data(data: Path | None) -> Finding:
    from data.sources.check import check_folder
    from data.sources.fetch import data_folder

    folder = data_folder(data)
    if not folder.is_dir():
        advice = "not needed for the bundled spec; `coalition data fetch`, or name one with --data"
        return Finding("data folder", "note", f"none at {folder}", advice)
    states = [item.state for item in check_folder(folder)]
    registered = [state for state in states if state != "unknown"]
    missing = registered.count("missing")
    tally = f"{folder}: {len(registered) - missing} of {len(registered)} registered files are there"
    if altered := states.count("altered"):
        found = f"{tally}, {altered} of them altered"
        return Finding("data folder", "bad", found, "`coalition data check` names the files")
    if missing:
        advice = "each spec needs but a few of them: `coalition data check` says what the folder allows"
        return Finding("data folder", "note", tally, advice)
    return Finding("data folder", "good", tally)


def _machine() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    found = f"{os.cpu_count()} cores, {free:.0f} GB free here, {platform.platform()}"
    if free < 1:
        return Finding("machine", "note", found, "a run needs about 0.2 GB")
    return Finding("machine", "good", found)
