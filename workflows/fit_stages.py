"""A run up to its judged posterior: panel, measurement alone, prior predictive, sampling, gate, predictive check."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from data.disk import save_netcdf
from data.errors import InputError
from workflows.digests import facts_of, folder_digest
from workflows.spec import RunSpec
from workflows.store import Stage, Store

# PyMC and what stands on it take seconds to load: only a stage that is computed imports them, so that a run that
# finds all its stages answers at once.
if TYPE_CHECKING:
    from models.joint import Joint
    from workflows.fit import Fit
    from workflows.gate import Gate
    from workflows.posterior import Posterior

PRIOR_DRAWS = 400
#: Source of measurement alone.
ALONE_BY = ("models", "workflows/sample.py", "workflows/exact.py")
#: Source of draws.
DRAWN_BY = (
    "models",
    *(
        f"workflows/{name}.py"
        for name in ("cut", "exact", "nutpie_chains", "numpyro_chains", "posterior", "refits", "sample")
    ),
)
#: Source of the verdict on a fit.
JUDGED_BY = tuple(f"workflows/{name}.py" for name in ("effects", "evaluate", "feedback", "gate", "cut"))


class Listener:
    """Receives the progress of a run; the base class is silent."""

    def stage(self, name: str, state: str) -> None:
        """Stage `name` is "cached" or "computing"."""

    def chain(self, chain: int, done: int, total: int, divergences: int) -> None:
        """A chain has made `done` of `total` draws."""

    def waiting(self) -> None:
        """Another process holds this run."""

    def say(self, line: str) -> None:
        """Something that is neither a stage nor a chain."""


class FitStages:
    """The stages that fit the model of one run and judge it, each an artefact on disk and a cached property here."""

    def __init__(
        self, spec: RunSpec, out: Path, data: Path | None = None, listener: Listener | None = None
    ) -> None:
        self.spec, self.out, self.data = spec, out, data
        self.listener = listener or Listener()
        self.store = Store(out / spec.name, self.listener.stage)
        self._started = datetime.now(UTC)

    @cached_property
    def panel_stage(self) -> Stage:
        """Panel and ledger."""
        inputs = {
            "panel": self.spec.panel.model_dump(mode="json"),
            "files": folder_digest(self.data, self.spec.panel),
        }

        def compute(folder: Path) -> dict[str, Any]:
            from data.panel import build_panel, panel_ledger, save_panel
            from data.reach import reached
            from workflows.notices import recorded
            from workflows.panel_notices import panel_notices

            panel = build_panel(self.spec.panel, self.data, ledger_file=self.store.folder / "ledger.csv")
            save_panel(panel, folder / "panel.nc")
            panel_ledger(panel).to_csv(folder / "ledger.csv", index=False)
            reached(self.spec.panel).to_csv(folder / "reach.csv", index=False)
            notices = panel_notices(self.spec.panel, panel)
            return {**facts_of(panel), **recorded(notices)}

        return self.store.stage("panel", inputs, compute, ("data", "workflows/panel_notices.py"))

    @cached_property
    def panel(self) -> xr.Dataset:
        """The panel."""
        from data.panel import open_panel

        return open_panel(self.panel_stage / "panel.nc")

    @cached_property
    def _measured(self) -> dict[str, Any]:
        depth = self.spec.model.depth.model_dump(mode="json")
        return {"panel": self.panel_stage.about["content"], "depth": depth, "sampling": self._sampling}

    @property
    def _sampling(self) -> dict[str, Any]:
        return self.spec.sampling.model_dump(mode="json")

    @property
    def has_treaties(self) -> bool:
        """Whether any treaty binds a row."""
        return bool(self.panel_stage.about["bound"])

    @cached_property
    def alone_stage(self) -> Stage:
        """Depth under measurement alone."""

        def compute(folder: Path) -> dict[str, Any]:
            from models.joint import measurement
            from workflows.gate import gate
            from workflows.sample import sample_model

            model = measurement(self.panel, self.spec.model)
            tree = sample_model(model, self.spec.sampling)
            verdict = gate(tree, [rv.name for rv in model.free_RVs])
            save_netcdf(tree["posterior"].to_dataset(), folder / "alone.nc")
            return {"passed": verdict.passed, "advice": verdict.advice()}

        return self.store.stage("measurement", self._measured, compute, ALONE_BY)

    @cached_property
    def alone(self) -> xr.Dataset:
        """Draws of depth under measurement alone."""
        return load(self.alone_stage / "alone.nc")

    @cached_property
    def plug_in_depth(self) -> np.ndarray:
        """Posterior mean of depth under measurement alone, shape (treaty,); empty where no treaty binds anybody."""
        if not self.has_treaties:
            return np.zeros(0)
        return self.alone["treaty_depth"].mean(("chain", "draw")).values

    @cached_property
    def posterior(self) -> Posterior:
        """How the model is fitted, which follows from its spec."""
        from workflows.posterior import Posterior

        return Posterior(
            self.panel,
            self.spec.model,
            lambda: self.alone,
            self.spec.sampling.seed,
            baseline_is_data=True,
        )

    @cached_property
    def joint(self) -> Joint:
        """The model."""
        try:
            return self.posterior.joint
        except InputError:
            raise
        except ValueError as error:
            # What a spec asks of a panel can only be judged when both are there.
            raise InputError(str(error), "a [model] that fits the [panel]", file=self.spec.name) from error

    @cached_property
    def _modelled(self) -> dict[str, Any]:
        return {
            "panel": self.panel_stage.about["content"],
            "model": self.spec.model.model_dump(mode="json"),
            "measurement": self.alone_stage.key if self.spec.model.depth.measurement != "joint" else None,
            "seed": self.spec.sampling.seed,
        }

    @cached_property
    def prior_stage(self) -> Stage:
        """Prior draws and their check."""

        def compute(folder: Path) -> dict[str, Any]:
            from workflows import checks
            from workflows.effects import potential_step

            prior = checks.prior_draws(self.joint, PRIOR_DRAWS, self.spec.sampling.seed)
            replicated = checks.replicate(self.joint, prior, self.spec.sampling.seed)
            verdict = checks.prior_check(self.joint, prior, replicated, potential_step(self.joint, prior))
            save_netcdf(prior, folder / "prior.nc")
            save_netcdf(_bare(replicated.outcome), folder / "prior_predictive.nc")
            verdict.table.to_csv(folder / "check.csv", index=False)
            return {"passed": verdict.passed}

        code = ("models", "workflows/checks.py", "workflows/effects.py", "workflows/evaluate.py")
        return self.store.stage("prior", self._modelled, compute, code)

    @cached_property
    def posterior_stage(self) -> Stage:
        """All draws of the fit, in one tree; each chain or imputation is kept as soon as it is finished.

        A fit that fails the gate for divergences alone is carried out a second time, as a whole; see
        `workflows.restart`.
        """

        def compute(folder: Path) -> dict[str, Any]:
            from workflows.fit import Fit
            from workflows.notices import Notice, recorded
            from workflows.parts import draw_parts
            from workflows.restart import TRIES, divergences, record_of_try, sampling_of_try, told

            # The model first: a spec that does not fit its panel is then told as such.
            tries, facts, model = [], Counter(), self.joint
            for number in range(1, TRIES + 1):
                sampling = sampling_of_try(self.spec.sampling, number)
                tree = draw_parts(
                    self.posterior, sampling, self.store, self._modelled, DRAWN_BY, self.listener.chain,
                    facts, "" if number == 1 else "restart/",
                )  # fmt: skip
                tries.append(record_of_try(sampling, tree))
                if number == TRIES or not divergences(tree):
                    break
                verdict, _, contradicted = self._verdict(Fit(model, tree))[1:]
                if contradicted or not verdict.diverged_alone:
                    break
                self.listener.say(f"{divergences(tree)} divergences and no other fault: the whole fit again")
            save_netcdf(tree, folder / "posterior.nc")
            again = [Notice("second try", told(tries))] if told(tries) else []
            return {**facts, "tries": tries, **recorded(again)}

        inputs = {
            **self._modelled,
            "sampling": self._sampling,
            "measured": self._alone_key,
            "reported": self._reported_by,
        }
        code = tuple(sorted({*DRAWN_BY, *JUDGED_BY, "workflows/parts.py", "workflows/restart.py"}))
        return self.store.stage("posterior", inputs, compute, code)

    @property
    def tries(self) -> list[dict[str, Any]]:
        """How each try of the fit was sampled, and its divergences; the last is the one reported."""
        return self.posterior_stage.about["tries"]

    @cached_property
    def fit(self) -> Fit:
        """The model with its draws."""
        from workflows.fit import Fit

        return Fit(self.joint, _load_tree(self.posterior_stage / "posterior.nc"))

    @cached_property
    def effect_stage(self) -> Stage:
        """Posterior of the headline effect, and the gate over all that is reported."""

        def compute(folder: Path) -> dict[str, Any]:
            from workflows import feedback
            from workflows.notices import recorded

            effect, verdict, table, more = self._verdict(self.fit)
            save_netcdf(effect, folder / "headline.nc")
            verdict.checks.to_csv(folder / "checks.csv", index=False)
            verdict.parameters.to_csv(folder / "parameters.csv", index=False)
            table.to_csv(folder / "feedback.csv", index=False)
            advice = verdict.advice() + more
            passed = verdict.passed and not advice
            said = recorded(feedback.notices(table))
            return {"passed": passed, "advice": advice, "left_out": verdict.left_out, **said}

        inputs = {"posterior": self.posterior_stage.key, "measurement": self._alone_key, **self._reported_by}
        return self.store.stage("gate", inputs, compute, JUDGED_BY)

    def _verdict(self, fit: Fit) -> tuple[xr.Dataset, Gate, pd.DataFrame, list[str]]:
        """What is reported of a fit, its gate, depth alone and jointly, and advice beyond the gate's."""
        from workflows.feedback import contradictions, feedback
        from workflows.posterior import judged

        effect = self._reported(fit)
        verdict = judged(fit.joint, fit.draws, effect)
        draws = fit.draws["posterior"].to_dataset()
        table = feedback(self.alone, draws, self.panel) if self._is_joint else pd.DataFrame()
        advice = contradictions(table, self.spec.sampling.chains)
        if self.has_treaties and not self.alone_stage.about["passed"]:
            advice += [f"measurement alone: {line}" for line in self.alone_stage.about["advice"]]
        return effect, verdict, table, advice

    @property
    def _reported_by(self) -> dict[str, Any]:
        """What `_reported` depends on beside the posterior, as JSON-like values."""
        return {}

    def _reported(self, fit: Fit) -> xr.Dataset:
        """Draws of what a reader will see, which the gate judges beside the parameters."""
        from workflows.effects import headline_effect

        return headline_effect(fit)

    @property
    def _is_joint(self) -> bool:
        return self.has_treaties and self.spec.model.depth.measurement == "joint"

    @property
    def _alone_key(self) -> str | None:
        """Key of measurement alone, which need not be computed yet."""
        return self.store.key("measurement", self._measured, ALONE_BY) if self.has_treaties else None

    @cached_property
    def effect(self) -> xr.Dataset:
        """Draws of the headline effect."""
        return load(self.effect_stage / "headline.nc")

    @cached_property
    def gate(self) -> Gate:
        """The verdict on the posterior."""
        from workflows.gate import Gate

        # Where everything passed no line has advice, and the column would be read as one of numbers.
        words = {"advice": str}
        tables = (pd.read_csv(self.effect_stage / f"{n}.csv", dtype=words) for n in ("checks", "parameters"))
        first, second = (t.fillna({"advice": ""}) for t in tables)
        return Gate(first, second, tuple(self.effect_stage.about["left_out"]))

    @cached_property
    def feedback(self) -> pd.DataFrame:
        """Depth of each treaty alone and jointly; empty where depth is not sampled."""
        return _read_csv(self.effect_stage / "feedback.csv")

    @cached_property
    def predictive_stage(self) -> Stage:
        """Replicated outcomes and their check."""

        def compute(folder: Path) -> dict[str, Any]:
            from workflows import checks
            from workflows.notices import recorded

            draws = self.fit.draws["posterior"].to_dataset()
            replicated = checks.replicate(self.joint, draws, self.spec.sampling.seed + 1)
            verdict = checks.posterior_check(self.joint, replicated)
            save_netcdf(_bare(replicated.outcome), folder / "posterior_predictive.nc")
            verdict.table.to_csv(folder / "check.csv", index=False)
            return {"passed": verdict.passed, **recorded(checks.notices(verdict.table))}

        code = ("workflows/checks.py", "workflows/evaluate.py")
        return self.store.stage("predictive", {"posterior": self.posterior_stage.key}, compute, code)


def _bare(replicated: xr.DataArray) -> xr.Dataset:
    """Replicated outcomes without the panel's coords, as they can be found there by row."""
    # A share too small for single precision stays one that was sent.
    least = np.finfo(np.float32).tiny
    short = replicated.where((replicated <= 0) | (replicated >= least), least).astype("float32")
    return short.reset_coords(drop=True).to_dataset(name="outcome")


def load(path: Path) -> xr.Dataset:
    """Read a dataset of a stage into memory."""
    return xr.load_dataset(path, engine="h5netcdf")


def _load_tree(path: Path) -> xr.DataTree:
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        return tree.load()


def _read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path) if path.read_text().strip() else pd.DataFrame()
