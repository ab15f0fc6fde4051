"""A run whose posterior is given: its later stages are computed and kept as those of any run."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

from workflows.run.run import Run


def pretend_run(**about: Any) -> Any:
    """A run of which panel, posterior and what comes before are given as `about`, and their stages named alike."""
    key = SimpleNamespace(key="x", about={"content": "y"})
    before = ("panel", "measurement", "prior", "posterior", "effect", "gate")
    made = SimpleNamespace(
        _found=dict.fromkeys(before, key), sampling={}, has_treaties=True, data=None, **about
    )
    made.stage = partial(Run.stage, made)
    return made
