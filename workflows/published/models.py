"""One model of a declared study on its rows: what the data cannot identify is left out aloud."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from workflows.published import engines
from workflows.published.design import collinear, design, without_effects
from workflows.published.engines._common import expand_dummies, perfect_predictors, with_both_outcomes
from workflows.published.engines._separation import separates_within
from workflows.published.frequentist import FrequentistFit, estimate
from workflows.published.study import Study, StudyModel

# Cluster-robust errors are biased downwards with few clusters; below this number they are not used.
FEWEST_CLUSTERS = 10


def fit_model(study: Study, model: StudyModel, rows: pd.DataFrame, errors: str) -> FrequentistFit:
    """Estimate one column of a study's table.

    Parameters
    ----------
    study, model : Study, StudyModel
    rows : DataFrame
        As ``Study.rows`` gives them.
    errors : {"classical", "robust", "clustered"}

    Returns
    -------
    FrequentistFit
        Its notes name terms left out as collinear (studies with ``drop_collinear``) and a change of cluster.
    """
    unit = study.sample.unit
    outcome = model.outcome or "outcome"
    rows, terms, notes = identified(study, model, rows)
    cluster = model.cluster
    if errors == "clustered" and cluster not in (None, unit):
        # Clusters are counted on the rows that the model keeps: others may have a value of the cluster alone.
        used = [outcome, *terms, *model.complete_on]
        found = rows.loc[rows[used].notna().all(axis=1), cluster].nunique()
        few = f"{found} values of {cluster} are too few to cluster by"
        if found < FEWEST_CLUSTERS and model.few_clusters:
            notes.append(f"{few}: these errors are too small")
        elif found < FEWEST_CLUSTERS:
            notes.append(f"{few}: clustered by {unit}")
            cluster = unit
    fit = estimate(
        rows,
        outcome,
        terms,
        engine=model.estimator,
        errors=errors,
        unit=unit,
        cluster=cluster,
        complete_on=model.complete_on,
        **model.options,
    )
    return replace(fit, notes=(*notes, *fit.notes))


def identified(
    study: Study, model: StudyModel, rows: pd.DataFrame
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Rows and terms that the estimator sees, and a note on each that is left out."""
    terms, notes = list(model.terms), []
    if study.sample.drop_collinear:
        outcome = model.outcome or "outcome"
        empty = [name for name in terms if rows[name].isna().all()]
        model = model.model_copy(update={"terms": [name for name in terms if name not in empty]})
        rows, terms, notes = _without_perfect(study, model, rows, outcome)
        notes = [f"{study.terms[name].printed} left out: no value in these rows" for name in empty] + notes
        terms, more = _identified(study, model, terms, rows, outcome)
        notes += more
    return rows, terms, notes


def _without_perfect(
    study: Study, model: StudyModel, rows: pd.DataFrame, outcome: str
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Rows and terms without those that predict an outcome perfectly, as Stata leaves them out."""
    terms, notes = list(model.terms), []
    if not engines.get(model.estimator).separable:
        return rows, terms, notes
    while True:
        laid = design(rows, outcome, terms, constant=False)
        perfect = perfect_predictors(laid.x, laid.y)
        if not perfect:
            return rows, terms, notes
        name, level = next(iter(perfect.items()))
        at = rows[name] == level
        value = laid.y[(laid.x[name] == level).to_numpy()][0]
        notes.append(
            f"{study.terms[name].printed} left out with {int(at.sum())} rows: "
            f"{outcome} is {value:g} wherever it is {level:g}"
        )
        rows = rows.loc[~at]
        terms.remove(name)


def _identified(
    study: Study, model: StudyModel, terms: list[str], rows: pd.DataFrame, outcome: str
) -> tuple[list[str], list[str]]:
    """Terms that the rows identify, and a note on each of the others."""
    column = model.options.get("dummies")
    estimator = engines.get(model.estimator)
    unit = study.sample.unit
    notes: list[str] = []
    if estimator.conditional:
        # What varies only where the outcome does not is not identified either.
        levels = [unit, *([column] if column else [])]
        used = [outcome, *terms, *levels, *model.complete_on]
        rows = rows.dropna(subset=list(dict.fromkeys(used)))
        rows = with_both_outcomes(rows, outcome, levels)
        codes = pd.factorize(rows[unit])[0]
        for name in list(terms):
            x, y = rows[name].to_numpy(float), rows[outcome].to_numpy(float)
            if rows.groupby(unit)[name].nunique().max() > 1 and separates_within(x, y, codes):
                terms = [term for term in terms if term != name]
                notes.append(
                    f"{study.terms[name].printed} left out: it orders yes and no in every {unit} in which it varies"
                )
    frame, extra, _ = expand_dummies(
        rows, outcome, terms, column, model.complete_on, varying=estimator.needs_varying
    )
    # Indicators come first, so that a term they determine is the one left out.
    laid = design(frame, outcome, [*extra, *terms], constant=not estimator.absorbs, groups=[unit])
    x = without_effects(laid.x, laid.groups[unit]) if estimator.absorbs else laid.x
    gone = {name: why for name, why in collinear(x).items() if name in terms}
    for name, why in gone.items():
        others = [w for w in why if w not in extra]
        made = [*others, *([f"the {column} effects"] if len(others) < len(why) else [])]
        reason = f"determined by {', '.join(made)}" if made else "without variation here"
        notes.append(f"{study.terms[name].printed} left out: {reason}")
    return [name for name in terms if name not in gone], notes
