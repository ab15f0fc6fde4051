"""What the page of a bridge says, as plain data for `workflows.pages.report`."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from data.studies.corrections import CORRECTIONS
from figures import bridge as picture
from figures.words import count, decimal, interval_words, span
from workflows.estimands.headline import AVERAGE_ARMED_FORCES, PUBLISHED_STEP
from workflows.pages.blocks import section, table, text
from workflows.pages.figure_files import figure
from workflows.pages.report import render
from workflows.run.panel_notices import spans
from workflows.series.bridge.poast import survivors

COLUMNS = (
    "label: Rung", "parent_label: Against", "changed: What changes", "headline", "lower", "upper", "interval", "moved",
    "cause", "rows", "states", "step", "similarity_held", "gate",
)  # fmt: skip
CORRECTED = (
    "model", "corrections", "errors", "estimate: Coefficient", "estimate_lower", "estimate_upper", "interval",
    "headline", "step", "rows: N", "states",
)  # fmt: skip
TWINS = (
    "study", "model", "term", "estimate", "estimate_lower", "estimate_upper", "estimate_interval: Interval",
    "mean: Posterior mean", "lower: Lower ", "upper: Upper ", "interval: Interval ", "difference_in_mcse", "rows",
    "gate",
)  # fmt: skip
POAST = (
    "label: Propensity", "predictor", "level", "headline", "lower", "upper", "interval", "step: One SD", "unit", "rows",
    "states", "gate",
)  # fmt: skip


@dataclass
class Contents:
    """Everything that the page shows.

    Attributes
    ----------
    title : str
    table : DataFrame
        See `workflows.series.bridge.table.bridge_table`.
    figure : bytes
        PNG.
    caption : str
    corrections, changed : DataFrame
        Estimates of the study under each correction, and the cells that each changed; empty without data.
    twins, poast : DataFrame
        See `workflows.published.twins.twin_table` and `poast.PoastTest`; empty where not asked for.
    absent : dict of str
        Why a section is empty.
    added : str
        Which rows the rung ``operations`` adds.
    command : str
        What makes this page again.
    notes : list of str
        Statements about identification.
    """

    title: str
    table: pd.DataFrame
    figure: bytes
    caption: str
    corrections: pd.DataFrame = field(default_factory=pd.DataFrame)
    changed: pd.DataFrame = field(default_factory=pd.DataFrame)
    twins: pd.DataFrame = field(default_factory=pd.DataFrame)
    poast: pd.DataFrame = field(default_factory=pd.DataFrame)
    absent: dict[str, str] = field(default_factory=dict)
    added: str = ""
    command: str = ""
    notes: list[str] = field(default_factory=list)


def page(contents: Contents) -> str:
    """Render the bridge as one self-contained HTML page."""
    failed = contents.table[contents.table["passed"].eq(False)]
    names = list(dict.fromkeys(failed["rung"]))
    verdict = (
        "Every sampled rung passed every diagnostic of the gate."
        if not names
        else f"{count(len(names), 'rung')} FAILED the gate and must not be reported: {', '.join(names)}. Failed rungs "
        "are shown, marked, because a bridge with a rung missing would hide where computation is hard."
    )
    parts = [
        section("bridge", "From the printed estimate to the joint posterior", _bridge(contents)),
        section("data-quality", "Data quality: what each known error does", _quality(contents)),
        section("twins", "Twins: the same model, estimated and sampled", _twins(contents)),
        section("poast", "Embeddedness, potential and a general propensity to cooperate", _poast(contents)),
        section("gate", "Rungs that failed the gate", _gate(failed), open_=bool(names)),
        section(
            "reproduce",
            "How to reproduce this page",
            [{"kind": "code", "text": contents.command}],
            open_=False,
        ),
    ]
    return render(
        {
            "title": contents.title,
            "verdict": {"passed": not names, "text": verdict},
            "summary": summary(contents.table),
            "sections": parts,
        }
    )


def summary(rungs: pd.DataFrame) -> list[str]:
    """The bridge in a few sentences; every number is one of the table's."""
    lines = [
        "The bridge leads from a printed regression estimate to a joint hierarchical posterior, changing one thing "
        "at a time. Each rung reports the headline effect H: the troops per year, for armed forces of average "
        "size, that go with one step more unrealized alliance potential."
    ]
    trunk = rungs[rungs["id"] == rungs["rung"]]
    first, last = trunk.iloc[0], trunk[trunk["group"] == "posterior"].tail(1)
    lines.append(f"{first['label']}: {_said(first)}.")
    for _, row in last.iterrows():
        failed = "" if pd.isna(row["passed"]) or row["passed"] else " This rung failed the gate."
        lines.append(f"The last rung, {row['label'].lower()}: {_said(row)}.{failed}")
    known = trunk[trunk["cause"].ne("") & trunk["moved"].notna()]
    if len(known):
        most = known.loc[known["moved"].abs().idxmax()]
        word = "up" if most["moved"] > 0 else "down"
        lines.append(
            f"The single change that moves H most is {most['cause']} ({most['label']}): {word} by "
            f"{decimal(abs(most['moved']), 0)} troops."
        )
    return lines


def _said(row: pd.Series) -> str:
    interval = f"{span(row['lower'], row['upper'])}, {interval_words(row['interval'])}"
    return f"H = {decimal(row['headline'], 0)} troops per year ({interval})"


