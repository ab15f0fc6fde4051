#!/usr/bin/env bash
# country_converter searches its patterns anywhere in a name: a line of a deployments table that is no state at all, or
# a territory that is another's, is given a state's code without a warning, and so is a state's name with a word that
# takes it back.
# country-converter 1.3.2, pandas 2.3.3 (under pandas 3.1.1 it does not start).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "country-converter==1.3.2" "pandas==2.3.3" >&2
cat > "$work/look.py" <<'PY'
import country_converter as coco

for name in ("Somaliland", "NATO (excl. Germany)", "not Norway"):
    print(name, "->", coco.convert(name, to="ISO3"))
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py 2>&1 | grep -- "->" || true)
echo "$out"
want="Somaliland -> SOM
NATO (excl. Germany) -> DEU
not Norway -> NOR"
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
