"""Facts that travel with the code, in `data/bundled/`: contributions, capabilities, published results, borders."""

from pathlib import Path

BUNDLED = (Path(__file__).parent / "../bundled").resolve()
