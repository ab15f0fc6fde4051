"""Names of models, operations and treaties as names of files and identifiers."""

from __future__ import annotations

import re


def slug(name: str) -> str:
    """Lower case, with one underscore for whatever is no letter or digit: ``Iraq (MNF-I)`` is ``iraq_mnf_i``."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")
