#!/usr/bin/env bash
# What PyTensor compiles with Numba or JAX leaves the Python that it wrote on the way in the system's folder for temporary
# files, a file for each function and each fused operator, also when the machine code came from its cache; nothing
# removes them. A hierarchical model leaves hundreds a process: a day of such runs left 43,000. With `generated_src_dir`
# set the same text is one file. PyTensor 3.3.7, Numba 0.68.0: the same function, twice in each of two processes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "pytensor==3.3.7" "numba==0.68.0" "numpy==2.5.5" >&2
cat > "$work/compile.py" <<'PY'
import numpy as np
import pytensor
import pytensor.tensor as pt

x = pt.vector("x")
for _ in range(2):
    pytensor.function([x], (pt.exp(x) + pt.sqr(x)).sum(), mode="NUMBA")(np.ones(3))
PY
look() { # name, flags
    mkdir "$work/$1"
    for _ in 1 2; do
        (cd "$work" && TMPDIR="$work/$1" PYTENSOR_FLAGS="base_compiledir=$work/compiled$2" venv/bin/python compile.py)
    done
    echo "$1: $(find "$work/$1" -type f -size +0 -name 'tmp*' | wc -l) files are left"
}
out=$(look by-default ""; look with-a-folder ",generated_src_dir=$work/source")
echo "$out"
want="by-default: 8 files are left
with-a-folder: 0 files are left"
[ "$out" = "$want" ] || { echo "this has changed" >&2; exit 1; }
