"""Samplers of a model, one file each, chosen by name in the spec.

A sampler's file holds ``SAMPLER``, a `Sampler` that says everything about it. It knows PyMC models and nothing of
states, treaties or operations. Samplers are found in the folder; a name that begins with an underscore is none. What
loads PyMC, JAX or Numba is imported where it is used, so that a spec which names a sampler is read at once.
"""

from __future__ import annotations

from data.common.found import part, parts
from workflows.samplers._sampler import Asked, Point, Progress, Sampler

__all__ = ["Asked", "Point", "Progress", "Sampler", "get", "names"]


def names() -> tuple[str, ...]:
    """Names of all samplers, in order."""
    return parts(__path__)


def get(name: str) -> Sampler:
    """Return the sampler called `name`.

    Raises
    ------
    ValueError
        If there is no such sampler, with the known names.
    """
    return part(__name__, __path__, name, "SAMPLER")
