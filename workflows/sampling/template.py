"""One compiled outcome model for many specifications: what differs between them is its data.

Compiling costs several times what a short fit does. In a model with known depth, the aggregation of
treaties, the measure of similarity, the choice of controls, the sample and the
scales of priors change numbers only, not the program. So potential, similarity, controls, weights of rows
and prior scales are exchangeable data here, and one program serves every specification that shares
likelihood, rows and varying effects. A control that is left out is a column of zeros, whose coefficient
then follows its prior and touches nothing; a row that is left out weighs zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from models.given import OF_POTENTIAL, OF_SIMILARITY, SCALES, WEIGHT, Given
from models.joint import design_of, joint
from models.spec import ModelSpec
from workflows.sampling.refits import Compiled
from workflows.store.store import digest


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


class Template(Compiled):
    """A compiled outcome model with exchangeable covariates, weights and prior scales.

    Parameters
    ----------
    panel : Dataset
        Carries every control that any specification names.
    spec : ModelSpec
        Likelihood, varying effects and the remaining priors.
    """

    def __init__(self, panel: xr.Dataset, spec: ModelSpec) -> None:
        every = spec.contribution.model_copy(update={"controls": None})
        given = Given(data={"weight", "covariates", "scales"})
        super().__init__(joint(panel, spec.model_copy(update={"contribution": every}), given))

    def values(
        self, panel: xr.Dataset, spec: ModelSpec, potential: np.ndarray, weight: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Data of a specification, for `sample`.

        Parameters
        ----------
        panel : Dataset
            The specification's own, with the template's rows: its similarity is used.
        spec : ModelSpec
            Its controls and prior scales are used.
        potential, weight : ndarray, shape (row,)
        """
        own, wanted = design_of(panel, spec)[0], spec.contribution.controls
        data: dict[str, Any] = {
            "potential_data": potential,
            "similarity_data": own.similarity,
            WEIGHT: weight,
            **{f"prior_{name}": float(getattr(spec.contribution.priors, name)) for name in SCALES},
        }
        # The program takes scales for a unit of potential and of similarity, a spec states them for an SD.
        for names, sd in ((OF_POTENTIAL, own.potential_sd), (OF_SIMILARITY, own.similarity_sd)):
            for name in names:
                data[f"prior_{name}"] /= sd
        if names := list(self.joint.model.coords["control"]):
            keep = np.array([wanted is None or name in wanted for name in names], float)
            data["controls_data"] = self.joint.design.controls * keep
        return data
