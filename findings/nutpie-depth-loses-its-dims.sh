#!/usr/bin/env bash
# A variable called "depth" loses its dims in nutpie's posterior: nutpie has a sampler statistic of that name, and
# the dims of the statistic win. Alliance depth is what this field calls its latent variable.
# nutpie 0.16.11, PyMC 6.4.0: `treaty` is the dim of "breadth", "depth" gets the anonymous `depth_dim_0`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "nutpie==0.16.11" "pymc==6.4.0" "numba==0.68.0" "arviz==1.3.0" >&2
cat > "$work/look.py" <<'PY'
import nutpie
import pymc as pm

if __name__ == "__main__":
    with pm.Model(coords={"treaty": ["a", "b", "c"]}) as model:
        pm.Normal("breadth", dims="treaty")
        pm.Normal("depth", dims="treaty")
    tree = nutpie.sample(
        nutpie.compile_pymc_model(model), chains=1, tune=50, draws=20, seed=1, progress_bar=False
    )
    for name in ("breadth", "depth"):
        print(name, tree.posterior[name].dims)
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py)
echo "$out"
want="breadth ('chain', 'draw', 'treaty')
depth ('chain', 'draw', 'depth_dim_0')"
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
