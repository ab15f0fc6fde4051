"""The headline effect, troops per year, and how it looks at the end of a notebook cell.

``H = 111,976 x mean over rows of (E[share | U + s] - E[share | U])``.
"""

from __future__ import annotations

from html import escape

import pandas as pd
import xarray as xr

from figures.words import decimal, interval_words, percent, span
from models.likelihoods import Likelihood
from models.outcomes import explained
from workflows.draws.summary import summarise

AVERAGE_ARMED_FORCES = 111_976  # persons: the average armed forces of the study's Figure 3
PUBLISHED_STEP = 0.35  # one SD of published potential, as the study states it

NAMES = {
    "headline_all_rows": "All rows",
    "headline_mean_slope": "An operation with the mean slope",
    "headline_between": "Between states",
    "headline_within_step": "Within states",
}
_STYLE = (
    "<style>.coalition td,.coalition th{text-align:right;padding:.2em .8em}"
    ".coalition td:first-child,.coalition th:first-child{text-align:left}"
    ".coalition small{opacity:.75}.coalition caption{text-align:left}</style>"
)


def per_unit(likelihood: Likelihood) -> float:
    """What one unit of an expected outcome is in the headline effect: the average military's troops for a share."""
    return AVERAGE_ARMED_FORCES if explained(likelihood).of_forces else 1.0


def linear_headline(coefficient: float, step: float) -> float:
    """``111,976 x coefficient x step``, troops per year.

    Parameters
    ----------
    coefficient : float
        Change of the share (0-1) per unit of potential.
    step : float
        Units of potential.
    """
    return AVERAGE_ARMED_FORCES * coefficient * step


class Headline(xr.Dataset):
    """Draws of the headline effect: an `xarray.Dataset` that shows itself as a short table.

    Everything a Dataset does works: ``effect["headline_operation"].sel(operation="ISAF")``,
    ``effect.to_netcdf(path)``, ``az.summary(effect)``. `frame` gives the table as a DataFrame.
    """

    __slots__ = ()

    @property
    def frame(self) -> pd.DataFrame:
        """Columns `estimate, median, lower, upper, interval, above_zero`.

        `above_zero` is the share of draws with a positive effect.
        """
        return headline_table(self)

    def __repr__(self) -> str:
        """Print the table."""
        return headline_text(self) if _is_headline(self) else super().__repr__()

    def _repr_html_(self) -> str:
        return headline_html(self) if _is_headline(self) else super()._repr_html_()


def _is_headline(effect: xr.Dataset) -> bool:
    return {"chain", "draw"} <= set(effect.dims) and any(str(n).startswith("headline") for n in effect)


def headline_table(effect: xr.Dataset, prob: float = 0.95) -> pd.DataFrame:
    """Median, equal-tailed interval and share of draws above zero of each effect; see `Headline.frame`.

    Columns ``estimate, median, lower, upper, interval, above_zero``.
    """
    table = summarise(effect, prob)
    above = [float(v) for array in effect.data_vars.values() for v in _above(array)]
    name = [label or NAMES.get(q, q) for q, label in zip(table["quantity"], table["label"], strict=True)]
    kept = table[["median", "lower", "upper", "interval"]]
    return pd.concat([pd.Series(name, name="estimate"), kept], axis=1).assign(above_zero=above)


def _above(array: xr.DataArray) -> list[float]:
    return ((array > 0).mean(("chain", "draw"))).values.ravel().tolist()


def _about(effect: xr.Dataset) -> str:
    step = effect.attrs.get("step")
    known = {"True": "similarity held", "False": "similarity not held"}
    held = effect.attrs.get("similarity") or known.get(str(effect.attrs.get("similarity_held")), "")
    parts = [f"Headline effect, {effect.attrs.get('units', '')}"]
    parts += [f"for {step:.3f} more unrealized potential"] if step is not None else []
    return " ".join(parts) + (f"; {held}" if held else "")


def headline_text(effect: xr.Dataset) -> str:
    """The table as plain text."""
    table = headline_table(effect)
    wide = max(map(len, table["estimate"]))
    lines = [
        f"{r.estimate:<{wide}}  {decimal(r.median, 0):>9}  {decimal(r.lower, 0):>9} to {decimal(r.upper, 0):>7}"
        f"  ({interval_words(r.interval)})  above zero {percent(r.above_zero)}"
        for r in table.itertuples()
    ]
    return "\n".join([_about(effect), *lines])


def headline_html(effect: xr.Dataset, note: str = "") -> str:
    """The table as HTML."""
    table = headline_table(effect)
    rows = "".join(
        f"<tr><td>{escape(r.estimate)}</td><td>{decimal(r.median, 0)}</td><td>{span(r.lower, r.upper)}</td>"
        f"<td>{percent(r.above_zero)}</td></tr>"
        for r in table.itertuples()
    )
    kind = escape(interval_words(str(table["interval"].iloc[0])))
    return (
        f"{_STYLE}<table class='coalition'><caption>{escape(_about(effect))}</caption>"
        f"<thead><tr><th>estimate</th><th>median</th><th>{kind}</th><th>draws above zero</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{note}"
    )
