#!/usr/bin/env bash
# A chain begun at a draw of the posterior, as a refit is, begins more slowly than one begun far away: nutpie takes its first
# step sizes from the gradient at the start, and at a typical draw some gradients are near zero by chance. The first two
# trees then have all 1,023 steps that a tree may have.
# nutpie 0.16.11, PyMC 6.4.0, 300 normals with scales from 0.001 to 1: gradients of the first ten draws, 2,000 and more
# from a draw of the posterior, some 30 from between -1 and 1; afterwards the same.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "nutpie==0.16.11" "pymc==6.4.0" "numba==0.68.0" "arviz==1.3.0" >&2
cat > "$work/look.py" <<'PY'
import dataclasses
import warnings

import nutpie
import numpy as np
import pymc as pm

warnings.simplefilter("ignore")

if __name__ == "__main__":
    rng = np.random.default_rng(1)
    scale = np.exp(rng.uniform(np.log(0.001), 0.0, 300))
    with pm.Model() as model:
        x = pm.Flat("x", shape=300)
        pm.Potential("density", -0.5 * ((x / scale) ** 2).sum())
    compiled = nutpie.compile_pymc_model(model)
    first, later = {}, {}
    starts = {"posterior": scale * rng.normal(size=300), "far": rng.uniform(-1.0, 1.0, 300)}
    for name, start in starts.items():
        tree = nutpie.sample(
            dataclasses.replace(compiled, initial_point_func=lambda seed, at=start: at),
            chains=1, cores=1, tune=300, draws=50, seed=1, save_warmup=True, progress_bar=False,
        )
        steps = tree["warmup_sample_stats"]["n_steps"].values[0]
        first[name], later[name] = int(steps[:10].sum()), int(steps[100:].sum())
        print(f"{name}: {first[name]} gradients in ten draws, {steps[:10].max()} in one; {later[name]} after a hundred")
    print("at least twenty times as many:", first["posterior"] >= 20 * first["far"])
    print("the same afterwards, to a fifth:", abs(later["posterior"] / later["far"] - 1) < 0.2)
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py)
echo "$out"
want="at least twenty times as many: True
the same afterwards, to a fifth: True"
[ "$(echo "$out" | tail -2)" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
