"""The command, the versions and the spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.pages.blocks import text
from workflows.pages.sections._section import Section
from workflows.spec.coalitions import any_spec
from workflows.spec.run import bundled_specs
from workflows.spec.toml import spec_toml
from workflows.store.store import versions

if TYPE_CHECKING:
    from workflows.run.run import Run


def blocks(run: Run) -> list[dict[str, Any]]:
    """The command, the versions and the spec."""
    data = " --data DIR" if run.data is not None else ""
    sampling = run.spec.sampling
    name = run.spec.name if _is_bundled(run) else f"{run.spec.name}.toml"
    command = (
        f"coalition run {name}{data} --seed {sampling.seed} --chains {sampling.chains} "
        f"--draws {sampling.draws} --sampler {sampling.sampler}"
    )
    used = ", ".join(f"{k} {v}" for k, v in versions().items())
    return [
        {"kind": "code", "text": command},
        text(
            "The same seed gives the same draws on the same machine with the same versions "
            f"({used}); on other machines results agree within Monte Carlo error."
        ),
        text(f"The spec, to be kept as {run.spec.name}.toml:"),
        {"kind": "code", "text": spec_toml(run.spec)},
    ]


def _is_bundled(run: Run) -> bool:
    """Whether the run's spec is a bundled one but for its sampling."""
    if run.spec.name not in bundled_specs():
        return False
    bundled, mine = any_spec(run.spec.name).describe(), run.spec.describe()
    return {**bundled, "sampling": None} == {**mine, "sampling": None}


SECTION = Section(180, "How to reproduce this page", blocks, open=False)
