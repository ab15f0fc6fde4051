"""Prior and posterior predictive check of troop shares: the whole distribution, and a few statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.axes import plain_ticks
from figures.style import DARK, GRID, LIGHT, MUTED, WARM, fitted, is_narrow, styled, width
from figures.words import count, estimate, interval_name, listed, number

ALT = (
    "Predictive check: the observed distribution of troop shares and a few statistics of it, beside what "
    "the prior and the posterior predict."
)

Statistic = Callable[[np.ndarray], np.ndarray]


def _mean_of_contributors(y: np.ndarray) -> np.ndarray:
    sent = (y > 0).sum(axis=-1)
    return np.where(sent > 0, y.sum(axis=-1) / np.maximum(sent, 1), 0.0)


#: Label -> function from (..., row) to (...); rows are the outcome rows of the panel.
STATISTICS: dict[str, Statistic] = {
    "Fraction of rows without troops": lambda y: (y == 0).mean(axis=-1),
    "Mean share": lambda y: y.mean(axis=-1),
    "Mean share of those who sent": _mean_of_contributors,
    "Largest share": lambda y: y.max(axis=-1),
}


def predictive_summary(
    observed: np.ndarray, draws: np.ndarray, statistics: Mapping[str, Statistic] | None = None
) -> dict[str, dict[str, float]]:
    """Return, for each statistic, what was observed and what the draws predict.

    Parameters
    ----------
    observed : ndarray, shape (row,)
        Shares, 0-1.
    draws : ndarray, shape (draw, row)
        Replicated shares.
    statistics : mapping of label to function, optional
        Functions from shape (..., row) to (...); :data:`STATISTICS` by default.

    Returns
    -------
    dict
        Label -> ``observed``, ``median``, the 50 % equal-tailed interval ``lower_50``, ``upper_50``, the 95 %
        one ``lower_95``, ``upper_95``, and ``p``, the fraction of draws at or above the observed value.
    """
    observed, draws = _checked(observed, draws)
    out = {}
    for label, statistic in (statistics or STATISTICS).items():
        seen, replicated = float(statistic(observed)), np.asarray(statistic(draws), float)
        names = ["lower_95", "lower_50", "median", "upper_50", "upper_95"]
        quantiles = np.quantile(replicated, [0.025, 0.25, 0.5, 0.75, 0.975])
        out[label] = {"observed": seen, **dict(zip(names, map(float, quantiles), strict=True))}
        out[label]["p"] = float((replicated >= seen).mean())
    return out


@styled
def predictive_check(
    observed: np.ndarray,
    prior: np.ndarray | None = None,
    posterior: np.ndarray | None = None,
    statistics: Mapping[str, Statistic] | None = None,
    *,
    label: str = "Share of armed forces sent",
) -> Figure:
    """Draw the check: top, rows at or above each share; below, one panel a statistic.

    Parameters
    ----------
    observed : ndarray, shape (row,)
        Observed shares, 0-1.
    prior, posterior : ndarray, shape (draw, row), optional
        Replicated shares; at least one of them.
    statistics : mapping of label to function, optional
        See :func:`predictive_summary`.
    label : str
        What the outcome is.
    """
    sets = _sets(observed, prior, posterior)
    statistics = statistics or STATISTICS
    columns = 2 if len(statistics) > 1 and not is_narrow() else 1
    lines = int(np.ceil(len(statistics) / columns))
    stacked = len(sets) if is_narrow() else 1
    figure = Figure(figsize=(width(), 0.2 + 2.7 * stacked + 1.12 * lines))
    upper, lower = figure.subfigures(2, 1, height_ratios=[2.7 * stacked, 1.12 * lines])
    tops = np.atleast_1d(upper.subplots(stacked, len(sets) // stacked, sharex=True))
    for ax, (name, (draws, color)) in zip(tops, sets.items(), strict=True):
        _tail(ax, np.asarray(observed, float), draws, color)
        ax.set_title(f"{name} predictive")
        ax.set_xlabel(f"{label}, at least")
        # Panels under one another share their axis, each with numbers of its own: the other is a screen away.
        ax.tick_params(labelbottom=True)
    tops[0].set_ylabel("Fraction of rows")
    for ax in tops:
        ax.legend(loc="upper right")
    summaries = {name: predictive_summary(observed, draws, statistics) for name, (draws, _) in sets.items()}
    cells = lower.subplots(lines, columns, squeeze=False)
    for ax, statistic in zip(cells.flat, statistics, strict=False):
        _strip(ax, statistic, {name: summary[statistic] for name, summary in summaries.items()}, sets)
    for ax in list(cells.flat)[len(statistics) :]:
        ax.set_visible(False)
    key = "Thick: 50 %, thin: 95 % equal-tailed interval of the draws; dashed: observed"
    lower.supxlabel(fitted(key), fontsize=8)
    return figure


def caption(
    observed: np.ndarray,
    prior: np.ndarray | None = None,
    posterior: np.ndarray | None = None,
    statistics: Mapping[str, Statistic] | None = None,
) -> str:
    """Return the caption: each statistic observed and predicted, and which fall outside the 95 % interval."""
    sets = _sets(observed, prior, posterior)
    text = [
        f"Predictive check on {count(len(observed), 'row')}; brackets and wide bands are 95 % equal-tailed "
        f"intervals, narrow bands {interval_name('eti_50')}s."
    ]
    for name, (draws, _) in sets.items():
        summary = predictive_summary(observed, draws, statistics)
        parts = [
            f"{label[0].lower() + label[1:]} {estimate(s['median'], s['lower_95'], s['upper_95'])}, "
            f"observed {number(s['observed'])}"
            for label, s in summary.items()
        ]
        missed = [label[0].lower() + label[1:] for label, s in summary.items() if not _inside(s)]
        verdict = f"outside the interval: {listed(missed)}" if missed else "all observed values lie inside"
        text.append(f"{name}: {'; '.join(parts)}; {verdict}.")
    return " ".join(text)


def _inside(s: Mapping[str, float]) -> bool:
    return s["lower_95"] <= s["observed"] <= s["upper_95"]


def _checked(observed: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    observed, draws = np.asarray(observed, float), np.asarray(draws, float)
    if observed.ndim != 1 or draws.ndim != 2 or draws.shape[1] != observed.shape[0]:
        raise ValueError(
            f"predictive_check: observed has shape {observed.shape} and draws {draws.shape}; "
            "expected (row,) and (draw, row) over the same rows"
        )
    return observed, draws


def _sets(observed, prior, posterior) -> dict[str, tuple[np.ndarray, str]]:
    given = {"Prior": (prior, LIGHT), "Posterior": (posterior, DARK)}
    sets = {n: (_checked(observed, d)[1], c) for n, (d, c) in given.items() if d is not None}
    if not sets:
        raise ValueError("predictive_check: neither prior nor posterior draws are given")
    return sets


def _tail(ax: Axes, observed: np.ndarray, draws: np.ndarray, color: str) -> None:
    positive = observed[observed > 0]
    low = positive.min() / 3 if positive.size else 1e-5
    grid = np.geomspace(low, max(1.0, observed.max()), 70)
    tails = np.stack([_at_least(row, grid) for row in draws])
    for inner, outer, alpha in [(0.025, 0.975, 0.25), (0.25, 0.75, 0.45)]:
        low, high = np.quantile(tails, [inner, outer], axis=0)
        share = round(100 * (outer - inner))
        ax.fill_between(grid, low, high, color=color, alpha=alpha, lw=0, label=f"{share} % of draws")
    ax.plot(grid, _at_least(observed, grid), color=WARM, lw=1.8, ls="--", label="observed")
    ax.set_xscale("log")
    ax.set_ylim(bottom=0)
    ax.grid(axis="y")
    plain_ticks(ax, "x")
    plain_ticks(ax, "y")


def _at_least(values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    return 1 - np.searchsorted(np.sort(values), grid, side="left") / len(values)


def _strip(ax: Axes, title: str, summaries: Mapping[str, Mapping[str, float]], sets) -> None:
    for height, (name, s) in enumerate(summaries.items()):
        color = sets[name][1]
        ax.hlines(height, s["lower_95"], s["upper_95"], color=color, lw=1.4)
        ax.hlines(height, s["lower_50"], s["upper_50"], color=color, lw=5)
        ax.plot(s["median"], height, "o", ms=5, mfc="white", mec=color, mew=1.4)
        ax.axvline(s["observed"], color=WARM, lw=1.6, ls="--", zorder=4)
    ax.set_yticks(range(len(summaries)), list(summaries))
    ax.set_ylim(len(summaries) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_title(title, fontsize=8.5, fontweight="normal", color=MUTED)
    ax.grid(axis="x", color=GRID)
    ax.margins(x=0.06)
    # A vague prior can reach far beyond the data: a logarithmic axis then keeps the posterior visible.
    known = np.array([v for s in summaries.values() for k, v in s.items() if k != "p"])
    widths = [s["upper_95"] - s["lower_95"] for s in summaries.values()]
    if known.min() > 0 and known.max() / known.min() > 30 and max(widths) > 8 * min(widths):
        ax.set_xscale("log")
    plain_ticks(ax, "x")
    ax.minorticks_off()
