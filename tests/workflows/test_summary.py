"""Draws in few numbers."""

from __future__ import annotations

import numpy as np
import xarray as xr

from workflows.draws.summary import scalars, summarise


def test_a_variable_without_scalars_has_no_row():
    draws = xr.Dataset(
        {
            "slope": (("chain", "draw"), np.zeros((2, 3))),
            "none": (("chain", "draw", "term"), np.zeros((2, 3, 0))),
        },
        {"term": []},
    )
    assert list(summarise(draws)["quantity"]) == ["slope"]
    labels, values = scalars(draws["none"])
    assert (labels, values.shape) == ([], (6, 0))
