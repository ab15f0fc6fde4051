"""Names of models, operations and treaties as names of files and identifiers."""

from __future__ import annotations

import hashlib
import re

LONGEST = 80
"""Bytes of a name, so that what stands before and behind it fits into the 255 of a file's name."""


def slug(name: str) -> str:
    """Lower case, with one underscore for whatever is no letter or digit: ``Iraq (MNF-I)`` is ``iraq_mnf_i``.

    A name of which nothing would be left, or too much, ends in a digest of its own.
    """
    plain = re.sub(r"[\W_]+", "_", name.lower()).strip("_")
    if 0 < len(plain.encode()) <= LONGEST:
        return plain
    kept = plain.encode()[: LONGEST - 9].decode(errors="ignore")
    return f"{kept}_{hashlib.sha256(name.encode()).hexdigest()[:8]}".strip("_")
