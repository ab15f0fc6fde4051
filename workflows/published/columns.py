"""Which columns a study's file names, under which key, and as what: numbers to compute with, codes to group by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from data.common.errors import InputError
from data.common.near import one_of
from data.tables.study_table import matching
from workflows.published import engines

if TYPE_CHECKING:
    from workflows.published.study import Study, StudyModel
    from workflows.published.variant import Variant

RESERVED = ("outcome", "intercept", "lagged_outcome")


class Named(NamedTuple):
    """A column and the key that names it; ``numeric``: its cells are computed with, or compared with numbers."""

    column: str
    key: str
    numeric: bool


def of_sample(study: Study) -> Iterator[Named]:
    """Columns that the rows need: unit, label, time, series, what is left out, terms and the outcome."""
    sample = study.sample
    for part in ("unit", "label", "time"):
        yield Named(getattr(sample, part), f"sample.{part}", False)
    for name in sample.series:
        yield Named(name, "sample.series", False)
    for name, values in sample.leave_out.items():
        yield Named(name, f"sample.leave_out.{name}", _numbers(values))
    for name, term in study.terms.items():
        yield Named(term.column, f"terms.{name}.column", True)
    yield Named(study.outcome.column, "outcome.column", True)


def of_models(study: Study) -> Iterator[Named]:
    """Columns that the models name beside their terms: another outcome, a cluster, options."""
    for model in study.models:
        yield from _of_estimation(model, f"models.{model.name!r}")


def of_variants(study: Study) -> Iterator[Named]:
    """Columns that the lines of ``[robustness]`` name."""
    for name, variant in study.robustness.items():
        key = f"robustness.{name!r}"
        yield from _of_estimation(variant, key)
        for part in ("only", "leave_out"):
            for column, values in getattr(variant, part).items():
                yield Named(column, f"{key}.{part}.{column}", _numbers(values))


def _of_estimation(one: StudyModel | Variant, key: str) -> Iterator[Named]:
    """Another outcome, a cluster, and columns among the options."""
    if one.outcome is not None:
        yield Named(one.outcome, f"{key}.outcome", True)
    if one.cluster is not None:
        yield Named(one.cluster, f"{key}.cluster", False)
    # Estimators load SciPy, which a run that finds its stages on disk need not wait for.
    for option in engines.columns() if one.options else ():
        if option in one.options:
            yield Named(str(one.options[option]), f"{key}.options.{option}", False)


def refuse_absent(
    study: Study, named: Iterator[Named], rows: pd.DataFrame, own: tuple[str, ...] = ()
) -> None:
    """Refuse a key that names a column which the study's data lack.

    Parameters
    ----------
    own : tuple of str
        Further names that the rows will have: terms, the outcome.

    Raises
    ------
    InputError
        Naming the key, with near columns.
    """
    for one in named:
        if one.column not in rows.columns and one.column not in own:
            known = one_of(one.column, rows.columns)
            raise InputError(f"no such column {one.column!r}", known, file=study.name, key=one.key)


def refuse_hidden(study: Study) -> None:
    """Refuse a term called like a column that the study also uses as it is: the term would take its place.

    Raises
    ------
    InputError
    """
    used = {one.column: one.key for one in (*of_sample(study), *of_models(study), *of_variants(study))}
    for name, term in study.terms.items():
        same = term.column == name and term.transform == "none"
        others = {one.column for one in of_sample(study) if not one.key.startswith("terms.")}
        taken = name in others or (name in used and not used[name].startswith("terms."))
        if name in RESERVED or (taken and not same):
            raise InputError(
                f"a term called {name!r}, as is {used.get(name, 'a column that the study makes')}",
                "a name that is no other column's",
                key=f"terms.{name}",
            )


def unmatched(rows: pd.DataFrame, chosen: Mapping[str, list[int | float | str]], key: str) -> list[str]:
    """A remark on each column of which values were asked for that no row has.

    Parameters
    ----------
    chosen : mapping
        Column to values.
    key : str
        Where they are asked for.
    """
    said = []
    for column, values in chosen.items():
        absent = [value for value in values if not matching(rows[column], [value], f"{key}.{column}").any()]
        if absent:
            said.append(f"{key}: no row has {column} {', '.join(map(str, absent))}")
    return said


def remarks(study: Study, raw: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """What a study's sample leaves unsaid: values to be left out that no row has, and missing logarithms.

    Parameters
    ----------
    raw, rows : DataFrame
        As ``Study.read`` and ``Study.rows`` give them.
    """
    said = unmatched(raw, study.sample.leave_out, "leave_out")
    used = raw.loc[rows.index]
    for term in (*study.terms.values(), study.outcome):
        shift = {"log": 0.0, "log1p": 1.0}.get(term.transform)
        gone = 0 if shift is None else int((used[term.column].astype(float) + shift <= 0).sum())
        if gone:
            said.append(f"{gone} values of {term.column} have no logarithm and are missing")
    return said


def _numbers(values: list[int | float | str]) -> bool:
    return not any(isinstance(value, str) for value in values)
