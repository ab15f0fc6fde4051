"""What the report of a run says, as plain data for `workflows.report`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data.panel import panel_ledger
from figures.words import listed
from workflows.estimand_page import estimand_blocks, leave_out_blocks
from workflows.identification import identification
from workflows.mathematics import model_in_symbols, model_in_words, prior_table
from workflows.report import render
from workflows.run_tables import tables_stage
from workflows.spec import bundled_specs, load_spec
from workflows.spec_toml import spec_toml

if TYPE_CHECKING:
    from workflows.run import Run

HEADLINE_COLUMNS = {
    "label": "Estimate",
    "group": "Kind",
    "headline": "H",
    "lower": "Lower",
    "upper": "Upper",
    "interval": "Interval",
    "rows": "Rows",
    "states": "States",
    "step": "Step s",
    "similarity_held": "Similarity held",
}


def page(run: Run) -> str:
    """Render the report of a run as one self-contained HTML page."""
    passed = run.effect_stage.about["passed"]
    advice = run.effect_stage.about["advice"]
    verdict = (
        "The posterior passed every diagnostic of the gate."
        if passed
        else "The gate FAILED: do not report these estimates. " + " ".join(advice)
    )
    return render(
        {
            "title": run.spec.title or run.spec.name,
            "verdict": {"passed": passed, "text": verdict},
            "summary": summary(run),
            "sections": [
                section("comparison", "From the published estimate to the joint posterior", _comparison(run)),
                section("operations", "Each operation", _figures(run, "effects")),
                section("potential", "Unrealized potential", _figures(run, "potential", "predicted")),
                section("ranks", "Who contributed", _figures(run, "rank_change")),
                section(
                    "estimands", "Participation, size, single states, new operations", estimand_blocks(run)
                ),
                section("left-out", "Without each treaty and operation", leave_out_blocks(run)),
                section("depth", "Depth of treaties, and whether the outcome rewrote it", _depth(run)),
                section("checks", "Does the model reproduce what was seen?", _checks(run)),
                section("estimates", "Estimates", _estimates(run)),
                section("gate", "Diagnostics", _gate(run), open_=not passed),
                section("model", "The model", _model(run), open_=False),
                section(
                    "quality", "Data quality: errors found, and what they do", _quality(run), open_=False
                ),
                section("data", "Data: every row accounted for", _data(run), open_=False),
                section("sources", "Sources, and how to cite them", _sources(run), open_=False),
                section("appendix", "Appendix to paste into a paper", _appendix(run), open_=False),
                section("reproduce", "How to reproduce this page", _reproduce(run), open_=False),
            ],
        }
    )


def section(key: str, title: str, blocks: list[dict], open_: bool = True) -> dict[str, Any]:
    """One foldable section of the page."""
    return {"id": key, "title": title, "open": open_, "blocks": blocks}


def text(*lines: str) -> dict[str, str]:
    """Paragraphs."""
    return {"kind": "text", "text": "\n\n".join(lines)}


def table(caption: str, frame: pd.DataFrame, names: dict[str, str], source: str) -> dict[str, Any]:
    """A table of the columns of `frame` in `names`, which gives their headings."""
    kept = [name for name in names if name in frame]
    numeric = {n: pd.api.types.is_numeric_dtype(frame[n]) and frame[n].dtype != bool for n in kept}
    rows = frame[kept].astype(object).where(frame[kept].notna(), None).to_dict("records")
    columns = [{"name": n, "label": names[n], "numeric": bool(numeric[n])} for n in kept]
    for row in rows:
        row.update({k: ("yes" if v else "no") for k, v in row.items() if isinstance(v, bool | np.bool_)})
    return {"kind": "table", "caption": caption, "columns": columns, "rows": rows, "source": source}


READINGS = {
    "difference": "measured as how similarly a state votes in the United Nations less how deep its treaty is",
    "residual": "measured as the shortfall of its treaty's depth from what is usual among states that vote alike",
}


def summary(run: Run) -> list[str]:
    """What a reader in a hurry should know; every number is one of ``headline.csv``."""
    rows = run.headline
    posterior = rows[rows["group"] == "posterior"]
    each = posterior[posterior["id"].str.startswith("posterior:operation:")]
    names = [row.label.removesuffix(": posterior") for row in each.itertuples()]
    passed = run.effect_stage.about["passed"]
    paragraphs = [
        "When a coalition goes to war, why do some states send many soldiers and most none? One answer is that "
        "states send more when their alliance with the leader falls short of what their shared interests would "
        f"support. This page asks whether that shortfall went together with troops in {listed(names)}. The "
        f"shortfall, or unrealized potential, is {READINGS[run.spec.model.potential.kind]} "
        f"({run.spec.model.potential.kind}).",
    ]
    if not passed:
        paragraphs.append(
            "The diagnostics did not pass: what follows shows where things stand and is not a result."
        )
    step = "one standard deviation more unrealized potential"
    for row in each.itertuples():
        paragraphs.append(
            f"{row.label.removesuffix(': posterior')}: {step} is associated with {abs(row.headline):,.0f} "
            f"{'more' if row.headline > 0 else 'fewer'} troops per year from a military of average size. {_sure(row)}"
        )
    whole = posterior[posterior["id"] == "posterior:all_rows"]
    for row in whole.itertuples():
        if len(each) > 1:
            paragraphs.append(
                f"Over all {row.rows:,.0f} rows and {row.states:,.0f} states it is {row.headline:,.0f} "
                f"({_between(row)}).".replace("-", "−")
            )
    for row in rows[rows["id"] == "published:all_controls"].itertuples():
        paragraphs.append(
            f"The published regression said {row.headline:,.0f} more troops ({_between(row)}) for a step of "
            f"{row.step:.2f} in its own measure. The tables below lead from that number to these, one change at a time."
        )
    paragraphs.append(
        "These are associations in what states did. They do not say what would happen if a treaty were changed."
    )
    return paragraphs


def _sure(row) -> str:
    """How far the data settle the sign, in words."""
    interval = f"With 95 % probability the number lies between {_between(row).replace(' to ', ' and ')}"
    if row.lower * row.upper > 0:
        return f"{interval}: the sign is clear, the size less so."
    return f"{interval}: the data do not settle whether it is more or fewer."


def _between(row) -> str:
    """An interval in words, with true minus signs."""
    return f"{row.lower:,.0f} to {row.upper:,.0f}".replace("-", "−")


def _comparison(run: Run) -> list[dict]:
    held = "with similarity held" if run.spec.model.contribution.hold_similarity else "similarity not held"
    return [
        text(
            "H = 111,976 × mean over rows of E[share | U + s] − E[share | U], in troops per year. The reference "
            f"rows are the {run.panel.sizes['row']:,} outcome rows of this panel; other predictors are held and state "
            f"effects come from their posterior. The step s is 0.35 for the published potential and the standard "
            f"deviation of potential over the reference rows elsewhere ({run.effect.attrs['step']:.3f} here), {held}. "
            "For a linear model H does not depend on the rows."
        ),
        *_figures(run, "headline"),
        table("Headline effects, troops per year", run.headline, HEADLINE_COLUMNS, "comparison/headline.csv"),
        text("Notes.", _notes(run.headline)),
    ]


def _notes(headline: pd.DataFrame) -> str:
    """Each distinct note once, with the estimates that it belongs to, or how many where they are many."""
    noted = headline.dropna(subset=["note"])
    groups = noted[noted["note"] != ""].groupby("note", sort=False)["label"]
    lines = []
    for note, labels in groups:
        models = labels.str.split(r"[,:]").str[0].drop_duplicates()
        who = ", ".join(labels) if len(labels) <= 2 else f"{', '.join(models)} ({len(labels)} estimates)"
        lines.append(f"- {who}: {note}.")
    return "\n".join(lines)


def _figures(run: Run, *starts: str) -> list[dict]:
    return [
        {
            "kind": "figure",
            "png": (run.figures_stage / f"{f['name']}.png").read_bytes(),
            "caption": f["caption"],
            "alt": f["title"],
            "name": f["name"],
        }
        for start in starts
        for f in run.figures_stage.about["figures"]
        if f["name"].startswith(start)
    ]


def _depth(run: Run) -> list[dict]:
    blocks = [text(*identification(run.joint))]
    if run.joint.uninformative:
        blocks.append(
            text(
                "Provisions that do not vary among these treaties carry no information about depth and are left "
                f"out of its measurement: {', '.join(n.replace('_', ' ') for n in run.joint.uninformative)}."
            )
        )
    if len(run.feedback):
        moved = run.feedback.loc[run.feedback["moved"], "treaty"].tolist()
        blocks += [
            text(
                "The outcome can rewrite the measure of depth. Chains start in both orders of treaties; a treaty is "
                "flagged when its depth moved by more than its own uncertainty under measurement alone. "
                + (f"Flagged: {', '.join(map(str, moved))}." if moved else "None is flagged.")
            ),
            *_figures(run, "feedback"),
            table(
                "Depth in standard deviations over treaties, median and 95 % equal-tailed interval",
                run.feedback,
                {
                    "treaty": "Treaty",
                    "alone": "Measurement alone",
                    "alone_lower": "Lower",
                    "alone_upper": "Upper",
                    "joint": "Joint",
                    "joint_lower": "Lower",
                    "joint_upper": "Upper",
                    "moved": "Moved",
                },
                "gate/feedback.csv",
            ),
        ]
    return blocks


def _checks(run: Run) -> list[dict]:
    prior = pd.read_csv(run.prior_stage / "check.csv")
    posterior = pd.read_csv(run.predictive_stage / "check.csv")
    bad = int((~posterior["passed"]).sum())
    return [
        *_figures(run, "predictive"),
        text(
            "Every observed statistic lies within the central 99 % of its replications."
            if bad == 0
            else f"{bad} of {len(posterior)} statistics lie outside the central 99 % of their replications: the model "
            "misses that feature of the data, and effects that rest on it deserve doubt."
        ),
        table(
            "Posterior predictive: observed against replicated (99 % equal-tailed interval)",
            posterior,
            {
                "rows": "Rows",
                "statistic": "Statistic",
                "observed": "Observed",
                "median": "Median",
                "lower": "Lower",
                "upper": "Upper",
                "passed": "Passed",
            },
            "predictive/check.csv",
        ),
        table(
            "Prior predictive: what the prior alone believes",
            prior,
            {
                "criterion": "Criterion",
                "unit": "Unit",
                "found": "Found",
                "limit": "Limit",
                "passed": "Passed",
            },
            "prior/check.csv",
        ),
    ]


def _gate(run: Run) -> list[dict]:
    names = {"check": "Check", "found": "Found", "limit": "Limit", "passed": "Passed", "advice": "Advice"}
    worst = run.gate.parameters.sort_values("ess_bulk").head(15)
    return [
        table("The gate", run.gate.checks, names, "gate/checks.csv"),
        *_figures(run, "diagnostics"),
        table(
            "The fifteen quantities with the smallest bulk effective sample size",
            worst,
            {
                "quantity": "Quantity",
                "r_hat": "R-hat",
                "ess_bulk": "Bulk ESS",
                "ess_tail": "Tail ESS",
                "passed": "Passed",
            },
            "gate/parameters.csv",
        ),
        text(
            "Not checked, being functions of what was: "
            + (", ".join(run.gate.left_out) if run.gate.left_out else "nothing")
            + "."
        ),
    ]


def _estimates(run: Run) -> list[dict]:
    found = pd.read_csv(tables_stage(run) / "estimates.csv", keep_default_na=True)
    found["label"] = found["parameter"].str.replace("_", " ") + (": " + found["of"]).fillna("")
    measured = found["parameter"].str.startswith(("loading", "threshold"))
    found = pd.concat([found[~measured], found[measured]])
    return [
        text(
            "Parameters of the population, on the scale of their linear predictor: coefficients, spreads, loadings and "
            "thresholds. Coefficients of different likelihoods cannot be compared; the headline effect can. Effects of "
            "single states, treaties and years are in the posterior file. The same table is in tables/estimates.csv and, "
            "for Stata, tables/estimates.dta."
        ),
        table(
            "Posterior median, standard deviation and 95 % equal-tailed interval",
            found,
            {
                "label": "Parameter",
                "median": "Median",
                "sd": "SD",
                "lower": "Lower",
                "upper": "Upper",
                "r_hat": "R-hat",
                "ess_bulk": "Bulk ESS",
                "ess_tail": "Tail ESS",
            },
            "tables/estimates.csv",
        ),
    ]


def _quality(run: Run) -> list[dict]:
    folder = tables_stage(run)
    found, doubts = (pd.read_csv(folder / f"{name}.csv") for name in ("quality", "disagreements"))
    blocks: list[dict] = []
    if len(found):
        blocks += [
            text(
                "Errors of the published file, each put right by itself. H is that of the published model All Controls, "
                "estimated on the authors' file and on the corrected one."
            ),
            table(
                "Errors, what is done, whom they touch, and H in troops per year",
                found,
                {
                    "error": "What the file holds",
                    "put_right": "What is done",
                    "cells": "Cells",
                    "states": "States",
                    "which": "Which",
                    "before": "H before",
                    "after": "H after",
                    "rows_before": "Rows before",
                    "rows_after": "Rows after",
                },
                "tables/quality.csv",
            ),
        ]
    if len(doubts):
        names = {"table": "Table", "model": "Model", "term": "Term", "says": "One says", "but": "The other"}
        blocks.append(
            table(
                "Where the study's text, tables and files disagree", doubts, names, "tables/disagreements.csv"
            )
        )
    return blocks or [text("No study stands beside this run, and no error of its sources is known.")]


def _sources(run: Run) -> list[dict]:
    found = pd.read_csv(tables_stage(run) / "sources.csv", keep_default_na=False)
    names = {"citation": "Citation", "what": "For", "version": "Version", "address": "Address"}
    names = {name: label for name, label in names.items() if (found[name] != "").any()}
    return [
        text("Whoever uses these estimates uses these sources; please cite them."),
        table("Sources of this panel", found, names, "tables/sources.csv"),
    ]


def _appendix(run: Run) -> list[dict]:
    return [
        text(
            "Model, data, priors, diagnostics and estimates in Markdown. The file is tables/appendix.md; tables for "
            "Stata are tables/estimates.dta and tables/headline.dta."
        ),
        {"kind": "code", "text": (tables_stage(run) / "appendix.md").read_text(encoding="utf-8")},
    ]


def _model(run: Run) -> list[dict]:
    return [
        text(*model_in_words(run.joint)),
        {"kind": "math", "tex": model_in_symbols(run.joint)},
        table(
            "Priors",
            prior_table(run.joint),
            {"parameter": "Parameter", "prior": "Prior", "unit": "Unit"},
            "run.json",
        ),
    ]


def _data(run: Run) -> list[dict]:
    ledger = panel_ledger(run.panel)
    sources = pd.DataFrame(json.loads(run.panel.attrs["provenance"]))
    sources["sha256"] = sources["sha256"].str[:16]
    return [
        table(
            "Ledger: rows in, left out by reason, kept",
            ledger,
            {"step": "Step", "reason": "Reason", "rows": "Rows", "troops": "Troops"},
            "panel/ledger.csv",
        ),
        table(
            "Files read",
            sources,
            {"file": "File", "source": "Source", "version": "Version", "sha256": "SHA-256 (first 16)"},
            "panel/panel.nc",
        ),
    ]


def _reproduce(run: Run) -> list[dict]:
    from workflows.store import versions

    data = " --data DIR" if run.data is not None else ""
    sampling = run.spec.sampling
    name = run.spec.name if _is_bundled(run) else f"{run.spec.name}.toml"
    command = (
        f"coalition run {name}{data} --seed {sampling.seed} --chains {sampling.chains} "
        f"--draws {sampling.draws} --sampler {sampling.sampler}"
    )
    used = ", ".join(f"{k} {v}" for k, v in versions().items())
    return [
        {"kind": "code", "text": command},
        text(
            "The same seed gives the same draws on the same machine with the same versions "
            f"({used}); on other machines results agree within Monte Carlo error."
        ),
        text(f"The spec, to be kept as {run.spec.name}.toml:"),
        {"kind": "code", "text": spec_toml(run.spec)},
    ]


def _is_bundled(run: Run) -> bool:
    """Whether the run's spec is a bundled one but for its sampling."""
    if run.spec.name not in bundled_specs():
        return False
    bundled, mine = load_spec(run.spec.name).describe(), run.spec.describe()
    return {**bundled, "sampling": None} == {**mine, "sampling": None}
