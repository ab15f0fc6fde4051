"""One compiled outcome model for many specifications: what differs between them is its data.

Compiling costs several times what a short fit does. In a model with known depth, the aggregation of
treaties, the measure of similarity, the choice of controls, the sample and the
scales of priors change numbers only, not the program. So potential, similarity, controls, weights of rows
and prior scales are exchangeable data here, and one program serves every specification that shares
likelihood, rows and varying effects. A control that is left out is a column of zeros, whose coefficient
then follows its prior and touches nothing; a row that is left out weighs zero.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr
from pytensor.tensor import _as_tensor_variable
from pytensor.tensor.variable import TensorVariable

from models.contribution import contribution
from models.joint import Joint, design_of, potential_of_rows
from models.likelihoods import get
from models.predictor.rowwise import EVERY
from models.refit import Weighted
from models.spec import ContributionPriors, ModelSpec
from workflows.draws.evaluate import PLAIN
from workflows.sampling.chains import run_chains
from workflows.sampling.program import Program, combine, quiet_threads
from workflows.spec.run import SamplingSpec
from workflows.store.store import digest

#: Prior scales that are data; `intercept_sd` and dispersions belong to the program.
SCALES = (
    *(OF_POTENTIAL := ("slope", "slope_spread", "slope_leader_spread")),
    *(OF_SIMILARITY := ("similarity", "similarity_spread", "similarity_leader_spread")),
    *("control", "control_spread", "state", "treaty", "operation_year"),
)


class _Columns:
    """A matrix of exchangeable data that tells its shape in numbers."""

    def __init__(self, data: TensorVariable, shape: tuple[int, int]) -> None:
        self.data, self.shape = data, shape


@_as_tensor_variable.register(_Columns)
def _(columns: _Columns, *_: Any, **__: Any) -> TensorVariable:
    return columns.data


def structure(spec: ModelSpec, panel: xr.Dataset) -> str:
    """Key of the program that a specification needs: equal keys share one."""
    whole = spec.contribution.model_dump(mode="json")
    whole.pop("controls")
    whole["priors"] = {k: v for k, v in whole["priors"].items() if k not in SCALES}
    rows = [panel[c].values.tolist() for c in ("row_state", "row_operation", "row_year", "troops")]
    # Of a difference rows speak through the sum of slope and similarity, which is then what is sampled.
    return digest(
        [
            whole,
            spec.potential.kind,
            rows,
            panel["control"].values.tolist(),
            panel["in_force"].values.tolist(),
        ]
    )


class Template:
    """A compiled outcome model with exchangeable covariates, weights and prior scales.

    Parameters
    ----------
    panel : Dataset
        Carries every control that any specification names.
    spec : ModelSpec
        Likelihood, varying effects and the remaining priors.

    Attributes
    ----------
    joint : Joint
        `joint.model` holds the data; `values` sets them.
    """

    def __init__(self, panel: xr.Dataset, spec: ModelSpec) -> None:
        quiet_threads()
        every = spec.model_copy(
            update={"contribution": spec.contribution.model_copy(update={"controls": None})}
        )
        design, coords = design_of(panel, every)
        self.panel, self.controls = panel, list(coords["control"])
        rows, columns = design.controls.shape
        with pm.Model(coords=coords) as model:
            moving = pm.Data("potential_data", np.zeros(rows))
            weight = pm.Data("weight_data", np.ones(rows))
            similarity = pm.Data("similarity_data", design.similarity)
            matrix = pm.Data("controls_data", design.controls) if columns else None
            scales = {
                name: pm.Data(f"prior_{name}", float(getattr(spec.contribution.priors, name)))
                for name in SCALES
            }
            changed = dataclasses.replace(
                design,
                similarity=similarity,
                weight=weight,
                potential_sd=1.0,
                similarity_sd=1.0,
                controls=design.controls if matrix is None else _Columns(matrix, (rows, columns)),
            )
            asked = every.contribution.model_copy(
                update={"priors": spec.contribution.priors.model_copy(update=scales)}
            )
            likelihood = Weighted(get(spec.contribution.likelihood), weight)
            outcome = contribution(changed, moving, asked, likelihood)
        self.design = design
        self.joint = Joint(model, panel, every, design, pt.zeros(0), moving, outcome, ())
        self._programs: dict[str, Program] = {}

    def values(
        self, panel: xr.Dataset, spec: ModelSpec, potential: np.ndarray, weight: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Data of a specification, set on the model too.

        Parameters
        ----------
        panel : Dataset
            The specification's own, with the template's rows: its similarity is used.
        spec : ModelSpec
            Its controls and prior scales are used.
        potential, weight : ndarray, shape (row,)
        """
        own = design_of(panel, spec)[0]
        wanted = spec.contribution.controls
        keep = np.array([wanted is None or name in wanted for name in self.controls], float)
        priors: ContributionPriors = spec.contribution.priors
        data: dict[str, Any] = {
            "potential_data": potential,
            "similarity_data": own.similarity,
            "weight_data": np.asarray(weight, float),
            **{f"prior_{name}": np.asarray(float(getattr(priors, name))) for name in SCALES},
        }
        # The program takes scales for a unit of potential and of similarity, a spec states them for an SD.
        for names, sd in ((OF_POTENTIAL, own.potential_sd), (OF_SIMILARITY, own.similarity_sd)):
            for name in names:
                data[f"prior_{name}"] = data[f"prior_{name}"] / sd
        if self.controls:
            data["controls_data"] = self.design.controls * keep
        for name, value in data.items():
            self.joint.model.set_data(name, value)
        return data

    def sample(self, data: Mapping[str, np.ndarray], sampling: SamplingSpec) -> xr.DataTree:
        """Draw from the posterior under `data`, one chain after the other, statistics under common names."""
        if sampling.sampler not in self._programs:
            self._programs[sampling.sampler] = Program(self.joint.model, sampling.sampler)
        program = self._programs[sampling.sampler].with_data(**data)
        return combine(dict(run_chains(self.joint, sampling, cores=1, program=program)))


def known_potential(panel: xr.Dataset, spec: ModelSpec, depth: np.ndarray) -> np.ndarray:
    """Unrealized potential of each row, shape (row,), at known depths of the treaties in force."""
    theta = pt.constant(np.asarray(depth, float))
    found = potential_of_rows(theta, panel, spec, panel["similarity"].values.astype(float))
    return np.asarray(found[EVERY].eval(mode=PLAIN))
