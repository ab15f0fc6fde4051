"""How PyTensor evaluates what is evaluated a few times only, where compiling would cost more."""

from __future__ import annotations

from pytensor.compile.mode import Mode

#: Python's own linker: what is evaluated a few times costs less than compiling it. Few rewrites, which may move the last
#: digit.
PLAIN = Mode(linker="py", optimizer="fast_compile")
#: The same on the graph as it was written, without rewrites that pay off only where it is called often.
ONCE = Mode(linker="py", optimizer="merge")
