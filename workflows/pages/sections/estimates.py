"""Parameters of the population."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from data.common.text import read_csv
from figures.words import parameter
from workflows.pages.blocks import table, text
from workflows.pages.sections._section import Section

if TYPE_CHECKING:
    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
    """Parameters of the population."""
    found = read_csv(run.stage("tables") / "estimates.csv", dtype={"of": str})
    found["label"] = list(map(parameter, found["parameter"], found["of"].fillna("")))
    measured = found["parameter"].str.startswith(("loading", "threshold"))
    found = pd.concat([found[~measured], found[measured]])
    return [
        text(
            "Parameters of the population, on the scale of their linear predictor: coefficients, spreads, loadings and "
            "thresholds. Coefficients of different likelihoods cannot be compared; the headline effect can. Effects of "
            "single states, treaties and years are in the posterior file. {table:tables/estimates.csv} is also a file, "
            "tables/estimates.csv and, for Stata, tables/estimates.dta."
        ),
        table(
            "Posterior median, standard deviation and 95 % equal-tailed interval",
            found,
            ("label: Parameter", "median", "sd", "lower", "upper", "r_hat", "ess_bulk", "ess_tail"),
            "tables/estimates.csv",
        ),
    ]


SECTION = Section(110, "Estimates", blocks, stages=("tables",))
