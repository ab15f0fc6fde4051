"""Names of models, operations and treaties as names of files and identifiers."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

LONGEST = 80
"""Bytes of a name, so that what stands before and behind it fits into the 255 of a file's name."""


def slug(name: str) -> str:
    """Lower case, with one underscore for whatever is no letter or digit: ``Iraq (MNF-I)`` is ``iraq_mnf_i``.

    A name of which nothing would be left, or too much, ends in a digest of its own.
    """
    plain = re.sub(r"[\W_]+", "_", name.lower()).strip("_")
    if 0 < len(plain.encode()) <= LONGEST:
        return plain
    return _marked(plain, name)


def slugs(names: Iterable[str]) -> dict[str, str]:
    """`slug` of each name, distinct for distinct names.

    Where several names have one slug (``Mali 1`` and ``Mali-1``), each of them ends in a digest of its own, so that
    none depends on the order of the names.
    """
    plain = {name: slug(name) for name in names}
    shared = Counter(plain.values())
    return {name: one if shared[one] == 1 else _marked(one, name) for name, one in plain.items()}


def _marked(plain: str, name: str) -> str:
    kept = plain.encode()[: LONGEST - 9].decode(errors="ignore")
    return f"{kept}_{hashlib.sha256(name.encode()).hexdigest()[:8]}".strip("_")
