#!/bin/bash
# A multiverse of sixteen specifications and four programs, two workers, on an empty compile cache; one checkout at a time.
#   bash benchmarks/multiverse/run.sh CHECKOUT PYTHON NAME WORK
# PYTHON is that of the checkout's own environment; the target acceptance is that of its own `multiverse-bundled`.
# Adds "NAME,seconds,passed" to WORK/multiverse.csv.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"; checkout="$1"; python="$2"; name="$3"; work="$4"
. "$here/../checkout.sh"
target=$(cat "$checkout"/workflows/spec*/{bundled/,}multiverse-bundled.toml 2>/dev/null | grep -m 1 "^target_accept")
mkdir -p "$work"
sed "s/^target_accept.*/$target/" "$here/sixteen.toml" > "$work/sixteen.toml"
timed "$checkout" "$python" "$name" "$work" multiverse sixteen.toml
[ "$code" -eq 0 ] || exit "$code"
passed=$(grep -c '"passed": true' "$work/out-$name/sixteen/multiverse/fits.jsonl" || true)
echo "$name,$seconds,$passed" >> "$work/multiverse.csv"
