"""Sensitivity of the headline effect: power-scaling, refits under other priors, other baselines of depth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from data.common.disk import whole, whole_files
from data.common.text import write_csv
from figures.power_scaling import caption
from figures.power_scaling import power_scaling as picture
from models.spec import ContributionPriors
from workflows.draws.summary import summarise
from workflows.estimands.power_scaling import THRESHOLD, overall, power_scaling
from workflows.run.run import Run
from workflows.spec.run import RunSpec
from workflows.spec.sensitivity import SensitivitySpec
from workflows.store.slug import slugs

#: Scales that the named priors ``tight`` and ``wide`` halve and double.
SCALED = (
    "slope",
    "slope_spread",
    "similarity",
    "control",
    "state",
    "treaty",
    "operation_year",
    "intercept_sd",
)


def variants(spec: RunSpec, asked: SensitivitySpec) -> dict[str, RunSpec]:
    """Specs to refit by label; each differs from `spec` in one thing."""
    own: ContributionPriors = spec.model.contribution.priors
    scaled = {
        name: {key: factor * getattr(own, key) for key in SCALED}
        for name, factor in (("tight", 0.5), ("wide", 2.0))
    }
    out = {
        f"priors {name}": _changed(spec, priors=values) for name, values in {**scaled, **asked.priors}.items()
    }
    declared = spec.model.depth.baseline
    for value in asked.baseline or (declared - 1.0, declared + 1.0):
        if value != declared:
            out[f"baseline {value:g}"] = _changed(spec, baseline=value)
    return out


def _changed(
    spec: RunSpec, priors: Mapping[str, Any] | None = None, baseline: float | None = None
) -> RunSpec:
    model = spec.model.model_dump()
    if priors is not None:
        model["contribution"]["priors"] |= priors
    if baseline is not None:
        model["depth"]["baseline"] = baseline
    return RunSpec.model_validate({**spec.model_dump(), "model": model})


def refits(
    spec: RunSpec,
    asked: SensitivitySpec,
    out: Path,
    data: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Refit each variant; stages on disk are used, so a stopped series goes on where it stopped.

    Returns
    -------
    DataFrame
        One row a fit and quantity: `variant, quantity, median, lower, upper, interval, step, passed`.
    """
    parts = []
    fits = {"as declared": spec, **variants(spec, asked)}
    # Signs and points fall away in a slug: "baseline -1" and "baseline 1" must not share a folder.
    names = slugs(fits)
    for label, one in fits.items():
        progress(label)
        place = out if one is spec else out / spec.name / "sensitivity" / names[label]
        run = Run(one, place, data)
        table = summarise(run.effect)
        each = table["label"] != ""
        table.loc[each, "quantity"] += "[" + table["label"][each] + "]"
        about = {"step": run.effect.attrs["step"], "passed": run.stage("gate").about["passed"]}
        parts.append(table.assign(variant=label, **about))
    columns = ["variant", "quantity", "median", "lower", "upper", "interval", "step", "passed"]
    return pd.concat(parts, ignore_index=True)[columns]


def sensitivity(
    spec: RunSpec,
    out: Path,
    data: Path | None = None,
    refit: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, pd.DataFrame]:
    """Power-scaling and, unless `refit` is False, refits; tables and figure in ``out/<name>/sensitivity``.

    Returns
    -------
    dict
        ``power_scaling`` and ``refits``.
    """
    folder = out / spec.name / "sensitivity"
    progress("power-scaling")
    run = Run(spec, out, data)
    table = power_scaling(run.joint, run.fit.draws["posterior"].to_dataset(), run.effect)
    shown = overall(table)
    with whole_files(folder) as place:
        write_csv(table, place / "power_scaling.csv")
        picture(shown, THRESHOLD).savefig(place / "power_scaling.png", dpi=150)
        (place / "power_scaling.txt").write_text(caption(shown, THRESHOLD) + "\n", encoding="utf-8")
    found = {"power_scaling": table}
    if refit:
        found["refits"] = refits(spec, spec.sensitivity or SensitivitySpec(), out, data, progress)
        with whole(folder / "refits.csv") as scratch:
            write_csv(found["refits"], scratch)
    return found
