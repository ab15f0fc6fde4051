"""The nine depth provisions of Benson & Clinton (2016), from ATOP and from their own file.

The mapping follows the ATOP 5.1 codebook (Leeds, Ritter, Mitchell & Long 2002 and later releases) and is
tested on the 509 treaties that stand in both files. Per provision: ATOP item, what its values mean, and what
becomes of them.

======================  ===========  =====================================================================
provision               ATOP item    coding
======================  ===========  =====================================================================
military_contact        milcon       1 where 2 (contact of the armed services in peacetime too); else 0, so
                                     also where contact is for wartime only (1) or absorbed by a policy (3)
common_defence_policy   milcon       1 where 3 (a common defence policy)
integrated_command      intcom       0/1, in peace as in war
military_aid            milaid       a kind: 0 none, 1 general, 2 grants or loans, 3 training or technology,
                                     4 both; binary: any
bases                   base         a kind: 0 none, 1 joint on neutral ground, 2 mutual, 3 one-sided;
                                     binary: any
specific_contributions  contrib      0/1, contributions or cost shares are spelt out
organisation            organ1       a degree: 0 none, 1 regular meetings, 2 named organisation, 3 permanent
                                     bureaucracy
economic_aid            ecaid        1 where any (general, recovery, trade concessions)
secrecy                 pubsecr      1 where 2 (the whole treaty is to be concealed); secret articles in a
                                     public treaty (1) count 0, as in the published data
======================  ===========  =====================================================================

`compag` is companion agreements and none of the nine. An item is missing where ATOP has not seen the
document. ATOP's file by treaty gives a renegotiated treaty (47 of them) the highest code of any of its
phases; the file by phase says what stood when. So Iraq's agreement of 2008 still carries military aid there
after its lapse in 2011, and the Manila pact the organisation dissolved in 1977: ask for phases where that
matters.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.tables.reading import official

PROVISIONS = (
    "military_contact",
    "common_defence_policy",
    "integrated_command",
    "military_aid",
    "bases",
    "specific_contributions",
    "organisation",
    "economic_aid",
    "secrecy",
)
"""The nine, in the order used everywhere."""

KINDS = ("military_aid", "bases")
"""Provisions whose codes name kinds, not degrees: binary unless the published coding is asked for."""

CODER = "ATOP"
"""How the name of a coder begins whose codes are ATOP's; the release follows."""

Coding = Literal["binary", "published"]


def is_atop(coders: pd.Series) -> pd.Series:
    """Tell which treaties' coders are ATOP, of any release: `models.item_priors` knows the items as ATOP codes them."""
    return coders.astype(str).str.startswith(CODER)


CATEGORIES: dict[str, dict[str, int]] = {
    "binary": dict.fromkeys(PROVISIONS, 2) | {"organisation": 4},
    "published": dict.fromkeys(PROVISIONS, 2) | {"organisation": 4, "military_aid": 5, "bases": 4},
}
"""Number of categories K of each provision under each coding; values are 0..K-1."""

_ITEMS = ["milcon", "intcom", "milaid", "base", "contrib", "organ1", "ecaid", "pubsecr"]
_OBLIGATIONS = ("defense", "offense", "neutral", "consul")


def atop(
    folder: str | Path,
    version: str = "5.1",
    *,
    coding: Coding = "binary",
    nonaggression_only: bool = False,
    unit: Literal["alliance", "phase"] = "alliance",
) -> pd.DataFrame:
    """Provisions of every ATOP treaty.

    Parameters
    ----------
    folder : path
        The data folder; holds ``atop_v5/atop5_1a.csv`` (or ``atop_v4/atop4_01a.csv``).
    version : {"5.1", "4.01"}
        Release of ATOP.
    coding : {"binary", "published"}
        ``"binary"`` codes military aid and bases as any or none; ``"published"`` keeps their kinds.
    nonaggression_only : bool
        Keep pacts whose only obligation is nonaggression. Left out by default, as in the ``_NNA`` files.
    unit : {"alliance", "phase"}
        One row per treaty, or per phase of a treaty that was renegotiated (5.1 only).

    Returns
    -------
    DataFrame
        ``atopid`` (int; ATOP's phase number where `unit` is ``"phase"``, float) and the nine provisions
        (float64, codes 0..K-1 of `CATEGORIES`, NaN missing), in the file's order.
    """
    name = "atopid" if unit == "alliance" else "atopidphase"
    items = [name, *_ITEMS, *_OBLIGATIONS, "nonagg"]
    raw = official(folder, f"atop.{unit}", version)[items].astype(float)
    if not nonaggression_only:
        # A treaty goes or stays whole, as in ATOP: also a phase that promises less than others did.
        whole = raw.groupby(np.floor(raw[name]))[[*_OBLIGATIONS, "nonagg"]].transform("max")
        raw = raw[~is_nonaggression_only(whole)].reset_index(drop=True)
    return from_atop_items(raw.rename(columns={name: "atopid"}), coding)


