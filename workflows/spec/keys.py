"""Every key of a spec but ``[panel]``'s, from the specs' own docstrings, with what it does to the number.

``python -m workflows.spec.keys`` writes ``docs/spec-keys.md``.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel

from models.item_priors import DepthPriors
from models.spec import ContributionPriors, ContributionSpec, DepthSpec, PotentialSpec
from workflows.spec.bridge import AddedRung, BridgeSpec
from workflows.spec.multiverse import MultiverseSpec, SampleSpec
from workflows.spec.run import RunSpec, SamplingSpec
from workflows.spec.sensitivity import SensitivitySpec

PAGE = Path(__file__).resolve().parents[2] / "docs" / "spec-keys.md"
HEAD = """# The keys of a spec

Written from the specs by `python -m workflows.spec.keys`; `coalition spec bundled` shows the value of each key. Those of
`[panel]` are on [a page of their own](panel-keys.md). The last column says what a key does to H, the headline effect.
Where it says *open*, the direction follows from the data: run both, and set them side by side (`coalition runs table`).
"""
#: Heading of a table, the class that declares its keys, and keys that are tables of their own.
TABLES: tuple[tuple[str, type[BaseModel], tuple[str, ...]], ...] = (
    ("", RunSpec, ("panel", "model", "sampling", "bridge", "multiverse", "sensitivity")),
    ("[model.depth]", DepthSpec, ("priors",)),
    ("[model.depth.priors]", DepthPriors, ()),
    ("[model.potential]", PotentialSpec, ()),
    ("[model.contribution]", ContributionSpec, ("priors",)),
    ("[model.contribution.priors]", ContributionPriors, ()),
    ("[sampling]", SamplingSpec, ()),
    ("[bridge]", BridgeSpec, ("sampling", "rungs")),
    ("[[bridge.add]]", AddedRung, ()),
    ("[multiverse]", MultiverseSpec, ()),
    ("[multiverse.sample.NAME]", SampleSpec, ()),
    ("[sensitivity]", SensitivitySpec, ()),
)
#: What all keys of a table do to H, where that is one thing.
OF_TABLE = {
    DepthPriors: "open, through the depths of treaties: `coalition sensitivity` says how far",
    BridgeSpec: "nothing to a run: `coalition bridge` alone reads it",
    AddedRung: "nothing to a run: a rung of the bridge with its own H",
    MultiverseSpec: "nothing to a run: what the curve of H ranges over",
    SampleSpec: "nothing to a run: rows of a specification of the curve",
    SensitivitySpec: "nothing to a run: what is refitted, each with its own H",
}
DISPERSION = "Priors of the likelihood's own parameters, by name."
_PULLS = "smaller: H is drawn towards zero; larger: towards what the data alone say, with a wider interval"
_POOLS = "smaller: operations' H are drawn together; larger: each is nearer to that of a fit of its own"
_SHRINKS = "smaller: less is put down to the group itself, and more to potential and controls"
#: What a key does to H.
EFFECTS = {
    "name": "nothing", "title": "nothing",
    "study": "nothing to the posterior; puts the study's estimates beside it",
    "aggregate": "open; states with several treaties get another depth",
    "baseline": "open, and the sign may turn: about two thirds of states have no treaty. Each run shows H at others",
    "scale": "a wider range makes depth count less beside similarity in `difference`; the step, an SD, follows",
    "measurement": "open; `cut` draws H towards zero where depth is uncertain, `plug-in` leaves its uncertainty out",
    "imputations": "none but Monte Carlo error",
    "items": "open; `known` makes depths of few treaties less uncertain",
    "kind": "open: another quantity, whose step is its own SD",
    "basis": "open; `spline` lets less of depth count as unexpected",
    "knots": "open; more of them leave less that is unexpected",
    "likelihood": "open; H is in troops for all of them, coefficients are not comparable",
    "controls": "open",
    "hold_similarity": "open, and another question: with it H compares depth at the same votes, without it both move",
    "similarity_error": "open; wider intervals where ideal points are uncertain",
    "state_effects": "without them rows of one state count as independent: intervals too narrow",
    "treaty_effects": "without them a treaty's members can stand for its depth, and the outcome rewrites depth",
    "operation_year_effects": "without them a year's size is put down to who is in it",
    "state_dynamics": "wider intervals: a state's neighbouring years no longer count as new evidence",
    "treaty_by_operation": "open where alliances are pooled: members go to their own alliance's operations",
    "slope_varies": "without it all operations share one slope; their H differ by their rows alone",
    "slope_by_leader": "open with several leaders; nothing with one",
    "similarity_varies": "open; without it an operation's slope takes up its own similarity",
    "controls_vary": "open; look here where an operation differs from its separate fit",
    "dispersion_varies": "mostly the interval; open where few large contingents decide",
    "within_between": "splits H into what goes with a state's own change and with its level",
    "slope": _PULLS, "slope_spread": _POOLS, "slope_leader_spread": _POOLS,
    "similarity": "smaller: similarity is held less completely, and potential takes up what it leaves",
    "similarity_spread": "as `slope_spread`, for what is held", "similarity_leader_spread": "the same for leaders",
    "control": "smaller: controls explain less, and potential takes up what they leave",
    "control_spread": "smaller: operations share their controls' coefficients",
    "state": _SHRINKS, "operation_year": _SHRINKS, "treaty": _SHRINKS, "treaty_log_sd": _SHRINKS,
    "treaty_operation": _SHRINKS, "treaty_operation_log_sd": _SHRINKS,
    "state_year": "smaller: neighbouring years of a state count as more evidence, and the interval narrows",
    "state_step": "the same for `random_walk`", "state_autocorrelation": "nearer one: longer memory, less evidence",
    "intercept_sd": "little: data speak of levels",
    "dispersion_sd": "little", "dispersion": "open: another prior of the likelihood's own parameters",
    "sampler": "none but Monte Carlo error", "chains": "none but Monte Carlo error",
    "tune": "none but Monte Carlo error", "draws": "none but Monte Carlo error",
    "target_accept": "none but Monte Carlo error, unless chains diverge",
    "max_treedepth": "none but Monte Carlo error, unless it is reached",
    "device": "none but Monte Carlo error", "seed": "none but Monte Carlo error",
}  # fmt: skip


def described(spec: type[BaseModel]) -> dict[str, tuple[str, str]]:
    """What a spec's docstring says of each key: (what it accepts, what it is)."""
    text = inspect.cleandoc(spec.__doc__ or "").partition("Attributes\n----------\n")[2]
    out: dict[str, tuple[str, str]] = {}
    for part in re.split(r"\n(?=\S)", text):
        head, _, body = part.partition("\n")
        names, _, accepts = head.partition(" : ")
        for name in names.split(", "):
            out[name] = (accepts.strip(), " ".join(body.split()).replace("``", "`"))
    return out


def spec_keys() -> str:
    """The page."""
    lines = [HEAD]
    for heading, spec, tables in TABLES:
        said = described(spec)
        lines += [f"## `{heading}`" if heading else "## At the top", ""]
        lines += ["| key | accepts | default | what it is | what it does to H |", "|---|---|---|---|---|"]
        for key, field in spec.model_fields.items():
            if key in tables:
                continue
            accepts, about = said.get(
                key, (_accepts(field.annotation), _sentence(field.description) or DISPERSION)
            )
            given = field.get_default(call_default_factory=True)
            default = "must be given" if field.is_required() else f"`{_toml(given)}`"
            cells = [f"`{key}`", accepts, default, about, OF_TABLE.get(spec) or EFFECTS[key]]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _sentence(text: str | None) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _accepts(annotation: Any) -> str:
    return getattr(annotation, "__name__", str(annotation)) if get_origin(annotation) is None else "table"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, BaseModel):
        return "see the table in `coalition spec`".replace("`", "")
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_toml, value))}]"
    return {None: "none"}.get(value, str(value)) if not isinstance(value, dict) else "{}"


if __name__ == "__main__":
    PAGE.write_text(spec_keys(), encoding="utf-8")
