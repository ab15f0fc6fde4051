"""The page of ``coalition depth``: loadings, information, fit and scores of a measurement, ties over time and a map."""

from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from data.common.errors import InputError
from data.facts.boundaries import boundaries
from data.facts.bundled import Facts
from data.treaties.atop import members
from figures import depth_loadings, depth_scores, item_information, over_time, world_map
from workflows.depth.checks import item_fit
from workflows.depth.dyads import dyad_depth
from workflows.depth.measure import Measure
from workflows.depth.tables import loadings, scores
from workflows.draws.summary import middle_and_ends
from workflows.pages.blocks import section, table, text
from workflows.pages.figure_files import drawn_block
from workflows.pages.report import render

#: The leader whose ties are drawn, and how many states over time.
LEADER, STATES = 2, 12
YEARS = (1949, 2018)
GRID = np.linspace(-2.5, 3.5, 61)
#: Draws over which information is summarised.
DRAWS = 200


def depth_page(measured: Measure, data: Path | None = None) -> str:
    """Render the page of a measurement as one self-contained HTML page.

    Parameters
    ----------
    measured : Measure
    data : path, optional
        The data folder, for the members of ATOP's treaties; the bundled treaties bring theirs along.
    """
    spec = measured.spec
    passed = measured.passed
    advice = (
        [] if passed else [*measured.gate.advice(), *([] if measured.check.passed else [str(measured.check)])]
    )
    ties = ties_table(measured, data)
    sections = [
        section("loadings", "What depth is made of", _loadings(measured)),
        section("information", "Where each provision tells something", _information(measured)),
        section("fit", "Do provisions behave as the model says?", _fit(measured)),
        section("scores", "Depth of treaties", _scores(measured)),
        section("ties", "Ties with the leader, over time and on a map", _ties(ties, spec.interval)),
        section("diagnostics", "Diagnostics", _diagnostics(measured), open_=not passed),
    ]
    verdict = "The sampler has explored the model, and scores rise with the number of provisions."
    failed = "Do not report this measurement. What failed, and what to do:"
    return render(
        {
            "title": f"Depth of {len(measured.table):,} treaties: {spec.model} model, {spec.source}",
            "verdict": {"passed": passed, "text": verdict if passed else failed, "advice": advice},
            "summary": [
                "A treaty is deep where it asks much of its members. Depth is what its provisions have in common: one "
                "number a treaty, in standard deviations over treaties, with the uncertainty that a few provisions "
                f"leave. Provisions are coded by {measured.coder}.",
                *(
                    [f"Provisions that do not vary carry no information: {', '.join(measured.constant)}."]
                    if measured.constant
                    else []
                ),
            ],
            "sections": sections,
        }
    )


def _loadings(measured: Measure) -> list[dict[str, Any]]:
    found = loadings(measured)
    shown = found[found["note"] == ""].rename(
        columns={"loading_mean": "median", "loading_lower": "lower", "loading_upper": "upper"}
    )
    interval = measured.spec.interval
    bounds = ("loading_mean: Loading", "loading_sd: SD", "loading_lower", "loading_upper")
    diagnostics = ("loading_r_hat: R-hat", "loading_ess_bulk: Bulk ESS")
    names = ("provision", *bounds, "uniqueness_mean: Uniqueness", *diagnostics, "note")
    draw = partial(depth_loadings.depth_loadings, shown, interval)
    return [
        text(
            "A loading is the number of standard deviations by which a provision's response rises with one of depth. "
            "{figure:loadings} draws the posterior means, {table:loadings.csv} adds what depth leaves unexplained."
        ),
        drawn_block(draw, "loadings", depth_loadings.caption(shown, interval), depth_loadings.ALT),
        table(f"Loadings: posterior mean, SD and {interval}", found, names, "loadings.csv"),
    ]


