#!/usr/bin/env bash
# Where ArviZ and JAX are installed, the first `scipy.special.logsumexp` of a process imports all of JAX, though nobody
# asked for it and the arrays are NumPy's: `import arviz_base` leaves lazy modules named jax and numpyro in `sys.modules`,
# and SciPy's array-API dispatch takes a module that stands there for one that is loaded and asks it for its array class.
# LOO, PSIS and power scaling go through it. arviz-base 1.3.1, SciPy 1.18.1, JAX 0.12.0.1: no module of JAX before the
# call, some two hundred after it, for a second or more.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "arviz-base==1.3.1" "lazy-loader==0.6" "numpyro==0.22.0" "scipy==1.18.1" "jax==0.12.0.1" "jaxlib==0.12.0.1" "numpy==2.5.5" >&2
cat > "$work/look.py" <<'PY'
import sys

import arviz_base  # noqa: F401


def loaded():
    return sum(name.startswith("jax.") for name in sys.modules)


print("jax stands in sys.modules as a", type(sys.modules["jax"]).__name__.lstrip("_"))
print("modules of jax before:", loaded())
import numpy as np
from scipy.special import logsumexp

logsumexp(np.zeros(3))
print("more than a hundred after:", loaded() > 100)
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py 2>/dev/null)
echo "$out"
want="jax stands in sys.modules as a LazyModule
modules of jax before: 0
more than a hundred after: True"
[ "$out" = "$want" ] || { echo "this has changed" >&2; exit 1; }
