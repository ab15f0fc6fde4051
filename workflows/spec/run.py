"""The spec of a run: one validated TOML file, every default visible, with a digest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from data.assembly.spec import PanelSpec, beside
from data.common.declared import Chains, Declared, Draws, Seed, is_file, read_toml
from data.common.errors import InputError
from data.common.faults import first_fault
from data.common.near import one_of
from models.spec import ModelSpec
from workflows import samplers
from workflows.spec.bridge import BridgeSpec
from workflows.spec.multiverse import MultiverseSpec
from workflows.spec.sensitivity import SensitivitySpec

if TYPE_CHECKING:
    SamplerName = str
else:
    SamplerName = Literal[samplers.names()]

BUNDLED = Path(__file__).resolve().parent / "bundled"
COALITIONS = "coalitions"
"""Kind of a spec that describes no panel; see `workflows.spec.coalitions`."""
MOST_DRAWS = 100_000_000
"""Of a posterior: with the hundred numbers of a small model a draw, they take 240 GB."""
STUDIES = Path(__file__).resolve().parent / "studies"


def study_names() -> list[str]:
    """Names of the bundled studies."""
    return sorted(path.stem for path in STUDIES.glob("*.toml"))


def known_study(name: str) -> str:
    """The name, if it is a bundled study's or a TOML file's.

    Raises
    ------
    InputError
    """
    known = study_names()
    if name not in known and not (name.endswith(".toml") and is_file(name)):
        raise InputError(f"no study {name!r}", one_of(name, known, "a TOML file or one of"))
    return name


StudyName = Annotated[str, AfterValidator(known_study)]


class SamplingSpec(Declared):
    """How the posterior is sampled.

    Attributes
    ----------
    sampler : str
        A file of ``workflows/samplers``.
    chains, tune, draws : int
        Independent chains; warm-up and kept draws of each.
    target_accept : float
        Mean acceptance probability that warm-up aims at.
    max_treedepth : int
    device : {"cpu", "gpu"}
        Where the sampler computes, in 64 bits; most know the CPU alone.
    seed : int
        Everything random in the run follows from it.
    """

    sampler: SamplerName = "nutpie"
    chains: Chains = 4
    tune: Draws = 1000
    draws: Draws = 1000
    target_accept: float = Field(default=0.9, gt=0.5, lt=1)
    max_treedepth: int = Field(default=10, ge=5, le=15)
    device: Literal["cpu", "gpu"] = "cpu"
    seed: Seed = 20010911

    @model_validator(mode="after")
    def _device_known(self) -> SamplingSpec:
        # Nothing is imported for the default.
        if self.device != "cpu" and self.device not in samplers.get(self.sampler).devices:
            able = [repr(name) for name in samplers.names() if self.device in samplers.get(name).devices]
            raise ValueError(
                f"device {self.device!r} needs sampler {' or '.join(able)}, not {self.sampler!r}"
            )
        return self


class RunSpec(Declared):
    """Everything that defines a run.

    Attributes
    ----------
    name : str
        Names the run's folder.
    title : str
        Heading of the report.
    study : str or None
        A published study to set beside the posterior.
    panel : PanelSpec
    model : ModelSpec
    sampling : SamplingSpec
    bridge : BridgeSpec or None
        What ``coalition bridge`` does with the spec; a run takes no notice of it.
    multiverse : MultiverseSpec or None
        The grid of ``coalition multiverse``; a run takes no notice of it.
    sensitivity : SensitivitySpec or None
        What ``coalition sensitivity`` refits; a run takes no notice of it.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")
    title: str = ""
    study: StudyName | None = None
    panel: PanelSpec = PanelSpec()
    model: ModelSpec = ModelSpec()
    sampling: SamplingSpec = SamplingSpec()
    bridge: BridgeSpec | None = None
    multiverse: MultiverseSpec | None = None
    sensitivity: SensitivitySpec | None = None

    @model_validator(mode="after")
    def _enough_chains(self) -> RunSpec:
        if self.sampling.chains * self.sampling.draws < 400:
            raise ValueError(
                "sampling: chains x draws below 400 can never reach an effective sample size of 400"
            )
        if self.draws_in_all > MOST_DRAWS:
            raise InputError(
                f"{self.draws_in_all:,} draws in all", f"at most {MOST_DRAWS:,}", key="sampling.draws"
            )
        return self

    @property
    def draws_in_all(self) -> int:
        """Draws of all chains, and of all imputations where depth is `cut`."""
        depth = self.model.depth
        fits = depth.imputations if depth.measurement == "cut" else 1
        return fits * self.sampling.chains * self.sampling.draws

    def describe(self) -> dict[str, Any]:
        """The resolved spec as JSON-like values, defaults included."""
        return self.model_dump(mode="json")


def bundled_specs() -> list[str]:
    """Names of the specs that come with the project."""
    return sorted(path.stem for path in BUNDLED.glob("*.toml"))


def load_spec(spec: str | Path = "bundled", **sampling: Any) -> RunSpec:
    """Read a bundled spec by name or a TOML file by path.

    Parameters
    ----------
    spec : str or path
        A name of `bundled_specs` or a path.
    **sampling
        Overrides of ``[sampling]``; None leaves the spec's value.

    Raises
    ------
    InputError
        If the file is missing, is not TOML, or holds an unknown key or a bad value.
    """
    raw, path = from_toml(spec, sampling)
    if raw.get("kind") == COALITIONS:
        raise InputError(
            "a spec of coalitions",
            "a spec of a panel; `coalition run` and `coalition bridge` take this one",
            file=path,
        )
    if "panel" in raw:
        raw["panel"] = beside(raw["panel"], path.parent)
    try:
        return RunSpec.model_validate(raw)
    except ValidationError as error:
        raise first_fault(error, RunSpec, raw, file=path) from error


def from_toml(spec: str | Path, sampling: dict[str, Any]) -> tuple[dict[str, Any], Path]:
    """The content of a bundled spec or a TOML file, with its name and overrides of ``[sampling]``, and its path.

    Raises
    ------
    InputError
        If the file is missing or is not TOML.
    """
    name = str(spec)
    path = BUNDLED / f"{name}.toml" if name in bundled_specs() else Path(spec)
    if not is_file(path):
        raise InputError(
            "no such spec", f"{one_of(name, bundled_specs())}, or the path of a TOML file", file=name
        )
    raw = read_toml(path)
    raw.setdefault("name", path.stem)
    changes = {key: value for key, value in sampling.items() if value is not None}
    if changes and isinstance(raw.get("sampling", {}), dict):
        raw["sampling"] = {**raw.get("sampling", {}), **changes}
    return raw, path