def information(measured: Measure, grid: np.ndarray = GRID) -> pd.DataFrame:
    """Fisher information of each provision about depth.

    For the graded model ``sum over k of P_k'(depth)^2 / P_k(depth)`` (Samejima 1969) with
    ``P(provision >= k) = Phi(loading depth - t_k sqrt(1 + loading^2))``; for the Gaussian factor model
    ``loading^2 / uniqueness``, the same everywhere.

    Returns
    -------
    DataFrame
        ``provision, depth, median, lower, upper``.
    """
    posterior = measured.draws["posterior"]
    names = [str(n) for n in posterior["provision"].to_numpy()]
    flat = {v: posterior[v].to_numpy() for v in ("loading", "uniqueness", "threshold") if v in posterior}
    flat = {v: a.reshape(-1, a.shape[-1]) for v, a in flat.items()}
    some = np.linspace(0, len(flat["loading"]) - 1, min(DRAWS, len(flat["loading"]))).astype(int)
    owner = None
    if measured.spec.model == "graded":
        owner = np.array(
            [str(c).partition(">=")[0] for c in posterior[posterior["threshold"].dims[-1]].to_numpy()]
        )
    tail = (1 - measured.spec.probability) / 2
    parts = []
    for j, name in enumerate(names):
        loading = flat["loading"][some, j][:, None]
        if owner is None:
            values = np.broadcast_to(
                loading**2 / flat["uniqueness"][some, j][:, None], (some.size, grid.size)
            )
        else:
            cuts = flat["threshold"][some][:, owner == name] * np.sqrt(1 + loading**2)
            ends = [np.full((some.size, grid.size), np.inf)]
            ends += [loading * grid - cut[:, None] for cut in cuts.T]
            ends += [np.full((some.size, grid.size), -np.inf)]
            values = np.zeros((some.size, grid.size))
            for upper, lower in itertools.pairwise(ends):
                chance = norm.cdf(upper) - norm.cdf(lower)
                change = loading * (norm.pdf(upper) - norm.pdf(lower))
                values += np.where(chance > 1e-12, change**2 / np.maximum(chance, 1e-12), 0.0)
        low, median, high = middle_and_ends(values, 0, tail)
        parts.append(
            pd.DataFrame({"provision": name, "depth": grid, "median": median, "lower": low, "upper": high})
        )
    return pd.concat(parts, ignore_index=True)


def _information(measured: Measure) -> list[dict[str, Any]]:
    found, interval = information(measured), measured.spec.interval
    draw = partial(item_information.item_information, found, interval)
    return [
        text(
            "A provision tells most about depth where treaties just begin to have it; where all or none have it, it "
            "tells nothing ({figure:information}). In a Gaussian model it tells the same everywhere."
        ),
        drawn_block(draw, "information", item_information.caption(found, interval), item_information.ALT),
    ]


def _fit(measured: Measure) -> list[dict[str, Any]]:
    check = item_fit(measured)
    names = ("provision", "others: Other provisions", "treaties", "observed", "lower", "upper", "inside")
    return [
        text(
            "Treaties are grouped by how many of the other provisions they have. In each group the share with the "
            f"provision stands beside what the model predicts ({{table:depth.nc}}): {check.sentence}."
        ),
        table("Share of treaties with a provision, observed and predicted", check.table, names, "depth.nc"),
    ]


def _scores(measured: Measure) -> list[dict[str, Any]]:
    found, interval = scores(measured), measured.spec.interval
    found["treaty"] = found["atopid"].astype(str)
    shown = found.rename(columns={"mean": "median"})
    named = (
        shown.sort_values("median", ascending=False)["treaty"].head(5).tolist() if len(shown) > 45 else None
    )
    names = ("treaty", "mean: Depth", "sd", "lower", "upper", "provisions", "pattern")
    draw = partial(depth_scores.depth_scores, shown, interval, named=named)
    return [
        text(
            "Treaties with the same provisions have the same score, whatever they are called: {figure:scores}, and the "
            "hundred deepest in {table:scores.csv}; the file has all. Points are posterior means."
        ),
        drawn_block(draw, "scores", depth_scores.caption(shown, interval, named=named), depth_scores.ALT),
        table(
            "Depth of treaties, deepest first",
            found.sort_values("mean", ascending=False).head(100),
            names,
            "scores.csv",
        ),
    ]


