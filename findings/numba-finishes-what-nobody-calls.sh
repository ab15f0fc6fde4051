#!/usr/bin/env bash
# PyTensor's functions in mode NUMBA are nests of small compiled functions, of which Python can call the outermost alone: the
# others are made without a wrapper for Python or C (no_cpython_wrapper, no_cfunc_wrapper) and are linked into their callers.
# Numba nevertheless optimises each of them in full and makes machine code of it, by itself, as soon as it is compiled, before it
# is optimised again within its caller. (Of a hierarchical model with its gradient, compiled so, that is more than a third of the
# CPU time.)
# PyTensor 3.3.7, Numba 0.68.0: the lines of `want` below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "pytensor==3.3.7" "numba==0.68.0" >&2
cat > "$work/look.py" <<'PY'
import numpy as np
import pytensor
import pytensor.tensor as pt
from numba.core.codegen import JITCodeLibrary

finished, own = [], JITCodeLibrary._finalize_specific


def note(library):
    own(library)
    if not library._object_caching_enabled:
        return
    defined = [f.name for f in library.get_defined_functions()]
    bytes_ = len(library._get_compiled_object())
    finished.append((any(name.startswith(("_ZN7cpython", "cfunc.")) for name in defined), bytes_))


JITCodeLibrary._finalize_specific = note
share, rows = pt.vector("share"), pt.lvector("rows")
density = pt.log1p(pt.exp(share[rows])).sum()
function = pytensor.function([share, rows], [density, pt.grad(density, share)], mode="NUMBA")
value, _ = function(np.zeros(3), np.arange(3))
inner = [bytes_ for callable_, bytes_ in finished if not callable_]
print(f"value {float(value):.4f}")
print("functions that Python or C can call:", len(finished) - len(inner) > 0)
print("functions that neither can call, made machine code of:", len(inner) > 10)
print("the least of them in bytes, above 500:", min(inner) > 500)
PY
out=$(cd "$work" && PYTENSOR_FLAGS="base_compiledir=$work/cache" "$work/venv/bin/python" look.py 2>/dev/null)
echo "$out"
want="value 2.0794
functions that Python or C can call: True
functions that neither can call, made machine code of: True
the least of them in bytes, above 500: True"
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