def _bridge(contents: Contents) -> list[dict]:
    rungs = contents.table
    labels = rungs.set_index("id")["label"]
    gates = {True: "passed", False: "FAILED"}
    shown = rungs.assign(
        parent_label=[labels.get(parent, "") for parent in rungs["parent"]],
        gate=[gates.get(value, "nothing sampled") for value in rungs["passed"]],
        label=[
            "\u2003" * int(level) + label for level, label in zip(rungs["level"], rungs["label"], strict=True)
        ],
    )
    blocks = [
        figure("bridge", contents.caption, picture.ALT, png=contents.figure),
        text(
            f"H = {AVERAGE_ARMED_FORCES:,} × mean over the reference rows of E[share | U + s] − E[share | U]. The step "
            f"s is {PUBLISHED_STEP} for the published potential and one standard deviation of potential on the "
            "reference rows for every other; it stays the same from the rung that measures depth anew to the last. A "
            "cause is named only where a single input changed. An interval that excludes zero on one rung and not on "
            "the next says that the change matters for what one may conclude, not which rung is right."
        ),
        table("The rungs, troops per year", shown, COLUMNS, "bridge.csv"),
    ]
    if contents.added:
        blocks.append(text(contents.added))
    noted = rungs[rungs["note"].ne("")].groupby("note", sort=False)["label"]
    lines = [f"- {', '.join(dict.fromkeys(found))}: {note}." for note, found in noted]
    blocks.append(text("Notes.", "\n".join([*lines, *(f"- {line}" for line in contents.notes)])))
    return blocks


def _quality(contents: Contents) -> list[dict]:
    if contents.corrections.empty:
        return [text(contents.absent.get("corrections", "No study is named by the spec."))]
    found = contents.corrections.copy()
    everything = "+".join(CORRECTIONS)
    words = {"": "none", everything: "all five"}
    found["corrections"] = [words.get(name, name) for name in found["corrections"].fillna("")]
    found["corrections"] = found["corrections"].where(found["group"] != "published", "as printed")
    counts = changed_counts(contents.changed)
    years = changed_years(contents.changed)
    what = "\n".join(
        f"- {name}: the file holds {c.holds}; the source: {c.source}. Done: {c.done}."
        for name, c in CORRECTIONS.items()
    )
    return [
        text(
            "The authors' merged file reproduces the printed table exactly; what follows compares it with the "
            "sources that it was made from. Each difference is a correction of its own, applied alone and together "
            "with the others.",
            what,
        ),
        table(
            "What each correction changes",
            counts,
            ("correction", "state_years: State-years", "states", "cells", "columns"),
            "changed.csv",
        ),
        table(
            "Each published coefficient of potential under each correction, share per unit of potential",
            found,
            CORRECTED,
            "corrections.csv",
        ),
        table(
            "Which states and years changed",
            years,
            ("correction", "country: State", "changed_in: Years", "reason"),
            "changed.csv",
        ),
    ]


def changed_counts(changed: pd.DataFrame) -> pd.DataFrame:
    """State-years, states and cells that each correction, a line each, changes, and in which columns."""
    cells = changed.groupby("correction", sort=False)
    years = changed.drop_duplicates(["correction", "ccode", "year"]).groupby("correction", sort=False)
    columns = cells["column"].agg(lambda names: ", ".join(dict.fromkeys(names)))
    counts = {"state_years": years.size(), "states": years["ccode"].nunique(), "cells": cells.size()}
    return pd.DataFrame({**counts, "columns": columns}).reset_index()


def changed_years(changed: pd.DataFrame) -> pd.DataFrame:
    """One row for each correction, state and reason: the years, runs of them joined."""
    keys = ["correction", "country", "reason"]
    cells = changed.drop_duplicates([*keys, "year"]).sort_values(["year"])
    found = cells.groupby(keys, sort=True)["year"].agg(lambda years: spans(years, "-"))
    return found.rename("changed_in").reset_index()


def _twins(contents: Contents) -> list[dict]:
    if contents.twins.empty:
        return [text(contents.absent.get("twins", "No twins were asked for."))]
    found = contents.twins
    own = found[found["kind"] == "twin"]
    shown = found.assign(gate=["passed" if ok else "FAILED" for ok in found["passed"]])
    lines = [
        "A twin has the likelihood and the design matrix of the regression beside it and nearly flat priors: a "
        "difference can only come from priors and computation."
    ]
    if len(own):
        lines.append(
            f"The largest difference between a posterior mean and its estimate is "
            f"{own['difference_in_mcse'].abs().max():.1f} Monte Carlo standard errors, over {len(own)} coefficients "
            "(logits differ by more than that: with few rows their posterior is skewed)."
        )
    others = found[found["kind"] != "twin"].drop_duplicates(["study", "model"])
    lines.append("\n".join(f"- {row.study}, {row.model}: {row.kind}." for row in others.itertuples()) or "")
    return [
        text(*[line for line in lines if line]),
        table("Estimates and posteriors", shown, TWINS, "twins.csv"),
    ]


def _poast(contents: Contents) -> list[dict]:
    if contents.poast.empty:
        return [text(contents.absent.get("poast", "The test was not asked for."))]
    found = contents.poast
    shown = found.assign(gate=["passed" if ok else "FAILED" for ok in found["passed"]])
    return [
        text(
            "Do states that cooperate simply keep cooperating? Embeddedness (memberships shared with the leader in "
            "international organisations, year before, plus treaties in force) and potential are each split into "
            "a state's long-run mean and its own deviation from it. A general propensity to cooperate enters as "
            "varying states, as the state's record of United Nations peacekeeping in the five years before, as "
            "both, or not at all. Depth is plugged in; treaties have no intercepts of their own here. What survives:",
            "\n".join(f"- {line}" for line in survivors(found)),
        ),
        table(
            "Troops per year for one SD of each predictor at its level",
            shown,
            POAST,
            "poast.csv",
        ),
    ]


def _gate(failed: pd.DataFrame) -> list[dict]:
    if failed.empty:
        return [text("None.")]
    once = failed.drop_duplicates("rung")
    return [text("\n".join(f"- {row.rung}: {row.advice}" for row in once.itertuples()))]
