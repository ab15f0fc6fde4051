#!/usr/bin/env bash
# Excel's error cells (#DIV/0!, #N/A, #REF!) come out of pandas with the calamine engine as empty text, also with
# na_filter off: a count whose formula broke cannot be told from one that was never entered. openpyxl makes them missing.
# pandas 3.1.1, python-calamine 0.9.1, openpyxl 3.1.5.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q "pandas==3.1.1" "python-calamine==0.9.1" "openpyxl==3.1.5" >&2
cat > "$work/look.py" <<'PY'
import openpyxl
import pandas as pd

book = openpyxl.Workbook()
sheet = book.active
sheet.append(["state", "troops"])
for state, value in (("Norway", 500), ("Chad", "#DIV/0!"), ("Mali", "#N/A"), ("Togo", None)):
    sheet.append([state, value])
for row in (3, 4):
    sheet.cell(row, 2).data_type = "e"
book.save("troops.xlsx")
for engine in ("calamine", "openpyxl"):
    found = pd.read_excel("troops.xlsx", engine=engine, na_filter=False, dtype=str)
    print(engine, found["troops"].tolist())
PY
out=$(cd "$work" && "$work/venv/bin/python" look.py)
echo "$out"
want="calamine ['500', '', '', '']
openpyxl ['500', nan, nan, '']"
[ "$out" = "$want" ] || { echo "changed: expected" >&2; echo "$want" >&2; exit 1; }
