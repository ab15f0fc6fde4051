#!/usr/bin/env bash
# A function of generated source that is given a place in PyTensor's cache for Numba (compile_numba_function_src with a
# cache_key, then njit or cfunc with cache=True) compiles, runs, and is written to disk without a word where its globals hold no
# __name__. The next process finds it there and cannot load it: Numba looks for the module of a function that has none, and ends
# in an AttributeError. With any importable name among the globals it is loaded.
# PyTensor 3.3.7, Numba 0.68.0: the lines of `want` below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "pytensor==3.3.7" "numba==0.68.0" >&2
cat > "$work/look.py" <<'PY'
import sys

import numba
from pytensor.link.numba.cache import compile_numba_function_src

known = {"__name__": "math"} if sys.argv[1] == "named" else {}
source = "def half(share):\n    return 0.5 * share\n"
function = compile_numba_function_src(source, "half", known, cache_key=sys.argv[1])
try:
    compiled = numba.cfunc(numba.float64(numba.float64), cache=True)(function)
    print(sys.argv[1:], compiled.ctypes(0.5), "from disk" if compiled.cache_hits else "compiled")
except Exception as error:
    print(sys.argv[1:], type(error).__name__, error)
PY
export PYTENSOR_FLAGS="base_compiledir=$work/cache"
out=$(cd "$work" && for name in unnamed named; do for run in first second; do
  "$work/venv/bin/python" look.py "$name" "$run" 2>/dev/null
done; done)
echo "$out"
want="['unnamed', 'first'] 0.25 compiled
['unnamed', 'second'] AttributeError 'NoneType' object has no attribute 'startswith'
['named', 'first'] 0.25 compiled
['named', 'second'] 0.25 from disk"
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
