"""Numbers in a caption, so that each can be looked for in its table."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?<![\w.])[-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\w)|(?<![\w.,])[-−]?\d+(?:\.\d+)?(?!\w)")


def numbers_in(text: str) -> list[tuple[float, int]]:
    """Return every number written in a caption, in order, as (value, decimals printed).

    Separators and the minus sign are understood; a span such as 2001-2014 gives both years; digits
    inside a word (``eti_95``) are not numbers.
    """
    found = _NUMBER.findall(re.sub(r"(?<=\d)[-–](?=\d)", " ", text))
    plain_text = [token.replace(",", "").replace("−", "-") for token in found]
    return [(float(token), len(token.partition(".")[2])) for token in plain_text]
