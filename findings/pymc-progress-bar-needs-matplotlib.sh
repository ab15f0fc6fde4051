#!/usr/bin/env bash
# PyMC installed by itself cannot sample: its progress bar, on by default, takes a colour from Matplotlib, which PyMC 6 does
# not require (nor does ArviZ 1). Without a bar it samples; so it does where anything else has brought Matplotlib.
# PyMC 6.4.0, ArviZ 1.3.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "pymc==6.4.0" "numba==0.68.0" "arviz==1.3.0" >&2
cat > "$work/look.py" <<'PY'
import logging

import pymc as pm

logging.disable(logging.WARNING)

if __name__ == "__main__":
    short = {"chains": 1, "tune": 10, "draws": 10, "nuts_sampler": "pymc", "compute_convergence_checks": False}
    with pm.Model():
        pm.Normal("x")
        for words, options in (("as it is", {}), ("without a bar", {"progressbar": False})):
            try:
                pm.sample(**short, **options)
                print(f"{words}: sampled")
            except ModuleNotFoundError as error:
                print(f"{words}: {error}")
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py)
echo "$out"
want="as it is: No module named 'matplotlib'
without a bar: sampled"
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
