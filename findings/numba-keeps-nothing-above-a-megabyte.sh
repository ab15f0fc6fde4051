#!/usr/bin/env bash
# A PyTensor function compiled for Numba lies on disk for the next process while each of its constants has at most a million
# bytes. With one number more it never does: Numba then writes an address of the process into the code and does not keep it.
# Nothing is said (PyTensor silences the warning), the second run looks like the first, and so do a hundred of them: a
# likelihood of 125,000 rows is loaded, one of 125,001 compiled anew each time. What stands in shared variables does not count.
# PyTensor 3.3.7, Numba 0.68.0: the lines of `want` below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "pytensor==3.3.7" "numba==0.68.0" >&2
cat > "$work/look.py" <<'PY'
import sys
import warnings

import numpy as np
import pytensor
import pytensor.tensor as pt

rows, how = int(sys.argv[1]), sys.argv[2]
values = np.linspace(0.0, 1.0, rows)
values = pytensor.shared(values) if how == "shared" else pt.constant(values)
x = pt.scalar("x")
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    f = pytensor.function([x], pt.sum(pt.exp(x * values)), mode="NUMBA")
    f(0.5)
kept = "from disk" if f.vm.jit_fn.stats.cache_hits else "compiled"
print(8 * rows, how, sys.argv[3], kept, len(said), "warnings")
PY
export PYTENSOR_FLAGS="base_compiledir=$work/cache"
out=$(cd "$work" && for rows in 125000 125001; do for how in constant shared; do for run in first second; do
  "$work/venv/bin/python" look.py "$rows" "$how" "$run" 2>/dev/null
done; done; done)
echo "$out"
want="1000000 constant first compiled 0 warnings
1000000 constant second from disk 0 warnings
1000000 shared first compiled 0 warnings
1000000 shared second from disk 0 warnings
1000008 constant first compiled 0 warnings
1000008 constant second compiled 0 warnings
1000008 shared first from disk 0 warnings
1000008 shared second from disk 0 warnings"
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
