"""The headline effect at other declared depths of "no treaty"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.common.text import read_csv, write_csv
from workflows.run.record import REFITS
from workflows.store.slug import slug

if TYPE_CHECKING:
    from workflows.estimands.baselines import Again
    from workflows.run.run import Run
    from workflows.store.store import Stage

WORDS = "varying the declared depth of no treaty"
#: Numbers of random seeds of fits at other baselines begin here.
SEEDS = 30_000


def inputs(run: Run) -> dict[str, Any]:
    """The posterior, what is reported of it, and measurement alone."""
    return {
        "effect": run.stage("effect").key,
        "posterior": run.stage("posterior").key,
        "measurement": run.stage("measurement").key if run.has_treaties else None,
    }


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``baselines.csv``."""
    from workflows.estimands import baselines
    from workflows.store.notices import recorded

    table = _baselines(run)
    write_csv(table, folder / "baselines.csv")
    return recorded(baselines.notices(table))


def _baselines(run: Run) -> pd.DataFrame:
    """The table, with fits of their own where weights rest on few draws."""
    from workflows.estimands import baselines as b

    step, declared = float(run.effect.attrs["step"]), run.spec.model.depth.baseline
    own = b.rows_of("as declared", declared, run.effect, step=step, how="as declared", passed=True, advice="")
    in_force = run.joint.design.in_force
    if not in_force.any() or in_force.any(1).all():
        return own
    values = b.baselines_of(declared, b.empty_treaty_depth(run.alone))
    del values["as declared"]
    model, draws = b.with_baseline(run.joint), run.fit.draws["posterior"].to_dataset()
    cut = run.spec.model.depth.measurement == "cut"
    chains = run.spec.sampling.chains
    # Each imputation is a posterior of its own, all of equal weight.
    groups = [slice(k, k + chains) for k in range(0, draws.sizes["chain"], chains)] if cut else [slice(None)]
    effect, weights = b.reweighted(model, draws, values, step, groups)
    again, parts = b.Again(model, draws), [own]
    for label, value in values.items():
        weight, k = weights[label]
        about: dict[str, Any] = {"step": step, "pareto_k": k}
        one = effect.sel(baseline=label, drop=True)
        if b.trusted(k, weight.size // len(groups)):
            about |= {
                "how": "reweighted",
                "effective_draws": 1.0 / (weight**2).sum(),
                "passed": True,
                "advice": "",
            }
            parts.append(b.rows_of(label, value, one, weight, **about))
        elif cut:
            advice = (
                f"draws cannot be weighed (Pareto k {k:.2f}), and imputations are not sampled again: declare "
                f"baseline = {value:.2f} in a spec of its own."
            )
            parts.append(
                b.rows_of(
                    label, value, one * float("nan"), how="not computed", passed=False, advice=advice, **about
                )
            )
        else:
            stage = _refit(run, again, label, value, step)
            found = read_csv(stage / "headline.csv", dtype={"advice": str}).fillna({"advice": ""})
            parts.append(found.assign(pareto_k=k))
    return pd.concat(parts, ignore_index=True)


def _refit(run: Run, again: Again, label: str, value: float, step: float) -> Stage:
    """A short fit at another baseline, kept as a stage of its own."""

    def fitted(folder: Path) -> dict[str, Any]:
        from data.common.disk import save_netcdf
        from workflows.estimands.baselines import rows_of
        from workflows.sampling.program import chain_seed

        seed = chain_seed(run.spec.sampling.seed, SEEDS + round(1000 * abs(value)))
        effect, advice = again.fit(value, step, run.spec.sampling, seed)
        save_netcdf(effect, folder / "headline.nc")
        said = f"the shorter fit did not pass ({advice})" if advice else ""
        table = rows_of(label, value, effect, step=step, how="refitted", passed=not advice, advice=said)
        write_csv(table, folder / "headline.csv")
        return {"passed": not advice}

    about = {**inputs(run), "value": value, "step": step, "sampling": run.sampling}
    return run.store.stage(f"{REFITS}{slug(label)}", about, fitted, (__name__,))
