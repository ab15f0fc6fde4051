"""The tree of a bridge: rungs, their parents, and the one thing that each changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import ValidationError

from data.common.errors import InputError
from data.common.near import one_of
from data.studies.corrections import CORRECTIONS
from models.spec import ModelSpec
from workflows.spec.bridge import BridgeSpec
from workflows.spec.run import RunSpec

Kind = Literal["study", "linear", "joint"]


@dataclass(frozen=True)
class Rung:
    """One estimate of the bridge.

    Attributes
    ----------
    id, label : str
    parent : str
        Id of the rung that it changes; empty for the one where the bridge starts.
    kind : {"study", "linear", "joint"}
        From the study's own table, a Gaussian model of a design matrix, or a model of `models.joint`.
    change : str
        What is changed against the parent.
    one : bool
        Whether that is a single input, so that it may be named as the cause of what moved.
    sets : mapping
        Keys of the model's spec (dotted) and their values, for ``joint`` rungs.
    """

    id: str
    label: str
    parent: str
    kind: Kind
    change: str
    one: bool = True
    sets: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_sampled(self) -> bool:
        """Whether it has a posterior: the study's own estimates have none, nor has least squares on the panel."""
        return self.kind != "study" and self.id != "panel"


CHANGES = {
    "thousands_separators": ("counts with a thousands separator", "troops lost to thousands separators"),
    "depth_orientation": ("direction of depth", "depth turned the right way round"),
    "gdp_join": ("GDP by ISO code", "GDP joined by ISO code"),
    "year_2014": ("2014 missing", "the year 2014 treated as missing"),
    "casualties_lag": ("casualties lagged", "casualties of the year before"),
}
#: What the bridge samples beside its rungs; ``[bridge.rungs]`` may name it.
BESIDE = ("twins", "poast")
NOT_POOLED = {
    "contribution.likelihood": "gaussian",
    "contribution.state_effects": False,
    "contribution.treaty_effects": False,
    "contribution.operation_year_effects": False,
    "contribution.within_between": False,
    "depth.measurement": "plug-in",
}


def rungs(spec: RunSpec, bridge: BridgeSpec, *, data: bool, operations: bool) -> list[Rung]:
    """The rungs of a spec's bridge, parents before children.

    Parameters
    ----------
    spec : RunSpec
    bridge : BridgeSpec
    data : bool
        Whether the study can be estimated again: without its data the bridge starts on the panel.
    operations : bool
        Whether there are operations to add.

    Raises
    ------
    InputError
        Where ``[bridge]`` names an unknown rung or key, or parents that go round in a circle.
    """
    tree = [*_of_study(spec, data), *_of_model(spec.model, operations)]
    tree = _attached(tree)
    tree = [*tree, *_added(bridge, spec.model, {rung.id: rung for rung in tree})]
    known = {rung.id: rung for rung in tree}
    for key, names in (
        ("leave_out", bridge.leave_out),
        ("parents", [*bridge.parents, *bridge.parents.values()]),
        ("rungs", sorted(set(bridge.rungs) - set(BESIDE))),
    ):
        for name in names:
            if name not in known:
                raise InputError(f"rung {name!r}", one_of(name, known), key=f"bridge.{key}")
    for name, parent in bridge.parents.items():
        if known[name].kind != "joint" or known[parent].kind != "joint":
            joint = [rung.id for rung in tree if rung.kind == "joint"]
            expected = f"rungs of the joint model only: {', '.join(joint)}"
            raise InputError(f"{name} = {parent!r}", expected, key="bridge.parents")
    tree = [replace(rung, parent=bridge.parents.get(rung.id, rung.parent)) for rung in tree]
    _refuse_circles({rung.id: rung.parent for rung in tree})
    known = {rung.id: rung for rung in tree}
    kept = [_standing(rung, known, set(bridge.leave_out)) for rung in tree if rung.id not in bridge.leave_out]
    if not kept:
        raise InputError("no rung left", "some rungs", key="bridge.leave_out")
    return _parents_first(kept)


def model_of(rung: Rung, tree: Mapping[str, Rung], model: ModelSpec) -> ModelSpec:
    """The model of a joint rung: the spec's, unpooled, with what the rung and its ancestors set."""
    line = [rung]
    while line[-1].parent in tree:
        line.append(tree[line[-1].parent])
    sets = dict(NOT_POOLED)
    for one in reversed(line):
        sets |= one.sets
    return with_keys(model, sets)


def with_keys(model: ModelSpec, sets: Mapping[str, Any]) -> ModelSpec:
    """The model's spec with dotted keys set, validated.

    Raises
    ------
    InputError
        An unknown key or a bad value.
    """
    values = model.model_dump()
    for key, value in sets.items():
        *parts, last = key.split(".")
        part = values
        for name in parts:
            part = part.get(name)
            if not isinstance(part, dict):
                raise InputError(f"the key {key!r}", "a dotted key of [model]", key="bridge.add")
        if last not in part:
            raise InputError(f"the key {key!r}", "a dotted key of [model]", key="bridge.add")
        part[last] = value
    try:
        return ModelSpec.model_validate(values)
    except ValidationError as error:
        raise InputError(repr(value), error.errors()[0]["msg"], key=f"bridge.add {key}") from error


