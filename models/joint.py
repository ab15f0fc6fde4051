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

from data.errors import InputError
from data.faults import first_fault
from models.admissible import refuse_misfit
from models.contribution import Contribution, contribution
from models.depth import depth_of_sets, response_loglik, treaty_sets
from models.graded import indicator, pattern_loglik, patterns
from models.item_parameters import register_items
from models.items import Coding, code_provisions
from models.likelihoods import Outcome, get
from models.potential import Rows, potential
from models.predictor.design import Design
from models.predictor.rowwise import EVERY, Rowwise
from models.similarity import dyad_years, with_latent_similarity
from models.spec import DepthSpec, ModelSpec

#: Depth of a state without a treaty, where it is data of the model.
BASELINE = "baseline_depth"


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
    theta = pt.constant(count)
    found = potential_of_rows(theta, panel, spec, panel["similarity"].values.astype(float))
    return _spread(found[EVERY].eval(mode=Mode(linker="py", optimizer=None)))


def _spread(values: np.ndarray) -> float:
    return float(np.std(values)) if np.ptp(values) > 0 else 1.0


def provision_count(panel: xr.Dataset) -> np.ndarray:
    """Number of provisions of each treaty that binds somebody in the panel, shape (treaty,)."""
    return np.nansum(np.minimum(panel["provisions"].values[inside(panel)], 1), axis=1)


def informs_items(panel: xr.Dataset, depth: DepthSpec) -> np.ndarray:
    """Which treaties inform the items alone, shape (treaty,), bool: those that bind nobody in the panel.

    None where items are known from a posterior over all treaties: that has used these already, and would count them
    twice.
    """
    return ~inside(panel) if depth.items == "learned" else np.zeros(panel.sizes["treaty"], bool)


def graded(panel: xr.Dataset, depth: DepthSpec) -> tuple[TensorVariable, tuple[str, ...]]:
    """Add the graded measurement of the panel's treaties to the model on the stack.

    Treaties that bind somebody in the panel carry an explicit latent, `treaty_depth`. Those of `informs_items`
    have their depth integrated out, once per answer pattern.

    Returns
    -------
    (tensor of shape (treaty,), names of provisions that carry no information)
    """
    names = [str(name) for name in panel["provision"].values]
    priors, others = depth.item_priors, informs_items(panel, depth)
    coding = code_provisions(panel["provisions"].values, names=names, known=tuple(priors.items))
    own = inside(panel)
    loading, cuts = register_items(coding, priors, "provision_informative")
    # Not "depth": nutpie has a statistic of that name and drops the dims of its namesake.
    theta = pm.Normal("treaty_depth", 0.0, 1.0, dims="treaty", initval=np.zeros(int(own.sum())))
    pm.Potential("provisions_loglik", response_loglik(theta, loading, cuts, _keep(coding, own)).sum())
    if others.any():
        answers = patterns(_keep(coding, others))
        marks = pt.constant(indicator(answers.category, coding.levels))
        loglik = pattern_loglik(loading, cuts, marks, coding.levels)
        pm.Potential("other_treaties_loglik", (answers.count * loglik).sum())
    return theta, coding.constant


def _keep(coding: Coding, treaties: np.ndarray) -> Coding:
    return replace(coding, category=coding.category[treaties])


def measurement(panel: xr.Dataset, spec: ModelSpec | None = None) -> pm.Model:
    """The measurement part alone: depth of the panel's treaties from their provisions."""
    spec = spec or ModelSpec()
    refuse_misfit(panel, spec)
    with pm.Model(coords={"treaty": list(panel["treaty"].values[inside(panel)])}) as model:
        graded(panel, spec.depth)
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
    panel: xr.Dataset,
    spec: ModelSpec | Mapping[str, Any] | None = None,
    *,
    depth: np.ndarray | None = None,
    baseline_is_data: bool = False,
) -> Joint:
    """Build the joint model of a panel.

    Parameters
    ----------
    panel : xarray.Dataset
        As `data.panel.build_panel` returns it.
    spec : ModelSpec or mapping, optional
        A mapping names what differs from the defaults of `ModelSpec`, for instance
        ``{"potential": {"kind": "residual"}}``.
    depth : ndarray, shape (treaty,), optional
        Known depths of the treaties that bind somebody in the panel, which replace the
        measurement part (`plug-in`, `cut`, `oracle`).
    baseline_is_data : bool
        Whether the depth of a state without a treaty is data of the model, `BASELINE` of shape (1,), at first
        the spec's: one structure then serves several. Prior scales remain those of the spec.

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
    spec = model_spec(spec)
    design, coords = design_of(panel, spec)
    likelihood = get(spec.contribution.likelihood)
    uninformative: tuple[str, ...] = ()
    with pm.Model(coords=coords) as model:
        if depth is None:
            theta, uninformative = graded(panel, spec.depth)
        else:
            theta = pt.constant(np.asarray(depth, float))
        baseline = pm.Data(BASELINE, [spec.depth.baseline])[0] if baseline_is_data else None
        used = with_latent_similarity(design, panel, spec)
        unrealized = potential_of_rows(theta, panel, spec, used.similarity, baseline)
        outcome = contribution(used, unrealized, spec.contribution, likelihood)
    return Joint(model, panel, spec, design, theta, unrealized[EVERY], outcome, uninformative)
