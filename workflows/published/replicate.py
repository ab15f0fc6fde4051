"""A published table estimated again, every printed number beside the recomputed one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import numpy as np
import pandas as pd

from data.common.near import near
from workflows.published.columns import remarks
from workflows.published.frequentist import TIDY, FrequentistFit
from workflows.published.models import fit_model
from workflows.published.study import Study

# Printed labels of fit statistics, letters and digits only, to names here.
STATISTICS = {
    "aic": "aic",
    "bic": "bic",
    **dict.fromkeys(("loglikelihood", "ll", "loglik"), "log_likelihood"),
    "deviance": "deviance",
    **dict.fromkeys(("numobs", "n", "nobs", "obs", "observations", "numberofobservations"), "n"),
    **dict.fromkeys(("r2", "rsquared"), "r2"),
    **dict.fromkeys(("adjr2", "adjustedr2", "adjrsquared", "adjustedrsquared"), "adjusted_r2"),
}

PARTS = ("estimate", "lower", "upper", "p_value")
ROWS = "FIT: Num. obs."


@dataclass(frozen=True)
class Replication:
    """All models of a study, estimated on one table of data.

    Attributes
    ----------
    study : Study
    fits : dict
        Model name to error kind to ``FrequentistFit``: the published kind first, then ``clustered``.
    rows : DataFrame
        The sample with one column per term, as ``Study.rows`` gives it.
    corrections : tuple of str
        Named corrections in force, none for a replication proper.
    remarks : tuple of str
        What the sample leaves unsaid: values to be left out that no row has, missing logarithms, printed models
        and terms that the study does not estimate.
    """

    study: Study
    fits: dict[str, dict[str, FrequentistFit]]
    rows: pd.DataFrame
    corrections: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def published(self, model: str) -> FrequentistFit:
        """The fit with the errors that the study used."""
        return next(iter(self.fits[model].values()))


def replicate(study: Study, raw: pd.DataFrame, corrections: tuple[str, ...] = ()) -> Replication:
    """Estimate every model of a study.

    Parameters
    ----------
    study : Study
    raw : DataFrame
        The study's table, corrections already applied.
    corrections : tuple of str
        Their names, for the record.

    Returns
    -------
    Replication
    """
    printed = study.printed_rows()
    rows = study.rows(raw)
    fits: dict[str, dict[str, FrequentistFit]] = {}
    for model in study.models:
        kinds = dict.fromkeys([model.errors, "clustered"])
        fits[model.name] = {kind: fit_model(study, model, rows, kind) for kind in kinds}
    said = [*remarks(study, raw, rows), *_not_estimated(study, printed)]
    return Replication(study, fits, rows, corrections, tuple(said))


def agrees(value: float, printed: str) -> bool:
    """Whether a number, rounded to as many decimals as are printed, gives exactly the printed text.

    A printed ``-0.000`` asks for a negative number: the sign is part of the claim. ``.500`` and ``5.0e-01`` claim
    as many digits as they show.
    """
    claimed = Decimal(printed)
    if not np.isfinite(value) or not claimed.is_finite():
        return False
    digits = Decimal((0, (1,), int(claimed.as_tuple().exponent)))
    rounded = Decimal(float(value)).quantize(digits, rounding=ROUND_HALF_EVEN, context=Context(prec=400))
    return rounded == claimed and rounded.is_signed() == claimed.is_signed()


def statistic(label: str) -> str | None:
    """The statistic that a printed row ``FIT: label`` gives, whichever way it is spelled; None if none here."""
    bare = re.sub(r"[^a-z0-9]", "", label.removeprefix("FIT: ").lower().replace("²", "2"))
    return STATISTICS.get(bare)


def comparison(found: Replication, printed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every printed number beside the recomputed one, each once.

    Parameters
    ----------
    found : Replication
    printed : DataFrame, optional
        Rows as ``data.facts.published.printed_table`` gives them; the study's own by default.

    Returns
    -------
    DataFrame
        Columns ``model, term, part, printed, value, agrees``: ``part`` is ``estimate``, ``lower``, ``upper``,
        ``p_value``, ``n_obs`` or ``statistic``; where the model lacks the term ``value`` is NaN. A model's number
        of rows stands once, under the term ``FIT: Num. obs.``, however often it is printed beside terms; another
        number printed for the same model is a row of its own.
    """
    study = found.study
    printed = study.printed_rows() if printed is None else printed
    out: list[dict[str, Any]] = []
    for row in printed.to_dict("records"):
        if row["model"] not in found.fits:
            continue
        for part, value in _values(study, found.published(row["model"]), row).items():
            text = row["n_obs_printed" if part == "n_obs" else f"{_column(part)}_printed"]
            if text == "":
                continue
            counted = part == "n_obs" or (row["kind"] == "fit" and statistic(row["term"]) == "n")
            out.append(
                {
                    "model": row["model"],
                    "term": ROWS if counted else row["term"],
                    "part": "n_obs" if counted else part,
                    "printed": text,
                    "value": value,
                    "agrees": agrees(value, text),
                }
            )
    table = pd.DataFrame(out, columns=["model", "term", "part", "printed", "value", "agrees"])
    table = table[~(table.duplicated(["model", "printed"]) & (table["part"] == "n_obs"))] if out else table
    # Rows of the table come in its order, the number of rows last.
    return table.sort_values("part", key=lambda part: part == "n_obs", kind="stable").reset_index(drop=True)


