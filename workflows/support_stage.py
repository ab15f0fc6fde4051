"""Stages that set a posterior beside its priors, its support and the declared depth of "no treaty"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workflows.figure_files import save_forms
from workflows.limits import PRIOR_SDS
from workflows.slug import slug
from workflows.store import Stage

if TYPE_CHECKING:
    from workflows.baselines import Again
    from workflows.run import Run

_COMMON = (
    "models",
    "workflows/evaluate.py",
    "workflows/effects.py",
    "workflows/notices.py",
    "workflows/support_stage.py",
)
#: Numbers of random seeds of fits at other baselines begin here.
SEEDS = 30_000


def prior_shift_stage(run: Run) -> Stage:
    """Write ``prior_shift/``: every top-level coefficient and spread beside its prior, table and figure."""

    def compute(folder: Path) -> dict[str, Any]:
        from workflows import prior_shift
        from workflows.notices import recorded

        table = prior_shift.prior_shift(run.joint, run.fit.draws["posterior"].to_dataset())
        table.to_csv(folder / "prior_shift.csv", index=False)
        return {"figure": _figure(folder, table), **recorded(prior_shift.notices(table))}

    code = (
        *_COMMON,
        "figures",
        "workflows/prior_shift.py",
        "workflows/power_scaling.py",
        "workflows/mathematics.py",
    )
    return _once(run, "prior_shift", {"posterior": run.posterior_stage.key}, compute, code)


def _figure(folder: Path, table: pd.DataFrame) -> dict[str, str]:
    """Draw the table; returns caption and accessible name."""
    from figures import prior_shift

    of = (" (" + table["of"].astype(str) + ")").where(table["of"] != "", "")
    drawn = table.assign(label=(table["parameter"] + of).str.replace("_", " "))
    save_forms(folder, "prior_shift", lambda: prior_shift.prior_shift(drawn, PRIOR_SDS))
    return {"caption": prior_shift.caption(drawn, PRIOR_SDS), "alt": prior_shift.ALT}


def support_stage(run: Run) -> Stage:
    """Write ``support/support.csv``: the headline effect where its step is attainable, and between depths."""

    def compute(folder: Path) -> dict[str, Any]:
        from workflows import support
        from workflows.notices import recorded

        table = support.support(run.fit, run.effect)
        table.to_csv(folder / "support.csv", index=False)
        pair = support.pair_apart(run.fit, float(run.effect.attrs["step"]))
        return {"pair": pair, **recorded(support.notices(table))}

    inputs = {"posterior": run.posterior_stage.key, "gate": run.effect_stage.key}
    return _once(run, "support", inputs, compute, (*_COMMON, "workflows/support.py"))


def baselines_stage(run: Run) -> Stage:
    """Write ``baselines/baselines.csv``: the headline effect at other declared depths of "no treaty"."""

    def compute(folder: Path) -> dict[str, Any]:
        from workflows import baselines
        from workflows.notices import recorded

        table = _baselines(run)
        table.to_csv(folder / "baselines.csv", index=False)
        return recorded(baselines.notices(table))

    inputs = {"gate": run.effect_stage.key, **_baseline_inputs(run)}
    return _once(run, "baselines/table", inputs, compute, _baseline_code())


def _baseline_code() -> tuple[str, ...]:
    names = ("baselines", "gate", "refits", "sample", "nutpie_chains")
    return (*_COMMON, *(f"workflows/{name}.py" for name in names))


def _baseline_inputs(run: Run) -> dict[str, Any]:
    measured = run.alone_stage.key if run.has_treaties else None
    return {"posterior": run.posterior_stage.key, "measurement": measured}


def _baselines(run: Run) -> pd.DataFrame:
    """The table, with fits of their own where weights rest on few draws."""
    from workflows import baselines as b

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
            found = pd.read_csv(stage / "headline.csv", dtype={"advice": str}).fillna({"advice": ""})
            parts.append(found.assign(pareto_k=k))
    return pd.concat(parts, ignore_index=True)


def _refit(run: Run, again: Again, label: str, value: float, step: float) -> Stage:
    """A short fit at another baseline, kept as a stage of its own."""

    def compute(folder: Path) -> dict[str, Any]:
        from workflows.baselines import rows_of
        from workflows.sample import chain_seed

        seed = chain_seed(run.spec.sampling.seed, SEEDS + round(1000 * abs(value)))
        effect, advice = again.fit(value, step, run.spec.sampling, seed)
        effect.to_netcdf(folder / "headline.nc", engine="h5netcdf")
        said = f"the shorter fit did not pass ({advice})" if advice else ""
        table = rows_of(label, value, effect, step=step, how="refitted", passed=not advice, advice=said)
        table.to_csv(folder / "headline.csv", index=False)
        return {"passed": not advice}

    inputs = {**_baseline_inputs(run), "value": value, "step": step, "sampling": run._sampling}
    return run.store.stage(f"baselines/{slug(label)}", inputs, compute, _baseline_code())


def _once(run: Run, name: str, inputs: dict[str, Any], compute: Any, code: tuple[str, ...]) -> Stage:
    """A stage, looked up on disk once: page, terminal and record ask for it."""
    known = run.__dict__.setdefault("_support_stages", {})
    if name not in known:
        known[name] = run.store.stage(name, inputs, compute, code)
    return known[name]


def support_tables(run: Run) -> dict[str, pd.DataFrame]:
    """Tables of the three stages by name; text columns hold no missing values."""
    found = {
        "prior_shift": prior_shift_stage(run) / "prior_shift.csv",
        "support": support_stage(run) / "support.csv",
        "baselines": baselines_stage(run) / "baselines.csv",
    }
    # Empty text comes back from a file as missing.
    words = {"prior_shift": ("of", "prior"), "support": ("over", "step"), "baselines": ("advice",)}
    return {
        name: pd.read_csv(path, dtype=dict.fromkeys(words[name], str)).fillna(dict.fromkeys(words[name], ""))
        for name, path in found.items()
    }
