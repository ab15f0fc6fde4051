"""The run's figures: tables made from panel and draws, and the figures drawn from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytensor.tensor as pt
import xarray as xr
from matplotlib.figure import Figure

from data.left_out import BY_DESIGN, left_out
from data.text import write_csv
from figures import diagnostics as diagnostics_page
from figures import effects, feedback, headline, potential_by_state, predicted_troops, predictive, rank_change
from figures.style import PALETTE
from figures.words import count, listed
from models.joint import Joint
from models.outcomes import explained
from workflows.cells import Cells
from workflows.checks import observed
from workflows.evaluate import evaluate, pieces, thinned
from workflows.feedback import by_name
from workflows.figure_files import save_forms
from workflows.headline import AVERAGE_ARMED_FORCES
from workflows.slug import slugs
from workflows.summary import summarise


@dataclass(frozen=True)
class Picture:
    """A figure with its caption, its accessible name and the table behind it."""

    name: str
    title: str
    draw: Callable[[], Figure]
    caption: str
    table: pd.DataFrame

    def save(self, folder: Path) -> None:
        """Write the forms of `workflows.figure_files`, NAME.csv and NAME.txt (the caption)."""
        save_forms(folder, self.name, self.draw)
        (folder / f"{self.name}.txt").write_text(f"{self.title}\n{self.caption}\n", encoding="utf-8")
        write_csv(self.table, folder / f"{self.name}.csv")


def contributors(panel: xr.Dataset, operation: str) -> pd.DataFrame:
    """Mean troops and mean share over an operation's years, one row a state that ever sent troops."""
    frame = pd.DataFrame({v: panel[v].values for v in ("row_state", "row_operation", "troops", "share")})
    mine = frame[frame["row_operation"] == operation].groupby("row_state")[["troops", "share"]].mean()
    return mine[mine["troops"] > 0].reset_index().rename(columns={"row_state": "state"})


def not_shown(panel: xr.Dataset, operation: str, shown: pd.Series) -> str:
    """Which contributors to an operation a figure leaves out, and why, in a sentence; empty where it has all.

    The leader and the theatre state are left out of every panel, which the page says elsewhere.
    """
    out = left_out(panel)
    sent = (out["operation"] == operation) & (out["troops"] > 0) & ~out["reason"].isin(BY_DESIGN)
    gone = (
        out[sent & ~out["state"].isin(shown)]
        .groupby("state")["reason"]
        .agg(lambda reasons: reasons.mode().iloc[0])
    )
    if gone.empty:
        return ""
    parts = [f"{listed(list(names.index))} ({reason})" for reason, names in gone.groupby(gone, sort=False)]
    return f"Left out: {count(len(gone), 'contributor')}: {'; '.join(parts)}."


def potential_table(joint: Joint, draws: xr.Dataset) -> pd.DataFrame:
    """Posterior of each contributing state's mean potential, by operation.

    `declared`: no treaty in force in any of its years, so that its depth is what the spec declares.
    """
    cells = Cells(joint)
    sent = np.bincount(cells.of_row, joint.design.outcome.troops > 0) > 0
    declared = np.bincount(cells.of_row, joint.design.in_force.any(1)) == 0
    found = [
        cells.mean(piece["potential"])
        for piece in pieces(joint, thinned(draws, 500), {"potential": joint.potential})
    ]
    lower, median, upper = np.quantile(np.concatenate(found)[:, sent], [0.025, 0.5, 0.975], axis=0)
    table = {"state": cells.states[sent], "operation": cells.operations[sent].astype(str)}
    return pd.DataFrame(
        {**table, "median": median, "lower": lower, "upper": upper, "declared": declared[sent]}
    )


def predicted_table(joint: Joint, draws: xr.Dataset, step: float, linear: dict[str, dict]) -> pd.DataFrame:
    """Predicted troops of the average military against a change of potential.

    Parameters
    ----------
    linear : mapping of label to {"estimate", "lower", "upper", "interval"}
        Linear models: share per unit of potential.
    """
    grid = np.linspace(-1.0, 1.0, 9)
    mean_share = float(joint.design.outcome.share.mean())
    rows = []
    for label, row in linear.items():
        for change in grid * step:
            ends = sorted((row["lower"] * change, row["upper"] * change))
            values = [mean_share + v for v in (row["estimate"] * change, *ends)]
            rows.append((label, change, *(AVERAGE_ARMED_FORCES * v for v in values), row["interval"]))
    expected = pt.stack([joint.contribution.expected(float(c * step)).mean() for c in grid])
    values = evaluate(joint, draws, {"troops": (expected, ("change",))}, most=1000)["troops"].values
    values = AVERAGE_ARMED_FORCES * values.reshape(-1, grid.size)
    for change, column in zip(grid * step, values.T, strict=True):
        lower, median, upper = np.quantile(column, [0.025, 0.5, 0.975])
        rows.append(("Joint hierarchical model", change, median, lower, upper, "eti_95"))
    return pd.DataFrame(rows, columns=["label", "change", "troops", "lower", "upper", "interval"])


