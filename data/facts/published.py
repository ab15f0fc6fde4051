"""Published results as data: what the studies print, digit by digit, with source and model.

The digits are kept as text beside their values, because "0.010" claims more than 0.01 does.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.facts import BUNDLED
from data.tables.table import numbers, read_text

PRINTED = ("estimate", "lower", "upper", "p_value", "n_obs")
COLUMNS = ("study", "table", "model", "term", *PRINTED, "interval_level", "note")


def published_results(path: str | Path | None = None) -> pd.DataFrame:
    """All printed numbers.

    Parameters
    ----------
    path : path, optional
        A file of the same columns; the bundled one by default.

    Returns
    -------
    DataFrame
        One row per printed number: ``study, table, model, term, kind`` (coefficient, fit or claim), the
        values ``estimate, lower, upper, p_value, n_obs``, each with its text as ``<name>_printed``,
        ``interval`` (``ci_95`` where bounds are printed), ``note`` and the file's ``line``.

    Raises
    ------
    InputError
        Missing file or column, or a printed value that is no number.
    """
    file = Path(path) if path is not None else BUNDLED / "published_results.csv"
    text, lines = _read(file, COLUMNS)
    out = text[["study", "table", "model", "term", "note"]].copy()
    out["line"] = lines
    out["kind"] = "coefficient"
    out.loc[text["term"].str.startswith("FIT: "), "kind"] = "fit"
    out.loc[text["model"] == "claim", "kind"] = "claim"
    for name in PRINTED:
        out[f"{name}_printed"] = text[name].str.replace("−", "-")
        out[name] = _numbers(out[f"{name}_printed"].rename(name), lines, file)
    level = pd.to_numeric(text["interval_level"].str.split().str[0], errors="coerce")
    bounded = out["lower"].notna() & level.notna()
    out["interval"] = ""
    out.loc[bounded, "interval"] = "ci_" + (100 * level[bounded]).round().astype(int).astype(str)
    return out


def published_models() -> pd.DataFrame:
    """Outcome, sample, estimator, errors and tolerance of each published model.

    Returns
    -------
    DataFrame
        Columns ``study, table, model, outcome, sample, estimator, errors, tolerance, runs_here``.
    """
    return _read(BUNDLED / "published_models.csv", ("study", "table", "model", "outcome", "sample"))[0]


def known_disagreements() -> pd.DataFrame:
    """Places where a study's text, table and files do not say the same thing.

    Returns
    -------
    DataFrame
        Columns ``study, table, model, term, says, but``.
    """
    return _read(BUNDLED / "published_disagreements.csv", ("study", "model", "term", "says", "but"))[0]


def predicted_effects() -> pd.DataFrame:
    """Effects that the studies state in words or figures, on the scale of the outcome.

    Returns
    -------
    DataFrame
        Columns as in the bundled file; ``value`` and ``predicted`` are numbers in ``unit``.
    """
    file = BUNDLED / "predicted_effects.csv"
    out, lines = _read(file, ("study", "figure", "outcome", "predictor", "value", "predicted", "unit"))
    for name in ("value", "predicted"):
        out[name] = _numbers(out[name], lines, file)
    return out


def study_name(start: str) -> str:
    """The full name of the study that begins so, case aside.

    Raises
    ------
    InputError
        Where none or several do.
    """
    names = list(dict.fromkeys(published_results()["study"]))
    found = [name for name in names if name.lower().startswith(start.lower())]
    if len(found) != 1:
        raise InputError(f"no single study {start!r}", f"the beginning of one of: {'; '.join(names)}")
    return found[0]


def printed_table(study: str, table: str, path: str | Path | None = None) -> pd.DataFrame:
    """The printed rows of one table.

    Raises
    ------
    InputError
        Where the study has no such table.
    """
    every = published_results(path)
    rows = every[(every["study"] == study) & (every["table"] == table)]
    if rows.empty:
        known = sorted({f"{s}, {t}" for s, t in zip(every["study"], every["table"], strict=True)})
        raise InputError(f"{study}, {table}", f"one of: {'; '.join(known)}", key="printed", file=path)
    coefficients = rows[rows["kind"] != "claim"]
    again = coefficients.duplicated(["model", "term"])
    if again.any():
        one = coefficients[again].iloc[0]
        raise InputError(
            f"{one['term']} of {one['model']} a second time",
            "each printed row once",
            file=path,
            row=int(one["line"]),
        )
    return rows.drop(columns="line").reset_index(drop=True)


def _read(file: Path, columns: tuple[str, ...]) -> tuple[pd.DataFrame, list[int]]:
    """The cells as text, "" where empty, and the line of each row."""
    text, lines = read_text(file, columns)
    return text.apply(lambda cells: cells.str.strip()), lines


def _numbers(text: pd.Series, lines: list[int], file: Path) -> pd.Series:
    return numbers(text.where(text != ""), lines, file)
