"""A model with its draws: what sampling returns and every result is computed from."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from data.disk import save_netcdf
from data.errors import InputError
from models.joint import Joint

if TYPE_CHECKING:
    from workflows.gate import Gate
    from workflows.show import Headline


@dataclasses.dataclass(frozen=True, repr=False)
class Fit:
    """A model and its draws. Printed, it shows the headline effect and whether its diagnostics passed.

    Attributes
    ----------
    joint : Joint
    draws : xarray.DataTree
        Groups ``posterior``, ``sample_stats``, ``observed_data``, ``constant_data``; ArviZ takes it as it is.
    """

    joint: Joint
    draws: xr.DataTree

    @cached_property
    def headline(self) -> Headline:
        """Draws of the headline effect, computed once."""
        from workflows.effects import headline_effect

        return headline_effect(self)

    @cached_property
    def gate(self) -> Gate:
        """The verdict of the diagnostics on parameters and headline."""
        from workflows.posterior import judged

        return judged(self.joint, self.draws, self.headline)

    def save(self, path: str | Path) -> Path:
        """Write the draws as NetCDF; ``xarray.open_datatree(path)`` reads them, and so does ArviZ.

        Raises
        ------
        InputError
            If `path` does not end in ``.nc``.
        """
        path = Path(path)
        if path.suffix != ".nc":
            raise InputError(repr(str(path)), "a file name ending in .nc", column="path")
        save_netcdf(self.draws, path)
        return path

    def __repr__(self) -> str:
        """Print the headline and the verdict."""
        from workflows.show import fit_text

        return fit_text(self)

    def _repr_html_(self) -> str:
        from workflows.show import fit_html

        return fit_html(self)
