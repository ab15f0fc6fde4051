"""A world map of unrealized potential, in an equal-area projection, with what is uncertain hatched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from figures.style import DARK, GRID, INK, LIGHT, MUTED, is_narrow, require, styled, width
from figures.words import between, count, interval_name, plain

_COLUMNS = ["ccode", "median", "lower", "upper"]
#: Light to dark: the order is the same in grey.
_COLOURS = LinearSegmentedColormap.from_list("potential", ["#F0E4B4", LIGHT, "#2F6FA8", DARK, "#04182E"])


def equal_earth(degrees: np.ndarray) -> np.ndarray:
    """Project longitude and latitude, shape (point, 2), in degrees (Šavrič, Patterson & Jenny 2018)."""
    a = (1.340264, -0.081106, 0.000893, 0.003796)
    longitude, latitude = np.radians(np.asarray(degrees, float)).T
    t = np.arcsin(np.sqrt(3) / 2 * np.sin(latitude))
    slope = 9 * a[3] * t**8 + 7 * a[2] * t**6 + 3 * a[1] * t**2 + a[0]
    x = 2 * np.sqrt(3) * longitude * np.cos(t) / (3 * slope)
    return np.column_stack([x, a[3] * t**9 + a[2] * t**7 + a[1] * t**3 + a[0] * t])


@styled
def world_map(
    table: pd.DataFrame,
    boundaries: Mapping[int, Sequence[np.ndarray]],
    interval: str = "eti_95",
    *,
    capitals: pd.DataFrame | None = None,
    leader: int | None = None,
    label: str = "Unrealized alliance potential (median)",
) -> Figure:
    """Draw the map.

    Parameters
    ----------
    table : DataFrame
        ``ccode``, ``median``, ``lower``, ``upper``, one row a state.
    boundaries : mapping of ccode to rings
        Rings of shape (point, 2), longitude and latitude in degrees; keys that the table lacks are drawn
        as land without data.
    interval : str
        Kind and level of the bounds; a state whose interval holds zero is hatched.
    capitals : DataFrame, optional
        ``ccode``, ``lat``, ``lon``: states of the table without an outline are drawn as a dot there.
    leader : int, optional
        Code of the coalition's leader, drawn plain grey and named in the legend.
    label : str
        What the colours measure.
    """
    rows = _rows(table)
    edges = MaxNLocator(nbins=8, steps=[1, 2, 2.5, 5, 10]).tick_values(*_span(rows))
    norm = BoundaryNorm(edges, _COLOURS.N)
    figure = Figure(figsize=(width(9.2), 3.2 if is_narrow() else 5.0))
    axes = figure.subplots()
    for ccode, rings in boundaries.items():
        path = Path.make_compound_path(*(Path(equal_earth(ring), closed=True) for ring in rings))
        known = ccode in rows.index
        face = _COLOURS(norm(rows.loc[ccode, "median"])) if known else (MUTED if ccode == leader else GRID)
        axes.add_patch(PathPatch(path, facecolor=face, edgecolor="white", lw=0.4))
        if known and _unsure(rows.loc[ccode]):
            axes.add_patch(PathPatch(path, facecolor="none", edgecolor=INK, lw=0, hatch="/////", alpha=0.55))
    dots = _dots(rows, boundaries, capitals)
    if len(dots):
        at = equal_earth(dots[["lon", "lat"]].to_numpy())
        colors = [_COLOURS(norm(v)) for v in rows.loc[dots["ccode"], "median"]]
        axes.scatter(*at.T, s=22, c=colors, edgecolor=INK, lw=0.4, zorder=4)
    frame = _frame()
    axes.plot(*frame.T, color=GRID, lw=0.8, zorder=0)
    axes.set_aspect("equal")
    axes.set_xlim(frame[:, 0].min() * 1.01, frame[:, 0].max() * 1.01)
    axes.set_ylim(equal_earth(np.array([[0, -58]]))[0, 1], frame[:, 1].max() * 1.01)
    axes.set_axis_off()
    bar = figure.colorbar(
        ScalarMappable(norm, _COLOURS), ax=axes, orientation="horizontal", fraction=0.045, pad=0.02, aspect=45
    )
    bar.set_label(label)
    shown = edges[:: 2 if is_narrow() else 1]
    bar.ax.set_xticks(shown, [plain(edge) for edge in shown])
    keys = [Patch(fc="white", ec=INK, hatch="/////", lw=0.4, label=f"{interval_name(interval)} holds zero")]
    keys += [Patch(fc=MUTED, label="leader")] if leader in boundaries else []
    figure.legend(
        handles=[*keys, Patch(fc=GRID, label="no data")],
        loc="outside lower center",
        ncols=1 if is_narrow() else 3,
    )
    return figure


def caption(
    table: pd.DataFrame,
    boundaries: Mapping[int, Sequence[np.ndarray]],
    interval: str = "eti_95",
    *,
    capitals: pd.DataFrame | None = None,
    what: str = "Unrealized alliance potential",
) -> str:
    """Return the caption: the range, how many states are uncertain, and how many cannot be shown."""
    rows = _rows(table)
    unsure = int(sum(_unsure(row) for _, row in rows.iterrows()))
    dots = _dots(rows, boundaries, capitals)
    lost = len(rows) - len(dots) - sum(ccode in boundaries for ccode in rows.index)
    text = [
        f"{what} of {count(len(rows), 'state')}, medians from "
        f"{between(rows['median'].min(), rows['median'].max(), 2)}.",
        f"The {interval_name(interval)} holds zero for {count(unsure, 'state')} (hatched).",
    ]
    if len(dots):
        text.append(f"{count(len(dots), 'state').capitalize()} too small for an outline drawn as dots.")
    if lost:
        text.append(f"Not shown: {count(lost, 'state')} without outline or capital.")
    return " ".join(text)


def _rows(table: pd.DataFrame) -> pd.DataFrame:
    require(table, _COLUMNS, "world_map")
    if table["ccode"].duplicated().any():
        twice = int(table.loc[table["ccode"].duplicated(), "ccode"].iloc[0])
        raise ValueError(f"world_map: state {twice} has several rows; one row a state is expected")
    rows = table[table["median"].notna()].set_index("ccode")
    if rows.empty:
        raise ValueError("world_map: no state has a known potential")
    return rows


def _span(rows: pd.DataFrame) -> tuple[float, float]:
    low, high = float(rows["median"].min()), float(rows["median"].max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _unsure(row: pd.Series) -> bool:
    return bool(row["lower"] <= 0 <= row["upper"])


def _dots(rows: pd.DataFrame, boundaries: Mapping, capitals: pd.DataFrame | None) -> pd.DataFrame:
    if capitals is None:
        return pd.DataFrame(columns=["ccode", "lat", "lon"])
    return capitals[capitals["ccode"].isin(rows.index) & ~capitals["ccode"].isin(boundaries)].drop_duplicates(
        "ccode"
    )


def _frame() -> np.ndarray:
    """Outline of the globe, projected."""
    side = np.linspace(-90, 90, 91)
    west = np.column_stack([np.full(91, -180.0), side])
    return equal_earth(np.concatenate([west, -west, west[:1]]))
