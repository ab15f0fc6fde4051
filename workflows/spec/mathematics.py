"""The model of a run in words, in symbols and as a table of priors."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import pandas as pd

from figures.words import variable
from models.joint import Joint
from models.predictor.slopes import similarity_varies, slopes_vary


def family(joint: Joint) -> str:
    """What is said of the outcome's distribution; of a likelihood of one's own, its name and where it is."""
    likelihood = joint.contribution.likelihood
    own = f"{likelihood.outcome} by a likelihood of one's own, {likelihood.name.replace('_', ' ')}"
    return likelihood.words or f"{own} (`{joint.spec.contribution.likelihood}`)"


def model_in_words(joint: Joint) -> list[str]:
    """Short paragraphs about each part of the model."""
    spec, coords = joint.spec, joint.model.coords
    c = spec.contribution
    how = {
        "joint": "in the same posterior as the troops",
        "plug-in": "beforehand, its posterior mean plugged in",
        "cut": "beforehand, draws of it passed on without feedback",
    }
    lines = [
        f"Depth. Each treaty has a latent depth, standard normal over treaties, measured by its provisions through "
        f"a graded-response model {how.get(spec.depth.measurement, spec.depth.measurement)}. A state's depth with the "
        f"leader in a year is that of its {spec.depth.aggregate} treaty in force; without one it is the declared "
        f"baseline of {spec.depth.baseline:g} SD.",
        "Potential. "
        + (
            "Unrealized potential is similarity minus depth, both on a scale from 0 to 1 set by declared constants."
            if spec.potential.kind == "difference"
            else f"Unrealized potential is minus the part of depth that a {spec.potential.basis} function of similarity "
            "does not explain over the panel's dyad-years, within each draw."
        ),
        f"Contribution. The outcome is {family(joint)}. Each part has its own linear "
        f"predictor with potential"
        + (", similarity" if c.hold_similarity else "")
        + (f", {', '.join(map(variable, coords['control']))}" if coords["control"] else "")
        + ".",
    ]
    if c.similarity_error:
        lines.insert(
            1,
            "Similarity. The similarity of a state with the leader in a year is latent: normal around the published "
            "value with its standard error, folded at 1 where ideal points coincide, and the same inside potential "
            "and where it is held.",
        )
    varying = [
        name
        for name, on in (
            ("state", c.state_effects),
            ("treaty", c.treaty_effects),
            ("treaty within each operation", c.treaty_by_operation and len(coords["operation"]) > 1),
            ("operation-year", c.operation_year_effects),
        )
        if on
    ]
    within = c.slope_varies and len(coords["operation"]) > 1
    alike = similarity_varies(c, joint.design.operation, joint.design.leader)
    what = (
        "The slope of potential and the coefficient of similarity vary"
        if alike
        else "The slope of potential varies"
    )
    slope = f" {what} by operation." if within else ""
    if "leader" in coords:
        slope = (
            f" {what} by operation around that of the operation's leader, and by leader around a common mean."
            if within
            else f" {what} by leader around a common mean."
        )
    if slopes_vary(c, joint.design.operation, joint.design.leader):
        if c.hold_similarity and not alike:
            slope += (
                " The coefficient of similarity is common to all operations: an operation's slope takes up how its own "
                "departs from that, so that similarity is not held within an operation."
            )
        if c.controls_vary and coords["control"]:
            slope += " Coefficients of controls vary by operation."
    if c.state_effects and c.state_dynamics != "none":
        slope += (
            " A state's effect also moves over years, as a stationary AR(1) around its own level."
            if c.state_dynamics == "ar1"
            else " A state's effect also moves over years, as a random walk from its own level in the first year."
        )
    if c.dispersion_varies and len(coords["operation"]) > 1:
        slope += " The likelihood's dispersion varies by operation around a common value."
    lines.append(f"Pooling. Intercepts vary, partially pooled, by {', '.join(varying) or 'nothing'}.{slope}")
    return lines


def model_in_symbols(joint: Joint) -> str:
    """The model's equations, one a line, in the TeX that Matplotlib sets."""
    spec = joint.spec
    rows = joint.design.operation, joint.design.leader
    coefficients, hierarchies = [r"\beta", r"\gamma"], []
    if slopes_vary(spec.contribution, *rows):
        coefficients[0] += "_k"
        hierarchies.append(_hierarchy(joint, r"\beta", r"\mu", r"\tau"))
    if similarity_varies(spec.contribution, *rows):
        coefficients[1] += "_k"
        hierarchies.append(_hierarchy(joint, r"\gamma", r"\kappa", r"\upsilon"))
    of_similarity = f" + {coefficients[1]} S_{{ilt}}" if spec.contribution.hold_similarity else ""
    dynamics = spec.contribution.state_dynamics if spec.contribution.state_effects else "none"
    state = r"\nu_i" if dynamics == "none" else r"\nu_i + \omega_{it}"
    lines = [
        r"P(Y_{aj} \geq k) = \Phi(\lambda_j \theta_a - t_{jk}\sqrt{1 + \lambda_j^2}), \quad \theta_a \sim N(0, 1)",
        r"D_{ilt} = \max_{a \in A_{ilt}} \theta_a"
        if spec.depth.aggregate == "deepest"
        else r"D_{ilt} = D(\theta_a : a \in A_{ilt})",
        r"U_{ilt} = S_{ilt} - (D_{ilt} - d_0) / (d_1 - d_0)"
        if spec.potential.kind == "difference"
        else r"U = -(I - H_S)\, (D - d_0) / (d_1 - d_0)",
        rf"\eta_{{ikt}} = \alpha_k + \alpha_{{kt}} + {coefficients[0]} U_{{ilt}}{of_similarity} + \delta' x_{{ikt}} + "
        + (
            r"\sum_{a \in A_{ilt}} \zeta_{ak} + " + state + r", \quad \zeta_{ak} \sim N(\zeta_a, \sigma_\xi)"
            if spec.contribution.treaty_by_operation
            else r"\sum_{a \in A_{ilt}} \zeta_a + " + state
        ),
        *([r", \quad ".join(hierarchies)] if hierarchies else []),
        r"\zeta_a \sim N(0, \sigma_\zeta), \quad \nu_i \sim N(0, \sigma_\nu)",
    ]
    if spec.contribution.similarity_error:
        lines.insert(2, r"S_{ilt} = 1 - |1 - s_{ilt} - \sigma_{ilt} z_{ilt}|, \quad z_{ilt} \sim N(0, 1)")
    if dynamics == "ar1":
        lines.append(
            r"\omega_{it} = \rho\, \omega_{i,t-1} + \sigma_\omega \sqrt{1 - \rho^2}\, z_{it}, \quad "
            r"z_{it} \sim N(0, 1), \quad \omega_{i1} \sim N(0, \sigma_\omega)"
        )
    elif dynamics == "random_walk":
        lines.append(
            r"\omega_{it} = \omega_{i,t-1} + \sigma_\omega z_{it}, \quad z_{it} \sim N(0, 1), \quad \omega_{i1} = 0"
        )
    return "\n".join(lines)


