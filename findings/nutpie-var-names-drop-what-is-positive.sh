#!/usr/bin/env bash
# `nutpie.compile_pymc_model(model, var_names=[...])` is not PyMC's var_names. A free variable that is sampled as it is
# stays in the posterior whether it is named or not; one that is sampled transformed (whatever is positive) is dropped
# unless it is named, and its unconstrained draws with it: from the posterior of var_names=[] nothing that depends on a
# scale can be computed again, though every parameter "was sampled". PyMC's own sampler keeps exactly what is named.
# nutpie 0.16.11, PyMC 6.4.0: see the output expected below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "nutpie==0.16.11" "pymc==6.4.0" "numba==0.68.0" "pytensor==3.3.7" "scipy==1.18.1" "numpy==2.5.5" >&2
cat > "$work/look.py" <<'PY'
import nutpie
import pymc as pm

with pm.Model() as model:
    scale = pm.HalfNormal("scale", 1.0)
    pm.Normal("effect", 0.0, scale)
    pm.Deterministic("twice", 2 * scale)
few = {"chains": 1, "tune": 50, "draws": 50, "progress_bar": False}
for names in (None, ["twice"], []):
    compiled = nutpie.compile_pymc_model(model, var_names=names)
    tree = nutpie.sample(compiled, seed=1, save_warmup=False, **few)
    print(f"nutpie, {names}:", ", ".join(sorted(map(str, tree["posterior"].data_vars))) or "nothing")
few = {"chains": 1, "tune": 50, "draws": 50, "progressbar": False, "compute_convergence_checks": False}
with model:
    tree = pm.sample(var_names=["twice"], nuts_sampler="pymc", random_seed=1, **few)
print("PyMC, ['twice']:", ", ".join(sorted(map(str, tree["posterior"].data_vars))))
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py 2>/dev/null)
echo "$out"
want="nutpie, None: effect, scale, twice
nutpie, ['twice']: effect, twice
nutpie, []: effect
PyMC, ['twice']: twice"
[ "$out" = "$want" ] || { echo "this has changed" >&2; exit 1; }
