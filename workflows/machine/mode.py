"""The mode that what pays for it is compiled in."""

from __future__ import annotations

from pytensor.compile.mode import Mode, get_mode

from workflows.machine import blocks, elementary
from workflows.machine.compiling import LEFT_OUT


def machine_code() -> Mode:
    """Numba's, with idle rewriting left out, functions of several numbers at once, and long vectors block by block."""
    return get_mode("NUMBA").excluding(*LEFT_OUT).register(*elementary.REWRITES, blocks.REWRITE)


def version() -> tuple[object, ...]:
    """Everything that machine code follows from beside its graph and PyTensor's own version."""
    return elementary.VERSION, blocks.VERSION, blocks.BLOCK, blocks.LONG, LEFT_OUT
