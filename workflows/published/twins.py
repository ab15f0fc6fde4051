"""Bayesian twins of a study's models: the same likelihood and design, so that only priors and computation differ."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import arviz_stats as az
import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

from data.common.disk import save_netcdf
from data.common.text import read_csv, write_csv
from models.likelihoods import Outcome, get
from models.linear import (
    COEFFICIENT,
    gaussian_twin,
    generative_model,
    logit_twin,
    zero_inflated_poisson_twin,
)
from workflows.draws.summary import eti, middle_and_ends
from workflows.judge.gate import gate
from workflows.published import engines
from workflows.published.design import CONSTANT, StudyDesign, design
from workflows.published.engines._common import expand_dummies
from workflows.published.frequentist import FrequentistFit
from workflows.published.models import fit_model, identified
from workflows.published.study import Study, StudyModel
from workflows.sampling.chains import sample_small
from workflows.spec.run import SamplingSpec
from workflows.store.slug import slugs
from workflows.store.store import Stage, Store

#: Why a count that has fractions has no twin, and what stands beside it instead.
LOGGED = "not a twin: a Poisson has no likelihood for logged counts; beside it a hurdle negative binomial of the counts"
TABLE = (
    "study",
    "model",
    "estimator",
    "kind",
    "term",
    "estimate",
    "estimate_lower",
    "estimate_upper",
    "estimate_interval",
    "mean",
    "lower",
    "upper",
    "interval",
    "mcse",
    "difference_in_mcse",
    "rows",
    "passed",
)


@dataclass(frozen=True)
class Twin:
    """A Bayesian model beside a frequentist one.

    Attributes
    ----------
    kind : str
        ``twin``, or why it is not one.
    model : callable
        Builds the PyMC model.
    data : tuple of ndarray
        What it was built from, for its key.
    terms : tuple of str
        Terms of the printed table.
    coefficient : str
        The variable that holds them.
    """

    kind: str
    model: Callable[[], pm.Model]
    data: tuple[np.ndarray, ...]
    terms: tuple[str, ...]
    coefficient: str = COEFFICIENT

    @property
    def is_twin(self) -> bool:
        """Whether likelihood and design are the same."""
        return self.kind == "twin"


def study_design(study: Study, model: StudyModel, rows: pd.DataFrame) -> tuple[StudyDesign, tuple[str, ...]]:
    """The design matrix of one model, with the constant or the unit's indicators, and its own terms."""
    rows, terms, _ = identified(study, model, rows)
    unit, outcome = study.sample.unit, model.outcome or "outcome"
    estimator = engines.get(model.estimator)
    if estimator.within:
        laid = design(rows, outcome, terms, constant=False, groups=[unit], complete_on=model.complete_on)
        each = pd.get_dummies(laid.groups[unit], prefix=unit, prefix_sep="=", dtype=float)
        return StudyDesign(laid.y, pd.concat([laid.x, each], axis=1), laid.groups, laid.left_out), tuple(
            terms
        )
    dummies = model.options.get("dummies")
    frame, extra, _ = expand_dummies(
        rows, outcome, terms, dummies, model.complete_on, varying=estimator.needs_varying
    )
    inflate = list(model.options.get("inflate", []))
    complete = [*model.complete_on, *inflate]
    laid = design(frame, outcome, [*terms, *extra], groups=[unit], complete_on=complete)
    return laid, (CONSTANT, *terms)


def models_of(studies: Iterable[Study]) -> dict[str, tuple[Study, StudyModel]]:
    """Every model of some studies, by the folder in which its twin is kept."""
    found = {}
    for study in studies:
        names = slugs(model.name for model in study.models)
        found |= {f"twins/{study.name}-{names[model.name]}": (study, model) for model in study.models}
    return found


def twin_of(study: Study, model: StudyModel, rows: pd.DataFrame) -> Twin:
    """The twin of one model of a study on the study's rows, or the nearest generative model."""
    laid, terms = study_design(study, model, rows)
    group = laid.groups[study.sample.unit].to_numpy()
    data = (laid.y, laid.x.to_numpy(float))
    estimator = engines.get(model.estimator)
    kind = estimator.no_twin or "twin"
    if estimator.outcome == "number":
        return Twin(kind, lambda: gaussian_twin(laid.y, laid.x), data, terms)
    if estimator.outcome == "binary" and estimator.effects == "none":
        return Twin(kind, lambda: logit_twin(laid.y, laid.x), data, terms)
    if estimator.outcome == "binary":
        codes = pd.factorize(group)[0]
        return Twin(kind, lambda: logit_twin(laid.y, laid.x, codes), (*data, codes), terms)
    if (laid.y != np.floor(laid.y)).any():
        troops = np.round(np.expm1(laid.y))
        known = Outcome(troops, np.full_like(troops, np.nan), np.full_like(troops, np.nan))
        likelihood = get("hurdle_negbinomial")
        return Twin(
            LOGGED,
            lambda: generative_model(likelihood, known, laid.x),
            data,
            terms,
            f"size_{COEFFICIENT}",
        )
    zero = rows.loc[laid.x.index, list(model.options.get("inflate", []))].astype(float)
    zero.insert(0, CONSTANT, 1.0)
    return Twin(
        kind,
        lambda: zero_inflated_poisson_twin(laid.y, laid.x, zero),
        (*data, zero.to_numpy(float)),
        terms,
    )


