"""Is the measure of depth any good? Checks that can fail, each a table and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from figures.words import interval_name, percent
from models.graded import simulate_responses
from workflows.depth.measure import Measure, MeasureSpec, fit_table, measure, table_of
from workflows.depth.tables import loadings, scores

#: Share of simulated tables among which an observed statistic must lie.
COVERED = 0.99
KIND = f"eti_{100 * COVERED:g}"
AGREEMENT = 0.9
SHUFFLED_DRAWS = 500


@dataclass(frozen=True)
class DepthCheck:
    """Outcome of a validity check.

    Attributes
    ----------
    name : str
    passed : bool
    sentence : str
        What was found, in one line.
    table : DataFrame
    """

    name: str
    passed: bool
    sentence: str
    table: pd.DataFrame


def replicates(measured: Measure, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Tables that the fitted model would produce for new treaties, shape (draw, treaty, provision).

    Entries missing in the data are missing in every replicate. Replicates of the Gaussian
    model are unbounded numbers on the scale of the provisions' codes.
    """
    names = [str(n) for n in measured.draws["posterior"]["provision"].to_numpy()]
    observed = measured.table[names].to_numpy(float)
    posterior = measured.draws["posterior"].to_dataset().drop_vars("score").stack(s=("chain", "draw"))
    chosen = rng.choice(posterior.sizes["s"], draws, replace=False)
    loading = posterior["loading"].transpose("s", "provision").to_numpy()[chosen]
    out = np.empty((draws, *observed.shape))
    if measured.spec.model == "graded":
        threshold = posterior["threshold"].transpose("s", "threshold_cut").to_numpy()[chosen]
        owners = [str(c).split(">=")[0] for c in posterior["threshold_cut"].to_numpy()]
        levels = [owners.count(n) + 1 for n in names]
    else:
        unique = posterior["uniqueness"].transpose("s", "provision").to_numpy()[chosen]
        centre, scale = observed.mean(axis=0), observed.std(axis=0, ddof=1)
    for i in range(draws):
        theta = rng.standard_normal(len(observed))
        if measured.spec.model == "graded":
            out[i] = simulate_responses(rng, theta, loading[i], threshold[i], levels)
        else:
            noise = rng.standard_normal(observed.shape) * np.sqrt(unique[i])
            out[i] = centre + scale * (np.outer(theta, loading[i]) + noise)
    out[:, np.isnan(observed)] = np.nan
    return out


def _present(tables: np.ndarray) -> np.ndarray:
    """Whether a provision is there: a code of at least one half; NaN where missing."""
    return np.where(np.isnan(tables), np.nan, tables >= 0.5)


def predictive(measured: Measure, *, draws: int = 400, seed: int = 1) -> DepthCheck:
    """Posterior predictive check of provision counts and of every pair's co-occurrence.

    Returns
    -------
    DepthCheck
        Table: `statistic, observed, lower, upper, inside`; it passes where the share of
        statistics inside their interval is at least what the interval promises less 5 points.
    """
    rng = np.random.default_rng(seed)
    names = [str(n) for n in measured.draws["posterior"]["provision"].to_numpy()]
    observed = _present(measured.table[names].to_numpy(float))
    simulated = _present(replicates(measured, draws, rng))
    rows = []

    def compare(label: str, one: float, many: np.ndarray) -> None:
        lower, upper = np.quantile(many, [(1 - COVERED) / 2, (1 + COVERED) / 2])
        rows.append((label, one, lower, upper, bool(lower <= one <= upper)))

    whole = ~np.isnan(observed).any(axis=1)
    top = len(names)
    for count in range(top + 1):
        one = float((observed[whole].sum(axis=1) == count).sum())
        compare(
            f"treaties with {count} provisions", one, (simulated[:, whole].sum(axis=2) == count).sum(axis=1)
        )
    for a in range(top):
        for b in range(a):
            one = float(np.nansum(observed[:, a] * observed[:, b]))
            many = np.nansum(simulated[:, :, a] * simulated[:, :, b], axis=1)
            compare(f"{names[b]} with {names[a]}", one, many)
    table = pd.DataFrame(rows, columns=["statistic", "observed", "lower", "upper", "inside"])
    share = float(table["inside"].mean())
    outside = ", ".join(table.loc[~table["inside"], "statistic"].head(4)) or "none"
    sentence = f"{percent(share)} of {len(table)} statistics lie inside the {interval_name(KIND)}; outside: {outside}"
    return DepthCheck("predictive", share >= COVERED - 0.05, sentence, table)


def item_fit(measured: Measure, *, draws: int = 400, groups: int = 3, seed: int = 1) -> DepthCheck:
    """Does each provision become more common with the number of the others as the model says?

    Treaties are grouped by how many of the other provisions they have; in each group the
    observed share with the provision is set against its posterior predictive interval.

    Returns
    -------
    DepthCheck
        Table: `provision, others, treaties, observed, lower, upper, inside`.
    """
    rng = np.random.default_rng(seed)
    names = [str(n) for n in measured.draws["posterior"]["provision"].to_numpy()]
    observed = _present(measured.table[names].to_numpy(float))
    whole = ~np.isnan(observed).any(axis=1)
    simulated = _present(replicates(measured, draws, rng))[:, whole]
    observed = observed[whole]
    rows = []
    for j, name in enumerate(names):
        rest = np.delete(observed, j, axis=1).sum(axis=1)
        many = np.delete(simulated, j, axis=2).sum(axis=2)
        for group in range(groups):
            last = group == groups - 1
            here = rest >= group if last else rest == group
            there = many >= group if last else many == group
            with np.errstate(invalid="ignore"):
                shares = (simulated[:, :, j] * there).sum(axis=1) / there.sum(axis=1)
            lower, upper = np.nanquantile(shares, [(1 - COVERED) / 2, (1 + COVERED) / 2])
            one = float(observed[here, j].mean()) if here.any() else np.nan
            label = f"{group}+" if last else str(group)
            rows.append((name, label, int(here.sum()), one, lower, upper, bool(lower <= one <= upper)))
    columns = ["provision", "others", "treaties", "observed", "lower", "upper", "inside"]
    table = pd.DataFrame(rows, columns=columns)
    misfit = table.loc[~table["inside"], "provision"].unique()
    sentence = (
        f"{percent(table['inside'].mean())} of {len(table)} shares lie inside the {interval_name(KIND)}; "
    )
    sentence += f"provisions that do not fit everywhere: {', '.join(misfit) or 'none'}"
    return DepthCheck("items", bool(table["inside"].mean() >= COVERED - 0.05), sentence, table)


