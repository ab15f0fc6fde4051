"""Models side by side by what they predict of units that they have not seen, and weights of their mixture."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from data.common.errors import InputError

#: Units without a score that a refusal names.
SHOWN = 5


def stacking(scores: np.ndarray) -> np.ndarray:
    """Weights of models that maximise the summed log of their mixed predictive density (Yao et al. 2018).

    Parameters
    ----------
    scores : ndarray, shape (unit, model)
        Log predictive densities of the same units.

    Returns
    -------
    ndarray, shape (model,)
        Not negative, summing to one.
    """
    count = scores.shape[1]
    if count == 1:
        return np.ones(1)
    density = np.exp(scores - scores.max(axis=1, keepdims=True))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        mixed = density @ weights
        return -float(np.log(mixed).mean()), -(density / mixed[:, None]).mean(0)

    found = minimize(
        loss,
        np.full(count, 1 / count),
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * count,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda _: np.ones(count)},
        options={"ftol": 1e-10, "maxiter": 500},
    )
    weights = np.clip(found.x, 0, None)
    return weights / weights.sum()


def compare(scores: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Compare models on the units that they share.

    Returns
    -------
    DataFrame
        One row a model, best first: `model, elpd, se, difference, difference_se, weight, units,
        bad_k` (units whose Pareto k exceeds 0.7, where importance sampling was used).

    Raises
    ------
    InputError
        If a score is not a finite number, with its model and units: a sum over it would name no best model.
    ValueError
        If the models were scored on different units.
    """
    names = list(scores)
    units = [list(scores[name]["unit"]) for name in names]
    if any(u != units[0] for u in units):
        raise ValueError("the models predict different units: compare models of one panel")
    matrix = np.column_stack([scores[name]["elpd"] for name in names])
    for name, column in zip(names, matrix.T, strict=True):
        bad = [str(label) for label, one in zip(units[0], column, strict=True) if not np.isfinite(one)]
        if bad:
            more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
            raise InputError(
                f"an elpd of {name!r} that is no finite number",
                "a score of every unit: see the run's diagnostics, or --method kfold",
                row=f"{', '.join(bad[:SHOWN])}{more}",
                column="elpd",
            )
    weights = stacking(matrix)
    best = int(matrix.sum(0).argmax())
    rows = []
    for k, name in enumerate(names):
        gap = matrix[:, k] - matrix[:, best]
        bad = int((scores[name]["pareto_k"] > 0.7).sum()) if "pareto_k" in scores[name] else 0
        root = np.sqrt(len(matrix))
        sums = [part for one in (matrix[:, k], gap) for part in (one.sum(), one.std() * root)]
        rows.append((name, *sums, weights[k], len(matrix), bad))
    columns = ["model", "elpd", "se", "difference", "difference_se", "weight", "units", "bad_k"]
    return pd.DataFrame(rows, columns=columns).sort_values("elpd", ascending=False, ignore_index=True)