def _hierarchy(joint: Joint, coefficient: str, mean: str, spread: str) -> str:
    """How a coefficient varies between operations and leaders, in symbols."""
    if "leader" not in joint.model.coords:
        return rf"{coefficient}_k \sim N({mean}, {spread})"
    own = rf"{coefficient}_k = {mean}_{{l(k)}}"
    if joint.spec.contribution.slope_varies:
        own = rf"{coefficient}_k \sim N({mean}_{{l(k)}}, {spread})"
    return own + rf", \quad {mean}_l \sim N({mean}, {spread}_l)"


def prior_table(joint: Joint) -> pd.DataFrame:
    """Every free variable with its prior, effects with that of the effect; columns `parameter, prior, unit`."""
    model = joint.model
    declared, stands_for = joint.contribution.declared, joint.contribution.sampled_as
    rows = []
    for rv in model.free_RVs:
        name, prior = rv.name, _describe(rv)
        name = stands_for.get(name, name)
        if name in declared:
            # It follows from what is sampled in its place, but has its prior.
            centre, sd = declared[name]
            prior = f"Normal({centre:g}, {float(sd):g})"
        elif spread := _spread_of(name, model.named_vars):
            # Likewise of effects that vary: a level or a multiple of the spread is sampled.
            name = name.removesuffix("_raw")
            around = (f"{name}_leader", f"{name.removesuffix('_leader')}_mean")
            centre = next((mean for mean in around if mean in model.named_vars), "0")
            prior = f"Normal({centre}, {spread})"
        dims = ", ".join(model.named_vars_to_dims.get(name, ()))
        rows.append((name + (f" ({dims})" if dims else ""), prior, _unit(name, joint)))
    return pd.DataFrame(rows, columns=["parameter", "prior", "unit"]).drop_duplicates(ignore_index=True)


def _spread_of(name: str, known: Collection[str]) -> str | None:
    """Name of the spread of the effects for which `name` is sampled; None for other variables."""
    stem = name.removesuffix("_raw")
    if stem not in known or name.endswith(("_sd", "_spread")):
        return None
    names = (f"{stem}_sd", f"{stem}_spread", f"{stem.removesuffix('_log')}_sd")
    return next((spread for spread in names if spread in known), None)


def _describe(rv) -> str:
    from pymc.printing import str_for_dist

    text = str_for_dist(rv, formatting="plain", include_params=True)
    text = re.sub(r"^.*? ~ ", "", text)
    # A vector of constants, one for each item, is shown by its extremes.
    for parameter in rv.owner.op.dist_params(rv.owner):
        values = np.asarray(getattr(parameter, "data", np.nan), float)
        if values.size > 1 and "<constant>" in text:
            low, high = f"{values.min():.3g}", f"{values.max():.3g}"
            text = text.replace("<constant>", low if low == high else f"{low} to {high}", 1)
    return text


def _unit(name: str, joint: Joint) -> str:
    likelihood = joint.contribution.likelihood
    if name in joint.contribution.params:
        # What the likelihood's file says; one of one's own need not say it.
        declared = likelihood.priors.get(name)
        return declared.units if declared and declared.units else "the likelihood's own"
    if name.startswith(tuple(f"{own}_operation" for own in likelihood.dispersion)):
        return "log of the dispersion"
    if name.startswith(("treaty_depth", "loading", "threshold")):
        return "SD of depth over treaties"
    if name == "similarity_raw":
        return "standard errors of similarity"
    if name.endswith("_state_autocorrelation"):
        return "correlation of neighbouring years"
    if name.startswith("participation"):
        return "log odds"
    return "of the part's linear predictor"
