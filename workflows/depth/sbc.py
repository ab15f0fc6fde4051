"""Simulation-based calibration of the two measurement models.

Talts et al. (2018): draw parameters from the prior, data from the model and a posterior
from the data; if the sampler and the model agree, the rank of each true value among its
posterior draws is uniform. Uniformity is judged by the empirical distribution function
of the ranks with simultaneous bands (Säilynoja, Bürkner & Vehtari 2022), at a level
shared out over all quantities. One compiled model serves every simulation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from data.common.disk import whole, write
from data.common.text import write_csv
from data.panel import PROVISIONS
from models.factor import FactorPriors, factor_model, factor_scores, simulate_factor_prior
from models.graded import graded_model, graded_scores, patterns, simulate_items_prior, simulate_responses
from models.item_priors import DepthPriors
from models.items import Coding
from workflows.depth.measure import TARGET_ACCEPT
from workflows.judge.bands import LEVEL, bands, level_of_each, pit
from workflows.judge.gate import convergence
from workflows.sampling.program import Program
from workflows.spec.run import SamplingSpec
from workflows.store.store import versions

ModelName = Literal["factor", "graded"]
#: Treaties in a simulated data set, and how many of their scores are ranked.
TREATIES, SCORES = 150, 4
#: Posterior draws among which a true value is ranked, thinned from all draws to near independence.
KEPT = 127
LEVELS = tuple(4 if name == "organisation" else 2 for name in PROVISIONS)
#: Share of the provisions of a simulated treaty that were not seen, as for treaties lost to the archives.
MISSING = 0.05

Progress = Callable[[int, int], None]
Quantities = dict[str, tuple[np.ndarray, np.ndarray, Sequence]]
"""By stem: true values, shape (quantity,); their draws, all chains in a row, (draw, quantity); their names."""


def calibrate(
    model: ModelName, simulations: int | Sequence[int], seed: int, progress: Progress = lambda *_: None
) -> pd.DataFrame:
    """Rank true values among posterior draws, under the default priors.

    Parameters
    ----------
    model : {"factor", "graded"}
    simulations : int or sequence of int
        How many, or the numbers of those to run: each depends on the seed and its number alone.
    seed : int
    progress : callable
        Called with (simulations done, simulations in all).

    Returns
    -------
    DataFrame
        One row a simulation: `simulation`, `divergences`, `max_r_hat`, and one column a
        quantity with the rank (0..KEPT) of its true value.
    """
    run = _Factor() if model == "factor" else _Graded()
    numbers = range(simulations) if isinstance(simulations, int) else simulations
    rows = []
    for number in numbers:
        rng = np.random.default_rng([seed, number])
        tree, quantities = run.one(rng, int(rng.integers(2**31)))
        posterior, stats = tree["posterior"].to_dataset(), tree["sample_stats"]
        row: dict[str, float] = {
            "simulation": number,
            "divergences": int(stats["diverging"].sum()),
            "max_r_hat": float(convergence(posterior[list(run.variables)])["r_hat"].max()),
        }
        for stem, (truth, drawn, names) in quantities.items():
            kept = drawn[:: len(drawn) // KEPT][:KEPT]
            row |= {f"{stem}[{name}]": int((kept[:, j] < truth[j]).sum()) for j, name in enumerate(names)}
        rows.append(row)
        progress(len(rows), len(numbers))
    return pd.DataFrame(rows)


class _Factor:
    """Simulate and fit the Gaussian factor model."""

    variables = ("loading", "uniqueness")
    sampling = SamplingSpec(chains=4, tune=500, draws=1000, target_accept=TARGET_ACCEPT)

    def __init__(self) -> None:
        self.priors = FactorPriors()
        self.model = factor_model(np.eye(len(PROVISIONS)), TREATIES, PROVISIONS, self.priors)
        self.program = Program(self.model)

    def one(self, rng: np.random.Generator, seed: int) -> tuple[xr.DataTree, Quantities]:
        """A simulated data set's fit, and what is ranked of it."""
        loading, unique = simulate_factor_prior(rng, PROVISIONS, self.priors)
        phi = rng.standard_normal(TREATIES)
        rows = np.outer(phi, loading) + rng.standard_normal((TREATIES, len(loading))) * np.sqrt(unique)
        tree = self.program.with_data(cross=rows.T @ rows).sample(self.sampling, seed)
        posterior = tree["posterior"].to_dataset()
        a, b = (np.concatenate(posterior[name].to_numpy()) for name in self.variables)
        scores = factor_scores(rng, a, b, rows[:SCORES])
        return tree, {
            "loading": (loading, a, PROVISIONS),
            "uniqueness": (unique, b, PROVISIONS),
            "score": (phi, scores, range(SCORES)),
        }


