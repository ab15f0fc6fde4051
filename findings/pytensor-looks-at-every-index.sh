#!/usr/bin/env bash
# Indexing a PyTensor tensor by a NumPy array of integers (a state's effect on each row: effect[state_of_row]) calls a Python
# function once for every number of the array, to see whether it is a bool, at every such indexing while the graph is built. The
# same array as a constant is looked at once. The graphs are equal. A model of 200,000 rows that indexes often spends minutes
# there: as long as sampling.
# PyTensor 3.3.7: the lines of `want` below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "pytensor==3.3.7" >&2
cat > "$work/look.py" <<'PY'
import sys

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import equal_computations

effect, state_of_row = pt.vector("effect"), np.arange(100_000) % 170
found = {}
for label, index in (("array", state_of_row), ("constant", pt.constant(state_of_row))):
    calls = 0

    def count(frame, event, _):
        global calls
        calls += event == "call" and frame.f_code.co_name == "includes_bool"

    sys.setprofile(count)
    found[label] = effect[index]
    sys.setprofile(None)
    print(label, calls)
print("equal graphs", equal_computations([found["array"]], [found["constant"]]))
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py 2>/dev/null)
echo "$out"
want='array 100001
constant 1
equal graphs True'
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
