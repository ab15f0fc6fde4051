"""Effects by operation."""

from __future__ import annotations

from functools import partial

from workflows.pages.blocks import figures
from workflows.pages.sections._section import Section

SECTION = Section(40, "Each operation", partial(figures, section="operations"), stages=("figures",))