def is_nonaggression_only(treaties: pd.DataFrame) -> pd.Series:
    """Tell which treaties promise nothing but not to attack: the ones the ``_NNA`` files leave out."""
    other = treaties[list(_OBLIGATIONS)].fillna(0).max(axis=1)
    return (treaties["nonagg"] == 1) & (other == 0)


def from_atop_items(items: pd.DataFrame, coding: Coding = "binary") -> pd.DataFrame:
    """Apply the mapping of the module's table to ATOP items.

    Parameters
    ----------
    items : DataFrame
        ``atopid`` and the ATOP items, float64, NaN missing.
    coding : {"binary", "published"}
        See `atop`.

    Returns
    -------
    DataFrame
        ``atopid`` and the nine provisions.
    """
    table = pd.DataFrame(
        {
            "atopid": items["atopid"],
            "military_contact": _flag(items["milcon"], items["milcon"] == 2),
            "common_defence_policy": _flag(items["milcon"], items["milcon"] == 3),
            "integrated_command": items["intcom"],
            "military_aid": items["milaid"],
            "bases": items["base"],
            "specific_contributions": items["contrib"],
            "organisation": items["organ1"],
            "economic_aid": _flag(items["ecaid"], items["ecaid"] > 0),
            "secrecy": _flag(items["pubsecr"], items["pubsecr"] == 2),
        }
    )
    return _finish(table, coding)


def benson_clinton(folder: str | Path, *, coding: Coding = "binary", rows: str = "") -> pd.DataFrame:
    """Provisions as Benson & Clinton used them: 514 treaties, ``BensonClintonMainNonAggression.dta``.

    Five treaties carry a fraction in `milcontact` (a mean over wartime codings). ``"published"`` keeps the
    fraction; ``"binary"`` codes contact, as ATOP does for the five (its `milcon` is 2 for each). With rows
    ``"complete"``, the 492 treaties without a gap in any column of the file.

    Returns
    -------
    DataFrame
        ``atopid`` and the nine provisions, as from `atop`.
    """
    columns = {
        "milcontact": "military_contact",
        "commondef": "common_defence_policy",
        "intcom": "integrated_command",
        "milaid": "military_aid",
        "base": "bases",
        "contrib": "specific_contributions",
        "organ1": "organisation",
        "ecaid": "economic_aid",
        "secrecy": "secrecy",
    }
    raw = official(folder, "benson_clinton.main", "", rows)
    table = raw.rename(columns=columns)[["atopid", *columns.values()]].astype(float)
    if coding == "binary":
        table["military_contact"] = _flag(table["military_contact"], table["military_contact"] > 0)
    return _finish(table, coding)


def coded(table: pd.DataFrame, coding: Coding) -> pd.DataFrame:
    """Provisions, a treaty a line, with the kinds among them as any or none, where the coding is ``"binary"``."""
    kinds = KINDS if coding == "binary" else ()
    return table.assign(**{name: _flag(table[name], table[name] > 0) for name in kinds})


def _flag(known: pd.Series, true: pd.Series) -> pd.Series:
    """1.0 where true, 0.0 where not, NaN where `known` is missing."""
    return true.astype(float).where(known.notna())


def _finish(table: pd.DataFrame, coding: Coding) -> pd.DataFrame:
    if coding not in CATEGORIES:
        raise InputError(repr(coding), "coding 'binary' or 'published'", column="coding")
    table = coded(table, coding)
    whole = np.equal(np.mod(table["atopid"], 1), 0).all()
    table["atopid"] = table["atopid"].astype(int) if whole else table["atopid"].round(4)
    return table[["atopid", *PROVISIONS]].reset_index(drop=True)
