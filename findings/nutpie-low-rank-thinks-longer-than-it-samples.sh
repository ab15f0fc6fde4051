#!/usr/bin/env bash
# nutpie's low-rank mass matrix costs no gradients, but the eigenvectors it finds while it adapts cost far more than a
# cheap model's gradients: with 200 parameters, as many as a panel has states, sampling takes many times as
# long as with the diagonal one, at as many gradients. What it saves in steps must be worth that.
# nutpie 0.16.11, PyMC 6.4.0, Numba 0.68.0, 200 independent normals, one chain of 300 + 300.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "nutpie==0.16.11" "pymc==6.4.0" "numba==0.68.0" "arviz==1.3.0" >&2
cat > "$work/look.py" <<'PY'
import sys
import time

import nutpie
import pymc as pm

if __name__ == "__main__":
    with pm.Model() as model:
        pm.Normal("level", shape=200)
    compiled = nutpie.compile_pymc_model(model)
    seconds, gradients = {}, {}
    for adaptation in ("diag", "low_rank"):
        # The first call of each also loads what it needs.
        for tune, draws in ((10, 10), (300, 300)):
            began = time.perf_counter()
            tree = nutpie.sample(
                compiled, chains=1, tune=tune, draws=draws, seed=1, progress_bar=False, adaptation=adaptation
            )
            seconds[adaptation] = time.perf_counter() - began
        gradients[adaptation] = float(tree.sample_stats["n_steps"].mean())
    print("gradients a draw within a factor of two:", 0.5 < gradients["low_rank"] / gradients["diag"] < 2)
    print("low_rank takes more than five times as long:", seconds["low_rank"] > 5 * seconds["diag"])
    print({k: round(v, 2) for k, v in seconds.items()}, gradients, file=sys.stderr)
PY
out=$(cd "$work" && OMP_NUM_THREADS=1 "$work/venv/bin/python" look.py)
echo "$out"
want="gradients a draw within a factor of two: True
low_rank takes more than five times as long: True"
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
