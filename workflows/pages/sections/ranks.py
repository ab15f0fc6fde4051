"""Ranks of contributors."""

from __future__ import annotations

from functools import partial

from workflows.pages.blocks import figures
from workflows.pages.sections._section import Section

SECTION = Section(60, "Who contributed", partial(figures, section="ranks"), stages=("figures",))
