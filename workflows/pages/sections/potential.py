"""Who has how much potential, and what is predicted from it."""

from __future__ import annotations

from functools import partial

from workflows.pages.blocks import figures
from workflows.pages.sections._section import Section

SECTION = Section(50, "Unrealized potential", partial(figures, section="potential"), stages=("figures",))
