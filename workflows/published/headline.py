"""The headline effect of published and replicated regressions, one tidy table: printed, replicated, corrected.

For a linear model ``H = 111,976 x coefficient x s`` whatever the rows, so its interval is the coefficient's, scaled.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from data.studies.corrections import CORRECTIONS, apply_corrections, ordered
from workflows.estimands.headline import PUBLISHED_STEP, linear_headline
from workflows.published import engines
from workflows.published.design import within
from workflows.published.replicate import Replication, replicate
from workflows.published.study import Study, StudyModel, load_study
from workflows.store.slug import slug

COLUMNS = (
    "id",
    "label",
    "group",
    "parent",
    "headline",
    "lower",
    "upper",
    "interval",
    "rows",
    "states",
    "step",
    "similarity_held",
    "note",
)
DETAILS = (
    "model",
    "errors",
    "corrections",
    "estimate",
    "estimate_lower",
    "estimate_upper",
    "headline_at_published_step",
    "within_step",
    "headline_at_within_step",
)
SIMILARITY = "un_voting"


def headline_rows(
    data: str | Path,
    study: Study | str = "gannon-kent",
    corrections: Iterable[str] = ("all",),
) -> pd.DataFrame:
    """Headline effects from the printed table to the corrected data.

    Parameters
    ----------
    data : path
        The data folder.
    study : Study or str
        The declared study; ``gannon-kent`` by default.
    corrections : iterable of str
        Corrections shown alone (and, where there are several, together); ``all`` five by default.

    Returns
    -------
    DataFrame
        Columns ``COLUMNS`` then ``DETAILS``. ``headline, lower, upper`` in troops per year; ``estimate*`` in
        share per unit of potential; ``group`` is ``published`` (from the three printed decimals),
        ``replicated`` or ``correction``. ``headline_at_published_step`` repeats the effect for 0.35,
        and ``headline_at_within_step`` that of a fixed-effects model for the SD of potential within states.

    Raises
    ------
    InputError
        Where a file is missing or a name unknown.
    """
    study = load_study(study) if isinstance(study, str) else study
    raw = study.read(data)
    rows = published_rows(study) + _rows(replicate(study, raw), PUBLISHED_STEP)
    names = ordered(corrections)
    sets = [(name,) for name in names] + ([names] if len(names) > 1 else [])
    for chosen in sets:
        corrected = apply_corrections(raw, data, chosen)
        step = potential_step(study, corrected, chosen)
        rows += _rows(replicate(study, corrected, chosen), step)
    return pd.DataFrame(rows, columns=[*COLUMNS, *DETAILS])


def published_rows(study: Study) -> list[dict[str, Any]]:
    """Headline rows from the printed digits of the study's headline term; troops per year."""
    printed = study.printed_rows()
    term = study.terms[study.outcome.headline_term or ""].printed
    step = study.outcome.headline_step or PUBLISHED_STEP
    held = {model.name for model in study.models if SIMILARITY in model.terms}
    out = []
    for row in printed[printed["term"] == term].to_dict("records"):
        decimals = len(row["estimate_printed"].partition(".")[2])
        half = linear_headline(0.5 * 10**-decimals, step)
        out.append(
            _row(
                row,
                step,
                id=f"published:{slug(row['model'])}",
                label=f"{row['model']}, as printed",
                group="published",
                parent="",
                rows=int(row["n_obs"]),
                states=None,
                similarity_held=row["model"] in held,
                note=f"printed to {decimals} decimals: each bound is known to within {half:.0f} troops",
                model=row["model"],
                errors="classical",
                corrections="",
            )
        )
    return out


def potential_step(study: Study, raw: pd.DataFrame, corrections: Iterable[str] = ()) -> float:
    """The step of potential: 0.35 for the published one, else its SD on the reference sample.

    The reference sample is the rows of the study's first model (for Table 1: outcome and potential present).
    """
    if "depth_orientation" not in ordered(corrections):
        return PUBLISHED_STEP
    rows = study.rows(raw)
    term = study.outcome.headline_term or ""
    first = study.models[0]
    return float(rows.dropna(subset=["outcome", *first.terms])[term].std())


def headline_of(found: Replication, step: float) -> pd.DataFrame:
    """Headline rows of one set of estimates: columns as in ``headline_rows``."""
    return pd.DataFrame(_rows(found, step), columns=[*COLUMNS, *DETAILS])


def _rows(found: Replication, step: float) -> list[dict[str, Any]]:
    study, corrected = found.study, bool(found.corrections)
    names, key = ", ".join(found.corrections), "+".join(found.corrections)
    if len(found.corrections) == len(CORRECTIONS):
        names, key = "all five", "all"
    what, lead = (f"corrected ({names})", f"correction:{key}") if corrected else ("replicated", "replicated")
    out = []
    for spec in study.models:
        fits, model, held = found.fits[spec.name], slug(spec.name), SIMILARITY in spec.terms
        own = next(iter(fits))  # the study's own kind of errors
        for errors, fit in fits.items():
            parent = f"replicated:{model}:{errors if corrected else own}"
            # Agreement scores are held, potential is made of ideal points: the two similarities are not the same.
            note = ["similarity is held by agreement scores"] if held else []
            out.append(
                _row(
                    fit.of(study.outcome.headline_term or ""),
                    step,
                    _within_step(found, spec),
                    id=f"{lead}:{model}:{errors}",
                    label=f"{spec.name}, {what}, {errors} errors",
                    group="correction" if corrected else "replicated",
                    parent=parent if corrected or errors == "clustered" else f"published:{model}",
                    rows=fit.n,
                    states=fit.units,
                    similarity_held=held,
                    note="; ".join([*note, *fit.notes]),
                    model=spec.name,
                    errors=errors,
                    corrections="+".join(found.corrections),
                )
            )
    return out


def _row(
    term: Mapping[Hashable, Any] | pd.Series, step: float, within_step: float = float("nan"), **rest: Any
) -> dict[str, Any]:
    """One row: what follows from the estimate of a term and its bounds, and the rest."""
    estimate, lower, upper = (float(term[name]) for name in ("estimate", "lower", "upper"))
    row = rest | {
        "headline": linear_headline(estimate, step),
        "lower": linear_headline(lower, step),
        "upper": linear_headline(upper, step),
        "interval": term["interval"],
        "step": step,
        "estimate": estimate,
        "estimate_lower": lower,
        "estimate_upper": upper,
        "headline_at_published_step": linear_headline(estimate, PUBLISHED_STEP),
        "within_step": within_step,
        "headline_at_within_step": linear_headline(estimate, within_step),
    }
    return {name: row[name] for name in (*COLUMNS, *DETAILS)}


def _within_step(found: Replication, model: StudyModel) -> float:
    """SD of potential within states on a fixed-effects model's rows, NaN for other models."""
    if not engines.get(model.estimator).within:
        return float("nan")
    unit, term = found.study.sample.unit, found.study.outcome.headline_term or ""
    used = [unit, "outcome", *model.terms, *model.complete_on]
    rows = found.rows[used].dropna()
    return float(within(rows[[term]], rows[unit])[term].std())
