#!/usr/bin/env bash
# ArviZ's power scaling says nothing of its own reliability. With an effect for each of 1,200 groups (states, here) the
# weights of its scaled posteriors rest on three to six of 4,000 draws, at a Pareto k of 1.6 and 2.0; `psense_summary`
# gives two sensitivities to three decimals and a diagnosis, without a warning and without a column for k.
# arviz-stats 1.3.3: see the output expected below. Draws are exact, from a conjugate posterior.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "arviz==1.3.0" "arviz-stats==1.3.3" "xarray==2026.9.0" "numpy==2.5.5" >&2
cat > "$work/look.py" <<'PY'
import warnings

import arviz as az
import numpy as np
from arviz_stats.base import array_stats

rng = np.random.default_rng(1)
states, rows = 1200, 4
y = rng.normal(size=states)[:, None] + rng.normal(size=(states, rows))
# Effects with prior N(0, 1), observed with error 1: the posterior is normal.
variance = 1 / (1 + rows)
effect = rng.normal(variance * y.sum(1), np.sqrt(variance), size=(4, 1000, states))
density = -0.5 * np.log(2 * np.pi)
tree = az.from_dict(
    {
        "posterior": {"mean": effect.mean(-1)},
        "log_likelihood": {"y": density - 0.5 * (y - effect[..., None]) ** 2},
        "log_prior": {"effect": density - 0.5 * effect**2},
    }
)
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    table = az.psense_summary(tree)
print("columns:", ", ".join(table.columns))
print("warnings:", len(said))
print("diagnosis:", table["diagnosis"].iloc[0])
total = tree["log_likelihood"]["y"].values.sum((-1, -2)).ravel()
for power in (0.8, 1.25):
    weight = (power - 1) * total
    k = float(array_stats.psislw(weight, axis=0)[1])
    weight = np.exp(weight - weight.max())
    print(f"power {power}: k {k:.1f}, effective draws {weight.sum() ** 2 / (weight**2).sum():.0f} of {total.size}")
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py 2>/dev/null)
echo "$out"
want="columns: prior, likelihood, diagnosis
warnings: 0
diagnosis: potential prior-data conflict
power 0.8: k 1.6, effective draws 3 of 4000
power 1.25: k 2.0, effective draws 6 of 4000"
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
