#!/usr/bin/env bash
# Compiling for Numba, PyTensor fuses a chain of elementwise operators into one loop only where each of them has C code, though
# no C is generated or compiled. An operator of one's own that Numba knows, and that has no C code (a softplus written for
# Numba, say), splits the loop into several, each with an array of its own between them; with C code that nobody compiles
# (here a line that could not be compiled) the loop is one. Both give the same numbers.
# PyTensor 3.3.7, Numba 0.68.0: the lines of `want` below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "pytensor==3.3.7" "numba==0.68.0" >&2
cat > "$work/fuse.py" <<'PY'
import math

import numba
import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.link.numba.dispatch.scalar import register_scalar_funcify
from pytensor.scalar.basic import UnaryScalarOp, upgrade_to_float
from pytensor.tensor.elemwise import Elemwise


class Softplus(UnaryScalarOp):
    def impl(self, x):
        return math.log1p(math.exp(x))

    def c_code(self, *args):
        raise NotImplementedError


class SoftplusWithCode(Softplus):
    def c_code(self, *args):
        return "this is no C"


@register_scalar_funcify(Softplus)
def of_numba(op, **_):
    return numba.njit(lambda x: math.log1p(math.exp(x))), None


x = pt.vector("x")
values = []
for kind in (Softplus, SoftplusWithCode):
    own = Elemwise(kind(upgrade_to_float, name="own"))
    f = pytensor.function([x], pt.sqrt(3.0 * own(2.0 * x + 1.0) + 1.0), mode="NUMBA")
    print(kind.__name__, "loops:", len(f.maker.fgraph.apply_nodes))
    values.append(f(np.array([-1.0, 0.5])))
print("equal", np.array_equal(*values))
PY
out=$(cd "$work" && PYTENSOR_FLAGS="base_compiledir=$work/cache" "$work/venv/bin/python" fuse.py 2>/dev/null)
echo "$out"
want='Softplus loops: 3
SoftplusWithCode loops: 1
equal True'
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
