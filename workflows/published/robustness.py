"""A study's variants, each estimated and set beside the printed and the declared models; collinearity shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.common.near import one_of
from data.tables.study_table import matching
from workflows.published.columns import of_variants, refuse_absent, unmatched
from workflows.published.design import design, variance_inflation
from workflows.published.frequentist import FrequentistFit
from workflows.published.models import fit_model, identified
from workflows.published.study import Study, StudyModel, Term
from workflows.published.variant import Variant

PRINTED, DECLARED = "as printed", "as declared"
LAGGED = "lagged_outcome"
UNCHANGED = Variant(drop=[])
COLUMNS = (
    "variant",
    "model",
    "term",
    "estimate",
    "lower",
    "upper",
    "interval",
    "p_value",
    "n",
    "units",
    "cluster",
    "clusters",
    "estimator",
    "errors",
    "shown",
    "reported",
    "differs",
    "notes",
)


@dataclass(frozen=True)
class Robustness:
    """What `robustness` found.

    Attributes
    ----------
    study : Study
    table : DataFrame
        Columns ``COLUMNS``, one row per variant, model and term: ``shown`` marks the headline term and those that
        the variant names. A variant that cannot be estimated has one row without a term; ``notes`` says why.
    correlations : DataFrame
        ``first, second, printed, value, n``; ``value`` NaN where one of the two is absent.
    inflation : DataFrame
        ``model, term, vif, condition_number``: the last is of the model's scaled design, constant included.
    """

    study: Study
    table: pd.DataFrame
    correlations: pd.DataFrame
    inflation: pd.DataFrame


def robustness(study: Study, raw: pd.DataFrame) -> Robustness:
    """Estimate a study's models as declared and under each of its variants.

    Parameters
    ----------
    study : Study
    raw : DataFrame
        As ``Study.read`` gives it.

    Raises
    ------
    InputError
        Where the study declares no variants, or a variant names an unknown column.
    """
    if not study.robustness:
        raise InputError(f"no variants in {study.name}", "[robustness] in the study's file")
    rows = study.rows(raw)
    # A fault of the file ends here; what only these rows cannot carry is said in its line.
    refuse_absent(study, of_variants(study), rows, ("outcome", *study.terms))
    for name, variant in study.robustness.items():
        for part in ("only", "leave_out"):
            unmatched(rows, getattr(variant, part), f"robustness.{name!r}.{part}")
    parts = [_printed(study)]
    for model in study.models:
        parts.append(_estimated(study, model, DECLARED, UNCHANGED, rows))
    for name, variant in study.robustness.items():
        chosen = [m for m in study.models if not variant.models or m.name in variant.models]
        parts += [_estimated(study, model, name, variant, rows) for model in chosen]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return Robustness(study, table[list(COLUMNS)], correlations(study, rows), inflation(study, rows))


def vary(
    study: Study, model: StudyModel, variant: Variant, rows: pd.DataFrame
) -> tuple[Study, StudyModel, pd.DataFrame]:
    """The study, the model and the rows as a variant changes them.

    Parameters
    ----------
    rows : DataFrame
        As ``Study.rows`` gives them.

    Raises
    ------
    InputError
        An unknown column, or no rows left.
    """
    changes: dict[str, Any] = {
        "terms": list(dict.fromkeys([t for t in (*model.terms, *variant.add) if t not in variant.drop])),
        "few_clusters": variant.few_clusters,
        "options": variant.options if variant.estimator else {**model.options, **variant.options},
    }
    for key in ("estimator", "errors", "cluster", "outcome"):
        if getattr(variant, key) is not None:
            changes[key] = getattr(variant, key)
    if variant.cluster is not None and variant.errors is None:
        changes["errors"] = "clustered"
    model = StudyModel.model_validate({**model.model_dump(), **changes})
    if variant.lagged_outcome:
        rows = with_lag(study, rows, model.outcome or "outcome")
        term = Term(column=LAGGED, printed="Outcome of the year before")
        study = study.model_copy(update={"terms": {**study.terms, LAGGED: term}})
        model = model.model_copy(update={"terms": [LAGGED, *model.terms]})
    for keep, chosen in ((True, variant.only), (False, variant.leave_out)):
        for column, values in chosen.items():
            if column not in rows.columns:
                raise InputError(f"no such column {column!r}", one_of(column, rows.columns))
            rows = rows.loc[matching(rows[column], values, column) == keep]
    if rows.empty:
        raise InputError("no rows", f"rows in this panel with {_said(variant)}")
    return study, model, rows


def with_lag(study: Study, rows: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Rows with ``lagged_outcome``: the outcome one year before, of the same unit and series.

    Missing where the year before is no row, so that the first year of a series is left out.

    Raises
    ------
    InputError
        Where unit, series and time do not tell rows apart.
    """
    sample = study.sample
    keys = [sample.unit, *sample.series, sample.time]
    if not pd.api.types.is_numeric_dtype(rows[sample.time].dtype):
        raise InputError(
            f"{sample.time} in no numbers", "a time counted in years, for a lagged outcome", key="sample.time"
        )
    again = rows.duplicated(keys)
    if again.any():
        first = rows.loc[again, keys].iloc[0]
        raise InputError(
            f"several rows with {', '.join(f'{k} {v}' for k, v in first.items())}",
            "series in [sample]: the columns that tell the rows of a unit in a year apart",
        )
    before = rows[[*keys, outcome]].rename(columns={outcome: LAGGED})
    before[sample.time] = before[sample.time] + 1
    return rows.merge(before, on=keys, how="left").set_axis(rows.index)


