"""A published table estimated again, every printed number beside the recomputed one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workflows.frequentist import TIDY, Fit
from workflows.study import Study
from workflows.study_models import fit_model

STATISTICS = {
    "AIC": "aic",
    "BIC": "bic",
    "Log Likelihood": "log_likelihood",
    "Deviance": "deviance",
    "Num. obs.": "n",
    "R 2": "r2",
    "Adj. R 2": "adjusted_r2",
}

PARTS = ("estimate", "lower", "upper", "p_value")


@dataclass(frozen=True)
class Replication:
    """All models of a study, estimated on one table of data.

    Attributes
    ----------
    study : Study
    fits : dict
        Model name to error kind to ``Fit``: the published kind first, then ``clustered``.
    rows : DataFrame
        The sample with one column per term, as ``Study.rows`` gives it.
    corrections : tuple of str
        Named corrections in force, none for a replication proper.
    """

    study: Study
    fits: dict[str, dict[str, Fit]]
    rows: pd.DataFrame
    corrections: tuple[str, ...] = ()

    def published(self, model: str) -> Fit:
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
    rows = study.rows(raw)
    fits: dict[str, dict[str, Fit]] = {}
    for model in study.models:
        kinds = dict.fromkeys([model.errors, "clustered"])
        fits[model.name] = {kind: fit_model(study, model, rows, kind) for kind in kinds}
    return Replication(study, fits, rows, corrections)


def agrees(value: float, printed: str) -> bool:
    """Whether a number, rounded to as many decimals as are printed, gives exactly the printed text.

    A printed ``-0.000`` asks for a negative number: the sign is part of the claim.
    """
    decimals = len(printed.partition(".")[2])
    return f"{value:.{decimals}f}" == printed


def comparison(found: Replication, printed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every printed number beside the recomputed one.

    Parameters
    ----------
    found : Replication
    printed : DataFrame, optional
        Rows as ``data.published.printed_table`` gives them; the study's own by default.

    Returns
    -------
    DataFrame
        Columns ``model, term, part, printed, value, agrees``: ``part`` is ``estimate``, ``lower``, ``upper``,
        ``p_value``, ``n_obs`` or ``statistic``; where the model lacks the term ``value`` is NaN.
    """
    study = found.study
    printed = study.printed_rows() if printed is None else printed
    out: list[dict[str, Any]] = []
    for row in printed.to_dict("records"):
        fit = found.published(row["model"]) if row["model"] in found.fits else None
        parts = _values(study, fit, row)
        for part, value in parts.items():
            text = row["n_obs_printed" if part == "n_obs" else f"{_column(part)}_printed"]
            if text == "":
                continue
            out.append(
                {
                    "model": row["model"],
                    "term": row["term"],
                    "part": part,
                    "printed": text,
                    "value": value,
                    "agrees": agrees(value, text),
                }
            )
    return pd.DataFrame(out, columns=["model", "term", "part", "printed", "value", "agrees"])


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
                "terms": _terms(found.study, fit, mine),
                "terms_clustered": _terms(found.study, found.fits[spec.name]["clustered"], None),
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
    if not found.corrections and found.study.reproduces:
        own = table[table["part"] != "n_obs"]
        out["printed_numbers"] = len(own)
        out["printed_numbers_reproduced"] = int(own["agrees"].sum())
    return out


def _terms(study: Study, fit: Fit, printed: pd.DataFrame | None) -> list[dict[str, Any]]:
    out = []
    for row in fit.terms.to_dict("records"):
        # A number that does not exist (the p-value of a standard deviation) is null: JSON has no NaN.
        entry = {k: None if row[k] != row[k] else row[k] for k in TIDY}
        if printed is not None and len(printed):
            mine = printed[printed["term"] == _printed_name(study, row["term"])]
            parts = mine[mine["part"].isin(PARTS)]
            entry["printed"] = {p: float(t) for p, t in zip(parts["part"], parts["printed"], strict=True)}
            if study.reproduces:
                entry["printed"] |= {
                    "text": " ".join(parts["printed"]),
                    "agrees": bool(parts["agrees"].all()),
                }
        out.append(entry)
    return out


def _statistics(fit: Fit, printed: pd.DataFrame) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in {**fit.statistics, "n": fit.n}.items():
        label = next((k for k, v in STATISTICS.items() if v == name), None)
        row = printed[printed["term"] == f"FIT: {label}"]
        entry: dict[str, Any] = {"value": value, "printed": None}
        if not row.empty:
            entry |= {"printed": float(row["printed"].iloc[0]), "agrees": bool(row["agrees"].all())}
        out[name] = entry
    return out


def _printed_name(study: Study, term: str) -> str:
    return study.printed_names().get(term, term)


def _values(study: Study, fit: Fit | None, row: dict[str, Any]) -> dict[str, float]:
    """What the fit says on one printed row, NaN where it says nothing."""
    nothing = float("nan")
    n = nothing if fit is None else float(fit.n)
    if row["kind"] == "fit":
        name = STATISTICS.get(row["term"].removeprefix("FIT: "))
        value = n if name == "n" else nothing if fit is None else fit.statistics.get(name or "", nothing)
        return {"statistic": value, "n_obs": n}
    names = {printed: name for name, printed in study.printed_names().items()}
    known = fit is not None and names.get(row["term"]) in set(fit.terms["term"])
    if not known or fit is None:
        return dict.fromkeys(PARTS, nothing) | {"n_obs": n}
    found = fit.of(names[row["term"]])
    return {p: float(found[p]) for p in PARTS} | {"n_obs": n}


def _column(part: str) -> str:
    return "estimate" if part == "statistic" else part


def table_1(data: str | Path) -> Replication:
    """Gannon & Kent's Table 1 from the authors' file under ``data``."""
    from workflows.study import load_study

    study = load_study("gannon-kent")
    return replicate(study, study.read(data))
