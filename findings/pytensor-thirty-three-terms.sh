#!/usr/bin/env bash
# PyMC sums the log densities of all variables in one addition. In PyTensor's quick modes (FAST_COMPILE, or the Python
# linker) an addition of more than 32 terms cannot be evaluated, so that a model of this field's size (a handful of
# coefficients and spreads for each part) works with 30 variables and fails with 33, while the default mode takes both.
# PyMC 6.4.0, PyTensor 3.3.7.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "pymc==6.4.0" "pytensor==3.3.7" "numba==0.68.0" "arviz==1.3.0" >&2
cat > "$work/look.py" <<'PY'
import pymc as pm

for size in (30, 33):
    with pm.Model() as model:
        for k in range(size):
            pm.Normal(f"x{k}")
    for mode in (None, "FAST_COMPILE"):
        try:
            value = model.compile_logp(mode=mode)(model.initial_point())
            found = f"{float(value):.3f}"
        except Exception as error:
            found = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        print(size, mode, found)
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py)
echo "$out"
want="30 None -27.568
30 FAST_COMPILE -27.568
33 None -30.325
33 FAST_COMPILE NotImplementedError: Elemwise.perform (Python mode) does not support more than 32 operands. Use the C backend or disable Elemwise fusion."
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
