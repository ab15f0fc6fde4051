"""Put ours beside Stan and brms: estimates in posterior SDs, and minimum bulk ESS per CPU-second.

    python benchmarks/hurdle/compare.py WORK_FOLDER OUT_FOLDER

Writes speed.csv and estimates.csv. ESS is over the population parameters, operation and state effects that a
sampler reports; CPU seconds include warm-up and leave out compilation.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

POPULATION = {
    "a": "b{}_1",
    "U": "b{}_2",
    "x": "b{}_3",
    "sd_state": "s{}_1",
    "sd_op": "s{}_2",
    "sd_opU": "s{}_3",
}
EFFECTS = {"r_state": "r{}[{}]", "r_op": "p{}_own[{}]", "r_opU": "q{}_own[{}]"}


def ours(work: Path) -> pd.DataFrame:
    """Our estimates under the peers' names; effects of operations are departures, like theirs."""
    table = pd.read_csv(work / "ours" / "summary.csv").set_index("parameter")
    rows = []
    for part, letter in (("occ", "o"), ("amt", "a")):
        for par, name in POPULATION.items():
            rows.append((part, par, 0, *table.loc[name.format(letter), ["mean", "sd"]]))
        for par, name in EFFECTS.items():
            for index in range(170 if par == "r_state" else 8):
                rows.append((part, par, index + 1, *table.loc[name.format(letter, index), ["mean", "sd"]]))
    rows.append(("amt", "sigma", 0, *table.loc["size_sd", ["mean", "sd"]]))
    return pd.DataFrame(rows, columns=["part", "par", "index", "mean", "sd"])


def main(work: Path, out: Path) -> None:
    key = ["part", "par", "index"]
    truth = pd.read_csv(work / "data" / "hurdle_truth.csv").fillna({"index": 0}).set_index(key)["value"]
    table = ours(work).set_index(key).join(truth.rename("truth"))
    speed = []
    run = json.loads((work / "ours" / "run.json").read_text())
    speed.append(
        (
            "ours",
            run["min_ess"],
            run["cpu_seconds"],
            run["compile_cpu_seconds"],
            run["divergences"],
            run["max_r_hat"],
        )
    )
    for peer in ("hurdle_stan_split", "hurdle_stan_joint", "hurdle_brms"):
        if not (work / "results" / f"row_{peer}.csv").exists():
            continue
        estimate = pd.read_csv(work / "results" / f"est_{peer}.csv").fillna({"index": 0}).set_index(key)
        name = peer.removeprefix("hurdle_")
        table[name] = estimate["mean"]
        table[f"{name}_difference_in_sd"] = (table["mean"] - estimate["mean"]) / table["sd"]
        row = pd.read_csv(work / "results" / f"row_{peer}.csv").iloc[0]
        speed.append(
            (name, row["min_ess"], row["cpu_s"], row["compile_cpu_s"], row["divergent"], row["max_rhat"])
        )
    columns = ["sampler", "min_bulk_ess", "cpu_seconds", "compile_cpu_seconds", "divergences", "max_r_hat"]
    frame = pd.DataFrame(speed, columns=columns)
    frame["ess_per_cpu_second"] = frame["min_bulk_ess"] / frame["cpu_seconds"]
    frame["ours_times"] = frame["ess_per_cpu_second"].iloc[0] / frame["ess_per_cpu_second"]
    population = table[table.index.get_level_values("index") == 0]
    frame["worst_population_difference_in_sd"] = [0.0] + [
        population[f"{name}_difference_in_sd"].abs().max() for name in frame["sampler"][1:]
    ]
    frame["worst_difference_in_sd"] = [0.0] + [
        table[f"{name}_difference_in_sd"].abs().max() for name in frame["sampler"][1:]
    ]
    frame.round(3).to_csv(out / "speed.csv", index=False)
    population.round(3).to_csv(out / "estimates.csv")
    print(frame.round(2).to_string(index=False), population.round(2).to_string(), sep="\n\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