def as_json(found: Replication) -> dict[str, Any]:
    """The replication as plain data: study, corrections, models with terms and printed values."""
    table = comparison(found)
    models = []
    for spec in found.study.models:
        fit = found.published(spec.name)
        mine = table[table["model"] == spec.name]
        models.append(
            {
                "name": spec.name,
                "estimator": fit.engine,
                "errors": fit.errors,
                "n": fit.n,
                "states": fit.units,
                "log_likelihood": fit.statistics.get("log_likelihood"),
                "terms": _terms(found.study, spec.name, fit, mine),
                "terms_clustered": _terms(found.study, spec.name, found.fits[spec.name]["clustered"], None),
                "statistics": _statistics(fit, mine),
                "notes": list(fit.notes),
            }
        )
    out: dict[str, Any] = {
        "study": found.study.name,
        "title": found.study.title,
        "outcome": found.study.alternative or "as printed",
        "outcome_unit": found.study.outcome.unit,
        "corrections": list(found.corrections),
        "models": models,
    }
    if found.study.differs:
        out |= {"differs": found.study.differs, "absent": found.study.absent}
    out["remarks"] = list(found.remarks)
    if not found.corrections and found.study.reproduces:
        out["printed_numbers"] = len(table)
        out["printed_numbers_reproduced"] = int(table["agrees"].sum())
    return out


def _terms(
    study: Study, model: str, fit: FrequentistFit, printed: pd.DataFrame | None
) -> list[dict[str, Any]]:
    out = []
    names = study.printed_names(model)
    for row in fit.terms.to_dict("records"):
        # A number that does not exist (the p-value of a standard deviation) is null: JSON has no NaN.
        entry = {k: None if row[k] != row[k] else row[k] for k in TIDY}
        if printed is not None and len(printed):
            mine = printed[printed["term"] == names.get(row["term"], row["term"])]
            parts = mine[mine["part"].isin(PARTS)]
            entry["printed"] = {p: float(t) for p, t in zip(parts["part"], parts["printed"], strict=True)}
            if study.reproduces:
                entry["printed"] |= {
                    "text": " ".join(parts["printed"]),
                    "agrees": bool(parts["agrees"].all()),
                }
        out.append(entry)
    return out


def _statistics(fit: FrequentistFit, printed: pd.DataFrame) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in {**fit.statistics, "n": fit.n}.items():
        fits = printed["term"].str.startswith("FIT: ")
        row = printed[fits & (printed["term"].map(statistic) == name)]
        entry: dict[str, Any] = {"value": value, "printed": None}
        if not row.empty:
            entry |= {"printed": float(row["printed"].iloc[0]), "agrees": bool(row["agrees"].all())}
        out[name] = entry
    return out


def _not_estimated(study: Study, printed: pd.DataFrame) -> list[str]:
    """Printed models that the study does not estimate, and its terms that no printed row has."""
    said = []
    models = [model.name for model in study.models]
    others = [name for name in dict.fromkeys(printed["model"]) if name not in models]
    if others:
        said.append(f"printed and not estimated here: {', '.join(others)}")
    shown = set(printed["term"])
    for name in dict.fromkeys(term for model in study.models for term in model.terms):
        term = study.terms[name].printed
        if len(printed) and term not in shown:
            close = near(term, shown)
            said.append(f"no row of the printed table is called {term!r}{_nearly(close)}")
    return said


def _nearly(close: list[str]) -> str:
    return f" (near: {', '.join(close)})" if close else ""


def _values(study: Study, fit: FrequentistFit, row: dict[str, Any]) -> dict[str, float]:
    """What the fit says on one printed row, NaN where it says nothing."""
    nothing = float("nan")
    n = float(fit.n)
    if row["kind"] == "fit":
        name = statistic(row["term"])
        return {"statistic": n if name == "n" else fit.statistics.get(name or "", nothing), "n_obs": n}
    names = study.printed_names(row["model"])
    term = next((term for term in fit.terms["term"] if names.get(term) == row["term"]), None)
    if term is None:
        return dict.fromkeys(PARTS, nothing) | {"n_obs": n}
    found = fit.of(term)
    return {p: float(found[p]) for p in PARTS} | {"n_obs": n}


def _column(part: str) -> str:
    return "estimate" if part == "statistic" else part
