"""Write the simulated panel on which the engines here and R are compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

OUT = Path(__file__).resolve().parents[2] / "tests" / "workflows" / "r_engines" / "panel.csv"


def make_panel(seed: int = 20201) -> pd.DataFrame:
    """One row per unit and year; outcomes ``share`` (continuous), ``sent`` (0/1) and ``count``."""
    rng = np.random.default_rng(seed)
    units, years = 80, 12
    unit = np.repeat(np.arange(1, units + 1), years)
    year = np.tile(np.arange(2001, 2001 + years), units)
    effect = rng.normal(size=units)[unit - 1]
    potential = 0.5 * effect + rng.normal(size=unit.size)
    similarity = rng.normal(size=unit.size)
    ally = (rng.normal(size=unit.size) + 0.8 * effect > 0.5).astype(int)
    linear = -0.6 + 0.7 * potential - 0.4 * similarity + 0.5 * ally
    share = 0.01 + 0.002 * linear + 0.003 * effect + rng.normal(0, 0.004 + 0.001 * ally)
    sent = (rng.uniform(size=unit.size) < 1 / (1 + np.exp(-(linear + 1.2 * effect)))).astype(int)
    never = rng.uniform(size=unit.size) < 1 / (1 + np.exp(-(0.3 - 0.8 * similarity)))
    count = np.where(never, 0, rng.poisson(np.exp(1 + 0.3 * potential + 0.2 * ally)))
    columns = {
        "unit": unit,
        "year": year,
        "potential": potential.round(6),
        "similarity": similarity.round(6),
        "ally": ally,
        "share": share.round(8),
        "sent": sent,
        "count": count,
    }
    return pd.DataFrame(columns)


if __name__ == "__main__":
    OUT.parent.mkdir(parents=True, exist_ok=True)
    make_panel().to_csv(OUT, index=False)