def correlations(study: Study, rows: pd.DataFrame) -> pd.DataFrame:
    """The correlations that the study reports beside those of these rows."""
    out = []
    for pair in study.correlations:
        first, second = pair.terms
        here = [term in study.terms for term in pair.terms]
        both = rows[[first, second]].dropna() if all(here) else pd.DataFrame()
        value = float(both[first].corr(both[second])) if len(both) > 1 else float("nan")
        out.append((_name(study, first), _name(study, second), pair.printed, value, len(both)))
    return pd.DataFrame(out, columns=["first", "second", "printed", "value", "n"])


def inflation(study: Study, rows: pd.DataFrame) -> pd.DataFrame:
    """Variance inflation of each term of the declared models, and the design's condition number.

    Columns ``model, term, vif, condition_number``.
    Indicators (of years, say) are no terms and not counted.
    """
    parts = []
    for model in study.models:
        kept, terms, _ = identified(study, model, rows)
        x = design(kept, model.outcome or "outcome", terms, complete_on=model.complete_on).x
        scaled = x / np.sqrt((x**2).sum())
        values = variance_inflation(x) if len(terms) > 1 else pd.Series(1.0, index=terms)
        parts.append(
            pd.DataFrame(
                {
                    "model": model.name,
                    "term": list(values.index),
                    "vif": values.to_numpy(),
                    "condition_number": float(np.linalg.cond(scaled.to_numpy())),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _estimated(
    study: Study, model: StudyModel, name: str, variant: Variant, rows: pd.DataFrame
) -> pd.DataFrame:
    same = {"variant": name, "model": model.name, "reported": variant.reported, "differs": variant.differs}
    try:
        changed, varied, kept = vary(study, model, variant, rows)
        fit = fit_model(changed, varied, kept, varied.errors)
        said = [*unmatched(rows, variant.only, "only"), *unmatched(rows, variant.leave_out, "leave_out")]
        fit = replace(fit, notes=(*said, *fit.notes))
    except InputError as error:
        # One variant that these rows cannot carry does not take the others with it.
        nothing = dict.fromkeys(("n", "units", "clusters"), 0)
        nothing |= dict.fromkeys(("cluster", "errors", "term", "interval"), "")
        nothing |= {"estimator": variant.estimator or "", "shown": True, "notes": f"not estimated: {error}"}
        return pd.DataFrame([same | nothing], columns=list(COLUMNS))
    return _tidy(changed, varied, fit, variant).assign(**same)[list(COLUMNS)]


def _tidy(study: Study, model: StudyModel, fit: FrequentistFit, variant: Variant) -> pd.DataFrame:
    names = study.printed_names(model.name) | {
        f"sd:{study.sample.unit}": f"SD of intercepts by {study.sample.unit}"
    }
    effects = fit.terms["term"].str.startswith(f"{model.options.get('dummies')}=")
    shown = {study.outcome.headline_term, *variant.show, *([LAGGED] if variant.lagged_outcome else [])}
    terms = fit.terms[~effects]
    return terms[["estimate", "lower", "upper", "interval", "p_value"]].assign(
        term=[names.get(term, term) for term in terms["term"]],
        shown=terms["term"].isin(shown),
        n=fit.n,
        units=fit.units,
        cluster=fit.cluster,
        clusters=fit.clusters,
        estimator=fit.engine,
        errors=fit.errors,
        notes=" | ".join(fit.notes),
    )


def _printed(study: Study) -> pd.DataFrame:
    """The printed estimates in the same form; an interval only where one is printed."""
    printed = study.printed_rows()
    printed = printed[printed["kind"] == "coefficient"].rename(columns={"n_obs": "n"})
    head = study.outcome.headline_term
    shown = printed["term"] == study.terms[head].printed if head is not None else False
    blank = dict.fromkeys(("units", "clusters"), 0)
    blank |= dict.fromkeys(("cluster", "estimator", "errors", "reported", "differs", "notes"), "")
    printed = printed.assign(variant=PRINTED, n=printed["n"].fillna(0).astype(int), shown=shown, **blank)
    return printed[list(COLUMNS)]


def _name(study: Study, term: str) -> str:
    return study.terms[term].printed if term in study.terms else term


def _said(variant: Variant) -> str:
    kept = [f"{c} in {v}" for c, v in variant.only.items()]
    return " and ".join([*kept, *[f"{c} not in {v}" for c, v in variant.leave_out.items()]])
