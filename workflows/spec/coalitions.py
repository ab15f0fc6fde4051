"""The spec of a pooled model of coalitions: a TOML file beside those of panels, run by the same command."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from data.assembly.spec import beside
from data.common.declared import Declared
from data.common.faults import first_fault
from models.coalition_priors import CoalitionPriors
from workflows.spec.run import COALITIONS, RunSpec, SamplingSpec, StudyName, from_toml, load_spec

FILES = ("operations",)
"""Keys that name a file of the user's."""


class CoalitionSpec(Declared):
    """Everything that defines a run of the pooled model.

    Attributes
    ----------
    kind : {"coalitions"}
        Tells the file from one that describes a panel.
    name : str
        Names the run's folder.
    title : str
        Heading of the report.
    study : str or None
        The published table that `coalition bridge` begins with.
    operations : str or None
        A table in place of the bundled operations.
    priors : CoalitionPriors
    sampling : SamplingSpec
    """

    kind: Literal["coalitions"]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")
    title: str = "Who joins coalitions"
    study: StudyName | None = "henke-2017-coalitions"
    operations: str | None = Field(None, description="table in place of the bundled operations")
    priors: CoalitionPriors = CoalitionPriors()
    sampling: SamplingSpec = SamplingSpec(tune=1000, draws=2500)

    @model_validator(mode="after")
    def _samples(self) -> CoalitionSpec:
        if self.sampling.sampler != "nutpie":
            raise ValueError(f"sampling.sampler {self.sampling.sampler!r}: this model is sampled by 'nutpie'")
        if self.sampling.chains * self.sampling.draws < 400:
            raise ValueError(
                "sampling: chains x draws below 400 can never reach an effective sample size of 400"
            )
        return self

    def describe(self) -> dict[str, Any]:
        """The resolved spec as JSON-like values, defaults included."""
        return self.model_dump(mode="json")


def any_spec(spec: str | Path = "bundled", **sampling: Any) -> RunSpec | CoalitionSpec:
    """Read a bundled spec by name or a TOML file by path, of either kind; see `workflows.spec.run.load_spec`.

    Raises
    ------
    InputError
        If the file is missing, is not TOML, or holds an unknown key or a bad value.
    """
    raw, path = from_toml(spec, sampling)
    if raw.get("kind") != COALITIONS:
        return load_spec(spec, **sampling)
    raw = beside(raw, path.parent, FILES)
    try:
        return CoalitionSpec.model_validate(raw)
    except ValidationError as error:
        raise first_fault(error, CoalitionSpec, raw, file=path) from error
