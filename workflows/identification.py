"""What the data can and cannot tell apart, stated where it applies."""

from __future__ import annotations

import numpy as np

from models.depth import treaty_sets
from models.joint import Joint


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
            f"baseline depth of {spec.depth.baseline:g} SD, about which no data speak."
        )
        lines.append(
            f"Among rows with a treaty there are {distinct} distinct sets of treaties, so depth takes at most "
            f"{distinct} values there; {joint.model.coords['treaty'][top]} alone binds "
            f"{100 * counts[top] / max(allied.sum(), 1):.0f} % of them."
        )
    if spec.potential.kind == "difference" and spec.contribution.hold_similarity:
        lines.append(
            "Similarity is both inside potential and held beside it: the coefficient of potential is then exactly "
            "minus that of depth. H is the effect of a shallower treaty at the same similarity."
        )
    if spec.contribution.treaty_effects:
        lines.append(
            "Every treaty has an intercept of its own, so the slope of potential is learned from differences "
            "between treaties beyond those intercepts, from similarity within treaties, and from its prior."
        )
    if spec.contribution.treaty_by_operation and panel.sizes["operation"] > 1:
        lines.append(
            "Treaties also have an intercept in each operation, since members of an alliance go to its own "
            "operations: what is left for an operation's slope is similarity among a treaty's members, and the "
            "states without a treaty."
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
