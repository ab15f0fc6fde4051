"""What a model is given beside panel and spec: what is known of it, and what is exchanged while its program stays.

Compiling costs as much as sampling a panel of some thousand rows. `cut` needs the same model at many depths, leaving
out a treaty or an operation needs it on fewer rows, a multiverse under other covariates and priors, calibration under
other provisions and outcomes. So each piece of a model is either a constant or its data, and nothing else differs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
from pytensor.tensor.variable import TensorVariable

from data.common.near import one_of

#: Data under names of their own; see `Given`.
DEPTH, WEIGHT, BASELINE = "known_depth", "row_weight", "baseline_depth"
PIECES = ("depth", "baseline", "weight", "covariates", "scales", "answers", "outcome")
#: Prior scales that can be data; `intercept_sd` and dispersions belong to the program.
SCALES = (
    *(OF_POTENTIAL := ("slope", "slope_spread", "slope_leader_spread")),
    *(OF_SIMILARITY := ("similarity", "similarity_spread", "similarity_leader_spread")),
    *("control", "control_spread", "state", "treaty", "operation_year"),
)


@dataclass(frozen=True, eq=False)
class Given:
    """What is known, and what is data of the model; by default nothing: provisions and troops in one posterior.

    Parameters
    ----------
    depth : ndarray, shape (treaty,), optional
        Known depths, in SD over treaties, of those that bind somebody in the panel: they replace measurement
        (`plug-in`, `cut`, `oracle`).
    data : collection of str
        Which pieces are data of the model, set by `models.joint.Joint.with_data`; at first they are the panel's and
        the spec's. A piece that a model does not have is not among its data.

        - ``depth``: `known_depth` (treaty,), where depth is known.
        - ``baseline``: `baseline_depth` (1,), depth without a treaty. Prior scales remain those of the spec's.
        - ``weight``: `row_weight` (row,), at first ones. A row of weight zero says nothing; all else, the reference
          sample of the headline effect included, stays.
        - ``covariates``: `potential_data` and `similarity_data` (row,), `controls_data` (row, control), standardised.
          Potential is zero at first, and known then, whatever depth is.
        - ``scales``: `prior_<name>` () for each of `SCALES`, those of slopes for a unit of potential or similarity.
        - ``answers``: `answer_below`, `answer_above`, `answer_marks`, as from `models.depth.Treaties.data`.
        - ``outcome``: `troops` (persons) and `share` (row,). What is sampled must then suit all outcomes, and is
          chosen as if nobody came: a state that sends nobody informs its own level least.

    Raises
    ------
    ValueError
        For a piece that no model has.
    """

    depth: np.ndarray | None = None
    data: Collection[str] = ()

    def __post_init__(self) -> None:
        for piece in self.data:
            if piece not in PIECES:
                raise ValueError(f"data {piece!r} of a model: expected {one_of(piece, PIECES)}")


def exchangeable(name: str, value: Any, dims: str | None = None) -> TensorVariable:
    """Register data of the model on the stack whose shape is `value`'s for good: a program is compiled for it."""
    return pm.Data(name, value, dims=dims, shape=np.shape(value))


#: Of models that are fitted again, with other rows or, where it is known, at other depths.
REFITTED = ("depth", "weight")
