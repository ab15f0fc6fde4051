#!/usr/bin/env bash
# A start at which one number's gradient is exactly zero is no start for nutpie: "All initialization points failed", from
# "bad initial gradient". PyMC's own initial point is one wherever a group has no data: its standard normal effect begins
# at zero, where nothing pulls. PyMC's NUTS begins there; nutpie does with its jitter, or at 1e-300.
# nutpie 0.16.11, PyMC 6.4.0: one state without rows, effects at PyMC's initial point.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "nutpie==0.16.11" "pymc==6.4.0" "numba==0.68.0" "arviz==1.3.0" >&2
cat > "$work/look.py" <<'PY'
import logging
import warnings

import nutpie
import numpy as np
import pymc as pm

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")

if __name__ == "__main__":
    short = {"chains": 1, "cores": 1, "tune": 100, "draws": 50, "progress_bar": False}
    with pm.Model(coords={"state": ["a", "b", "c"]}) as model:
        effect = pm.Normal("effect", dims="state", initval=[0.1, 0.1, 0.0])
        pm.Normal("share", effect[np.array([0, 0, 1])], observed=[0.3, 0.5, -0.2])
        pm.sample(
            chains=1, tune=100, draws=50, random_seed=1, init="adapt_diag", nuts_sampler="pymc", progressbar=False,
            compute_convergence_checks=False,
        )
        print("pymc: sampled")
    for words, chosen in (("as PyMC has it", set()), ("moved a little", None)):
        try:
            nutpie.sample(nutpie.compile_pymc_model(model, jitter_rvs=chosen), seed=1, **short)
            print(f"nutpie, {words}: sampled")
        except RuntimeError as error:
            print(f"nutpie, {words}: {str(error).splitlines()[0]}")
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py)
echo "$out"
want="pymc: sampled
nutpie, as PyMC has it: All initialization points failed
nutpie, moved a little: sampled"
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
