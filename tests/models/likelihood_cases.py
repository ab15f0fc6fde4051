"""Typical parameters of each likelihood and a compiled form of it, for the likelihood tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.graph.rewriting.db import RewriteDatabaseQuery

from models.likelihoods import Likelihood, Outcome, get, names
from models.modes import ONCE
from workflows.machine.compiling import LEFT_OUT

OTHERS: dict[str, dict[str, float]] = {
    "bernoulli": {},
    "gaussian": {"residual_sd": 0.02},
    "hurdle_beta": {"precision": 80.0},
    "hurdle_betabinomial": {"precision": 80.0},
    "hurdle_lognormal": {"size_sd": 1.2},
    "hurdle_negbinomial": {"shape": 0.7},
    "ordered_beta": {"precision": 80.0, "lower_cut": -3.0, "cut_gap": 6.0},
    "zero_inflated_betabinomial": {"precision": 80.0},
    "zero_inflated_poisson": {},
}
NAMES = names()
#: Of each likelihood of the folder; of a new one, its own plausible ones.
PARAMETERS = {name: OTHERS.get(name, dict(get(name).plausible)) for name in NAMES}
#: A plausible value of each part's predictor.
TYPICAL: dict[str, dict[str, float]] = {
    name: {
        "participation": -1.0,
        "share": 0.01 if name == "gaussian" else -3.5,
        "size": 3.0 if name in ("hurdle_negbinomial", "zero_inflated_poisson") else -4.0,
    }
    for name in NAMES
}


def observed(likelihood: Likelihood, values: np.ndarray, armed_forces: np.ndarray) -> Outcome:
    """An outcome of simulated values, whatever the likelihood describes."""
    values, armed_forces = np.broadcast_arrays(np.asarray(values, float), np.asarray(armed_forces, float))
    troops = values * armed_forces if likelihood.outcome == "share" else values
    return Outcome(troops, armed_forces, values if likelihood.outcome == "share" else troops / armed_forces)


@dataclass(frozen=True)
class Compiled:
    """Log density, its gradient and the mean of a likelihood as functions of plain arrays."""

    likelihood: Likelihood
    function: Any
    rows: tuple[int, ...]

    def __call__(self, eta: dict[str, Any], params: dict[str, float]) -> dict[str, Any]:
        arguments = [
            np.broadcast_to(np.asarray(eta[part], float), self.rows) for part in self.likelihood.parts
        ]
        results = self.function(*arguments, *[float(value) for value in params.values()])
        names = ["logp", "mean", *self.likelihood.parts, *params]
        return dict(zip(names, results, strict=True))


#: Rewritten as sampled code is (`workflows.native.function`), and evaluated in Python.
REWRITTEN = Mode("py", RewriteDatabaseQuery(include=["canonicalize", "stabilize"], exclude=LEFT_OUT))


def compile_likelihood(
    name: str, outcome: Outcome, mode: str | Mode = ONCE, symbolic: bool = False, **options: Any
) -> Compiled:
    """Compile `name` for `outcome`, as constants or as shared variables.

    By default as its file writes it: what is finite then is so without PyTensor's help.
    """
    likelihood = get(name, **options)
    rows = outcome.troops.shape
    if symbolic:
        outcome = Outcome(*map(pytensor.shared, (outcome.troops, outcome.armed_forces, outcome.share)))
    eta = {part: pt.vector(part) for part in likelihood.parts}
    params = {key: pt.scalar(key) for key in PARAMETERS[name]}
    logp = likelihood.logp(outcome, eta, params)
    inputs = [*eta.values(), *params.values()]
    gradients = pytensor.grad(logp.sum(), inputs, disconnected_inputs="ignore")
    outputs = [logp, likelihood.mean(eta, params, outcome.armed_forces), *gradients]
    function = pytensor.function(inputs, outputs, mode=mode, on_unused_input="ignore")
    return Compiled(likelihood, function, rows)


@cache
def typical_sample(name: str, rows: int = 60, seed: int = 7) -> Outcome:
    """A small sample at typical values, positive rows and zero rows among it."""
    likelihood = get(name)
    rng = np.random.default_rng(seed)
    forces = rng.integers(500, 200_000, rows).astype(float)
    eta = {part: np.full(rows, TYPICAL[name][part]) for part in likelihood.parts}
    params = {key: np.full(1, value) for key, value in PARAMETERS[name].items()}
    return observed(likelihood, likelihood.simulate(rng, eta, params, forces), forces)
