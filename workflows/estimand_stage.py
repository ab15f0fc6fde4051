"""The run's estimands beyond the headline effect: tables, figures and draws, in one stage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.disk import save_netcdf
from workflows.slug import slug
from workflows.store import Stage, file_digest

if TYPE_CHECKING:
    from workflows.run import Run

#: The example of the study that gave unrealized potential its name.
EXAMPLE = "New Zealand"
CODE = (
    "workflows/estimand_stage.py",
    "workflows/cells.py",
    "workflows/estimands.py",
    "workflows/over_contribution.py",
    "workflows/evaluate.py",
    "figures",
)
SHOWN = 25


def estimand_stage(run: Run) -> Stage:
    """Compute (or find) the estimands of a run's posterior.

    Writes, where the likelihood and the panel allow: ``marginal_effects.csv``, ``new_operation.csv``,
    ``counterfactual.csv`` (of `EXAMPLE`), ``over_contribution.csv`` and its draws ``over_contribution.nc``,
    ``payments.csv``, ``later_ties.csv``, and one figure of over-contribution an operation.
    """

    def compute(folder: Path) -> dict[str, Any]:
        from models.predictor.slopes import slopes_vary
        from workflows import estimands
        from workflows.effects import summarise
        from workflows.over_contribution import by_payment, later_ties, ranked

        fit, step = run.fit, run.effect.attrs["step"]
        likelihood = run.joint.contribution.likelihood
        if likelihood.own_participation:
            effects = estimands.average_marginal_effects(fit, step)
            summarise(effects).assign(step=step).to_csv(folder / "marginal_effects.csv", index=False)
        design = run.joint.design
        if slopes_vary(run.joint.spec.contribution, design.operation, design.leader):
            new = estimands.new_operation(fit, step, run.spec.sampling.seed)
            summarise(new).assign(step=step).to_csv(folder / "new_operation.csv", index=False)
        if likelihood.outcome == "participation":
            return {"figures": []}
        if EXAMPLE in run.panel["row_state"].values:
            _counterfactual(run).to_csv(folder / "counterfactual.csv", index=False)
        over = estimands.over_contribution(fit)
        save_netcdf(over, folder / "over_contribution.nc")
        table = ranked(over, fit)
        table.to_csv(folder / "over_contribution.csv", index=False)
        by_payment(over, table, by="payment").to_csv(folder / "payments.csv", index=False)
        later_ties(fit, over).to_csv(folder / "later_ties.csv", index=False)
        return {"figures": _figures(folder, table)}

    inputs = {"gate": run.effect_stage.key, "posterior": run.posterior_stage.key}
    return run.store.stage("estimands", inputs, compute, CODE)


def _counterfactual(run: Run) -> pd.DataFrame:
    """Troops of the example state as it is and were its depth to match its voting, one row an operation-year."""
    from workflows.estimands import counterfactual_troops

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
        quantiles = found[name].quantile([0.025, 0.5, 0.975], ("chain", "draw")).values
        for label, values in zip(("lower", "median", "upper"), quantiles, strict=True):
            rows[f"{name}_{label}"] = values
    return rows.assign(interval="eti_95")


def _figures(folder: Path, table: pd.DataFrame) -> list[dict[str, str]]:
    """Draw who exceeds expectation in each operation; of long lists both ends."""
    # Matplotlib takes a second to load, which a run that finds this stage need not wait for.
    from figures import over_contribution
    from figures.style import to_png, to_svg

    out = []
    for operation, part in table.groupby("operation", sort=False):
        if len(part) > SHOWN:
            part = pd.concat([part.head(SHOWN - 5), part.tail(5)])
        name = f"over_contribution_{slug(str(operation))}"
        label = "Share of the armed forces sent above what is expected"
        figure = over_contribution.over_contribution(part, label=label)
        (folder / f"{name}.png").write_bytes(to_png(figure))
        (folder / f"{name}.svg").write_text(to_svg(figure), encoding="utf-8")
        caption = f"{operation}. {over_contribution.caption(part)}"
        out.append({"name": name, "title": f"{operation}: sent above what is expected", "caption": caption})
    return out


def leave_out_figures(run: Run) -> list[dict[str, Any]]:
    """Figures of `coalition leave-out`, where it was carried out on this very panel and model; else none."""
    from workflows.leave_out import figure_table

    path = run.store.folder / "leave_out" / "leave_out.csv"
    if not path.is_file():
        return []
    from figures import leave_one_out
    from figures.style import to_png

    table = pd.read_csv(path, dtype={"left_out": str}, keep_default_na=False)
    out = []
    for kind in ("treaty", "operation"):
        part = figure_table(table, kind)
        if len(part) > 1:
            figure = leave_one_out.leave_one_out(part, what=kind)
            out.append(
                {
                    "kind": "figure",
                    "png": to_png(figure),
                    "caption": leave_one_out.caption(part, what=kind),
                    "alt": leave_one_out.ALT,
                    "name": f"leave_out_{kind}",
                }
            )
    return out


def leave_out_digest(run: Run) -> str | None:
    """What the report depends on where something was left out in turn."""
    path = run.store.folder / "leave_out" / "leave_out.csv"
    return file_digest(path) if path.is_file() else None
