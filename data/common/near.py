"""Names near a mistaken one, for the line that refuses it: the same rule for columns, keys, codes and models."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

# Below this share of common letters a suggestion misleads more than it helps.
LIKE = 0.7
SHORTEST_PART = 3  # letters of which one name may be a part of the other


def near(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The known names that a mistaken one may have meant, the nearest first; none where none is near.

    Near are names that differ in case and punctuation alone, names of which one is a part of the other (of at
    least three letters), and names that share most of their letters.

    Parameters
    ----------
    name : str
        The name as found.
    known : iterable of str
        The names that would have been right.
    most : int
        How many are given at most.
    """
    names = list(dict.fromkeys(str(one) for one in known))
    wanted = _plain(name)
    scores = {one: _likeness(wanted, _plain(one)) for one in names}
    found = sorted((one for one in names if scores[one] >= LIKE), key=lambda one: -scores[one])
    return found[:most]


def one_of(name: str, known: Iterable[str], what: str = "one of") -> str:
    """What is expected instead of a mistaken name: all that is known, the nearest of them first.

    Parameters
    ----------
    what : str
        Words before the list.
    """
    names = list(dict.fromkeys(str(one) for one in known))
    if not names:
        return f"{what} none"
    close = near(name, names)
    rest = [one for one in names if one not in close]
    if not close:
        return f"{what} {', '.join(names)}"
    also = f" (of {', '.join([*close, *rest])})" if rest else ""
    return f"{' or '.join(repr(one) for one in close)}{also}"


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", str(name).casefold())


def _likeness(wanted: str, known: str) -> float:
    if wanted == known:
        return 1.0
    short, long = sorted((wanted, known), key=len)
    shared = difflib.SequenceMatcher(None, wanted, known).ratio()
    if len(short) >= SHORTEST_PART and short in long:
        return max(shared, 0.9)
    return shared
