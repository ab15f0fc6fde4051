"""Rungs of the bridge of coalitions that are logits: her specification and its changes, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from data.facts.published import predicted_effects
from models.coalition import CoalitionDesign
from workflows.coalitions.design import CONTROLS
from workflows.coalitions.effects import PLACEBO, over_chains
from workflows.coalitions.plug_in import random_intercepts
from workflows.draws.summary import INTERVAL_KIND, middle_and_ends
from workflows.published.at_means import FIGURE, STUDY
from workflows.published.engines._common import expand_dummies
from workflows.published.frequentist import FrequentistFit
from workflows.published.models import StudyModel, fit_model, identified
from workflows.published.study import Study

COLUMNS = (
    "id", "parent", "changed", "label", "rows", "states", "step", "log_odds", "log_odds_lower", "log_odds_upper",
    "effect", "lower", "upper", "interval", "gate",
)  # fmt: skip
"""``effect``: percentage points on the probability for one more SD of ties, ``step`` of them; ``log_odds`` per SD."""
DRAWS, NODES = 1000, 15
HEAD = "embeddedness"
TARGET_FLOWS = ("trade_target", "aid_target")
FILLED = {"trade_target": "trade_filled", "aid_target": "aid_filled"}


@dataclass(frozen=True)
class Average:
    """Effect of one step on the mean probability, and on the log odds, with 95 % intervals."""

    step: float
    log_odds: tuple[float, float, float]
    effect: tuple[float, float, float]
    rows: int


def average_effect(
    fit: FrequentistFit,
    frame: pd.DataFrame,
    outcome: str,
    terms: Sequence[str],
    head: str,
    dummies: str,
    *,
    at_means: bool,
) -> Average:
    """Change of the probability for one more SD of `head`, averaged over the rows of a fit, in percentage points.

    Parameters
    ----------
    at_means : bool
        At the mean of every column instead, from the mean of `head`, as Henke (2017) draws it.

    Notes
    -----
    The interval is that of draws from the normal distribution of the estimates. A random intercept is integrated out.
    """
    rows, extra, _ = expand_dummies(frame, outcome, list(terms), dummies, [], varying=True)
    rows = rows.dropna(subset=[outcome, *terms])
    names = [name for name in fit.terms["term"] if not name.startswith("sd:")]
    x = np.column_stack([np.ones(len(rows)) if n == "intercept" else rows[n].to_numpy(float) for n in names])
    if len(rows) != fit.n or set(names) != {"intercept", *terms, *extra}:
        raise AssertionError(f"{len(rows)} rows of {fit.n}, or other terms than those of the fit")
    step = float(rows[head].std())
    x = x.mean(axis=0, keepdims=True) if at_means else x
    table = fit.terms.set_index("term")["estimate"]
    centre = table[names].to_numpy(float)
    random = [name for name in table.index if name.startswith("sd:")]
    centre = np.concatenate([centre, np.log(table[random].to_numpy(float))])
    drawn = np.random.default_rng(1).multivariate_normal(centre, fit.covariance.to_numpy(float), DRAWS)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES) if random else (np.zeros(1), np.ones(1))
    place = names.index(head)

    def effect(beta: np.ndarray) -> float:
        eta = x @ beta[: len(names)]
        own = (np.exp(beta[-1]) if random else 0.0) * nodes[:, None]
        change = expit(eta + beta[place] * step + own) - expit(eta + own)
        return float(100 * np.average(change.mean(axis=1), weights=weights))

    lower, _, upper = middle_and_ends([effect(beta) for beta in drawn])
    row = fit.of(head)
    odds = tuple(float(row[name]) * step for name in ("estimate", "lower", "upper"))
    return Average(step, odds, (effect(centre), float(lower), float(upper)), len(rows))  # pyright: ignore[reportArgumentType]


def _row(
    id_: str, parent: str, changed: str, label: str, found: Average, states: int, interval: str = "ci_95"
) -> dict:
    values = (*found.log_odds, *found.effect, interval, "")
    head = (id_, parent, changed, label, found.rows, states, found.step)
    return dict(zip(COLUMNS, (*head, *values), strict=True))


def printed(study: Study, model: str) -> dict:
    """Her Figure 1: the probability at the mean of embeddedness and one SD above it; no interval is printed."""
    figure = predicted_effects()
    figure = figure[(figure["study"] == STUDY) & (figure["figure"] == FIGURE)]
    figure = figure[figure["outcome"].str.contains(model[1:2], regex=False)].sort_values("value")
    ties, chance = figure["value"].to_numpy(float), figure["predicted"].to_numpy(float)
    rows = study.printed_rows()
    row = rows[(rows["model"] == model) & rows["term"].str.startswith("Diplomatic embeddedness")].iloc[0]
    step, nan = float(ties[1] - ties[0]), float("nan")
    odds = (float(row["estimate"]) * step, nan, nan)
    found = Average(step, odds, (100 * (chance[1] - chance[0]), nan, nan), int(row["n_obs"]))
    return _row("printed", "", "", "as printed, at the means", found, 0, "none printed")


def ladder(study: Study, raw: pd.DataFrame, name: str) -> list[dict]:
    """Her model on these rows, its sample, operations and measures changed one at a time; rows of `COLUMNS`.

    Parameters
    ----------
    study : Study
        Whose terms are those of `henke-2017-coalitions`.
    raw : DataFrame
        Of `data.coalitions.us_coalitions.us_coalitions`, placebo missions among them.
    name : str
        The model's name in the study.
    """
    declared = next(m for m in study.models if m.name == name)
    rows = study.rows(raw)
    everything = study.model_copy(update={"sample": study.sample.model_copy(update={"leave_out": {}})}).rows(
        raw
    )

    def terms(add: Sequence[str] = (), drop: Sequence[str] = (), base: StudyModel = declared) -> StudyModel:
        kept = [t for t in (*base.terms, *add) if t not in drop]
        return base.model_copy(update={"terms": kept})

    filled = terms(FILLED.values(), TARGET_FLOWS)
    short = terms(drop=TARGET_FLOWS)
    by_state = short.model_copy(update={"cluster": study.sample.unit})
    found = [printed(study, name)]

    def add(
        id_: str, parent: str, changed: str, label: str, model: StudyModel, frame=rows, head=HEAD, **how
    ) -> None:
        kept, used, _ = identified(study, model, frame)
        fit = fit_model(study, model, frame, "clustered")
        outcome, dummies = model.outcome or "outcome", str(model.options["dummies"])
        average = average_effect(fit, kept, outcome, used, head, dummies, **{"at_means": False, **how})
        found.append(_row(id_, parent, changed, label, average, fit.units))

    add(
        "here",
        "printed",
        "data",
        "our operations, lists and ties; flows not known as none",
        filled,
        at_means=True,
    )
    add("averaged", "here", "estimand", "averaged over the rows, not at their means", filled)
    add("unknown", "averaged", "sample", "flows not known stay unknown", declared)
    add("short", "averaged", "controls", "without trade and aid with the target", short)
    add("every-un", "short", "operations", "every UN mission counted as hers", short, everything)
    for id_, label, value in (("un", "UN missions only", 1.0), ("no-un", "without UN missions", 0.0)):
        add(id_, "short", "operations", label, short, rows[rows["un"] == value])
    for id_, label, operation in _extremes(study, short, rows):
        add(
            id_,
            "short",
            "operations",
            f"{label}: without {operation}",
            short,
            rows[rows["operation"] != operation],
        )
    add(
        "alliance-any",
        "short",
        "measure",
        "alliance present or not",
        terms(["alliance_any"], ["us_alliance"], short),
    )
    add("memberships", "short", "measure", "memberships alone in place of all ties",
        terms(["memberships"], [HEAD], short), head="memberships")  # fmt: skip
    add("forces", "short", "controls", "US forces in the state added", terms(["stationed"], base=short))
    add("by-state", "short", "errors", "clustered by participant", by_state)
    random = by_state.model_copy(update={"estimator": "random_effects_logit"})
    add("intercepts", "by-state", "model", "random intercepts by participant", random)
    return found


def _extremes(study: Study, model: StudyModel, rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    """The operations without which the log odds of a tie are smallest and largest."""
    slopes = {}
    known = rows[rows[model.outcome or "outcome"].notna()]
    for operation in known["operation"].unique():
        fit = fit_model(study, model, rows[rows["operation"] != operation], "clustered")
        slopes[operation] = float(fit.of(HEAD)["estimate"])
    low, high = min(slopes, key=slopes.__getitem__), max(slopes, key=slopes.__getitem__)
    return [
        ("leave-least", "smallest of leaving one out", low),
        ("leave-most", "largest of leaving one out", high),
    ]


def towards_pooled(frame: pd.DataFrame, outcome: str, kinds: Sequence[str]) -> list[dict]:
    """Rungs between her model and the pooled one: the pooled model's controls, then its breadth of ties.

    Parameters
    ----------
    frame : DataFrame
        Rows of US-led operations with ``ccode, operation``, the outcome, ``embeddedness``, the `kinds` (breadth as
        measured alone and what else the pooled model has beside it) and the pooled model's controls.
    """
    rungs = (
        ("controls", "intercepts", "controls", "the pooled model's controls, operations for years", [HEAD]),
        (
            "breadth",
            "controls",
            "measure",
            "breadth, a latent measured alone, in place of the count",
            list(kinds),
        ),
    )
    found = []
    for id_, parent, changed, label, heads in rungs:
        terms = [*heads, *CONTROLS]
        fit = random_intercepts(frame, outcome, terms)
        average = average_effect(fit, frame, outcome, terms, heads[0], "operation", at_means=False)
        found.append(_row(id_, parent, changed, label, average, fit.units))
    return found


def pooled_rung(
    id_: str,
    parent: str,
    changed: str,
    label: str,
    design: CoalitionDesign,
    posterior: xr.Dataset,
    outcome: str,
    passed: bool,
) -> dict:
    """A rung that is a posterior of the pooled model, averaged over its rows of operations that the US led."""
    values = over_chains(design, posterior, lambda at, _: _led(design, at, outcome))
    effect, odds = (middle_and_ends(values[name])[[1, 0, 2]] for name in ("effect", "log_odds"))
    led = design.row_group < PLACEBO
    found = Average(1.0, tuple(odds), tuple(100 * effect), int(led.sum()))
    states = len(np.unique(design.state[led]))
    return _row(id_, parent, changed, label, found, states, INTERVAL_KIND) | {
        "gate": "passed" if passed else "FAILED"
    }


def led_effects(design: CoalitionDesign, posterior: xr.Dataset) -> xr.Dataset:
    """What the rungs report of a posterior, both outcomes, for the gate.

    Variables ``any:effect``, ``hundred:log_odds`` and so on, dims (chain, draw); effects are probabilities.
    """
    outcomes = {}
    for outcome in ("any", "hundred"):
        values = over_chains(design, posterior, lambda at, _, outcome=outcome: _led(design, at, outcome))
        outcomes |= {f"{outcome}:{name}": values[name] for name in values.data_vars}
    return xr.Dataset(outcomes)


def _led(design: CoalitionDesign, at: dict[str, np.ndarray], outcome: str) -> dict[str, np.ndarray]:
    led = design.row_group < PLACEBO
    eta, gap = at["eta"][:, led], at["gap"][:, led] if outcome == "hundred" else 0.0
    breadth = at["breadth"][:, led]
    change = expit(eta + breadth - gap) - expit(eta - gap)
    return {"effect": change.mean(axis=1), "log_odds": breadth.mean(axis=1)}
