"""Our two measurement models on the peers' data and priors: minimum bulk ESS per CPU-second.

    python benchmarks/depth/ours.py DATA [PEER_RESULTS]

Same data, priors and scores as the R and Stan programs of `peers.sh`. CPU time counts
warm-up and all threads; compilation is reported apart; the drawing of scores is counted
and also given by itself. Writes ``table.csv`` and ``profile.csv`` beside this file.
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
from models.item_parameters import Fold
from models.items import Coding, code_provisions
from workflows.draws.evaluate import with_deterministics
from workflows.native import program
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
        pieces, at = [], 0
        for j, top in enumerate(levels):
            steps = pt.concatenate([first[j][None], gap[at : at + top - 2]])
            pieces.append(pt.cumsum(steps))
            at += top - 2
        threshold = pm.Deterministic("threshold", pt.concatenate(pieces), dims="cut")
        pm.Deterministic("alpha", -first * width, dims="provision")
        pm.Potential("alpha_prior", pt.sum(pm.logp(pm.Normal.dist(0, scale), -first * width) + pt.log(width)))
        pm.Potential("gap_jacobian", pt.sum(pt.log(width[owner])))
        cut_owner = np.repeat(np.arange(items), np.array(levels) - 1)
        loglik = pattern_loglik(loading, threshold * width[cut_owner], marks, levels)
        pm.Potential("loglik", pt.dot(count, loglik))
    return model


def timed(function):
    """Result and CPU-seconds of this process."""
    begin = time.process_time()
    value = function()
    return value, time.process_time() - begin


def run(model: pm.Model, draw_scores) -> dict:
    """Compile, sample, draw scores; times and minimum effective sample sizes."""
    # A program may be compiled by two processes, whose ticks are too coarse for anything shorter.
    compile_cpu = -sum(os.times()[:4])
    compiled = program.compiled(model)
    compile_cpu += sum(os.times()[:4])

    def go(draws: int, tune: int, seed: int):
        return nutpie.sample(
            compiled, chains=CHAINS, cores=2, draws=draws, tune=tune, seed=seed, progress_bar=False,
            save_warmup=False,
        )  # fmt: skip

    go(10, 10, 1)
    tree, sample_cpu = timed(lambda: go(DRAWS, TUNE, 20240))
    posterior, follow_cpu = timed(lambda: with_deterministics(model, tree["posterior"].to_dataset()))
    sample_cpu += follow_cpu
    scores, score_cpu = timed(lambda: draw_scores(posterior))
    judged = xr.Dataset({"loading": posterior["loading"], "score": (("chain", "draw", "treaty"), scores)})
    ess = az.ess(judged, method="bulk")
    least = {name: float(ess[name].min()) for name in ("loading", "score")}
    everything = posterior[[n for n in posterior.data_vars if n in ("loading", "uniqueness", "threshold")]]
    evaluations = float(tree["sample_stats"]["n_steps"].mean())
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
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
        "gradients_per_draw": evaluations,
        "microseconds_per_gradient": 1e6 * sample_cpu / (CHAINS * (TUNE + DRAWS) * evaluations),
    }


def main() -> None:
    """Fit both models, set them beside the peers, write the table."""
    data, peers = Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None
    published = measurement_table("benson-clinton", data, coding="published", complete_in_file=True)
    values = published[list(PROVISIONS)].to_numpy(float)
    rng = np.random.default_rng(1)

    rows = standardise(values)
    factor = run(
        factor_model(rows.cross, len(rows.values), rows.names, FactorPriors(name="published")),
        lambda p: factor_scores(rng, p["loading"].to_numpy(), p["uniqueness"].to_numpy(), rows.values),
    )
    ordinal = values.copy()
    ordinal[:, 0] = np.floor(ordinal[:, 0] + 0.5)
    coding = code_provisions(ordinal, coding="published")
    answers = patterns(coding)

    def graded_draws(p: xr.Dataset) -> np.ndarray:
        flat = [p[n].to_numpy().reshape(-1, p[n].shape[-1]) for n in ("loading", "threshold")]
        return graded_scores(rng, *flat, answers).reshape(CHAINS, DRAWS, -1)

    graded = run(peer_graded_model(coding), graded_draws)
    table = [_row("coalition factor", "gauss", factor), _row("coalition graded", "ord", graded)]
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