def falsify(measured: Measure, *, repeats: int = 3, seed: int = 1) -> DepthCheck:
    """What does the measure say where there is nothing to measure?

    Every provision is shuffled over treaties by itself, which keeps its margin and destroys
    every association; the model is fitted again.

    Returns
    -------
    DepthCheck
        Table: one row a fit, with the mean squared standardised loading (the share of variance
        that depth explains, averaged over provisions), the rank correlation of scores with
        the number of provisions, and the mean posterior SD of a score; it passes where the
        real data explain more than every shuffled table.
    """
    rng = np.random.default_rng(seed)
    rows = [("data", *_strength(measured))]
    # Means of loadings over tables without structure: a few hundred draws place them well enough.
    short = measured.spec.model_copy(update={"draws": min(measured.spec.draws, SHUFFLED_DRAWS)})
    names = [c for c in measured.table.columns if c != "atopid"]
    for repeat in range(repeats):
        shuffled = measured.table.copy()
        for name in names:
            shuffled[name] = rng.permutation(shuffled[name].to_numpy())
        shuffled = shuffled[shuffled[names].notna().any(axis=1)].reset_index(drop=True)
        rows.append((f"shuffled {repeat + 1}", *_strength(fit_table(short, shuffled))))
    columns = ["table", "explained", "rank_correlation", "score_sd"]
    table = pd.DataFrame(rows, columns=columns)
    real, random = table.loc[0, "explained"], table.loc[1:, "explained"]
    sentence = (
        f"depth explains {percent(real, 1)} of the variance of a provision, and {percent(random.min(), 1)} to "
        f"{percent(random.max(), 1)} of shuffled ones, whose scores still follow the number of provisions "
        f"(rank correlation {table.loc[1:, 'rank_correlation'].mean():.2f}): that alone proves nothing"
    )
    return DepthCheck("falsify", bool(real > 2 * random.max()), sentence, table)


def _strength(measured: Measure) -> tuple[float, float, float]:
    rows = loadings(measured).dropna(subset=["loading_mean"])
    squared = rows["loading_mean"] ** 2
    explained = squared / (1 + squared) if measured.spec.model == "graded" else squared
    correlation = float(measured.check.rank_correlation.mean())
    return float(explained.mean()), correlation, float(scores(measured)["sd"].mean())


def agreement(left: Measure, right: Measure, name: str = "agreement") -> DepthCheck:
    """Do two measurements rank the same treaties alike? Scores are averaged within equal answers.

    Returns
    -------
    DepthCheck
        Table: `atopid, left, right, provisions`; it passes at a rank correlation of 0.9.
    """
    a = scores(left)[["atopid", "mean", "pattern", "provisions"]]
    b = scores(right)[["atopid", "mean"]]
    table = a.merge(b, on="atopid", suffixes=("_left", "_right"))
    averaged = table.groupby("pattern")[["mean_left", "mean_right"]].mean()
    whole = float(spearmanr(table["mean_left"], table["mean_right"]).statistic)
    by_pattern = float(spearmanr(averaged["mean_left"], averaged["mean_right"]).statistic)
    sentence = (
        f"rank correlation {whole:.3f} over {len(table)} treaties, {by_pattern:.3f} over {len(averaged)} "
        f"distinct answers ({left.spec.model} on {left.spec.source}, {right.spec.model} on {right.spec.source})"
    )
    out = table.rename(columns={"mean_left": "left", "mean_right": "right"}).drop(columns="pattern")
    return DepthCheck(name, whole >= AGREEMENT, sentence, out)


def _both(one: MeasureSpec, other: MeasureSpec, data: str | Path | None) -> tuple[Measure, Measure]:
    """Two measurements; what the second lacks is said before the first is sampled."""
    table_of(other, data)
    return measure(one, data), measure(other, data)


def run_check(name: str, spec: MeasureSpec, data: str | Path | None) -> DepthCheck:
    """Fit what the check called `name` needs and run it.

    `predictive`, `items` and `falsify` judge `spec`; `agreement` sets factor beside graded on
    its source; `versions` sets ATOP 4.01 beside 5.1 under its model.
    """
    if name == "agreement":
        other = "graded" if spec.model == "factor" else "factor"
        return agreement(*_both(spec, spec.model_copy(update={"model": other}), data))
    if name == "versions":
        new, old = (spec.model_copy(update={"source": source}) for source in ("atop", "atop-4.01"))
        return agreement(*_both(new, old, data), "versions")
    measured = measure(spec, data)
    return {"predictive": predictive, "items": item_fit, "falsify": falsify}[name](measured)
