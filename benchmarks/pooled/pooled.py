"""H of each operation with a common coefficient of similarity, with one by operation, and fitted alone.

    coalition run benchmarks/pooled/common.toml --data DIR --out RUNS
    coalition run pooled --data DIR --out RUNS
    PYTHONPATH=. python benchmarks/pooled/pooled.py RUNS

Reads the two runs and writes ``pooled.csv``: an operation a row; median and 95 % interval of H (troops a year, potential
one SD up, similarity held) under both, and of the separate fit; whether each run flags the operation.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
RUNS = {"common": "pooled-common", "by_operation": "pooled"}


def table(runs: Path) -> pd.DataFrame:
    """Put both runs beside the separate fits."""
    found = {
        kind: pd.read_csv(runs / name / "separate" / "separate.csv").set_index("operation")
        for kind, name in RUNS.items()
    }
    out = pd.DataFrame(index=found["common"].index)
    for kind, run in found.items():
        for end in ("", "_lower", "_upper"):
            out[f"{kind}{end}"] = run[f"joint{end}"]
        out[f"{kind}_differs"], out[f"{kind}_flagged"] = run["differs"], run["flagged"]
    for end in ("", "_lower", "_upper"):
        out[f"separate{end}"] = found["by_operation"][f"separate{end}"]
    return out.round(1)


def main() -> None:
    out = table(Path(sys.argv[1]))
    out.to_csv(HERE / "pooled.csv")
    print(out.to_string())


if __name__ == "__main__":
    main()
