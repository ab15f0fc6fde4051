"""How results look at the end of a notebook cell: a headline with its interval, not a wall of arrays."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

if TYPE_CHECKING:
    from workflows.fit import Fit

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
    """Median, equal-tailed interval and share of draws above zero of each effect; see `Headline.frame`."""
    from workflows.effects import summarise

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
        f"{r.estimate:<{wide}}  {r.median:>z9,.0f}  {r.lower:>z9,.0f} to {r.upper:>z7,.0f}  ({r.interval})"
        f"  above zero {r.above_zero:.0%}"
        for r in table.itertuples()
    ]
    return "\n".join([_about(effect), *lines])


def headline_html(effect: xr.Dataset, note: str = "") -> str:
    """The table as HTML."""
    table = headline_table(effect)
    rows = "".join(
        f"<tr><td>{escape(r.estimate)}</td><td>{r.median:z,.0f}</td><td>{r.lower:z,.0f} to {r.upper:z,.0f}</td>"
        f"<td>{r.above_zero:.0%}</td></tr>".replace("-", "−")
        for r in table.itertuples()
    )
    kind = escape(str(table["interval"].iloc[0]))
    return (
        f"{_STYLE}<table class='coalition'><caption>{escape(_about(effect))}</caption>"
        f"<thead><tr><th>estimate</th><th>median</th><th>{kind}</th><th>draws above zero</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{note}"
    )


def _verdict(fit: Fit) -> tuple[bool, str]:
    verdict = fit.gate
    chains, draws = (fit.draws["posterior"].sizes[d] for d in ("chain", "draw"))
    about = f"{chains} chains of {draws} draws"
    if verdict.passed:
        return True, f"{about}; diagnostics passed."
    failed = "; ".join(
        f"{r.check} {r.found}, needs {r.limit}"
        for r in verdict.checks[~verdict.checks["passed"]].itertuples()
    )
    return False, f"{about}; do not report: {failed}."


def fit_text(fit: Fit) -> str:
    """The headline of a fit and the verdict of its diagnostics, as plain text."""
    return f"{headline_text(fit.headline)}\n{_verdict(fit)[1]}"


def fit_html(fit: Fit) -> str:
    """The headline of a fit and the verdict of its diagnostics, as HTML."""
    passed, text = _verdict(fit)
    colour = "#14602f" if passed else "#98240f"
    return headline_html(fit.headline, f"<p style='color:{colour}'>{escape(text)}</p>")