def sampled_twin(store: Store, name: str, twin: Twin, sampling: SamplingSpec) -> Stage:
    """Sample a twin and judge it; ``posterior.nc``, ``coefficients.csv`` and the gate's tables are kept.

    They stand in ``name/posterior`` under a lock of their own: several processes sample twins of one store, which
    a command may hold.

    ``coefficients.csv``: ``term, mean, median, lower, upper, interval, mcse`` of the printed terms.
    """
    state = hashlib.sha256()
    for array in twin.data:
        state.update(np.ascontiguousarray(array, float).tobytes())
    inputs = {
        "data": state.hexdigest(),
        "terms": twin.terms,
        "kind": twin.kind,
        "sampling": sampling.model_dump(mode="json"),
    }

    def compute(folder: Path) -> dict[str, Any]:
        model = twin.model()
        tree = sample_small(model, sampling)
        posterior = tree["posterior"].to_dataset()
        reported = posterior[[twin.coefficient]].sel(term=list(twin.terms))
        verdict = gate(tree, [rv.name for rv in model.free_RVs], reported)
        write_csv(verdict.checks, folder / "checks.csv")
        write_csv(verdict.parameters, folder / "parameters.csv")
        save_netcdf(reported, folder / "posterior.nc")
        write_csv(coefficients(reported[twin.coefficient]), folder / "coefficients.csv")
        return {"passed": verdict.passed, "advice": verdict.advice(), "rows": len(twin.data[0])}

    own = Store(store.folder / name, lambda _, state: store.announce(name, state))
    store.stages.append(own.stage("posterior", inputs, compute, (__name__,)))
    return store.stages[-1]


def coefficients(draws: xr.DataArray, prob: float = 0.95) -> pd.DataFrame:
    """Mean, median, equal-tailed interval and Monte Carlo error of each term, draws with dims (chain, draw, term)."""
    flat = draws.transpose("chain", "draw", "term").values
    lower, median, upper = middle_and_ends(flat, (0, 1), (1 - prob) / 2)
    mcse = az.mcse(draws.to_dataset(name="x"), method="mean")["x"].values
    return pd.DataFrame(
        {
            "term": draws["term"].values,
            "mean": flat.mean((0, 1)),
            "median": median,
            "lower": lower,
            "upper": upper,
            "interval": eti(prob),
            "mcse": mcse,
        }
    )


def twin_table(
    store: Store, studies: Sequence[tuple[Study, pd.DataFrame]], sampling: SamplingSpec
) -> pd.DataFrame:
    """Every model of some studies beside its twin.

    Parameters
    ----------
    store : Store
    studies : sequence of (Study, DataFrame)
        Each with its raw table, as ``Study.read`` gives it.
    sampling : SamplingSpec

    Returns
    -------
    DataFrame
        Columns ``TABLE``: ``estimate*`` frequentist, ``mean, lower, upper`` Bayesian; ``difference_in_mcse`` is
        the difference of mean and estimate in Monte Carlo standard errors, for twins.
    """
    parts = []
    for study, raw in studies:
        rows = study.rows(raw)
        for name, (_, model) in models_of([study]).items():
            fit = fit_model(study, model, rows, model.errors)
            twin = twin_of(study, model, rows)
            stage = sampled_twin(store, name, twin, sampling)
            parts.append(_beside(study, model, fit, twin, stage))
    return pd.concat(parts, ignore_index=True)[list(TABLE)] if parts else pd.DataFrame(columns=list(TABLE))


def _beside(study: Study, model: StudyModel, fit: FrequentistFit, twin: Twin, stage: Stage) -> pd.DataFrame:
    beside = {name: f"estimate_{name}" for name in ("lower", "upper", "interval")}
    found = fit.terms[["term", "estimate", *beside]].rename(columns=beside)
    table = read_csv(stage / "coefficients.csv").merge(found, on="term")
    table["difference_in_mcse"] = (
        (table["mean"] - table["estimate"]) / table["mcse"] if twin.is_twin else np.nan
    )
    printed = study.printed_names(model.name)
    table["term"] = [printed.get(name, name) for name in table["term"]]
    return table.assign(
        study=study.name,
        model=model.name,
        estimator=model.estimator,
        kind=twin.kind,
        rows=stage.about["rows"],
        passed=stage.about["passed"],
    )
