"""Our two measurement models on the peers' data and priors: minimum bulk ESS per CPU-second.

    python benchmarks/depth/ours.py DATA [PEER_RESULTS]

Same data, priors and scores as the R and Stan programs of `peers.sh`. CPU time counts
warm-up and all threads; compilation is reported apart; the drawing of scores is counted
and also given by itself. Both models are sampled twice: by NumPyro, as `coalition depth` does
(it compiles in seconds), and by nutpie, as joint models are. Writes ``table.csv`` beside this file.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from pathlib import Path

import arviz as az
import numpy as np
import nutpie
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from data.treaties.provisions import PROVISIONS
from data.variables.measures import measurement_table
from models.factor import FactorPriors, factor_model, factor_scores, standardise
from models.graded import graded_scores, pattern_loglik, patterns
from models.item_parameters import Fold, accumulator
from models.items import Coding, code_provisions, item_of_cuts
from models.predictor.rowwise import product
from workflows.depth.measure import TARGET_ACCEPT
from workflows.draws.evaluate import with_deterministics
from workflows.native import program
from workflows.samplers import numpyro
from workflows.sampling.program import combine
from workflows.store.store import versions

HERE = Path(__file__).resolve().parent
CHAINS, TUNE, DRAWS = 2, 1000, 4000
ITEMS = ("milcontact", "commondef", "intcom", "milaid", "base", "contrib", "organ1", "ecaid", "secrecy")


def peer_graded_model(coding: Coding) -> pm.Model:
    """The peers' ordinal probit: intercepts and loadings N(0, variance 10), first cut 0, other cuts flat.

    Sampled on the marginal scale of `models.items`; the potentials hold the peers' priors
    and the Jacobian of the change of variables, so that the posterior is the same.
    """
    grouped = patterns(coding)
    levels = coding.levels
    items = len(levels)
    anchor = np.eye(items)[coding.names.index("bases")]
    owner = np.repeat(np.arange(items), np.array(levels) - 2)
    scale = np.sqrt(10.0)
    with pm.Model(coords={"provision": coding.names, "cut": coding.cuts}) as model:
        marks, count = pm.Data("indicator", grouped.indicator), pm.Data("count", grouped.count)
        loading = pm.Normal(
            "loading", 0, scale, dims="provision", initval=np.ones(items), default_transform=Fold(anchor)
        )
        first = pm.Flat("first", dims="provision", initval=np.ones(items))
        gap = pm.HalfFlat("gap", shape=owner.size, initval=np.full(owner.size, 0.4))
        width = pt.sqrt(1 + loading**2)
        threshold = pm.Deterministic(
            "threshold", product(accumulator(coding), pt.concatenate([first, gap])), dims="cut"
        )
        pm.Deterministic("alpha", -first * width, dims="provision")
        pm.Potential("alpha_prior", pt.sum(pm.logp(pm.Normal.dist(0, scale), -first * width) + pt.log(width)))
        pm.Potential("gap_jacobian", pt.sum(pt.log(width[owner])))
        loglik = pattern_loglik(loading, threshold * width[item_of_cuts(levels)], marks, levels)
        pm.Potential("loglik", pt.dot(count, loglik))
    return model


def timed(function):
    """Result and CPU-seconds of this process."""
    begin = time.process_time()
    value = function()
    return value, time.process_time() - begin


def by_numpyro(model: pm.Model) -> tuple[xr.Dataset, xr.Dataset, float, float]:
    """Draws, their statistics, CPU-seconds of compiling and of sampling; as `coalition depth` samples."""
    import jax

    with jax.default_device(numpyro.device("cpu")):
        start = [jax.numpy.asarray(value, float) for value in model.initial_point().values()]
        keys = [jax.random.PRNGKey(20240 + chain) for chain in range(CHAINS)]
        made = numpyro.program(model, TUNE, DRAWS, TARGET_ACCEPT, 10)
        sample, compile_cpu = timed(lambda: jax.jit(made).lower(keys[0], start).compile())
        constrain = numpyro._constrain(model)
        constrain([np.stack([np.asarray(value)] * DRAWS) for value in start])
        chains, cpu = timed(lambda: [jax.tree.map(np.asarray, sample(key, start)) for key in keys])
        trees, follow = timed(lambda: [numpyro._tree(model, constrain(v), stats) for v, stats in chains])
    tree = combine(dict(enumerate(trees)))
    return tree["posterior"].to_dataset(), tree["sample_stats"].to_dataset(), compile_cpu, cpu + follow


def by_nutpie(model: pm.Model) -> tuple[xr.Dataset, xr.Dataset, float, float]:
    """As `by_numpyro`, by the program that joint models are sampled with."""
    # A program may be compiled by two processes, whose ticks are too coarse for anything shorter.
    compile_cpu = -sum(os.times()[:4])
    compiled = program.compiled(model)
    compile_cpu += sum(os.times()[:4])

    def go(draws: int, tune: int, seed: int):
        return nutpie.sample(
            compiled, chains=CHAINS, cores=2, draws=draws, tune=tune, seed=seed, progress_bar=False,
            save_warmup=False, target_accept=TARGET_ACCEPT,
        )  # fmt: skip

    go(10, 10, 1)
    tree, cpu = timed(lambda: go(DRAWS, TUNE, 20240))
    posterior, follow = timed(lambda: with_deterministics(model, tree["posterior"].to_dataset()))
    return posterior, tree["sample_stats"].to_dataset(), compile_cpu, cpu + follow


def run(sampler, model: pm.Model, draw_scores) -> dict:
    """Compile, sample, draw scores; times and minimum effective sample sizes."""
    posterior, stats, compile_cpu, sample_cpu = sampler(model)
    gradients = float(stats["n_steps"].mean())
    scores, score_cpu = timed(lambda: draw_scores(posterior))
    judged = xr.Dataset({"loading": posterior["loading"], "score": (("chain", "draw", "treaty"), scores)})
    ess = az.ess(judged, method="bulk")
    least = {name: float(ess[name].min()) for name in ("loading", "score")}
    everything = posterior[[n for n in posterior.data_vars if n in ("loading", "uniqueness", "threshold")]]
    return {
        "posterior": posterior,
        "scores": scores,
        "compile_cpu_s": compile_cpu,
        "sample_cpu_s": sample_cpu,
        "score_cpu_s": score_cpu,
        "min_ess_loadings": least["loading"],
        "min_ess_scores": least["score"],
        "ess_per_cpu_s": min(least.values()) / (sample_cpu + score_cpu),
        "ess_per_cpu_s_without_score_draws": min(least.values()) / sample_cpu,
        "max_r_hat": float(max(az.rhat(everything).to_array().max(), az.rhat(judged)["score"].max())),
        "divergences": int(stats["diverging"].sum()),
        "gradients_per_draw": gradients,
        "microseconds_per_gradient": 1e6 * sample_cpu / (CHAINS * (TUNE + DRAWS) * gradients),
    }


def main() -> None:
    """Fit both models, set them beside the peers, write the table."""
    data, peers = Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None
    published = measurement_table("benson-clinton", data, coding="published", complete_in_file=True)
    values = published[list(PROVISIONS)].to_numpy(float)
    rng = np.random.default_rng(1)

    rows = standardise(values)

    def factor_draws(p: xr.Dataset) -> np.ndarray:
        return factor_scores(rng, p["loading"].to_numpy(), p["uniqueness"].to_numpy(), rows.values)

    factor_of_peers = factor_model(rows.cross, len(rows.values), rows.names, FactorPriors(name="published"))
    ordinal = values.copy()
    ordinal[:, 0] = np.floor(ordinal[:, 0] + 0.5)
    coding = code_provisions(ordinal, coding="published")
    answers = patterns(coding)

    def graded_draws(p: xr.Dataset) -> np.ndarray:
        flat = [p[n].to_numpy().reshape(-1, p[n].shape[-1]) for n in ("loading", "threshold")]
        return graded_scores(rng, *flat, answers).reshape(CHAINS, DRAWS, -1)

    table = []
    for sampler in (by_nutpie, by_numpyro):
        name = f"coalition, {sampler.__name__.removeprefix('by_')}"
        factor = run(sampler, factor_of_peers, factor_draws)
        graded = run(sampler, peer_graded_model(coding), graded_draws)
        table += [_row(name, "gauss", factor), _row(name, "ord", graded)]
    if peers is not None:
        table += _peers(peers, factor, graded)
    frame = pd.DataFrame(table)
    frame.to_csv(HERE / "table.csv", index=False, float_format="%.5g")
    about = {"versions": versions(), "machine": platform.processor() or platform.machine(), "cores": 2}
    (HERE / "about.json").write_text(json.dumps(about, indent=1) + "\n")
    print(frame.to_string())


def _row(name: str, model: str, found: dict) -> dict:
    return {"program": name, "model": model} | {
        key: value for key, value in found.items() if key not in ("posterior", "scores")
    }


def _peers(folder: Path, factor: dict, graded: dict) -> list[dict]:
    """Rows of the peers, with the largest difference of posterior means from ours."""
    out = []
    for path in sorted(folder.glob("row_*.csv")):
        row = pd.read_csv(path).iloc[0]
        ours = factor if row["id"].startswith("gauss") else graded
        par = pd.read_csv(folder / f"par_{row['id']}.csv").set_index("par")["mean"]
        mean = ours["posterior"]["loading"].mean(("chain", "draw")).to_numpy()
        if "mcmcpack" in row["id"]:
            suffix = "_1" if row["id"].startswith("gauss") else ".2"
            theirs = par[[f"Lambda{item}{suffix}" for item in ITEMS]].to_numpy()
        else:
            theirs = par[[f"lambda[{j}]" for j in range(1, 10)]].to_numpy()
            if row["id"].startswith("gauss"):  # Stan's program puts bases first
                order = [ITEMS.index("base"), *[j for j in range(9) if ITEMS[j] != "base"]]
                theirs = theirs[np.argsort(order)]
        out.append(
            {
                "program": row["peer"],
                "model": str(row["id"]).split("_")[0],
                "compile_cpu_s": row["compile_cpu_s"],
                "sample_cpu_s": row["cpu_s"],
                "ess_per_cpu_s": row["min_ess_per_cpu_s"],
                "max_r_hat": row["max_rhat"],
                "divergences": row["divergent"],
                "largest_loading_difference": float(np.abs(mean - theirs).max()),
            }
        )
    return out


if __name__ == "__main__":
    main()
