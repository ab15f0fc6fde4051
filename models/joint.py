"""The joint model: treaty provisions, alliance depth, potential and contributions in one posterior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr
from pydantic import ValidationError
from pytensor.compile.mode import Mode
from pytensor.tensor.variable import TensorVariable

from data.common.errors import InputError
from data.common.faults import first_fault
from models.admissible import refuse_misfit
from models.contribution import Contribution, contribution
from models.depth import Treaties, depth_of_sets, graded_depth, treaty_sets
from models.given import BASELINE, DEPTH, SCALES, WEIGHT, Given, exchangeable
from models.items import code_provisions
from models.likelihoods import Outcome, get
from models.modes import ONCE, PLAIN
from models.potential import Rows, potential
from models.predictor.design import Design
from models.predictor.rowwise import EVERY, Rowwise, rowwise
from models.similarity import dyad_years, with_latent_similarity
from models.spec import ContributionSpec, DepthSpec, ModelSpec


@dataclass(frozen=True, repr=False)
class Joint:
    """A built model with handles on its quantities.

    Attributes
    ----------
    model : pymc.Model
    panel : xarray.Dataset
        The panel that it describes.
    spec : ModelSpec
    design : Design
        The panel's arrays, similarity as observed.
    depth : tensor, shape (treaty,)
        Latent depth of each treaty.
    potential : tensor, shape (row,)
    contribution : Contribution
    uninformative : tuple of str
        Provisions that carry no information: they do not vary among the panel's treaties.
    """

    model: pm.Model
    panel: xr.Dataset
    spec: ModelSpec
    design: Design
    depth: TensorVariable
    potential: TensorVariable
    contribution: Contribution
    uninformative: tuple[str, ...]

    def with_data(self, **data: Any) -> Joint:
        """Set data of the model, which it keeps until the next; returns itself.

        Raises
        ------
        ValueError
            For what is no data of the model, or a value of another shape.
        """
        known = {variable.name: variable for variable in self.model.data_vars}
        for name, value in data.items():
            if name not in known:
                raise ValueError(f"{name!r} is no data of this model")
            own = known[name].get_value()
            if np.shape(value) != own.shape:
                raise ValueError(f"{name} has shape {np.shape(value)}, not {own.shape}")
            self.model.set_data(name, np.asarray(value, own.dtype))
        return self

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self))}</p>"

    def __repr__(self) -> str:
        """One line: what is modelled, and how large it is."""
        free = sum(int(np.prod(v.shape)) for v in self.model.initial_point().values())
        sizes = {"rows": "row", "states": "state", "operations": "operation"}
        counts = ", ".join(f"{self.panel.sizes[dim]:,} {name}" for name, dim in sizes.items())
        treaties = int(inside(self.panel).sum())
        return (
            f"Joint model: {self.spec.contribution.likelihood.replace('_', ' ')}, {self.spec.potential.kind} "
            f"potential, depth {self.spec.depth.measurement}; {counts}, {treaties} treaties in force, {free:,} parameters"
        )


def design_of(panel: xr.Dataset, spec: ModelSpec) -> tuple[Design, dict[str, list]]:
    """Turn a panel into the arrays of a model, with the coords of its dims.

    Raises
    ------
    InputError
        If the panel's treaties lack what the spec asks of them.
    ValueError
        If a control named by the spec is not on the panel, or is constant.
    """
    refuse_misfit(panel, spec)
    keys = ["row_state", "row_operation", "row_year", "row_leader"]
    frame = panel.coords.to_dataset().reset_coords()[keys].to_dataframe()
    years = frame.groupby(["row_operation", "row_year"]).ngroup().to_numpy()
    first = frame.iloc[np.unique(years, return_index=True)[1]]
    operations = panel["operation"].to_index()
    names = spec.contribution.controls
    names = [str(n) for n in panel["control"].values] if names is None else names
    missing = sorted(set(names) - set(panel["control"].values))
    if missing:
        raise ValueError(
            f"controls {missing} are not on the panel, which has {list(panel['control'].values)}"
        )
    raw = panel["controls"].sel(control=names).values.astype(float)
    spread = raw.std(0)
    if (spread == 0).any():
        raise ValueError(f"control {names[int(np.argmin(spread))]!r} is constant over the panel's rows")
    outcome = Outcome(*(panel[v].values.astype(float) for v in ("troops", "armed_forces", "share")))
    design = Design(
        state=panel["state"].to_index().get_indexer(frame["row_state"]),
        operation=operations.get_indexer(frame["row_operation"]),
        operation_year=years,
        year=frame["row_year"].to_numpy(int),
        leader=frame["row_leader"].to_numpy(int),
        operation_of_year=operations.get_indexer(first["row_operation"]),
        in_force=panel["in_force"].values[:, inside(panel)].astype(float),
        similarity=panel["similarity"].values.astype(float),
        controls=(raw - raw.mean(0)) / np.where(spread > 0, spread, 1.0),
        outcome=outcome,
        similarity_in_potential=spec.potential.kind == "difference",
        potential_sd=provisional_potential_sd(panel, spec),
        similarity_sd=_spread(panel["similarity"].values.astype(float)),
    )
    coords = {
        "state": list(panel["state"].values),
        "operation": list(operations),
        "operation_year": [
            f"{o} {y}" for o, y in zip(first["row_operation"], first["row_year"], strict=True)
        ],
        "treaty": list(panel["treaty"].values[inside(panel)]),
        "control": names,
    }
    return design, coords


def inside(panel: xr.Dataset) -> np.ndarray:
    """Which treaties bind a row's state and leader, shape (treaty,), bool."""
    return panel["in_force"].values.any(0)


