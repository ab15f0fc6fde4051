"""Measure the latent depth of treaties: read, fit, judge, and write loadings and scores."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, ValidationError

from data.common.declared import Chains, Declared, Draws, Seed
from data.common.errors import InputError
from data.common.faults import first_fault
from data.sources.registry import file_of
from data.sources.verify import digest
from data.tables.reading import place_of
from data.variables.measures import CODERS, FILES, Dimension, Source, anchor, measurement_table
from models.factor import FactorPriors, factor_model, factor_scores, standardise
from models.graded import graded_model, graded_scores, patterns
from models.item_priors import DepthPriors, known_items
from models.items import code_provisions
from models.orientation import Orientation, orientation
from workflows.judge.gate import Gate, gate
from workflows.sampling.chains import sample_small
from workflows.spec.run import SamplingSpec
from workflows.store.store import versions

#: Mean acceptance probability: small models without funnels need no more.
TARGET_ACCEPT = 0.8


class MeasureSpec(Declared):
    """Everything that defines a measurement of depth; every default is visible.

    Attributes
    ----------
    source, dimension
        See `data.variables.measures.measurement_table`.
    model : {"factor", "graded"}
    priors : {"default", "published"}
        "published" belongs to the Gaussian factor model.
    chains, tune, draws : int
        Independent chains; warm-up and kept draws of each.
    seed : int
    probability : float
        Probability of the equal-tailed intervals.
    """

    source: Source = "benson-clinton"
    model: Literal["factor", "graded"] = "factor"
    dimension: Dimension = "depth"
    priors: Literal["default", "published"] = "default"
    chains: Chains = 4
    tune: Draws = 1000
    draws: Draws = 2000
    seed: Seed = 20010911
    probability: float = Field(0.95, gt=0.5, lt=1)

    @property
    def interval(self) -> str:
        """Kind and probability of the intervals, such as ``eti_95``."""
        return f"eti_{100 * self.probability:g}"

    @property
    def sampling(self) -> SamplingSpec:
        """How the posterior is sampled; nutpie is given the seed as it stands, as for the reference posteriors."""
        return SamplingSpec(
            chains=self.chains,
            tune=self.tune,
            draws=self.draws,
            seed=self.seed,
            target_accept=TARGET_ACCEPT,
        )


def measure_spec(**fields: Any) -> MeasureSpec:
    """`MeasureSpec` from what a user asked for.

    Raises
    ------
    InputError
        If a value is out of its bounds.
    """
    try:
        return MeasureSpec(**fields)
    except ValidationError as error:
        raise first_fault(error, MeasureSpec, file="coalition depth") from error


@dataclass(frozen=True)
class Measure:
    """A fitted measurement.

    Attributes
    ----------
    spec : MeasureSpec
    table : DataFrame
        ``atopid`` and the provisions of the treaties that have a score, in its order.
    constant : tuple of str
        Provisions left out because they do not vary.
    draws : DataTree
        ``posterior`` (`loading`, `uniqueness`, for graded `threshold`, and `score`),
        ``sample_stats``, ``observed_data``.
    gate : Gate
    check : Orientation
    """

    spec: MeasureSpec
    table: pd.DataFrame
    constant: tuple[str, ...]
    draws: xr.DataTree
    gate: Gate
    check: Orientation

    @property
    def coder(self) -> str:
        """Who coded the provisions."""
        return CODERS[self.spec.source]

    @property
    def passed(self) -> bool:
        """Whether sampling converged and, for depth, scores rise with the number of provisions."""
        return self.gate.passed and (self.check.passed or self.spec.dimension != "depth")


def measure(spec: MeasureSpec, data: str | Path | None = None) -> Measure:
    """Fit a measurement model and draw scores; the graded one under the priors of `default_items`.

    Parameters
    ----------
    spec : MeasureSpec
    data : path, optional
        The data folder.

    Raises
    ------
    InputError
        Where the data are missing or faulty, or the combination is not one that exists.
    """
    return fit_table(spec, table_of(spec, data), source=source_record(spec, data))


def table_of(spec: MeasureSpec, data: str | Path | None) -> pd.DataFrame:
    """The table that a measurement is fitted to: ``atopid`` and one column a provision.

    Raises
    ------
    InputError
        As `measure`; nothing is sampled.
    """
    if spec.model == "graded" and spec.priors == "published":
        raise InputError(
            "--priors published with --model graded", "--model factor: the published model is Gaussian"
        )
    if spec.dimension != "depth" and spec.model == "graded":
        raise InputError(f"--model graded for {spec.dimension}", "--model factor: its inputs are continuous")
    coding = "published" if spec.model == "factor" else "binary"
    return measurement_table(
        spec.source,
        data,
        dimension=spec.dimension,
        coding=coding,
        complete_in_file=spec.source == "benson-clinton" and spec.model == "factor",
    )


def source_record(spec: MeasureSpec, data: str | Path | None) -> dict[str, str]:
    """Name and SHA-256 of the file that was read."""
    if spec.source.startswith("bundled") or data is None:
        return {"file": "data/bundled/us_treaties.csv"}
    place = FILES[spec.source]
    return {"file": file_of(*place).path, "sha256": digest(place_of(data, *place))}


def fit_table(spec: MeasureSpec, table: pd.DataFrame, *, source: dict[str, str] | None = None) -> Measure:
    """Fit `spec.model` to a table with ``atopid`` and one column a provision; see `measure`."""
    names = [c for c in table.columns if c != "atopid"]
    values = table[names].to_numpy(float)
    rng = np.random.default_rng([spec.seed, 1])
    try:
        if spec.model == "factor":
            fitted = _fit_factor(spec, values, names, rng)
        else:
            fitted = _fit_graded(spec, values, names, default_items(spec), rng)
    except ValueError as error:
        raise InputError(str(error), "a table of provisions that the model can be fitted to") from None
    tree, used, constant, free = fitted
    kept = table[used].reset_index(drop=True)
    posterior = tree["posterior"].to_dataset().assign_coords(treaty=kept["atopid"].to_numpy())
    reported = posterior[[n for n in ("loading", "uniqueness", "threshold", "score") if n in posterior]]
    observed = xr.Dataset(
        {"provisions": (("treaty", "column"), kept[names].to_numpy(float))},
        {"treaty": kept["atopid"].to_numpy(), "column": names},
    )
    out = xr.DataTree.from_dict(
        {"posterior": posterior, "sample_stats": tree["sample_stats"].to_dataset(), "observed_data": observed}
    )
    out.attrs.update(
        spec=spec.model_dump_json(), versions=json.dumps(versions()), source=json.dumps(source or {})
    )
    judged = gate(out, free, reported[[n for n in reported.data_vars if n not in free]])
    return Measure(
        spec,
        kept,
        constant,
        out,
        judged,
        orientation(posterior["score"].to_numpy(), kept[names].to_numpy(float)),
    )


def default_items(spec: MeasureSpec) -> DepthPriors:
    """Weakly informative priors; for the bundled treaties as ATOP codes them, what ATOP 5.1 says of the items."""
    return known_items() if spec.source == "bundled" else DepthPriors(anchor=anchor(spec.dimension))


def _fit_factor(spec: MeasureSpec, values: np.ndarray, names: list[str], rng: np.random.Generator):
    rows = standardise(values, names)
    priors = FactorPriors(name=spec.priors, anchor=anchor(spec.dimension))
    model = factor_model(rows.cross, len(rows.values), rows.names, priors)
    tree = sample_small(model, spec.sampling, seed=spec.seed)
    posterior = tree["posterior"].to_dataset()
    scores = factor_scores(
        rng, posterior["loading"].to_numpy(), posterior["uniqueness"].to_numpy(), rows.values
    )
    posterior["score"] = (("chain", "draw", "treaty"), scores)
    tree["posterior"] = xr.DataTree(posterior)
    return tree, rows.complete, rows.constant, [rv.name for rv in model.free_RVs]


def _fit_graded(spec: MeasureSpec, values: np.ndarray, names: list[str], priors: DepthPriors, rng):
    coding = code_provisions(values, names=names, known=tuple(priors.items))
    answers = patterns(coding)
    model = graded_model(answers, priors)
    tree = sample_small(model, spec.sampling, seed=spec.seed)
    posterior = tree["posterior"].to_dataset()
    loading, threshold = posterior["loading"].to_numpy(), posterior["threshold"].to_numpy()
    scores = graded_scores(
        rng, loading.reshape(-1, loading.shape[-1]), threshold.reshape(-1, threshold.shape[-1]), answers
    )
    posterior["score"] = (("chain", "draw", "treaty"), scores.reshape(*loading.shape[:2], -1))
    # The share of a provision's latent response that depth leaves unexplained.
    posterior["uniqueness"] = 1 / (1 + posterior["loading"] ** 2)
    tree["posterior"] = xr.DataTree(posterior)
    return tree, np.ones(len(values), dtype=bool), coding.constant, [rv.name for rv in model.free_RVs]
