"""The run's estimands beyond the headline effect: tables, figures and draws."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.common.text import write_csv
from workflows.draws.summary import INTERVAL_KIND, middle_and_ends
from workflows.store.slug import slugs

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "computing marginal effects, over-contribution and counterfactuals"
#: The example of the study that gave unrealized potential its name.
EXAMPLE = "New Zealand"
SHOWN = 25


def inputs(run: Run) -> dict[str, Any]:
    """The posterior and what is reported of it."""
    return {"effect": run.stage("effect").key, "posterior": run.stage("posterior").key}


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write the tables that likelihood and panel allow, and one figure of over-contribution an operation.

    ``marginal_effects.csv``, ``new_operation.csv``, ``counterfactual.csv`` (of `EXAMPLE`), ``over_contribution.csv``
    and its draws ``over_contribution.nc``, ``payments.csv``, ``later_ties.csv``.
    """
    from data.common.disk import save_netcdf
    from models.outcomes import explained
    from models.predictor.slopes import slopes_vary
    from workflows.draws.summary import summarise
    from workflows.estimands import further as estimands
    from workflows.estimands.over_contribution import by_payment, later_ties, ranked

    fit, step = run.fit, run.effect.attrs["step"]
    likelihood = run.joint.contribution.likelihood
    if likelihood.own_participation:
        effects = estimands.average_marginal_effects(fit, step)
        write_csv(summarise(effects).assign(step=step), folder / "marginal_effects.csv")
    design = run.joint.design
    if slopes_vary(run.joint.spec.contribution, design.operation, design.leader):
        new = estimands.new_operation(fit, step, run.spec.sampling.seed)
        write_csv(summarise(new).assign(step=step), folder / "new_operation.csv")
    if not explained(likelihood).amount:
        return {"figures": []}
    if EXAMPLE in run.panel["row_state"].values:
        write_csv(_counterfactual(run), folder / "counterfactual.csv")
    over = estimands.over_contribution(fit)
    save_netcdf(over, folder / "over_contribution.nc")
    table = ranked(over, fit)
    write_csv(table, folder / "over_contribution.csv")
    write_csv(by_payment(over, table, by="payment"), folder / "payments.csv")
    write_csv(later_ties(fit, over), folder / "later_ties.csv")
    return {"figures": _figures(folder, table)}


def _counterfactual(run: Run) -> pd.DataFrame:
    """Troops of the example state as it is and were its depth to match its voting, one row an operation-year."""
    from workflows.estimands.further import counterfactual_troops

    found = counterfactual_troops(run.fit, EXAMPLE)
    rows = pd.DataFrame(
        {
            "state": EXAMPLE,
            "operation": found["row_operation"].values,
            "year": found["row_year"].values,
            "troops_observed": found["troops_observed"].values,
        }
    )
    for name in ("troops_expected", "troops_if_depth_matched_voting", "troops_difference"):
        draws = found[name].transpose("chain", "draw", ...).values
        for label, values in zip(("lower", "median", "upper"), middle_and_ends(draws, (0, 1)), strict=True):
            rows[f"{name}_{label}"] = values
    return rows.assign(interval=INTERVAL_KIND)


def _figures(folder: Path, table: pd.DataFrame) -> list[dict[str, str]]:
    """Draw who exceeds expectation in each operation; of long lists both ends."""
    from figures import over_contribution
    from figures.words import listed
    from workflows.pages.figure_files import save_forms

    out, names = [], slugs(map(str, table["operation"].unique()))
    for operation, part in table.groupby("operation", sort=False):
        gone = part.iloc[SHOWN - 5 : -5] if len(part) > SHOWN else part.iloc[:0]
        part = part.drop(gone.index)
        name = f"over_contribution_{names[str(operation)]}"
        label = "Share of the armed forces sent above what is expected"
        save_forms(folder, name, partial(over_contribution.over_contribution, part, label=label))
        caption = f"{operation}. {over_contribution.caption(part)}"
        if len(gone):
            caption += (
                f" Of {len(part) + len(gone)} contributors the {SHOWN - 5} most above and the 5 most below are shown; "
                f"between them, not shown: {listed(gone['state'].tolist())}."
            )
        heard = f"{operation}. {over_contribution.ALT}"
        out.append({"name": name, "caption": caption, "alt": heard})
    return out
