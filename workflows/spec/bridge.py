"""The ``[bridge]`` table of a spec: where the bridge starts, which rungs it has, how they are sampled."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from data.assembly.spec import PanelSpec
from data.common.declared import Chains, Declared, Draws, Many, Name


class BridgeSampling(Declared):
    """Draws of a rung: fewer than a run's, enough for an effective sample size of 400."""

    chains: Chains = 4
    tune: Draws = 600
    draws: Draws = 1000
    target_accept: float = Field(default=0.9, gt=0.5, lt=1)


class RungSampling(Declared):
    """What one rung is sampled with, where it needs other than ``[bridge.sampling]``."""

    tune: Draws | None = None
    draws: Draws | None = None
    target_accept: float | None = Field(default=None, gt=0.5, lt=1)


class AddedRung(Declared):
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
    label: Name
    parent: Name
    key: Name
    value: Any


class BridgeSpec(Declared):
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

    model: Name = "All Controls"
    leave_out: Many[Name] = ()
    parents: dict[str, str] = Field(default_factory=dict)
    add: Many[AddedRung] = ()
    operations: Annotated[Many[Name], Field(min_length=1)] | None = None
    pooled: Many[PanelSpec] = ()
    twins: Many[Name] | None = None
    poast: bool = True
    sampling: BridgeSampling = BridgeSampling()
    rungs: dict[str, RungSampling] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _coherent(self) -> BridgeSpec:
        ids = [rung.id for rung in self.add]
        if len(set(ids)) < len(ids):
            raise ValueError("add: an id occurs twice")
        return self
