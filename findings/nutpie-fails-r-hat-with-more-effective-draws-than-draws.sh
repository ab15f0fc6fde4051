#!/usr/bin/env bash
# A parameter can have more effective draws than there are draws, and fail the usual limit of R-hat (1.01) all the same. What
# ArviZ gives by default is the larger of two: of ranks, and of ranks of distances from the median ("folded"). A trajectory
# that ends half a period on turns a number's sign and keeps its distance, so that draws count for more of the one than of the
# other; ESS bulk, which looks at ranks alone, says nothing of it.
# nutpie 0.16.11, PyMC 6.4.0, ArviZ 1.3.0 (statistics 1.3.3), 3,000 independent standard normals, 4 chains of 300 draws: bulk
# ESS of the median parameter 1.09 times the draws, ESS of its square 0.42 times; 234 parameters above 1.01, one of them by
# ranks alone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "nutpie==0.16.11" "pymc==6.4.0" "numba==0.68.0" "arviz==1.3.0" "arviz-stats==1.3.3" >&2
cat > "$work/look.py" <<'PY'
import warnings

import arviz_stats as az
import numpy as np
import nutpie
import pymc as pm

warnings.simplefilter("ignore")

if __name__ == "__main__":
    with pm.Model() as model:
        pm.Normal("x", shape=3000)
    tree = nutpie.sample(
        nutpie.compile_pymc_model(model),
        chains=4, cores=2, tune=300, draws=300, seed=1, progress_bar=False, target_accept=0.8,
    )
    draws = tree["posterior"].to_dataset()
    count = draws.sizes["chain"] * draws.sizes["draw"]
    rhat = az.rhat(draws, method="rank")["x"].values
    of_ranks = az.rhat(draws, method="z_scale")["x"].values
    bulk = az.ess(draws, method="bulk")["x"].values
    squares = az.ess(draws**2, method="mean")["x"].values
    above = rhat > 1.01
    print(f"bulk ESS of the median parameter: {np.median(bulk) / count:.2f} times the draws; of its square {np.median(squares) / count:.2f}")
    print(f"above 1.01: {above.sum()} of 3000; by ranks alone {(of_ranks > 1.01).sum()}")
    print("some fail:", above.sum() >= 10)
    print("by ranks alone, a tenth of them at most:", (of_ranks > 1.01).sum() <= 0.1 * above.sum())
    print("most that fail have more effective draws than draws:", np.mean(bulk[above] > count) > 0.5)
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py)
echo "$out"
want="some fail: True
by ranks alone, a tenth of them at most: True
most that fail have more effective draws than draws: True"
[ "$(echo "$out" | tail -3)" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
