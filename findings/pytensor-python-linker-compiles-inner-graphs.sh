#!/usr/bin/env bash
# A PyTensor function whose mode says linker="py" is meant to be worked out in Python. An operator that holds a graph of its own
# (OpFromGraph, or what pt.vectorize made of one: how densities with an integral or a recursion are written) is worked out so only
# in part: its inner graph is linked anew when it is first called, and that link does not ask the mode. Where g++ is there, the
# inner operators are compiled in C, a second or so each on an empty cache; the values are the same. The mode cannot forbid it,
# config.cxx="" does. The same expression without an operator around it compiles nothing.
# PyTensor 3.3.7, with g++ on the path: the lines of `want` below.
set -euo pipefail
command -v g++ >/dev/null || { echo "needs g++" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "pytensor==3.3.7" >&2
cat > "$work/look.py" <<'PY'
import sys
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.builders import OpFromGraph
from pytensor.compile.mode import Mode
from pytensor.graph.replace import vectorize_graph

how = sys.argv[1]
if how == "no compiler":
    pytensor.config.cxx = ""
one, many = pt.vector("one", shape=(3,)), pt.matrix("many", shape=(None, 3))
inner = pt.log(pt.exp(one).sum())
whole = inner if how == "no operator" else OpFromGraph([one], [inner])(one)
function = pytensor.function([many], vectorize_graph(whole, {one: many}), mode=Mode(linker="py", optimizer=None))
values = function(np.zeros((2, 3))).round(6).tolist()
compiled = [place for place in Path(pytensor.config.compiledir).glob("tmp*/*.so")]
print(f"{how}: {values}, operators compiled in C: {len(compiled)}")
PY
out=$(cd "$work" && for how in "an operator" "no operator" "no compiler"; do
    PYTENSOR_FLAGS="base_compiledir=$work/cache-${how// /-}" "$work/venv/bin/python" look.py "$how" 2>/dev/null
done)
echo "$out"
want='an operator: [1.098612, 1.098612], operators compiled in C: 3
no operator: [1.098612, 1.098612], operators compiled in C: 0
no compiler: [1.098612, 1.098612], operators compiled in C: 0'
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
