"""The ``[bridge]`` table of a spec: where the bridge starts, which rungs it has, how they are sampled."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.spec import PanelSpec


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BridgeSampling(_Declared):
    """Draws of a rung: fewer than a run's, enough for an effective sample size of 400."""

    chains: int = Field(default=4, ge=1, le=64)
    tune: int = Field(default=600, ge=10)
    draws: int = Field(default=1500, ge=10)
    target_accept: float = Field(default=0.9, gt=0.5, lt=1)


class RungSampling(_Declared):
    """What one rung is sampled with, where it needs other than ``[bridge.sampling]``."""

    tune: int | None = Field(default=None, ge=10)
    draws: int | None = Field(default=None, ge=10)
    target_accept: float | None = Field(default=None, gt=0.5, lt=1)


class AddedRung(_Declared):
    """A rung of one's own: its parent's model with one key set to another value.

    Attributes
    ----------
    id, label, parent : str
        The parent is a rung of the joint model (``likelihood`` or one that follows from it).
    key : str
        Key of the model's spec, dotted: ``contribution.likelihood``, ``potential.kind``, ``depth.baseline``.
    value : any
        What it is set to.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    label: str
    parent: str
    key: str
    value: Any


class BridgeSpec(_Declared):
    """What the bridge of a spec consists of.

    Attributes
    ----------
    model : str
        Column of the study's table from which the bridge starts.
    leave_out : tuple of str
        Ids of rungs that are not wanted; what follows from them hangs on their parents.
    parents : dict of str
        Another parent for a rung, by id; ``measurement = "within-between"`` carries the split on.
    add : tuple of AddedRung
        Rungs of one's own.
    operations : tuple of str, optional
        Operations of the panel that the rungs before ``operations`` are about; all by default.
    pooled : tuple of PanelSpec
        Panels whose rows the rung ``operations`` adds, beside the panel's own other operations.
    twins : tuple of str
        Studies whose models are set beside their Bayesian twins; the spec's study by default.
    poast : bool
        Whether embeddedness and potential are tested within and between states (needs data).
    sampling : BridgeSampling
    rungs : dict of RungSampling
        Sampling of single rungs, by id (``twins`` and ``poast`` among them), where it differs.
    """

    model: str = "All Controls"
    leave_out: tuple[str, ...] = ()
    parents: dict[str, str] = Field(default_factory=dict)
    add: tuple[AddedRung, ...] = ()
    operations: tuple[str, ...] | None = None
    pooled: tuple[PanelSpec, ...] = ()
    twins: tuple[str, ...] | None = None
    poast: bool = True
    sampling: BridgeSampling = BridgeSampling()
    rungs: dict[str, RungSampling] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _coherent(self) -> BridgeSpec:
        ids = [rung.id for rung in self.add]
        if len(set(ids)) < len(ids):
            raise ValueError("add: an id occurs twice")
        return self
