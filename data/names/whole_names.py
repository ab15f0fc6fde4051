"""A printed name as a whole: what two spellings have in common, and the readings that one printed name has.

Only whole names are compared. A pattern searched for inside a name takes "Total without Poland" for Poland, and
"Yemen, South" for Yemen.
"""

from __future__ import annotations

import re
import unicodedata

_SHORT = {
    "st": "saint",
    "ste": "saint",
    "rep": "republic",
    "dem": "democratic",
    "fed": "federal",
    "sts": "states",
    "is": "islands",
}
_SILENT = frozenset({"the", "of"})
_STRANGE = re.compile(r"[^\w\s,.'’`´\"()\[\]/&*†‡:;\u2010-\u2015\u00a0\u202f\u0080-\u009f-]|_")
_BEHIND = re.compile(r"([^,()\[\]]+?)\s*(?:,|\(|\[)\s*([^,()\[\]]+?)[)\]]?")
_BESIDE = re.compile(r"([^/()\[\]]+?)\s*(?:/|\(|\[)\s*([^/()\[\]]+?)[)\]]?")


def fold(name: str) -> str:
    """What spellings of one name share: letters without marks, no ``the`` and ``of``, words in full."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"['’`´]", "", plain.replace("&", " and "))
    plain = re.sub(r"[/;]", " or ", plain)  # "China/Taiwan" is not the China of Taiwan
    plain = re.sub(r"\b([a-z])\.\s?(?=[a-z]\b)", r"\1", plain)  # U.S.A. is usa
    words = (_SHORT.get(word, word) for word in re.findall(r"[a-z0-9]+", plain))
    return " ".join(word for word in words if word not in _SILENT)


def readings(name: str) -> list[str]:
    """The folded whole names that a printed one may stand for, the printed order first.

    A part behind a comma or in brackets belongs to the name and may stand in front: "Yemen, South" is
    "South Yemen", "Korea (Republic of)" is "Republic of Korea". Nothing is cut off. A sign that names do not
    have ("?", "+") leaves no reading.
    """
    if _STRANGE.search(name):
        return []
    turned = _BEHIND.fullmatch(name.strip())
    return [fold(name)] + ([fold(f"{turned[2]} {turned[1]}")] if turned else [])


def two_names(name: str) -> tuple[str, str] | None:
    """The two names of "Burma/Myanmar" or "Eswatini (Swaziland)"; None where a name has no such parts."""
    parts = None if _STRANGE.search(name) else _BESIDE.fullmatch(name.strip())
    return (fold(parts[1]), fold(parts[2])) if parts else None
