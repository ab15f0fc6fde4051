"""The diagnostics gate: a posterior passes it or is not reported as a result."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workflows.draws.summary import scalars

if TYPE_CHECKING:
    import xarray as xr

R_HAT, ESS, E_BFMI = 1.01, 400.0, 0.3
FEW = 4
"""Draws in all, in units of `ESS`, below which any parameter may fail for want of draws alone."""

#: Which remedy helps a parameter, by the end or the beginning of its name.
REMEDIES = (
    ("depth", "depth may sit in two modes: compare the feedback check, keep treaty effects on"),
    ("loading", "loadings may have mirrored: check the orientation and the loadings' priors"),
    (
        "_slope_spread",
        "a spread over few operations follows its prior: declare `slope_varies = false` or a tighter prior",
    ),
    (
        "_similarity_spread",
        "a spread over few operations follows its prior: a tighter prior, or `slope_varies = false`",
    ),
    ("_sd", "a spread that the data hardly inform: more draws, a higher `target_accept` or a tighter prior"),
    ("_raw", "standardised effects mix with their spread: a higher `target_accept`, or more draws"),
    ("headline", "the effect itself mixes slowly: more draws"),
    (
        "_slope_leader_spread",
        "a spread over few leaders follows its prior: declare `slope_by_leader = false` or a tighter prior",
    ),
)
DEFAULT_REMEDY = "more draws and warm-up, a higher `target_accept`"
#: Of a parameter with effective draws enough, whose R-hat of ranks passes and that of ranks of distances from the median
#: ("folded") does not. Trajectories turn a number's sign and keep its distance: of 3,000 independent normals, 4 chains of
#: 300 draws each, one in thirteen fails so.
FOLDED_REMEDY = "more draws: chains agree on where it lies, and not yet on how far from there draws are"


@dataclass(frozen=True)
class Gate:
    """Verdict on a posterior.

    Attributes
    ----------
    checks : DataFrame
        One row a criterion: `check, found, limit, passed, advice`.
    parameters : DataFrame
        One row a scalar: `quantity, r_hat, ess_bulk, ess_tail, passed, advice`.
    left_out : tuple of str
        Variables of the posterior that were not checked, being functions of those that were.
    """

    checks: pd.DataFrame
    parameters: pd.DataFrame
    left_out: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every criterion holds."""
        return bool(self.checks["passed"].all())

    @property
    def diverged_alone(self) -> bool:
        """Whether divergences, counted by the sampler, are all that failed."""
        failed = self.checks[~self.checks["passed"]]
        counted = failed["found"].astype(str).str.isdigit().all()
        named = failed["check"].str.startswith("divergences").all()
        return bool(len(failed) and named and counted and self.parameters["passed"].all())

    def advice(self) -> list[str]:
        """What failed and what to do about it, one line each."""
        failed = self.checks[~self.checks["passed"]].itertuples()
        lines = [f"{r.check}: {r.found}, needs {r.limit}. {r.advice}" for r in failed]
        worst = self.parameters[~self.parameters["passed"]].sort_values("ess_bulk", na_position="first")[:10]
        lines += [
            f"{r.quantity}: R-hat {r.r_hat:.3f}, ESS bulk {r.ess_bulk:.0f}, tail {r.ess_tail:.0f}. {r.advice}"
            for r in worst.itertuples()
        ]
        return lines

    def failures(self) -> str:
        """What failed, in one line; empty where nothing did."""
        failed = self.checks[~self.checks["passed"]].itertuples()
        return "; ".join(f"{r.check} {r.found}, needs {r.limit}" for r in failed)


def _remedy(name: str, draws: int, folded: bool = False) -> str:
    """What helps a quantity of which so many draws were kept in all; `folded` as of `FOLDED_REMEDY`."""
    if draws < FEW * ESS:
        return f"more draws: {draws:,} in all are too few to judge by"
    if folded:
        return FOLDED_REMEDY
    stem = name.split("[")[0]
    return next((text for key, text in REMEDIES if key in stem), DEFAULT_REMEDY)


def _sentence(remedy: str) -> str:
    return f"{remedy[:1].upper()}{remedy[1:]}."


