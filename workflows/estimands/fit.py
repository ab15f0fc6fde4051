"""A model with its draws: what sampling returns and every result is computed from."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from data.common.errors import InputError
from models.joint import Joint
from workflows.estimands.effects import headline_effect
from workflows.estimands.headline import Headline
from workflows.estimands.show import fit_html, fit_text
from workflows.judge.gate import Gate
from workflows.judge.verdict import judged

if TYPE_CHECKING:
    from arviz_stats.utils import ELPDData


@dataclasses.dataclass(frozen=True, repr=False)
class Fit:
    """A model and its draws. Printed, it shows the headline effect and whether its diagnostics passed.

    Attributes
    ----------
    joint : Joint
    draws : xarray.DataTree
        Groups ``posterior``, ``sample_stats``, ``observed_data``, ``constant_data``: everything that was sampled.
        `arviz` gives what ArviZ's functions ask for.
    """

    joint: Joint
    draws: xr.DataTree

    @cached_property
    def headline(self) -> Headline:
        """Draws of the headline effect, computed once."""
        return headline_effect(self)

    @cached_property
    def gate(self) -> Gate:
        """The verdict of the diagnostics on parameters and headline."""
        return judged(self.joint, self.draws, self.headline)

    def arviz(self, **options: Any) -> xr.DataTree:
        """Every group that ArviZ's functions ask for, in one tree; see `workflows.estimands.arviz_tree.arviz_tree`."""
        from workflows.estimands.arviz_tree import arviz_tree

        return arviz_tree(self, **options)

    def loo(self, unit: str = "row", most: int = 1000) -> ELPDData:
        """Expected log density of what was not seen, by PSIS-LOO, as ArviZ's `compare` takes it.

        Parameters
        ----------
        unit : {"row", "state"}
            What is predicted: another row of states and operations that are known, or all rows of a state that is
            not, its effects integrated out.
        most : int
            Draws used.

        Raises
        ------
        InputError
            If `unit` is another one. A new operation cannot be had by reweighting: ``coalition compare --unit
            operation`` refits.
        """
        from workflows.estimands.predictive_score import elpd

        return elpd(self, unit, most)

    def save(self, path: str | Path) -> Path:
        """Write the groups of `arviz` as NetCDF, and everything that was sampled as one more, ``sampled``.

        ``xarray.open_datatree(path)`` reads them where this package is not installed.

        Raises
        ------
        InputError
            If `path` does not end in ``.nc``.
        """
        from workflows.estimands.arviz_tree import write

        path = Path(path)
        if path.suffix != ".nc":
            raise InputError(repr(str(path)), "a file name ending in .nc", column="path")
        tree = self.arviz()
        tree["sampled"] = xr.DataTree(self.draws["posterior"].to_dataset())
        write(tree, path)
        return path

    def __repr__(self) -> str:
        """Print the headline and the verdict."""
        return fit_text(self)

    def _repr_html_(self) -> str:
        return fit_html(self)