def potential_of_rows(
    theta: TensorVariable,
    panel: xr.Dataset,
    spec: ModelSpec,
    similarity: np.ndarray | TensorVariable,
    baseline: TensorVariable | None = None,
) -> Rowwise:
    """Unrealized potential of each row of a panel, a sum of terms over rows.

    Parameters
    ----------
    theta : tensor, shape (treaty,)
        Depth of the treaties that bind somebody in the panel.
    panel : Dataset
    spec : ModelSpec
        How depths aggregate, their scale, and the form of potential.
    similarity : ndarray or tensor, shape (row,)
        As observed, or latent.
    baseline : tensor, shape (), optional
        Depth without a treaty in place of the spec's.
    """
    of_set, of_row = set_depths(theta, panel, spec, baseline)
    low, high = spec.depth.scale
    rows = Rows(similarity, of_row, dyad_years(panel), panel["similarity"].values.astype(float))
    return potential((of_set - low) / (high - low), rows, spec.potential)


def set_depths(
    theta: TensorVariable, panel: xr.Dataset, spec: ModelSpec, baseline: TensorVariable | None = None
) -> tuple[TensorVariable, np.ndarray]:
    """Depth of each distinct set of treaties in force, in SD over treaties, and each row's set.

    Parameters
    ----------
    theta, panel, spec, baseline
        As in `potential_of_rows`.

    Returns
    -------
    (tensor of shape (treaty_set,), ndarray of int of shape (row,))
    """
    own = inside(panel)
    sets, of_row = treaty_sets(panel["in_force"].values[:, own])
    of_set = depth_of_sets(
        theta,
        sets,
        how=spec.depth.aggregate,
        baseline=spec.depth.baseline if baseline is None else baseline,
        order=panel["treaty_year"].values[own] if "treaty_year" in panel else None,
    )
    return of_set, of_row


def provisional_potential_sd(panel: xr.Dataset, spec: ModelSpec) -> float:
    """SD over rows of potential at a provisional depth: how many provisions a treaty has, standardised.

    A constant of the panel that is known before sampling, and the same under every measurement of depth, for which
    prior scales of slopes are stated. 1 where potential does not vary.
    """
    count = provision_count(panel)
    if count.size:
        count = (count - count.mean()) / max(count.std(), 1e-9)
    return _spread(known_potential(panel, spec, count, ONCE))


def known_potential(panel: xr.Dataset, spec: ModelSpec, depth: np.ndarray, mode: Mode = PLAIN) -> np.ndarray:
    """Unrealized potential of each row, shape (row,), at known depths of the treaties in force; similarity observed."""
    theta = pt.constant(np.asarray(depth, float))
    found = potential_of_rows(theta, panel, spec, panel["similarity"].values.astype(float))
    return np.asarray(found[EVERY].eval(mode=mode))


def _spread(values: np.ndarray) -> float:
    return float(np.std(values)) if np.ptp(values) > 0 else 1.0


def provision_count(panel: xr.Dataset) -> np.ndarray:
    """Number of provisions of each treaty that binds somebody in the panel, shape (treaty,)."""
    return np.nansum(np.minimum(panel["provisions"].values[inside(panel)], 1), axis=1)


def treaties_of(panel: xr.Dataset, depth: DepthSpec) -> Treaties:
    """How the treaties of a panel are measured.

    Those that bind somebody in the panel have a depth of their own, the others inform the items alone: not where
    items are known from a posterior over all treaties, which has used these already, and would count them twice.
    """
    names = [str(name) for name in panel["provision"].values]
    coding = code_provisions(panel["provisions"].values, names=names, known=tuple(depth.item_priors.items))
    own = inside(panel)
    return Treaties(coding, own, ~own if depth.items == "learned" else np.zeros_like(own))