def convergence(draws: xr.Dataset) -> pd.DataFrame:
    """R-hat (rank-normalised), bulk and tail ESS of every scalar of `draws`.

    Returns
    -------
    DataFrame
        Columns `quantity, r_hat, ess_bulk, ess_tail, passed, advice`. A statistic that
        cannot be computed (a constant, a value that is not finite) does not pass.
    """
    import arviz_stats as az  # a second or two, which a run that finds all its stages need not wait for

    rows, kept = [], draws.sizes.get("chain", 1) * draws.sizes.get("draw", 1)
    for name, array in draws.data_vars.items():
        one, (labels, values) = array.to_dataset(name=name), scalars(array)
        with np.errstate(all="ignore"):
            found = az.rhat(one, method="rank"), az.ess(one, method="bulk"), az.ess(one, method="tail")
        # Ranks are blind to an infinite draw.
        finite = np.isfinite(values).all(0)
        parts = [np.where(finite, part[name].values.ravel(), np.nan) for part in found]
        quantities = [f"{name}[{label}]" if label else str(name) for label in labels]
        of_ranks = parts[0]
        if (of_ranks > R_HAT).any():
            of_ranks = az.rhat(one, method="z_scale")[name].values.ravel()
        rows += zip(quantities, *parts, of_ranks, strict=True)
    frame = pd.DataFrame(rows, columns=["quantity", "r_hat", "ess_bulk", "ess_tail", "of_ranks"])
    enough = (frame["ess_bulk"] >= ESS) & (frame["ess_tail"] >= ESS)
    frame["passed"] = enough & (frame["r_hat"] <= R_HAT)
    folded = enough & (frame.pop("of_ranks") <= R_HAT)
    frame["advice"] = [
        "" if ok else _remedy(name, kept, only)
        for name, ok, only in zip(frame["quantity"], frame["passed"], folded, strict=True)
    ]
    return frame


def gate(tree: xr.DataTree, free: Collection[str], reported: xr.Dataset | None = None) -> Gate:
    """Judge a posterior.

    Parameters
    ----------
    tree : DataTree
        Groups ``posterior`` and ``sample_stats`` (in the form of `workflows.sampling.program`).
    free : collection of str
        Names of the model's free variables; each must be in the posterior.
    reported : Dataset, optional
        Quantities that a reader will see, with dims (chain, draw, ...).

    Returns
    -------
    Gate
    """
    posterior = tree["posterior"].to_dataset()
    stats = tree["sample_stats"].to_dataset()
    absent = sorted(set(free) - set(posterior.data_vars))
    parameters = convergence(posterior[[n for n in posterior.data_vars if n in set(free)]])
    if reported is not None:
        parameters = pd.concat([parameters, convergence(reported)], ignore_index=True)
    rows: list[tuple[str, str, str, bool, str]] = []

    def check(name: str, found: str, limit: str, passed: bool, advice: str) -> None:
        rows.append((name, found, limit, bool(passed), "" if passed else advice))

    chains = posterior.sizes["chain"]
    kept = chains * posterior.sizes["draw"]
    check("chains", str(chains), "at least 4", chains >= 4, "Sample at least four chains.")
    check(
        "free variables recorded",
        ", ".join(absent) or "all",
        "all",
        not absent,
        "Record every free variable.",
    )
    finite = parameters.dropna()
    whole = len(finite) == len(parameters)
    note = "" if whole else f"; {len(parameters) - len(finite)} not computable"
    for column, name in (("r_hat", "R-hat"), ("ess_bulk", "bulk ESS"), ("ess_tail", "tail ESS")):
        values, where, worst, remedy = finite[column], "nothing", float("nan"), _remedy("", kept)
        if len(finite):
            place = values.idxmax() if column == "r_hat" else values.idxmin()
            where, worst = str(finite.loc[place, "quantity"]), float(values[place])
            remedy = str(finite.loc[place, "advice"]) or _remedy(where, kept)
        if column == "r_hat":
            found, limit, good = f"{worst:.4f}", f"at most {R_HAT:g}", worst <= R_HAT
        else:
            found, limit, good = f"{worst:.0f}", f"at least {ESS:g}", worst >= ESS
        check(name, f"{found} ({where}){note}", limit, whole and good, _sentence(remedy))

    def statistic(name: str, column: str, judge, limit: str, advice: str) -> None:
        if column not in stats or bool(stats[column].isnull().any()):
            check(name, "not recorded", limit, False, "The sampler did not record this statistic.")
            return
        found, passed = judge(stats[column])
        check(name, found, limit, passed, advice)

    def none(values: xr.DataArray) -> tuple[str, bool]:
        return str(int(values.sum())), not bool(values.any())

    def energy(_: xr.DataArray) -> tuple[str, bool]:
        import arviz_stats as az

        worst = float(np.min(az.bfmi(tree)["energy"]))
        return f"{worst:.2f}", worst >= E_BFMI

    statistic(
        "divergences", "diverging", none, "none", "Raise `target_accept`; look at the priors of spreads."
    )
    statistic("E-BFMI", "energy", energy, f"at least {E_BFMI}", "Heavy tails: tighter priors on spreads.")
    statistic(
        "tree-depth saturation",
        "reached_max_treedepth",
        none,
        "none",
        "Raise `max_treedepth` or warm up longer.",
    )
    left_out = tuple(sorted(set(map(str, posterior.data_vars)) - set(free)))
    return Gate(
        pd.DataFrame(rows, columns=["check", "found", "limit", "passed", "advice"]), parameters, left_out
    )