class _Graded:
    """Simulate and fit the graded model, some answers missing."""

    variables = ("loading", "threshold")
    sampling = SamplingSpec(chains=4, tune=500, draws=500, target_accept=TARGET_ACCEPT)

    def __init__(self) -> None:
        self.priors = DepthPriors()
        rng = np.random.default_rng(0)
        empty = Coding(rng.integers(0, 2, (TREATIES, len(PROVISIONS))), PROVISIONS, LEVELS, ())
        self.model = graded_model(patterns(empty), self.priors)
        self.program = Program(self.model)
        self.cuts = empty.cuts

    def one(self, rng: np.random.Generator, seed: int) -> tuple[xr.DataTree, Quantities]:
        """A simulated data set's fit, and what is ranked of it."""
        loading, threshold = simulate_items_prior(rng, PROVISIONS, LEVELS, self.priors)
        theta = rng.standard_normal(TREATIES)
        category = simulate_responses(rng, theta, loading, threshold, LEVELS).astype(int)
        category[rng.random(category.shape) < MISSING] = -1
        answers = patterns(Coding(category, PROVISIONS, LEVELS, ()))
        self.program.with_data(indicator=answers.indicator, count=answers.count)
        tree = self.program.sample(self.sampling, seed)
        posterior = tree["posterior"].to_dataset()
        a, b = (np.concatenate(posterior[name].to_numpy()) for name in self.variables)
        first = patterns(Coding(category[:SCORES], PROVISIONS, LEVELS, ()))
        scores = graded_scores(rng, a, b, first)
        return tree, {
            "loading": (loading, a, PROVISIONS),
            "score": (theta, scores, range(SCORES)),
            "threshold": (threshold, b, self.cuts),
        }


def verdict(ranks: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Judge ranks by simultaneous bands around the uniform distribution function.

    Returns
    -------
    DataFrame
        One row a quantity: `quantity, inside, margin`; `margin` is the least distance to the
        band, in units of the distribution function, negative outside.
    """
    quantities = [c for c in ranks if "[" in c]
    found = bands(pit(ranks[quantities], KEPT, seed), level_of_each(len(quantities)))
    found["margin"] = np.minimum(found["difference"] - found["lower"], found["upper"] - found["difference"])
    # At both ends a band touches 0 or 1, as every distribution function does: no distance is measured there.
    inner = found[(found["lower"] > -found["at"]) & (found["upper"] < 1 - found["at"])]
    table = inner.groupby("quantity", sort=False).agg(outside=("outside", "any"), margin=("margin", "min"))
    return table.assign(inside=~table["outside"]).reset_index()[["quantity", "inside", "margin"]]


def store(model: ModelName, ranks: pd.DataFrame, seed: int, folder: str | Path) -> dict:
    """Write ``ranks.csv`` and ``verdict.json`` into ``folder/model``; return the verdict."""
    place = Path(folder) / model
    place.mkdir(parents=True, exist_ok=True)
    with whole(place / "ranks.csv") as scratch:
        write_csv(ranks, scratch, float_format="%.6g")
    judged = verdict(ranks)
    record = {
        "model": model,
        "simulations": len(ranks),
        "seed": seed,
        "treaties": TREATIES,
        "draws_ranked": KEPT,
        "level": LEVEL,
        "passed": bool(judged["inside"].all()),
        "outside": judged.loc[~judged["inside"], "quantity"].tolist(),
        "least_margin": float(judged["margin"].min()),
        "simulations_with_divergences": int((ranks["divergences"] > 0).sum()),
        "simulations_with_r_hat_above_1.01": int((ranks["max_r_hat"] > 1.01).sum()),
        "command": f"coalition depth calibrate --model {model} --simulations {len(ranks)} --seed {seed}",
        "versions": versions(),
    }
    write(place / "verdict.json", json.dumps(record, indent=2) + "\n")
    return record
