#!/bin/bash
# The whole bridge of Gannon and Kent, two workers, on an empty compile cache; one checkout at a time.
#   bash benchmarks/bridge/run.sh CHECKOUT PYTHON NAME WORK DATA
# PYTHON is that of the checkout's own environment, DATA the folder of research data.
# Adds "NAME,seconds,exit code" to WORK/bridge.csv: 3 where a rung failed the gate.
set -eu
checkout="$1"; python="$2"; name="$3"; work="$4"; data="$5"
mkdir -p "$work"; rm -rf "$work/cache-$name" "$work/out-$name"
export PYTENSOR_FLAGS="base_compiledir=$work/cache-$name" PYTHONPATH="$checkout" OMP_NUM_THREADS=1
began=$(date +%s.%N)
code=0
(cd "$work" && "$python" -W ignore -c "import sys; from workflows.entry import main; sys.argv[0]='coalition'; main()" \
  bridge gannon-kent --data "$data" --out "$work/out-$name" --workers 2) || code=$?
echo "$name,$(echo "$(date +%s.%N) - $began" | bc),$code" >> "$work/bridge.csv"
