"""The report of the pooled model of US-led coalitions, one HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from data.coalitions.agreement import agreement
from figures.effects import caption, effects
from figures.style import to_png
from figures.words import decimal, interval_words, span
from workflows.draws.summary import INTERVAL_KIND
from workflows.pages.blocks import section, table, text
from workflows.pages.figure_files import figure
from workflows.pages.report import render

if TYPE_CHECKING:
    from workflows.coalitions.run import CoalitionRun

BOUNDS = ("median", "lower", "upper")
CANNOT = (
    "- Contingents below 100 in most UN missions, and all of missions that ended before 1994.",
    "- Bilateral treaties, which make most of the ties that Henke counts: breadth here is memberships, alliances, "
    "missions and trade.",
    "- What ties do: nobody assigns them, and states that join much may differ in what no column holds.",
    "- Payments that nobody recorded: no record is unknown, not none.",
)


def coalition_page(run: CoalitionRun) -> str:
    """Render the report."""
    about = run.results_stage.about
    slopes = run.table("slopes")
    good = "The posterior passed every diagnostic of the gate."
    verdict: dict[str, Any] = {"passed": run.passed, "text": good}
    if not run.passed:
        advice = [*about["advice"], *about["measurement_advice"]]
        verdict = {"passed": False, "text": "Do not report these estimates. What failed:", "advice": advice}
    return render(
        {
            "title": run.spec.title,
            "verdict": verdict,
            "summary": [answer(slopes), without_feedback(run.table("plug_in"))],
            "sections": [
                section(
                    "placebo", "Breadth of ties, by operation and against the placebo", _placebo(run, slopes)
                ),
                section(
                    "effects", "Effects on the probability of taking part", _effects(run.table("effects"))
                ),
                section("checks", "Contributors by operation, observed and replicated", _checks(run)),
                section("feedback", "Whether the outcome rewrote what is measured", _feedback(run)),
                section("payments", "Payments, as bounds", _payments(run)),
                section("cannot", "What the data cannot say", [_cannot(run)]),
                section("data", "Operations, ledger and agreement of sources", _data(run), open_=False),
                section("gate", "Diagnostics", _gate(run), open_=not run.passed),
            ],
        }
    )


def answer(slopes: pd.DataFrame) -> str:
    """The placebo's answer in words, whatever it is."""
    group = slopes[slopes["level"] == "group"].set_index("name")
    contrast = slopes[slopes["level"] == "contrast"].set_index("name")
    led, led_un, placebo = (_said(group.loc[name]) for name in group.index)
    difference = contrast.loc["US-led UN minus placebo"]
    clear = difference["lower"] * difference["upper"] > 0
    verdict = "differ" if clear else "cannot be told apart"
    return (
        "Log odds of taking part for one SD of breadth of ties with the United States, between states: "
        f"{led_un} in UN missions that the United States led or set up, {placebo} in UN missions that it did not lead, "
        f"{led} in its coalitions ad hoc or under NATO. The first two {verdict}: difference {_said(difference)}. "
        "Where they do not differ, breadth says who takes part in missions of the United Nations, not who follows the "
        "United States."
    )


def without_feedback(found: pd.DataFrame) -> str:
    """The same where the outcome cannot rewrite breadth."""
    rows = found.set_index("fit")
    led_un, placebo, difference = (
        f"{decimal(r['estimate'], 2)} ({span(r['lower'], r['upper'], 2)}, 95 %)"
        for _, r in rows.loc[["US-led, UN", "UN, not US-led", "US-led UN minus placebo"]].iterrows()
    )
    return (
        "With breadth as measured alone, in a logit of 100 and more with random intercepts by state, the slopes are "
        f"{led_un} and {placebo}, their difference {difference}. What the joint posterior has more than that comes with "
        "breadth that the outcome itself has moved."
    )


def _said(row: pd.Series) -> str:
    return f"{decimal(row['median'], 2)} ({span(row['lower'], row['upper'], 2)}, 95 %)"


def _placebo(run: CoalitionRun, slopes: pd.DataFrame) -> list[dict]:
    drawn = slopes[slopes["level"] != "contrast"].assign(
        label=slopes["name"], pooled=slopes["level"] == "group"
    )
    drawn = drawn.sort_values("group", kind="stable")
    png = to_png(effects(drawn, label="Log odds for one SD of breadth between states"))
    positive = "probability_positive: Probability that it is positive"
    names = ("level: ", "name: Operation or group", "group", *BOUNDS, positive)
    logit = ("fit: Operations", "outcome", "estimate", "lower", "upper", "interval", "rows", "states")
    return [
        figure("slopes", caption(drawn), "Slopes of breadth by operation", png=png),
        table(f"Slopes of breadth ({interval_words(INTERVAL_KIND)})", slopes, names, "results/slopes.csv"),
        table(
            "Breadth as measured alone, random intercepts", run.table("plug_in"), logit, "results/plug_in.csv"
        ),
    ]