def pictures(
    joint: Joint,
    posterior: xr.Dataset,
    prior: xr.Dataset,
    prior_replicated: xr.DataArray,
    replicated: xr.DataArray,
    comparison: pd.DataFrame,
    effect: xr.Dataset,
    moved: pd.DataFrame,
    parameters: pd.DataFrame,
) -> Iterator[Picture]:
    """Yield the figures of a run, in the order of the report."""
    step = effect.attrs["step"]
    explains = explained(joint.contribution.likelihood)
    share, unit = explains.of_forces, explains.unit
    shown = _shown(comparison)
    yield Picture(
        "headline",
        "The headline effect across models",
        partial(headline.headline_comparison, shown, unit=unit),
        headline.caption(shown, unit=unit),
        shown,
    )
    names = slugs(map(str, joint.panel["operation"].values))
    for operation in joint.panel["operation"].values:
        table = contributors(joint.panel, operation)
        yield Picture(
            f"rank_change_{names[str(operation)]}",
            f"{operation}: rank by troops against rank by share of the armed forces",
            partial(rank_change.rank_change, table),
            " ".join(
                filter(
                    None,
                    [
                        f"{operation}.",
                        rank_change.caption(table),
                        not_shown(joint.panel, str(operation), table["state"]),
                    ],
                )
            ),
            table,
        )
    yield from _potentials(potential_table(joint, posterior))
    if share:
        curves = predicted_table(joint, posterior, step, linear_models(comparison))
        yield Picture(
            "predicted_troops",
            "Predicted troops against potential",
            partial(predicted_troops.predicted_troops, curves, armed_forces=AVERAGE_ARMED_FORCES),
            predicted_troops.caption(curves, armed_forces=AVERAGE_ARMED_FORCES),
            curves,
        )
        seen = observed(joint)
        before, after = (d.values.reshape(-1, seen.size) for d in (prior_replicated, replicated))
        yield Picture(
            "predictive",
            "What prior and posterior predict, and what was seen",
            partial(predictive.predictive_check, seen, before, after),
            predictive.caption(seen, before, after),
            pd.DataFrame(predictive.predictive_summary(seen, after)).T.reset_index(names="statistic"),
        )
    table = _effects_table(effect)
    spread = f"{joint.contribution.likelihood.parts[0]}_slope_spread"
    spreads = {
        k: d[spread].values.ravel() for k, d in (("prior", prior), ("posterior", posterior)) if spread in d
    }
    yield Picture(
        "effects",
        "The headline effect by operation",
        partial(effects.effects, table, label=f"Headline effect, {unit}", **spreads),
        effects.caption(table, **spreads),
        table,
    )
    if len(moved):
        moved = by_name(moved)
        yield Picture(
            "feedback",
            "Depth of treaties under measurement alone and jointly",
            partial(feedback.feedback, moved),
            feedback.caption(moved),
            moved,
        )
    yield Picture(
        "diagnostics",
        "Convergence of every parameter",
        partial(diagnostics_page.diagnostics, parameters),
        diagnostics_page.caption(parameters),
        parameters,
    )


def _potentials(table: pd.DataFrame) -> Iterator[Picture]:
    """One figure of all operations, or one an operation where they are more than can be told apart."""
    title = "Unrealized potential of contributing states"
    if table["operation"].nunique() <= len(PALETTE):
        named = {("potential_by_state", title): table}
    else:
        names = slugs(table["operation"].unique())
        named = {
            (
                f"potential_by_state_{names[str(operation)]}",
                f"{operation}: {title[0].lower()}{title[1:]}",
            ): part
            for operation, part in table.groupby("operation", sort=False)
        }
    for (name, heading), part in named.items():
        yield Picture(
            name,
            heading,
            partial(potential_by_state.potential_by_state, part),
            potential_by_state.caption(part),
            part,
        )


def linear_models(comparison: pd.DataFrame) -> dict[str, dict]:
    """The linear rows that Figure 3 sets beside the posterior: the study's last printed, and this panel's."""
    out = {}
    wanted = {
        "published:all_controls": "All Controls, as printed",
        "panel:clustered": "Least squares on this panel",
    }
    for key, label in wanted.items():
        row = comparison[comparison["id"] == key]
        if len(row):
            scale = AVERAGE_ARMED_FORCES * float(row["step"].iloc[0])
            values = {c: float(row[n].iloc[0]) / scale for c, n in _ENDS.items()}
            out[label] = {**values, "interval": row["interval"].iloc[0]}
    return out


_ENDS = {"estimate": "headline", "lower": "lower", "upper": "upper"}


def _shown(comparison: pd.DataFrame) -> pd.DataFrame:
    """One row an estimate in the figure: classical errors of the study's own tables, clustered elsewhere."""
    if "errors" not in comparison:
        return comparison
    errors, corrected = comparison["errors"], comparison["group"] == "correction"
    keep = errors.isna() | ((errors == "clustered") & corrected) | ((errors == "classical") & ~corrected)
    return comparison[keep].reset_index(drop=True)


def _effects_table(effect: xr.Dataset) -> pd.DataFrame:
    names = {
        "headline_all_rows": "All rows",
        "headline_mean_slope": "Mean slope",
        "headline_between": "Between states",
    }
    table = summarise(effect)
    table["label"] = [
        row.label if row.quantity == "headline_operation" else names[row.quantity]
        for row in table.itertuples()
    ]
    table["pooled"] = table["quantity"] != "headline_operation"
    half = summarise(effect, 0.5)
    return table.assign(lower_50=half["lower"], upper_50=half["upper"])
