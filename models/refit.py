"""One compiled outcome model, many fits: depth of treaties and weights of rows are its data.

Compiling costs as much as sampling a panel of some thousand rows. `cut` needs the same model at many
depths, leaving out a treaty or an operation needs it on fewer rows. Here both are data: a row of weight
zero says nothing, and everything else, the reference sample of the headline effect included, stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from pytensor.tensor.variable import TensorVariable

from models.contribution import contribution
from models.joint import BASELINE, Joint, design_of, graded, potential_of_rows
from models.likelihoods import Likelihood, Outcome, Predictors, get
from models.predictor.rowwise import EVERY
from models.similarity import with_latent_similarity
from models.spec import ModelSpec

DEPTH, WEIGHT = "known_depth", "row_weight"


class Weighted:
    """A likelihood whose rows carry weights; a weight of zero leaves the row out."""

    def __init__(self, likelihood: Likelihood, weight: TensorVariable) -> None:
        self._likelihood, self._weight = likelihood, weight

    def __getattr__(self, name: str) -> Any:
        return getattr(self._likelihood, name)

    def logp(self, outcome: Outcome, eta: Predictors, params: Predictors) -> TensorVariable:
        """Log density of each row times its weight."""
        return self._weight * self._likelihood.logp(outcome, eta, params)


@dataclass(frozen=True)
class Refit:
    """A joint model with exchangeable data.

    Attributes
    ----------
    joint : Joint
        `joint.model` holds the data variables `row_weight` (row) and, where depth is known, `known_depth`
        (treaty); or those of a model built elsewhere, such as `baseline_depth`.
    """

    joint: Joint

    @property
    def known_depth(self) -> bool:
        """Whether depth is data."""
        return DEPTH in self.joint.model.named_vars

    def values(self, **data: np.ndarray) -> dict[str, np.ndarray]:
        """All data of the model, those given replaced; sets them on the model too.

        Raises
        ------
        ValueError
            For an unknown name or a wrong length.
        """
        model = self.joint.model
        for name, value in data.items():
            if name not in model.named_vars:
                raise ValueError(f"{name!r} is no data of this model")
            if len(value) != len(model[name].get_value()):
                raise ValueError(f"{name} has length {len(value)}, not {len(model[name].get_value())}")
            model.set_data(name, np.asarray(value, float))
        return {
            name: model[name].get_value() for name in (DEPTH, WEIGHT, BASELINE) if name in model.named_vars
        }


def refit(panel: xr.Dataset, spec: ModelSpec | None = None, *, depth: np.ndarray | None = None) -> Refit:
    """Build the model of `models.joint.joint` with weights of rows, and known depth, as data.

    Parameters
    ----------
    panel : Dataset
    spec : ModelSpec, optional
    depth : ndarray, shape (treaty,), optional
        First value of the known depths of the treaties that bind somebody in the panel; None samples
        depth together with the outcome.

    Returns
    -------
    Refit
    """
    spec = spec or ModelSpec()
    design, coords = design_of(panel, spec)
    uninformative: tuple[str, ...] = ()
    with pm.Model(coords=coords) as model:
        weight = pm.Data(WEIGHT, np.ones(panel.sizes["row"]))
        if depth is None:
            theta, uninformative = graded(panel, spec.depth)
        else:
            theta = pm.Data(DEPTH, np.asarray(depth, float), dims="treaty")
        used = with_latent_similarity(design, panel, spec)
        unrealized = potential_of_rows(theta, panel, spec, used.similarity)
        likelihood = Weighted(get(spec.contribution.likelihood), weight)
        used = replace(used, weight=weight)
        outcome = contribution(used, unrealized, spec.contribution, likelihood)
    return Refit(Joint(model, panel, spec, design, theta, unrealized[EVERY], outcome, uninformative))


def without(panel: xr.Dataset, **left_out: Any) -> np.ndarray:
    """Weights of rows, shape (row,): 0 for those left out.

    Parameters
    ----------
    panel : Dataset
    **left_out
        ``treaty``: rows that the treaty binds; ``operation``: rows of the operation; ``only``: rows of
        every other operation. One of them, or none for the full panel.

    Raises
    ------
    ValueError
        For a name that the panel does not have.
    """
    weight = np.ones(panel.sizes["row"])
    for kind, name in left_out.items():
        dim = "treaty" if kind == "treaty" else "operation"
        if name not in panel[dim].values:
            raise ValueError(f"the panel has no {dim} {name!r}")
        if kind == "treaty":
            gone = panel["in_force"].sel(treaty=name).values > 0
        else:
            gone = (panel["row_operation"].values == name) == (kind == "operation")
        weight[gone] = 0.0
    return weight


def with_controls(panel: xr.Dataset, controls: Mapping[str, np.ndarray]) -> xr.Dataset:
    """Add controls to a panel, each shape (row,); the spec's `controls` must name them or be None."""
    names = [*map(str, panel["control"].values), *controls]
    values = np.column_stack([panel["controls"].values, *controls.values()])
    both = xr.Variable(("row", "control"), values, panel["controls"].attrs)
    return panel.drop_dims("control").assign_coords(control=names).assign(controls=both)


def alliance_controls(panel: xr.Dataset, treaty: str, operations: list[str]) -> dict[str, np.ndarray]:
    """Membership of an alliance, and membership in that alliance's own operations, each shape (row,).

    Parameters
    ----------
    panel : Dataset
    treaty : str
        The alliance's identifier on the panel, ``3180`` in ATOP or ``NATO`` in the bundled facts.
    operations : list of str
        Operations that the alliance led.

    Notes
    -----
    Whether the operation itself is the alliance's needs no control: every operation has an intercept.
    """
    member = panel["in_force"].sel(treaty=treaty).values.astype(float)
    own = np.isin(panel["row_operation"].values, operations)
    out = {"alliance_member": member, "alliance_member_in_its_operation": member * own}
    return {name: column for name, column in out.items() if np.ptp(column) > 0 and not _same(name, out)}


def _same(name: str, columns: Mapping[str, np.ndarray]) -> bool:
    """Whether the second column repeats the first."""
    return name != "alliance_member" and np.array_equal(columns[name], columns["alliance_member"])
