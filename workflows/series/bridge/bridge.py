"""The bridge: a tree of estimates from the printed one to the joint hierarchical one, each rung kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from data.common.errors import InputError
from data.common.near import one_of
from data.panel import open_panel
from data.studies.corrections import apply_corrections
from models.given import Given
from models.joint import Joint, inside, joint
from models.linear import gaussian_twin
from models.modes import PLAIN
from models.similarity import at_observed_similarity
from workflows.published.compare import panel_design
from workflows.published.design import design
from workflows.published.headline import potential_step
from workflows.published.study import Study, StudyModel, load_study
from workflows.published.twins import Twin, models_of, sampled_twin, study_design, twin_of
from workflows.run.digests import folder_digest, study_digest
from workflows.run.listener import Listener
from workflows.series.bridge import panels, printed
from workflows.series.bridge.estimands import nothing, of_bridge
from workflows.series.bridge.rungs import NOT_POOLED, Rung, model_of, rungs, with_keys
from workflows.series.bridge.runs import RungRun, same_treaties
from workflows.spec.bridge import BridgeSpec
from workflows.spec.run import RunSpec, SamplingSpec
from workflows.store.store import Stage, Store, digest

#: Draws of depth under measurement alone: only their means are used, beside the feedback check.
ALONE_DRAWS = 400


class Bridge:
    """The rungs of a spec's bridge; stages on disk under ``OUT/<spec>/bridge`` and cached properties here.

    Parameters
    ----------
    spec : RunSpec
    out : Path
    data : Path, optional
        Without it the study is shown as printed and the bridge goes on from the panel.
    listener : Listener, optional
    chains, draws : int, optional
        Override ``[bridge.sampling]``.
    """

    def __init__(
        self,
        spec: RunSpec,
        out: Path,
        data: Path | None = None,
        listener: Listener | None = None,
        *,
        chains: int | None = None,
        draws: int | None = None,
    ) -> None:
        self.spec, self.data = spec, data
        self.settings = spec.bridge or BridgeSpec()
        self.listener = listener or Listener()
        self._overrides = {k: v for k, v in (("chains", chains), ("draws", draws)) if v is not None}
        own = self.settings.operations
        more = own is not None and set(own) != set(spec.panel.operations)
        self._refuse_before()
        self.tree = {
            rung.id: rung
            for rung in rungs(
                spec,
                self.settings,
                data=data is not None,
                operations=more or bool(self.settings.pooled),
            )
        }
        self.store = Store(out / spec.name / "bridge", self.listener.stage)
        self._rows: dict[str, pd.DataFrame] = {}

    def _refuse_before(self) -> None:
        """Refuse what later rungs could not use, before the first is sampled."""
        if self.spec.study is None and self.settings.model != BridgeSpec().model:
            raise InputError(f"{self.settings.model!r} without a study", "a study", key="bridge.model")
        if self.spec.study is not None:
            names = [model.name for model in load_study(self.spec.study).models]
            if self.settings.model not in names:
                raise InputError(
                    f"model {self.settings.model!r}", one_of(self.settings.model, names), key="bridge.model"
                )
        taken = list(self.spec.panel.operations)
        for number, panel in enumerate(self.settings.pooled, 1):
            key = f"bridge.pooled.{number}"
            if panel.source != "bundled" and self.data is None:
                raise InputError(f"the source {panel.source!r} without a data folder", "--data DIR", key=key)
            if twice := set(taken) & set(panel.operations):
                raise InputError(f"operation {min(twice)!r} again", "operations of other panels", key=key)
            taken += panel.operations

    def sampling(self, rung: str | None = None) -> SamplingSpec:
        """How a rung is sampled: the spec's sampler and seed, the bridge's draws."""
        own = self.settings.rungs.get(rung or "")
        special = own.model_dump(exclude_none=True) if own else {}
        changes = {**self.settings.sampling.model_dump(), **special, **self._overrides}
        return SamplingSpec.model_validate({**self.spec.sampling.model_dump(), **changes})

    @cached_property
    def files(self) -> str:
        """Digest of the data folder, of the user's own files and of the studies."""
        studies = (self.spec.study, *(self.settings.twins or ()))
        whole = folder_digest(self.data, self.spec.panel, *self.settings.pooled)
        return digest([whole, *(study_digest(name, self.data) for name in studies)])

    def _panel_stage(
        self, name: str, build: Callable[[RunSpec, BridgeSpec, Path | None], xr.Dataset]
    ) -> Stage:
        settings = self.settings.model_dump(mode="json", include={"operations", "pooled"})
        inputs = {"panel": self.spec.panel.model_dump(mode="json"), "files": self.files, **settings}

        def compute(folder: Path) -> dict[str, Any]:
            return panels.keep(build(self.spec, self.settings, self.data), folder)

        return self.store.stage(name, inputs, compute, (panels.__name__,))

    @cached_property
    def panel_stage(self) -> Stage:
        """The panel that all rungs but those with more operations are about."""
        return self._panel_stage("panel", panels.reference_panel)

    @cached_property
    def pooled_stage(self) -> Stage:
        """The same panel with the operations that are added."""
        return self._panel_stage("panel-pooled", panels.pooled_panel)

    @cached_property
    def panel(self) -> xr.Dataset:
        """See `panel_stage`."""
        return open_panel(self.panel_stage / "panel.nc")

    @cached_property
    def base_model(self) -> Joint:
        """Predictors of the panel with depth plugged in: what the linear rungs are laid out from."""
        depth = self.measured.plug_in_depth if inside(self.panel).any() else np.zeros(0)
        model = at_observed_similarity(with_keys(self.spec.model, NOT_POOLED))
        return joint(self.panel, model, Given(depth))

    @cached_property
    def measured(self) -> RungRun:
        """Depth of the panel's treaties under measurement alone."""
        sampling = self.sampling().model_copy(update={"draws": ALONE_DRAWS})
        spec = self.spec.model_copy(update={"name": "measurement-alone", "sampling": sampling})
        folder = self.store.folder / "rungs"
        return RungRun(spec, folder, self.panel_stage, nothing, {}, listener=self.listener)

    @cached_property
    def potential(self) -> np.ndarray:
        """Potential with depth plugged in, shape (row,)."""
        return self.base_model.potential.eval(mode=PLAIN)

    @cached_property
    def steps(self) -> dict[str, float]:
        """SD of potential over the panel's rows, and within its states."""
        values = pd.Series(self.potential)
        deviation = values - values.groupby(self.base_model.design.state).transform("mean")
        return {"step": float(values.std(ddof=0)), "within_step": float(deviation.std(ddof=0))}

    @cached_property
    def study(self) -> Study:
        """The published study."""
        return load_study(self.spec.study or "")

    @cached_property
    def study_stage(self) -> Stage:
        """Printed, replicated and corrected estimates of all models, and the state-years that changed."""
        inputs = {"study": self.study.model_dump(mode="json", exclude={"folder"}), "files": self.files}
        compute = partial(printed.keep_study, self.study, self.data)
        return self.store.stage("study", inputs, compute, (printed.__name__,))

    @cached_property
    def corrected(self) -> pd.DataFrame:
        """The study's rows with all corrections."""
        raw = self.study.read(self.data)
        return self.study.rows(apply_corrections(raw, self.data or "", ("all",)))

    @cached_property
    def corrected_step(self) -> float:
        """SD of the study's own potential, corrected."""
        raw = apply_corrections(self.study.read(self.data), self.data or "", ("all",))
        return potential_step(self.study, raw, ("all",))

    @property
    def study_model(self) -> StudyModel:
        """The column of the study's table from which the bridge starts, which was sought when the bridge was made."""
        return next(model for model in self.study.models if model.name == self.settings.model)

    def linear_design(self, rung: Rung) -> tuple[np.ndarray, pd.DataFrame, str, float, int]:
        """Outcome (row,), design (row, term), term of potential, step in its unit, number of states of a linear rung."""
        own = self.data is not None and self.spec.study is not None
        if own and rung.id in ("twin", "rows"):
            model = self.study_model
            rows = self.corrected
            if rung.id == "rows":
                rows = rows[self._shared(rows)]
            laid, _ = study_design(self.study, model, rows)
            head = self.study.outcome.headline_term or ""
            x = laid.x.loc[:, (laid.x != 0).any()]
            return laid.y, x, head, self.corrected_step, laid.groups[self.study.sample.unit].nunique()
        frame, terms = panel_design(self.base_model, self.potential)
        step = self.steps["step"]
        if own and rung.id in ("predictors", "sample"):
            keys = pd.MultiIndex.from_frame(frame[["ccode", "year"]])
            published = self.corrected.set_index(["ccode", "year"])[self.study.outcome.headline_term or ""]
            frame["potential"] = published.reindex(keys).to_numpy()
            step = self.corrected_step
            if rung.id == "predictors":
                model = self.study_model
                laid, _ = study_design(self.study, model, self.corrected)
                used = self.corrected.loc[laid.x.index, ["ccode", "year"]]
                frame = frame[keys.isin(pd.MultiIndex.from_frame(used))]
        laid = design(frame, "share", terms, groups=["ccode"])
        return laid.y, laid.x, "potential", step, laid.groups["ccode"].nunique()

    def linear_stage(self, rung: Rung) -> Stage:
        """The Gaussian model of a linear rung, sampled."""
        y, x, head, *_ = self.linear_design(rung)
        twin = Twin("twin", lambda: gaussian_twin(y, x), (y, x.to_numpy(float)), (head,))
        return sampled_twin(self.store, f"rungs/{rung.id}", twin, self.sampling(rung.id))

    @cached_property
    def twin_studies(self) -> list[Study]:
        """Studies whose models are set beside their twins; none without data."""
        own = (self.spec.study,) if self.spec.study else ()
        names = own if self.settings.twins is None else self.settings.twins
        return [] if self.data is None else [load_study(name) for name in names]

    @cached_property
    def twins(self) -> dict[str, tuple[Study, StudyModel]]:
        """Their models, by the folders of the twins."""
        return models_of(self.twin_studies)

    def twin_stage(self, name: str) -> Stage:
        """One of `twins`, sampled."""
        study, model = self.twins[name]
        twin = twin_of(study, model, self.study_rows(study))
        return sampled_twin(self.store, name, twin, self.sampling("twins"))

    def study_rows(self, study: Study) -> pd.DataFrame:
        """Rows of a study as it was published, read once."""
        if study.name not in self._rows:
            self._rows[study.name] = study.rows(study.read(self.data))
        return self._rows[study.name]

    def _shared(self, rows: pd.DataFrame) -> np.ndarray:
        """Which of the study's rows are rows of the panel."""
        keys = pd.MultiIndex.from_arrays([self.panel["row_ccode"].values, self.panel["row_year"].values])
        return pd.MultiIndex.from_frame(rows[["ccode", "year"]].astype(int)).isin(keys)

    def is_pooled(self, rung: Rung) -> bool:
        """Whether a rung has the added operations, of its own or from an ancestor."""
        return rung.id == "operations" or (
            rung.parent in self.tree and self.is_pooled(self.tree[rung.parent])
        )

    def joint_run(self, rung: Rung) -> RungRun:
        """The run of a joint rung."""
        pooled = self.is_pooled(rung)
        spec = self.spec.model_copy(
            update={
                "name": rung.id,
                "model": model_of(rung, self.tree, self.spec.model),
                "sampling": self.sampling(rung.id),
            }
        )
        stage = self.pooled_stage if pooled else self.panel_stage
        same = not pooled or same_treaties(self.panel, open_panel(stage / "panel.nc"))
        operations = [str(name) for name in self.panel["operation"].values]
        asked = {"operations": operations, **self.steps}
        return RungRun(
            spec,
            self.store.folder / "rungs",
            stage,
            of_bridge,
            asked,
            self.measured if same else None,
            self.listener,
        )
