"""A declared grid of defensible specifications: the ``[multiverse]`` table of a spec."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from data.assembly.spec import IDEAL_POINT_KEYS, ListRule
from data.common.declared import Chains, Declared, Draws, Many, Name, Pair, Year
from models.likelihoods import check, get
from models.spec import SomePriors

#: Axes in the order in which the specification curve shows them.
AXES = (
    "measurement", "aggregate", "potential", "similarity", "likelihood", "controls", "sample", "list_rule", "priors",
)  # fmt: skip


class SampleSpec(Declared):
    """Rows that a specification keeps; what is not given keeps all.

    Attributes
    ----------
    operations : list of str
    years : (int, int)
        First and last year, both included.
    without_treaty : str
        Identifier on the panel: rows that it binds are left out.
    allies : bool
        True keeps rows with a treaty in force, False rows without one.
    """

    operations: Many[Name] | None = None
    years: Pair[Year] | None = None
    without_treaty: Name | None = None
    allies: bool | None = None


class MultiverseSpec(Declared):
    """Which choices are crossed; an axis that is left out keeps the spec's own choice.

    Attributes
    ----------
    measurement, aggregate, potential, similarity, likelihood, list_rule : list of str
        ``potential`` knows ``difference``, ``residual`` (linear) and ``residual-spline``.
    controls : mapping of name to list of controls
    sample : mapping of name to SampleSpec
    priors : mapping of name to scales of ``[model.contribution.priors]``
    leave_out : list of mapping
        Combinations that are not fitted, each naming choices by axis.
    chains, tune, draws : int
        Of each fit.
    """

    measurement: Many[Literal["plug-in", "joint", "cut"]] = ()
    aggregate: Many[Literal["deepest", "latest", "sum"]] = ()
    potential: Many[Literal["difference", "residual", "residual-spline"]] = ()
    similarity: Many[Literal["ideal_point", "agreement"]] = ()
    likelihood: Many[Name] = ()
    list_rule: Many[ListRule] = ()
    controls: dict[Name, Many[Name]] = Field(default_factory=dict)
    sample: dict[Name, SampleSpec] = Field(default_factory=dict)
    priors: dict[Name, SomePriors] = Field(default_factory=dict)
    leave_out: Many[dict[str, str]] = ()
    chains: Chains = 4
    tune: Draws = 300
    draws: Draws = 300

    @field_validator("likelihood")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            check(name)
        return names

    @model_validator(mode="after")
    def _known_axes(self) -> MultiverseSpec:
        for one in self.leave_out:
            for axis, option in one.items():
                if axis not in AXES:
                    raise ValueError(f"leave_out: {axis!r} is not one of {', '.join(AXES)}")
                if option not in self.options(axis):
                    raise ValueError(f"leave_out: {axis} has no option {option!r}")
        return self

    def options(self, axis: str) -> tuple[str, ...]:
        """Names of an axis's options; ``spec`` alone where the axis is not declared."""
        return tuple(getattr(self, axis)) or ("spec",)

    def combinations(self) -> Iterator[dict[str, str]]:
        """Yield each combination of choices, by axis, but for those left out."""
        for chosen in itertools.product(*(self.options(axis) for axis in AXES)):
            choice = dict(zip(AXES, chosen, strict=True))
            if not any(one.items() <= choice.items() for one in self.leave_out):
                yield choice


def resolve(spec: dict[str, Any], grid: MultiverseSpec, choice: Mapping[str, str]) -> dict[str, Any]:
    """Return the spec (JSON-like) of one combination; `sample` and sampling settings stay outside it.

    Parameters
    ----------
    spec : dict
        ``panel`` and ``model`` of a run's spec, defaults included.
    grid : MultiverseSpec
    choice : mapping of axis to option
    """
    panel, model = dict(spec["panel"]), {k: dict(v) for k, v in spec["model"].items()}
    depth, potential, outcome = model["depth"], model["potential"], model["contribution"]
    own = {axis: option for axis, option in choice.items() if option != "spec"}
    for axis in ("similarity", "list_rule"):
        if axis in own:
            panel[axis] = own[axis]
    if own.get("similarity") == "agreement":
        panel |= dict.fromkeys(IDEAL_POINT_KEYS)  # the spec's, of no use to this choice
    for axis in ("measurement", "aggregate"):
        if axis in own:
            depth[axis] = own[axis]
    if "potential" in own:
        kind, _, basis = own["potential"].partition("-")
        potential |= {"kind": kind, "basis": basis or "linear"}
    if "likelihood" in own:
        outcome["likelihood"] = own["likelihood"]
        declared = outcome["priors"]["dispersion"]
        if declared:
            has = get(own["likelihood"]).priors
            outcome["priors"] = outcome["priors"] | {
                "dispersion": {k: v for k, v in declared.items() if k in has}
            }
    if "controls" in own and own["controls"] in grid.controls:
        outcome["controls"] = list(grid.controls[own["controls"]])
    if "priors" in own and own["priors"] in grid.priors:
        outcome["priors"] = {**outcome["priors"], **grid.priors[own["priors"]]}
    return {"panel": panel, "model": model}
