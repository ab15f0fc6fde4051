#!/usr/bin/env bash
# PyMC's freeze_dims_and_data returns the model with its free variables in another order (they are collected by walking the
# graph). A flat point in the order of the model that was frozen, handed to nutpie as the start of the program compiled from
# the frozen one, is read as another point, without a word: a log SD takes what was meant for an effect, and chains begin
# far out, or not at all. Sizes add up, so that nothing can notice.
# PyMC 6.4.0, PyTensor 3.3.7, nutpie 0.16.11: the lines of `want` below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "pymc==6.4.0" "pytensor==3.3.7" "nutpie==0.16.11" "numba==0.68.0" >&2
cat > "$work/look.py" <<'PY'
import ctypes

import numpy as np
import nutpie
import pymc as pm
from pymc.model.transform.optimization import freeze_dims_and_data

with pm.Model(coords={"state": ["a", "b", "c"]}) as model:
    spread = pm.HalfNormal("spread")
    level = pm.Normal("level", 0.0, 1.0)
    effect = pm.Normal("effect", level, spread, dims="state")
    noise = pm.HalfNormal("noise")
    pm.Normal("outcome", effect, noise, observed=[0.1, 0.4, -0.3], dims="state")
frozen = freeze_dims_and_data(model)
print("model: ", *(v.name for v in model.value_vars))
print("frozen:", *(v.name for v in frozen.value_vars))
# In the order of the model: log spread 0, level 1, effects 0, 0 and 0, log noise 2.
point, gradient, density = np.array([0.0, 1.0, 0.0, 0.0, 0.0, 2.0]), np.zeros(6), np.zeros(1)
at = [a.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for a in (point, gradient, density)]
for label, built in (("model: ", model), ("frozen:", frozen)):
    program = nutpie.compile_pymc_model(built, backend="numba")
    assert program.compiled_logp_func.ctypes(6, *at, program.user_data.ctypes.data) == 0
    print(label, f"log density {density[0]:.2f}")
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py 2>/dev/null)
echo "$out"
want='model:  spread_log__ level effect noise_log__
frozen: noise_log__ spread_log__ level effect
model:  log density -40.69
frozen: log density -16.08'
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
