"""What the data can and cannot tell apart, stated where it applies.

What a coefficient of potential means follows from the model that was built. Potential contains similarity S, and minus
depth D: ``b U + g S = -b D + (b + g) S``. Whatever `b` and `g` are, `b` is minus the coefficient of depth; but only
where `g` is free wherever `b` is does it say nothing of similarity. Where slopes `b` differ between operations, or
within and between states, and `g` does not, differences of `b` must also serve as differences of ``b + g``.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from figures.words import plain
from models.depth import treaty_sets
from models.joint import Joint
from models.predictor.slopes import similarity_varies, slopes_vary
from models.spec import ModelSpec
from workflows.judge.feedback import treaty_labels

type Holding = Literal[
    "left out", "held", "tied between operations", "tied within and between states", "tied"
]


def holding(spec: ModelSpec, panel: xr.Dataset) -> Holding:
    """How the model of a panel treats similarity beside potential.

    Returns
    -------
    str
        "left out"; "held", with a coefficient of its own wherever potential has a slope of its own; or "tied": one
        coefficient serves several slopes of potential, of operations, of deviation and long-run mean of states, or
        both ("tied" alone).
    """
    part = spec.contribution
    if not part.hold_similarity:
        return "left out"
    rows = panel["row_operation"].values, panel["row_leader"].values
    operations = slopes_vary(part, *rows) and not similarity_varies(part, *rows)
    if operations and part.within_between:
        return "tied"
    if operations:
        return "tied between operations"
    return "tied within and between states" if part.within_between else "held"


def similarity_held(spec: ModelSpec, panel: xr.Dataset) -> bool:
    """Whether an effect of potential is one at the same similarity; see `holding`."""
    return holding(spec, panel) == "held"


PHRASES: dict[Holding, str] = {
    "left out": "similarity not held",
    "held": "similarity held",
    "tied between operations": "similarity not held within an operation (one coefficient for all)",
    "tied within and between states": "similarity not held apart within and between states (one coefficient for both)",
    "tied": "similarity not held within an operation, nor within states (one coefficient for all)",
}
"""What stands beside an effect, by `holding`."""


def identification(joint: Joint) -> list[str]:
    """Plain statements about identification for this panel and spec."""
    panel, spec = joint.panel, joint.spec
    allied = joint.design.in_force.any(1)
    sets, of_row = treaty_sets(joint.design.in_force)
    distinct = len(np.unique(of_row[allied]))
    states = len(np.unique(joint.design.state))
    without = len(np.unique(joint.design.state)) - len(np.unique(joint.design.state[allied]))
    counts = joint.design.in_force.sum(0)
    lines = []
    if counts.any():
        top = int(counts.argmax())
        lines.append(
            f"{without} of {states} states never have a treaty with the leader; they share the declared "
            f"baseline depth of {plain(spec.depth.baseline)} SD, about which no data speak."
        )
        lines.append(
            f"Among rows with a treaty there are {distinct} distinct sets of treaties, so depth takes at most "
            f"{distinct} values there; {treaty_labels(panel)[str(joint.model.coords['treaty'][top])]} alone binds "
            f"{100 * counts[top] / max(allied.sum(), 1):.0f} % of them."
        )
    lines += [*of_potential(spec, panel), *_without_depth(joint, of_row)]
    # Where similarity is held, votes among a treaty's members tell the sum of both coefficients, not the slope.
    held = similarity_held(spec, panel)
    if spec.contribution.treaty_effects and counts.any():
        lines.append(
            "Every treaty has an intercept of its own, so the slope of potential is learned from differences "
            "between treaties beyond those intercepts"
            + (
                " and from its prior; similarity within treaties tells only the sum of slope and coefficient of "
                "similarity."
                if held
                else ", from similarity within treaties, and from its prior."
            )
        )
    if spec.contribution.treaty_by_operation and panel.sizes["operation"] > 1:
        lines.append(
            "Treaties also have an intercept in each operation, since members of an alliance go to its own "
            "operations: what is left for an operation's slope is "
            + (
                "how far treaties of different depth, and no treaty, differ beyond what such intercepts usually do."
                if held
                else "similarity among a treaty's members, and the states without a treaty."
            )
        )
    elif panel.sizes["operation"] > 1 and spec.contribution.slope_varies and counts.any():
        lines.append(
            "Slopes differ by operation while treaty intercepts do not: an alliance whose members go to some "
            "operations and not to others can pass for depth. Look at the feedback check, or declare "
            "treaty_by_operation = true."
        )
    if panel.sizes["operation"] < 5 and spec.contribution.slope_varies and panel.sizes["operation"] > 1:
        lines.append(
            f"With {panel.sizes['operation']} operations the spread of slopes between operations is close to its "
            "prior: read each operation's effect, not the mean over operations."
        )
    if "leader" in joint.model.coords:
        leaders, alone = np.unique(panel["operation_leader"].values, return_counts=True)
        lines.append(
            f"Slopes vary by leader: with {len(leaders)} leaders the spread between them is close to its prior, and "
            f"{int((alone == 1).sum())} of them lead one operation, where leader and operation cannot be told apart."
        )
    return lines


def of_potential(spec: ModelSpec, panel: xr.Dataset) -> list[str]:
    """What the coefficient of potential is, in the model of this panel."""
    part, rows = spec.contribution, (panel["row_operation"].values, panel["row_leader"].values)
    how, by = holding(spec, panel), _varies_by(spec, panel)
    difference, spline = spec.potential.kind == "difference", spec.potential.basis == "spline"
    if difference:
        lines = ["Potential is similarity less depth."]
    else:
        curve = "a spline" if spline else "a straight line"
        lines = [
            f"Potential is what {curve} in similarity leaves of depth over the panel's dyad-years, reversed."
        ]
    if how == "left out":
        lines[0] += (
            " Similarity is not held beside it: its coefficient is that of more similar votes and of a shallower treaty "
            "at once, and H is the effect of more potential, from whichever of the two."
            if difference
            else " Similarity is not held beside it and has no effect of its own: over all dyad-years the two are not "
            "correlated, but within an operation, or given other predictors, they may be."
        )
    elif how == "held":
        where = "In each operation the" if by else "The"
        both = f"both coefficients vary {by}" if by else "each has one coefficient"
        lines[0] += (
            f" Similarity is also held beside it, and {both}. {where} coefficient of potential is exactly minus that "
            "of depth: H is the effect of a shallower treaty at the same similarity."
        )
    if how.startswith("tied") and slopes_vary(part, *rows) and not similarity_varies(part, *rows):
        lines.append(
            f"Slopes of potential vary {by}, while similarity has one coefficient for all: an operation's slope also "
            "takes up how its own slope of similarity departs from the common one. It is not minus the coefficient of "
            "depth at the same similarity, and may have the other sign. Declare similarity_varies = true."
        )
    if how in ("tied", "tied within and between states"):
        lines.append(
            "Potential has a slope within states and one between them, while similarity has one coefficient: the two "
            "slopes also take up how similarity counts within and between states, and neither is exactly minus that "
            "of depth at the same similarity."
        )
    if part.hold_similarity and not difference and spline:
        lines.append(
            "Similarity is held as a straight line; of the spline's bends only those that depth follows are taken "
            "out of potential."
        )
    if part.similarity_error:
        lines.append(
            "Similarity is latent, the same inside potential and beside it: what is said here holds in every draw."
            if part.hold_similarity
            else "Similarity inside potential is latent: its uncertainty is part of H's."
        )
    return lines


def _varies_by(spec: ModelSpec, panel: xr.Dataset) -> str:
    """By what slopes of potential vary, in words; empty where they do not."""
    by = {
        "operation": spec.contribution.slope_varies and panel.sizes["operation"] > 1,
        "leader": spec.contribution.slope_by_leader and len(np.unique(panel["row_leader"].values)) > 1,
    }
    found = [word for word, varies in by.items() if varies]
    return f"by {' and by '.join(found)}" if found else ""


def _without_depth(joint: Joint, treaty_set: np.ndarray) -> list[str]:
    """Operations in which no two rows differ in depth, whose slope other operations or the prior must tell."""
    operation, names = joint.design.operation, joint.panel["operation"].values
    same = [str(n) for k, n in enumerate(names) if len(np.unique(treaty_set[operation == k])) == 1]
    if not same:
        return []
    where = f"In {', '.join(same)} all rows have the same treaties with the leader, or none"
    if not joint.spec.contribution.hold_similarity:
        return [f"{where}: potential differs there by similarity alone."]
    source = "other operations and the prior" if len(same) < len(names) else "the prior"
    return [
        f"{where}: data there tell potential from similarity in nothing, and the slope comes from {source}."
    ]
