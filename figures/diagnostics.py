"""The diagnostics page: convergence of every quantity at a glance, and chains in detail."""

from __future__ import annotations

from collections.abc import Sequence

import arviz_plots
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from figures.axes import plain_ticks
from figures.style import DARK, GRID, MUTED, WARM, is_narrow, require, styled, width
from figures.words import count, listed, number, plain

ALT = "Two panels: R-hat of every quantity, and bulk against tail effective sample size, with limits."

_COLUMNS = ["quantity", "r_hat", "ess_bulk", "ess_tail", "passed"]
#: How many failed quantities are named in the figure.
_NAMED = 5


def _failed(table: pd.DataFrame) -> pd.Series:
    require(table, _COLUMNS, "diagnostics")
    return ~table["passed"].astype(bool)


@styled
def diagnostics(table: pd.DataFrame, *, r_hat: float, ess: float) -> Figure:
    """Draw R-hat and effective sample sizes of every quantity beside their limits.

    Parameters
    ----------
    table : DataFrame
        ``quantity``, ``r_hat``, ``ess_bulk``, ``ess_tail``, ``passed``, one row a scalar.
    r_hat, ess : float
        Largest R-hat and smallest effective sample size that pass, drawn as lines.
    """
    failed = _failed(table).to_numpy()
    figure = Figure(figsize=(width(), 6.2 if is_narrow() else 3.3))
    left, right = figure.subplots(*(2, 1) if is_narrow() else (1, 2))
    # Thousands of marks would make a file that nobody wants to load.
    many = {"rasterized": len(table) > 300}
    order = np.argsort(table["r_hat"].fillna(np.inf).to_numpy())
    at = np.linspace(0, 1, len(table)) if len(table) > 1 else np.array([0.5])
    values = table["r_hat"].to_numpy(float)[order]
    bad = failed[order]
    left.scatter(at[~bad], values[~bad], s=9, color=DARK, label="passed", **many)
    left.scatter(at[bad], values[bad], s=22, color=WARM, marker="s", label="failed")
    left.axhline(r_hat, color=MUTED, lw=1, ls="--")
    left.set_ylim(
        min(0.998, np.nanmin(values)), max(1.012, np.nanmax(values) + 0.1 * (np.nanmax(values) - 1))
    )
    left.set_xlabel(f"Fraction of {count(len(table), 'quantity', 'quantities')}")
    left.set_title(f"R-hat (limit {plain(r_hat)})")
    right.scatter(table["ess_bulk"][~failed], table["ess_tail"][~failed], s=9, color=DARK, **many)
    right.scatter(table["ess_bulk"][failed], table["ess_tail"][failed], s=22, color=WARM, marker="s")
    for line in (right.axvline, right.axhline):
        line(ess, color=MUTED, lw=1, ls="--")
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlabel("Bulk ESS")
    right.set_ylabel("Tail ESS")
    right.set_title(f"Effective sample size (limit {plain(ess)})")
    for ax in (left, right):
        plain_ticks(ax, "x")
        plain_ticks(ax, "y")
        ax.grid(color=GRID)
    if failed.any():
        left.legend(loc="upper left")
    return figure


def caption(table: pd.DataFrame, *, r_hat: float, ess: float) -> str:
    """Return the caption: the worst values, and what failed by name."""
    failed = _failed(table)
    worst = table.loc[table["r_hat"].idxmax()]
    least = table.loc[table["ess_bulk"].idxmin()]
    text = [
        f"Convergence of {count(len(table), 'quantity', 'quantities')}: largest R-hat {worst['r_hat']:.3f} "
        f"({worst['quantity']}, limit {plain(r_hat)}), smallest bulk ESS {number(least['ess_bulk'])} "
        f"({least['quantity']}, limit {plain(ess)}), smallest tail ESS {number(table['ess_tail'].min())}."
    ]
    if failed.any():
        names = table.loc[failed].sort_values("ess_bulk")["quantity"].astype(str).tolist()
        more = f" and {count(len(names) - _NAMED, 'other')}" if len(names) > _NAMED else ""
        text.append(f"Failed: {', '.join(names[:_NAMED]) + more if more else listed(names)}.")
    else:
        text.append("All pass.")
    return " ".join(text)


def _taken(collection) -> Figure:
    """Take the figure out of an arviz-plots collection, and out of pyplot's register of open figures."""
    figure = collection.viz["figure"].item()
    pyplot.close(figure)
    return figure


@styled
def rank_plots(tree: xr.DataTree, var_names: Sequence[str]) -> Figure:
    """Draw each quantity's distribution by chain and its rank ECDF with simultaneous bands (arviz-plots)."""
    return _taken(arviz_plots.plot_rank_dist(tree, var_names=list(var_names), compact=False))


@styled
def energy(tree: xr.DataTree) -> Figure:
    """Draw marginal and transition energies by chain (arviz-plots); both should look alike."""
    figure = _taken(arviz_plots.plot_energy(tree))
    for axes in figure.axes:
        if axes.get_ylabel() == "Chain":
            axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