def ties_table(measured: Measure, data: Path | None) -> pd.DataFrame:
    """Depth of every state's ties with the leader by year; empty where the treaties' members are not known.

    Returns
    -------
    DataFrame
        ``ccode, state, year, median, lower, upper, treaty``.
    """
    columns = ["ccode", "state", "year", "median", "lower", "upper", "treaty"]
    if measured.spec.source == "bundled":
        spells = _bundled_members(Facts(data))
    elif data is None:
        return pd.DataFrame(columns=columns)
    else:
        try:
            spells = members(data)
        except InputError:
            return pd.DataFrame(columns=columns)
    try:
        found = dyad_depth(measured, data or Path(), leader=LEADER, years=YEARS, spells=spells)
    except InputError:
        return pd.DataFrame(columns=columns)
    states = Facts(data)("states").drop_duplicates("ccode").set_index("ccode")["state"]
    found = found.dropna(subset=["median"])
    return found.assign(
        state=found["ccode"].map(states).fillna(found["ccode"].astype(str)), treaty=found["treaties"]
    )[columns]


def _bundled_members(facts: Any) -> pd.DataFrame:
    """Spells of membership of the bundled treaties, the leader in each as long as any other member."""
    found = facts("us_treaty_members")
    spells = pd.DataFrame(
        {
            "treaty": found["treaty_id"].astype(str),
            "ccode": found["ccode"].astype(float),
            "first": found["entry_year"].astype(float),
            "last": found["exit_year"].astype(float).fillna(np.inf),
        }
    )
    own = spells.groupby("treaty").agg(first=("first", "min"), last=("last", "max")).reset_index()
    return pd.concat([spells, own.assign(ccode=float(LEADER))], ignore_index=True)


def _ties(ties: pd.DataFrame, interval: str) -> list[dict[str, Any]]:
    if ties.empty:
        return [
            text(
                "The members of these treaties are not at hand: with `--data DIR`, a folder that holds ATOP, they are."
            )
        ]
    spread = ties.groupby("state")["median"].agg(lambda v: v.max() - v.min())
    chosen = sorted(spread.sort_values(ascending=False, kind="stable").index[:STATES])
    shown = ties[ties["state"].isin(chosen)].sort_values(["state", "year"])
    last = int(ties["year"].max())
    now, outlines = ties[ties["year"] == last], boundaries()
    label = f"Depth of ties with the United States, {last} (median)"
    rest = ties["state"].nunique() - len(chosen)
    left_out = f" Not shown: {rest} states whose ties changed less." if rest else ""
    return [
        text(
            "A tie is as deep as the deepest treaty in force. {figure:ties} shows the states whose ties changed most, "
            f"{{figure:map}} those of {last}. States without a treaty are left out: their depth is declared, not "
            "measured."
        ),
        drawn_block(
            partial(over_time.depth_over_time, shown.drop(columns="treaty"), interval),
            "ties",
            over_time.caption(shown, "Depth of ties with the United States", interval) + left_out,
            "Step charts: depth of ties with the United States over time, one panel a state.",
        ),
        drawn_block(
            partial(world_map.world_map, now, outlines, interval, leader=LEADER, label=label),
            "map",
            world_map.caption(now, outlines, interval, what="Depth of ties with the United States"),
            f"World map: depth of each state's ties with the United States in {last}.",
        ),
    ]


def _diagnostics(measured: Measure) -> list[dict[str, Any]]:
    names = ("check", "found", "limit", "passed", "advice")
    return [text(str(measured.check)), table("The gate", measured.gate.checks, names, "depth.nc")]
