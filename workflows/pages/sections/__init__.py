"""Sections of a run's page, one file each, in the order of their places.

A section's file holds ``SECTION``, a `Section` that says where it stands, which stages it reads and what it shows.
Sections are found in the folder; a name that begins with an underscore is none. What loads PyMC or Matplotlib is
imported within a function, so that a run which finds its page on disk answers at once.
"""

from __future__ import annotations

from data.common.found import part, parts
from workflows.pages.sections._section import Section

__all__ = ["Section", "stages", "whole"]


def whole() -> dict[str, Section]:
    """All sections by name, in the order of the page."""
    found = {name: part(__name__, __path__, name, "SECTION") for name in parts(__path__)}
    return dict(sorted(found.items(), key=lambda one: one[1].place))


def stages() -> tuple[str, ...]:
    """The stages that the page reads, each once."""
    return tuple(dict.fromkeys(stage for section in whole().values() for stage in section.stages))
