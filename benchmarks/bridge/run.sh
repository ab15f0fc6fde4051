#!/bin/bash
# The whole bridge of Gannon and Kent, two workers, on an empty compile cache; one checkout at a time.
#   bash benchmarks/bridge/run.sh CHECKOUT PYTHON NAME WORK DATA
# PYTHON is that of the checkout's own environment, DATA the folder of research data.
# Adds "NAME,seconds,exit code" to WORK/bridge.csv: 3 where a rung failed the gate.
set -eu
. "$(dirname "$0")/../checkout.sh"
checkout="$1"; python="$2"; name="$3"; work="$4"; data="$5"
timed "$checkout" "$python" "$name" "$work" bridge gannon-kent --data "$data"
echo "$name,$seconds,$code" >> "$work/bridge.csv"
