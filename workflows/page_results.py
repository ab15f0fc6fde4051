"""What the report of a run says of its results: comparison, depth, checks, gate and estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from data.panel import coders_of
from data.text import read_csv
from figures.words import parameter
from workflows.feedback import by_name
from workflows.headline import AVERAGE_ARMED_FORCES, PUBLISHED_STEP
from workflows.identification import PHRASES, holding, identification
from workflows.page_blocks import figures, table, text
from workflows.restart import told
from workflows.separate_check import separate_blocks, with_separate

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


def _published(run: Run) -> bool:
    return bool((run.headline["group"] == "published").any())


def comparison_title(run: Run) -> str:
    """What the first section sets side by side: a run on one's own operation has no published estimate."""
    first = "From the published estimate" if _published(run) else "From least squares"
    return f"{first} to the joint posterior"


def comparison_blocks(run: Run) -> list[dict]:
    """The headline effect of every model on one axis and in one table."""
    held = PHRASES[holding(run.spec.model, run.panel)]
    printed = f"{PUBLISHED_STEP} for the published potential and " if _published(run) else ""
    elsewhere = "elsewhere " if printed else ""
    return [
        text(
            f"H = {AVERAGE_ARMED_FORCES:,} × mean over rows of E[share | U + s] − E[share | U], in troops per year. "
            f"The reference rows are the {run.panel.sizes['row']:,} outcome rows of this panel; other predictors are "
            f"held and state effects come from their posterior. The step s is {printed}"
            f"the standard deviation of potential over the reference rows {elsewhere}"
            f"({run.effect.attrs['step']:.3f} here), {held}. For a linear model H does not depend on the rows. "
            "{figure:headline} draws and {table:comparison/headline.csv} lists every estimate."
        ),
        *figures(run, "headline"),
        table("Headline effects, troops per year", run.headline, HEADLINE_COLUMNS, "comparison/headline.csv"),
        text("Notes.", _notes(run.headline)),
        *separate_blocks(run),
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


def depth_blocks(run: Run) -> list[dict]:
    """What identifies depth, and how far the outcome moved it."""
    blocks = [text(*identification(run.joint))]
    if coders := coders_of(run.panel):
        blocks.append(
            text(
                f"Provisions are coded by {coders}. Whoever looks at practice finds provisions that a treaty's text "
                "does not have, so depth depends on the coder."
            )
        )
    if run.joint.uninformative:
        blocks.append(
            text(
                "Provisions that do not vary among these treaties carry no information about depth and are left "
                f"out of its measurement: {', '.join(n.replace('_', ' ') for n in run.joint.uninformative)}."
            )
        )
    if len(run.feedback):
        found = by_name(run.feedback)
        moved = found.loc[found["moved"], "treaty"].tolist()
        blocks += [
            text(
                "The outcome can rewrite the measure of depth. Chains start in both orders of treaties; a treaty is "
                "flagged when its depth moved by more than its own uncertainty under measurement alone "
                "({figure:feedback}). "
                + (f"Flagged: {', '.join(map(str, moved))}." if moved else "None is flagged.")
            ),
            *figures(run, "feedback"),
            table(
                "Depth in standard deviations over treaties, median and 95 % equal-tailed interval",
                found,
                {
                    "treaty": "Treaty",
                    **({"coder": "Coder"} if "coder" in run.feedback else {}),
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


def checks_blocks(run: Run) -> list[dict]:
    """Posterior and prior predictive checks."""
    prior = read_csv(run.stage("prior") / "check.csv")
    posterior = read_csv(run.stage("predictive") / "check.csv")
    bad = int((~posterior["passed"]).sum())
    outcome = run.joint.contribution.likelihood.outcome
    words = {"zeros": "fraction of rows without troops", "mean": f"mean {outcome}"}
    words |= {"quantile_95": f"95 % quantile of {outcome}", "maximum": f"largest {outcome}"}
    posterior = posterior.assign(statistic=posterior["statistic"].replace(words))
    return [
        *figures(run, "predictive"),
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


def gate_blocks(run: Run) -> list[dict]:
    """The diagnostics gate and the quantities that came closest to failing it."""
    names = {"check": "Check", "found": "Found", "limit": "Limit", "passed": "Passed", "advice": "Advice"}
    worst = run.gate.parameters.sort_values("ess_bulk").head(15)
    again = told(run.tries)
    return [
        *([text(again)] if again else []),
        table("The gate", with_separate(run.gate.checks, run.separate), names, "gate/checks.csv"),
        *figures(run, "diagnostics"),
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


def estimates_blocks(run: Run) -> list[dict]:
    """Parameters of the population."""
    found = read_csv(run.stage("tables") / "estimates.csv", dtype={"of": str})
    found["label"] = list(map(parameter, found["parameter"], found["of"].fillna("")))
    measured = found["parameter"].str.startswith(("loading", "threshold"))
    found = pd.concat([found[~measured], found[measured]])
    return [
        text(
            "Parameters of the population, on the scale of their linear predictor: coefficients, spreads, loadings and "
            "thresholds. Coefficients of different likelihoods cannot be compared; the headline effect can. Effects of "
            "single states, treaties and years are in the posterior file. {table:tables/estimates.csv} is also a file, "
            "tables/estimates.csv and, for Stata, tables/estimates.dta."
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
