#!/usr/bin/env bash
# country_converter cannot be started under pandas 3.1: its table of states is read with a converter that should keep
# Namibia's two-letter code "NA" text, pandas 3 makes it missing all the same, and compiling the patterns fails.
# Under pandas 2.3 the code stays text. Nothing in either package's requirements keeps them apart.
# country-converter 1.3.2 with pandas 3.1.1 and 2.3.3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/look.py" <<'PY'
import country_converter as coco
import pandas as pd

try:
    found = coco.convert("Namibia", to="ISO2")
except Exception as error:
    found = f"{type(error).__name__}: {error}"
print(pd.__version__, found)
PY
out=""
for version in 3.1.1 2.3.3; do
    python3 -m venv "$work/$version"
    "$work/$version/bin/python" -m pip install -q "country-converter==1.3.2" "pandas==$version" >&2
    out+=$(cd "$work" && "$work/$version/bin/python" look.py 2>/dev/null)$'\n'
done
echo -n "$out"
want="3.1.1 TypeError: first argument must be string or compiled pattern
2.3.3 NA
"
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo -n "$want" >&2; exit 1; }
