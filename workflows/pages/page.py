"""What the report of a run says, as plain data for `workflows.pages.report`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from figures.words import decimal, listed, the, with_interval
from workflows.pages import sections
from workflows.pages.report import render
from workflows.store.notices import as_json

if TYPE_CHECKING:
    from workflows.run.run import Run


def page(run: Run) -> str:
    """Render the report of a run as one self-contained HTML page."""
    return render(
        {
            "title": run.spec.title or run.spec.name,
            "verdict": verdict(run),
            "notices": as_json(run.notices),
            "summary": summary(run),
            "sections": [part.of(run, name) for name, part in sections.whole().items()],
        }
    )


def verdict(run: Run) -> dict[str, Any]:
    """The banner: whether the diagnostics passed, what to do where not, and that there is more to know."""
    if not run.stage("gate").about["passed"]:
        text = "Do not report these estimates. What failed, and what to do:"
        return {"passed": False, "text": text, "advice": by_remedy(run.stage("gate").about["advice"])}
    kinds = list(dict.fromkeys(notice.kind for notice in run.notices))
    text = "The posterior passed every diagnostic of the gate: the sampler has explored the model."
    if kinds:
        text += f" Whether the model is right is another question; know before the numbers: {listed(kinds)}."
    return {"passed": True, "text": text}


#: A line of `Gate.advice` about one parameter: whose model, its name, its remedy.
_PARAMETER = re.compile(r"(measurement alone: )?(.+): R-hat \S+, ESS bulk \S+, tail \S+\. (.+)")
#: A line of it about one criterion of convergence: whose model, criterion with its worst value, remedy.
_CRITERION = re.compile(
    r"(measurement alone: )?((?:R-hat|bulk ESS|tail ESS)[^:]*: .+?, needs at (?:most|least) [\d.]+)\. (.+)"
)
#: Parameters that a line of the banner names.
_NAMED = 3


def by_remedy(advice: list[str]) -> list[str]:
    """Advice as a short list: what failed, and one line a remedy with the parameters that need it."""
    out: list[str] = []
    remedies: dict[tuple[str, str], list[str]] = {}
    criteria: dict[tuple[str, str], list[str]] = {}
    for line in advice:
        if match := _PARAMETER.fullmatch(line):
            remedies.setdefault((match[1] or "", match[3]), []).append(match[2])
        elif match := _CRITERION.fullmatch(line):
            criteria.setdefault((match[1] or "", match[3]), []).append(match[2])
        else:
            out.append(line)
    told = {
        (model, remedy.rstrip(".").casefold()): "; ".join(found)
        for (model, remedy), found in criteria.items()
    }
    out = [f"{model}{'; '.join(found)}. {remedy}" for (model, remedy), found in criteria.items()] + out
    for (model, remedy), names in remedies.items():
        # The criterion's own line has named it, with the same remedy.
        if all(f"({name})" in told.get((model, remedy.casefold()), "") for name in names):
            continue
        names = [name.replace("_", " ") for name in names]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        out.append(f"{model}{', '.join(names[:_NAMED])}{more}: {remedy}.")
    return out


READINGS = {
    "difference": "measured as how similarly a state votes in the United Nations less how deep its treaty is",
    "residual": "measured as the shortfall of its treaty's depth from what is usual among states that vote alike",
}


def summary(run: Run) -> list[str]:
    """What a reader in a hurry should know; every number is one of ``headline.csv``."""
    rows = run.headline
    posterior = rows[rows["group"] == "posterior"]
    each = posterior[posterior["id"].str.startswith("posterior:operation:")]
    names = list(each["label"].str.removesuffix(": posterior"))
    passed = run.stage("gate").about["passed"]
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
    paragraphs.append(
        "H, the number below, is how many more troops a year are expected of a military of average size where "
        "unrealized potential is one standard deviation larger: the same votes, a shallower treaty."
        if run.spec.model.contribution.hold_similarity
        else "H, the number below, is how many more troops a year are expected of a military of average size where "
        "unrealized potential is one standard deviation larger, by whatever votes and treaty."
    )
    if pair := run.stage("support").about.get("pair"):
        paragraphs.append(
            f"One standard deviation is about as far as {the(pair['higher'])} lay above {the(pair['lower'])} "
            f"({pair['operation']}, {pair['year']})."
        )
    step = "one standard deviation more unrealized potential"
    for name, row in zip(names, each.itertuples(), strict=True):
        paragraphs.append(
            f"{name}: {step} is associated with {decimal(abs(row.headline), 0)} "
            f"{'more' if row.headline > 0 else 'fewer'} troops a year from a military of average size. "
            f"{_sure(row, passed)}"
        )
    whole = posterior[posterior["id"] == "posterior:all_rows"]
    for row in whole.itertuples():
        if len(each) > 1:
            paragraphs.append(
                f"Over all {row.rows:,.0f} rows (a state, an operation, a year) of {row.states:,.0f} states H is "
                f"{with_interval(row.headline, row.lower, row.upper)} troops a year."
            )
    for row in rows[rows["id"] == "published:all_controls"].itertuples():
        paragraphs.append(
            f"The published regression said {with_interval(row.headline, row.lower, row.upper)} more troops a year for a "
            f"step of {row.step:.2f} in its own measure. {{table:comparison/headline.csv}} sets that number beside "
            f"these; `coalition bridge {run.spec.name}` leads from one to the other, one change at a time."
        )
    paragraphs.append(
        "These are associations in what states did. They do not say what would happen if a treaty were changed."
    )
    return paragraphs


def _sure(row, passed: bool) -> str:
    """How far the data settle the sign, in words; draws that failed their diagnostics settle nothing."""
    ends = f"{decimal(row.lower, 0)} and {decimal(row.upper, 0)}"
    if not passed:
        return f"95 % of these draws lie between {ends}; they settle nothing."
    interval = f"With 95 % probability H lies between {ends}"
    if row.lower * row.upper > 0:
        return f"{interval}: in this model the sign is clear, the size less so."
    return f"{interval}: the data do not settle whether it is more or fewer."