def _effects(found: pd.DataFrame) -> list[dict]:
    names = ("effect", "step: Step", "group: Operations", *BOUNDS)
    titles = {"any": "Taking part at all", "hundred": "Sending 100 and more"}
    return [
        table(
            f"{title}, percentage points ({interval_words(INTERVAL_KIND)})",
            found[found["outcome"] == key],
            names,
            "results/effects.csv",
        )
        for key, title in titles.items()
    ]


def _checks(run: CoalitionRun) -> list[dict]:
    found = run.table("predictive")
    out = found[~found["inside"]]
    named = ", ".join(f"{r.operation} ({r.outcome})" for r in out.itertuples()) or "none"
    names = ("operation", "outcome", "observed", *BOUNDS, "inside")
    return [
        text(f"Outside the 95 % interval of {len(found)} numbers: {named}."),
        table(
            f"Numbers of contributors ({interval_words(INTERVAL_KIND)})",
            found,
            names,
            "results/predictive.csv",
        ),
    ]


def _feedback(run: CoalitionRun) -> list[dict]:
    found = run.table("feedback")
    names = ("name", "alone", "alone_sd: SD", "joint: Jointly", "joint_sd: SD ", "moved")
    treaties, breadth = (found[found["measure"] == m] for m in ("treaty_depth", "breadth"))
    far = breadth[breadth["moved"].abs() > 1]
    most = breadth.sort_values("moved", key=abs, ascending=False).head(10)
    said = (
        f"Breadth measured alone and jointly correlates at {breadth['alone'].corr(breadth['joint']):.2f} over "
        f"{len(breadth)} states; moved by more than its own SD: {', '.join(far['name']) or 'none'}."
    )
    return [
        text(said),
        table("Depth of treaties", treaties, names, "results/feedback.csv"),
        table(
            "Breadth of the states that moved most",
            most,
            names,
            "results/feedback.csv",
        ),
    ]


def _payments(run: CoalitionRun) -> list[dict]:
    difference = ("difference: Difference, no record as unpaid", "lower: Least", "upper: Largest")
    names = ("operation", "contributors", "paid", "sought: Sought only", "no_record", *difference)
    said = (
        "How unexpected a contributor's part was (one minus its probability without the state's own effect): mean of "
        "the paid less that of the others. Contributors without a record may have been paid: least and largest are "
        "the bounds over every way to settle that."
    )
    return [
        text(said),
        table("Paid and other contributors", run.table("payments"), names, "results/payments.csv"),
    ]


def _data(run: CoalitionRun) -> list[dict]:
    operations = run.coalitions.operations
    listed = operations[operations["lists"].notna()]
    first = ("operation", "frame", "start_year: Began", "included: US-led")
    more = (
        "lists: Lists (complete for)",
        "rows",
        "contributors",
        "of_100",
        "known_none: Known to have sent none",
    )
    agreed = agreement(run.data)
    printed = "coalition data coalitions"
    return [
        table(
            "Operations with lists of contributors",
            listed,
            (*first, *more),
            "data/bundled/coalition_lists.csv",
        ),
        table(
            "Operations without",
            operations[operations["lists"].isna()],
            (*first, "why"),
            "data/bundled/us_coalitions.csv",
        ),
        table("Ledger", run.coalitions.ledger, ("step: Step", "reason", "rows"), printed),
        table("Rows of the model", run.table("left_out"), ("reason", "rows"), "results/left_out.csv"),
        table("Agreement of sources", agreed, tuple(agreed), printed),
    ]


def _cannot(run: CoalitionRun) -> dict[str, str]:
    table_ = run.coalitions.operations
    included = table_[table_["included"] == "yes"]
    without = included.loc[included["lists"].isna(), "operation"]
    said = (
        f"- Who took part in {len(without)} of the {len(included)} coalitions, of which no list is at hand: "
        f"{', '.join(without)}."
    )
    return text("\n".join([said, *CANNOT]))


def _gate(run: CoalitionRun) -> list[dict]:
    names = ("check", "found", "limit", "passed", "advice")
    return [table("Gate", run.table("gate"), names, "results/gate.csv")]
