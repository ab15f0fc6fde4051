"""The hurdle lognormal of the Stan peer, by this project's likelihood, sampled with nutpie.

    OMP_NUM_THREADS=1 PYTHONPATH=. python benchmarks/hurdle/ours.py PEERS_FOLDER OUT_FOLDER

The model and priors are those of stan/hurdle_hand.stan, in another geometry, compiled as the workbench compiles
its own. A state's effect is centred on what its mean of x predicts, and x enters as the deviation from that mean: x
hardly varies within states, so that the two are nearly collinear otherwise. The levels of the operations are
sampled at the mean potential of contributors, with the weighted mean of the states' effects added, which is what the
data know, and given back without it. The grid of rows is complete (states x years x operations), so that the
participation predictor is a sum of blocks; the size predictor exists on the positive rows alone.

Writes summary.csv (mean, sd, bulk ESS, R-hat of every parameter) and run.json (CPU seconds).
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import arviz as az
import numpy as np
import nutpie
import pandas as pd
import pymc as pm
import pytensor.tensor as pt

from models.likelihoods import Outcome, get
from workflows.draws.evaluate import with_deterministics
from workflows.native.program import compiled

CHAINS, TUNE, DRAWS, SEED = 2, 500, 2000, 20240
#: The letters of the Stan program and its prior centre of each intercept.
PARTS = {"participation": ("o", 0.0), "size": ("a", -7.0)}


class OnRows:
    """A linear predictor that is built for the rows it is asked for, and for no others."""

    def __init__(self, build) -> None:
        self._build = build

    def __getitem__(self, rows):
        return self._build(rows)


def build(data: pd.DataFrame) -> pm.Model:
    """The model of a complete grid of rows sorted by state, year and operation."""
    states, years, operations = (data[name].nunique() for name in ("state", "year", "op"))
    shape = (states, years, operations)
    assert len(data) == np.prod(shape)
    potential, x = data["U"].to_numpy(), data["x"].to_numpy()
    state, operation = data["state"].to_numpy() - 1, data["op"].to_numpy() - 1
    # x is one value a state-year; its state mean moves into the centre of the state's effect.
    x_mean = x.reshape(shape).mean((1, 2))
    x_within = x - x_mean[state]
    assert np.allclose(np.ptp(x.reshape(shape), axis=2), 0)
    share = data["share"].to_numpy()
    likelihood = get("hurdle_lognormal")
    with pm.Model() as model:
        eta = {}
        for part, (letter, centre) in PARTS.items():
            level = pm.Normal(f"b{letter}_1", centre, 3.0)
            slope = pm.Normal(f"b{letter}_2", 0.0, 1.0)
            control = pm.Normal(f"b{letter}_3", 0.0, 1.0)
            spread = [pm.HalfNormal(f"s{letter}_{k}", 1.0) for k in (1, 2, 3)]
            effect = pm.Normal(f"c{letter}", control * x_mean, spread[0], shape=states)
            positive = np.bincount(state, share > 0)
            weight = positive / (positive + 2.0)  # about what the data say of a state's own effect
            common = pt.dot(effect, weight / weight.sum())
            slopes = pm.Normal(f"q{letter}", slope, spread[2], shape=operations)
            # At the mean potential of the rows that tell of it, a level and a slope are not confounded.
            telling = share > 0
            usual = np.bincount(operation, telling * potential) / np.bincount(operation, telling)
            moved = common + slopes * usual
            levels = pm.Normal(f"c{letter}_level", level + moved, spread[1], shape=operations)
            effect_own, potential_own = effect - common, potential - usual[operation]
            if part == "participation":
                by_year = control * x_within.reshape(shape)[:, :, 0] + effect_own[:, None]
                block = by_year[:, :, None] + (levels + slopes * potential_own.reshape(shape))
                eta[part] = block.reshape((-1,))
            else:

                def rows_only(
                    rows, control=control, effect=effect_own, levels=levels, slopes=slopes, own=potential_own
                ):
                    where = operation[rows]
                    size = control * x_within[rows] + effect[state[rows]]
                    return size + levels[where] + slopes[where] * own[rows]

                eta[part] = OnRows(rows_only)
            pm.Deterministic(f"p{letter}", levels - moved)
            pm.Deterministic(f"r{letter}", effect - control * x_mean)
        params = likelihood.parameters({"size_sd": {"family": "HalfNormal", "sigma": 1.0}})
        forces = np.full(share.size, 1e6)
        logp = likelihood.logp(Outcome(share * forces, forces, share), eta, params)
        pm.Potential("rows", pt.sum(logp))
    return model


def cpu_seconds() -> float:
    """Of this process and of those that it waited for: a program may be compiled by two."""
    return sum(os.times()[:4])


def main(peers: Path, out: Path) -> None:
    data = pd.read_csv(peers / "data" / "hurdle_sim.csv").sort_values(["state", "year", "op"])
    model = build(data)
    started = cpu_seconds()
    program = compiled(model)
    compile_seconds = cpu_seconds() - started
    started, wall = time.process_time(), time.perf_counter()
    tree = nutpie.sample(
        program, chains=CHAINS, cores=1, tune=TUNE, draws=DRAWS, seed=SEED, target_accept=0.8,
        progress_bar=False, save_warmup=False,
    )  # fmt: skip
    # What follows from draws counts: the peers' samplers compute it as they go.
    posterior = with_deterministics(model, tree["posterior"].to_dataset())
    seconds, wall = time.process_time() - started, time.perf_counter() - wall
    for letter, _ in PARTS.values():
        # The peers report departures of operations, whose SD is not that of levels and slopes.
        posterior[f"p{letter}_own"] = posterior[f"p{letter}"] - posterior[f"b{letter}_1"]
        posterior[f"q{letter}_own"] = posterior[f"q{letter}"] - posterior[f"b{letter}_2"]
    names = [n for n in posterior.data_vars if n[0] != "c" and not n.endswith("__")]
    table = az.summary(posterior[names], kind="all", round_to="none")[["mean", "sd", "ess_bulk", "r_hat"]]
    out.mkdir(parents=True, exist_ok=True)
    table.rename_axis("parameter").to_csv(out / "summary.csv")
    run = {
        "chains": CHAINS, "tune": TUNE, "draws": DRAWS, "seed": SEED, "compile_cpu_seconds": compile_seconds,
        "cpu_seconds": seconds, "wall_seconds": wall, "divergences": int(tree["sample_stats"]["diverging"].sum()),
        "mean_leapfrogs": float(tree["sample_stats"]["n_steps"].mean()), "min_ess": float(table["ess_bulk"].min()),
        "worst": str(table["ess_bulk"].idxmin()), "max_r_hat": float(table["r_hat"].max()),
    }  # fmt: skip
    (out / "run.json").write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(run, indent=1), run["min_ess"] / run["cpu_seconds"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
