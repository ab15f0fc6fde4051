"""What a spec asks of a panel that the panel cannot give, refused before anything is compiled."""

from __future__ import annotations

import numpy as np
import xarray as xr

from data.common.errors import InputError
from data.panel import is_atop
from models.spec import ModelSpec


def refuse_misfit(panel: xr.Dataset, spec: ModelSpec) -> None:
    """Refuse a rule or parameters of depth that the panel's treaties do not carry.

    Parameters
    ----------
    panel : Dataset
    spec : ModelSpec

    Raises
    ------
    InputError
        Where `aggregate` is ``"latest"`` and the years in which treaties entered into force are not known, or
        `items` is ``"known"`` and somebody else than ATOP coded the provisions: what is known of the items is
        known of ATOP's codes, and who looks at practice finds provisions that the text does not have.
    """
    if spec.depth.aggregate == "latest":
        lack = np.ones(panel.sizes["treaty"], bool)
        if "treaty_year" in panel:
            lack = ~np.isfinite(panel["treaty_year"].values.astype(float))
        lack &= panel["in_force"].values.any(0)
        if lack.any() or "treaty_year" not in panel:
            which = f" of {panel['treaty'].values[lack][0]}" if "treaty_year" in panel else ""
            raise InputError(
                f"'latest' on a panel without the year of entry into force (treaty_year){which}",
                "'deepest' or 'sum', or a panel with that year for every treaty that binds",
                column="model.depth.aggregate",
            )
    if spec.depth.items == "known" and "treaty_coder" in panel.coords:
        coders = panel["treaty_coder"].to_series()
        others = coders[~is_atop(coders)]
        if len(others):
            raise InputError(
                f"'known' for provisions coded by {others.iloc[0]!r} ({others.index[0]})",
                "'learned', or provisions as ATOP codes them, from which the known items come",
                column="model.depth.items",
            )