def _of_study(spec: RunSpec, data: bool) -> list[Rung]:
    if spec.study is None:
        return [Rung("panel", "Least squares on this panel", "", "linear", "")]
    printed = Rung("published", "Printed", "", "study", "")
    if not data:
        several = "another sample, other predictors, depth measured anew, errors clustered by state"
        panel = Rung("panel", "Least squares on this panel", "published", "linear", several, one=False)
        twin = Rung("twin", "Bayesian twin", "panel", "linear", "nearly flat priors instead of none")
        return [printed, panel, twin]
    alone = [
        Rung(name, f"Correction: {CHANGES[name][0]}", "replicated", "study", CHANGES[name][1])
        for name in CORRECTIONS
    ]
    return [
        printed,
        Rung("replicated", "Estimated again", "published", "study", "digits beyond the printed ones"),
        Rung("clustered", "Errors clustered by state", "replicated", "study", "errors clustered by state"),
        *alone,
        Rung("corrected", "All five corrections", "replicated", "study", "all five corrections", one=False),
        Rung(
            "corrected-clustered",
            "Errors clustered by state",
            "corrected",
            "study",
            "errors clustered by state",
        ),
        Rung("twin", "Bayesian twin", "corrected", "linear", "nearly flat priors instead of none"),
        Rung("rows", "Rows shared with the panel", "twin", "linear", "the sample"),
        Rung("predictors", "The spec's predictors", "rows", "linear", "the predictors beside potential"),
        Rung("sample", "All rows of the panel", "predictors", "linear", "the sample"),
        Rung("depth", "Depth from treaty provisions", "sample", "linear", "the measure of depth"),
    ]


def _of_model(model: ModelSpec, operations: bool) -> list[Rung]:
    """Rungs from a Gaussian model to the spec's own, and on to more operations; parents in order."""
    part = model.contribution
    out = []

    def add(name: str, label: str, change: str, key: str | None, value: Any = True) -> None:
        sets = {} if key is None else {key: value}
        out.append(Rung(name, label, "", "joint", change, sets=sets))

    if part.likelihood != "gaussian":
        words = part.likelihood.replace("_", " ")
        add(
            "likelihood",
            f"Likelihood: {words}",
            "the likelihood, with its priors",
            "contribution.likelihood",
            part.likelihood,
        )
    if part.state_effects:
        add("states", "Partial pooling of states", "varying states", "contribution.state_effects")
    if part.operation_year_effects:
        add("years", "Partial pooling of years", "varying years", "contribution.operation_year_effects")
    if part.treaty_effects:
        add("treaties", "Partial pooling of treaties", "varying treaties", "contribution.treaty_effects")
    add(
        "within-between",
        "Within states",
        "slopes within and between states apart",
        "contribution.within_between",
    )
    if model.depth.measurement != "plug-in":
        words = {"joint": "one posterior with depth", "cut": "draws of depth, no feedback"}
        add(
            "measurement",
            f"Measurement: {words[model.depth.measurement]}",
            "uncertainty about depth",
            "depth.measurement",
            model.depth.measurement,
        )
    if operations:
        add("operations", "More operations", "rows of other operations", None)
    return out


def _attached(tree: list[Rung]) -> list[Rung]:
    """Hang each joint rung on the one before it, the first on the last linear one; slopes split on a side branch."""
    out, parent = [], next((rung.id for rung in reversed(tree) if rung.kind == "linear"), "")
    for rung in tree:
        if rung.kind != "joint":
            out.append(rung)
            continue
        out.append(replace(rung, parent=parent))
        if rung.id != "within-between":
            parent = rung.id
    return out


def _added(bridge: BridgeSpec, model: ModelSpec, known: Mapping[str, Rung]) -> list[Rung]:
    out: dict[str, Rung] = {}
    for one in bridge.add:
        parent = (dict(known) | out).get(one.parent)
        if one.id in known:
            raise InputError(f"rung {one.id!r}", "an id of its own", key="bridge.add")
        if parent is None or parent.kind != "joint":
            joint = [r.id for r in known.values() if r.kind == "joint"]
            raise InputError(
                f"parent {one.parent!r}", f"one of {', '.join([*joint, *out])}", key="bridge.add"
            )
        with_keys(model, {one.key: one.value})
        change = f"{one.key} = {one.value}"
        out[one.id] = Rung(one.id, one.label, one.parent, "joint", change, sets={one.key: one.value})
    return list(out.values())


def _refuse_circles(above: Mapping[str, str]) -> None:
    for start in above:
        seen, at = [start], above[start]
        while at in above:
            if at in seen:
                raise InputError(
                    f"{' under '.join([*seen, at])}", "parents that lead to a root", key="bridge.parents"
                )
            seen.append(at)
            at = above[at]


def _standing(rung: Rung, known: Mapping[str, Rung], gone: set[str]) -> Rung:
    """Hang a rung on the nearest ancestor that is kept.

    A joint rung that is left out is not in its children's models either; what happened to the data on a
    rung that is left out has happened all the same, so that its child changes more than one thing.
    """
    changes, parent = [rung.change], rung.parent
    while parent in gone:
        if known[parent].kind != "joint" and known[parent].change:
            changes.insert(0, known[parent].change)
        parent = known[parent].parent
    if len(changes) == 1:
        return replace(rung, parent=parent)
    return replace(rung, parent=parent, change="; ".join(changes), one=False)


def _parents_first(tree: list[Rung]) -> list[Rung]:
    known, out = {rung.id for rung in tree}, []
    while len(out) < len(tree):
        done = {rung.id for rung in out}
        ready = [r for r in tree if r.id not in done and (r.parent in done or r.parent not in known)]
        out.append(ready[0])
    return out