def measurement(panel: xr.Dataset, spec: ModelSpec | None = None) -> pm.Model:
    """The measurement part alone: depth of the panel's treaties from their provisions."""
    spec = spec or ModelSpec()
    refuse_misfit(panel, spec)
    with pm.Model(coords={"treaty": list(panel["treaty"].values[inside(panel)])}) as model:
        graded_depth(treaties_of(panel, spec.depth), spec.depth.item_priors)
    return model


def model_spec(spec: ModelSpec | Mapping[str, Any] | None) -> ModelSpec:
    """Return a model spec: as given, from a mapping of its keys, or the default.

    Raises
    ------
    InputError
        An unknown key or a bad value, named.
    """
    if isinstance(spec, ModelSpec):
        return spec
    if spec is not None and not isinstance(spec, Mapping):
        raise InputError(f"the spec, a {type(spec).__name__}", "a ModelSpec, a mapping of its keys, or none")
    try:
        return ModelSpec.model_validate(dict(spec or {}))
    except ValidationError as error:
        raise first_fault(error, ModelSpec, spec, under="spec") from None


def joint(
    panel: xr.Dataset, spec: ModelSpec | Mapping[str, Any] | None = None, given: Given | None = None
) -> Joint:
    """Build the joint model of a panel.

    Parameters
    ----------
    panel : xarray.Dataset
        As `data.panel.build_panel` returns it.
    spec : ModelSpec or mapping, optional
        A mapping names what differs from the defaults of `ModelSpec`, for instance
        ``{"potential": {"kind": "residual"}}``.
    given : Given, optional
        What is known, ``Given(depth)`` for instance, and which pieces are data of the model; nothing by default.

    Returns
    -------
    Joint

    Raises
    ------
    InputError
        If an argument is of the wrong kind; the message names it.
    ValueError
        If spec and panel do not fit; the message names the argument.
    """
    if not isinstance(panel, xr.Dataset) or "row_state" not in panel.coords:
        raise InputError(f"a {type(panel).__name__}", "a panel from build_panel(...)", column="panel")
    spec, given = model_spec(spec), Given() if given is None else given
    if not isinstance(given, Given):
        raise InputError(f"a {type(given).__name__}", "Given(depth) or Given(depth, data)", column="given")
    # What is sampled follows from the outcome, and must suit all outcomes where it is data.
    nobody = {name: xr.zeros_like(panel[name]) for name in ("troops", "share") if "outcome" in given.data}
    design, coords = design_of(panel.assign(nobody), spec)
    uninformative: tuple[str, ...] = ()
    with pm.Model(coords=coords) as model:
        used, asked = _exchanged(design, panel, spec.contribution, given)
        if "covariates" in given.data:
            theta = pt.zeros(0)
            unrealized = rowwise(exchangeable("potential_data", np.zeros(panel.sizes["row"])))
        else:
            if given.depth is None:
                treaties = treaties_of(panel, spec.depth)
                theta = graded_depth(treaties, spec.depth.item_priors, exchanged="answers" in given.data)
                uninformative = treaties.coding.constant
            elif "depth" in given.data:
                theta = exchangeable(DEPTH, np.asarray(given.depth, float), dims="treaty")
            else:
                theta = pt.constant(np.asarray(given.depth, float))
            baseline = exchangeable(BASELINE, [spec.depth.baseline])[0] if "baseline" in given.data else None
            used = with_latent_similarity(used, panel, spec)
            unrealized = potential_of_rows(theta, panel, spec, used.similarity, baseline)
        outcome = contribution(used, unrealized, asked, get(spec.contribution.likelihood))
    return Joint(model, panel, spec, design, theta, unrealized[EVERY], outcome, uninformative)


def _exchanged(
    design: Design, panel: xr.Dataset, spec: ContributionSpec, given: Given
) -> tuple[Design, ContributionSpec]:
    """Register what is data of the outcome model in the model on the stack; design and spec that use it."""
    changed: dict[str, Any] = {}
    if "weight" in given.data:
        changed["weight"] = exchangeable(WEIGHT, np.ones(panel.sizes["row"]))
    if "covariates" in given.data:
        changed["similarity"] = exchangeable("similarity_data", design.similarity)
        if design.controls.size:
            changed["controls"] = exchangeable("controls_data", design.controls)
    if "scales" in given.data:
        changed |= {"potential_sd": 1.0, "similarity_sd": 1.0}
        scales = {name: exchangeable(f"prior_{name}", float(getattr(spec.priors, name))) for name in SCALES}
        spec = spec.model_copy(update={"priors": spec.priors.model_copy(update=scales)})
    if "outcome" in given.data:
        data = {name: exchangeable(name, panel[name].values.astype(float)) for name in ("troops", "share")}
        changed["exchanged"] = Outcome(armed_forces=pt.constant(design.outcome.armed_forces), **data)
    return replace(design, **changed), spec
