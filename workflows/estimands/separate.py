"""Each operation's effect beside that of a separate fit: what does an operation borrow from the others?

An operation's slope in a joint posterior may take up what has nothing to do with the operation's own rows: a
coefficient that is common where operations differ, states' habits in other operations, or a treaty's depth that other
operations rewrote. A fit of the operation alone borrows nothing. Where the two differ in sign, or their intervals do
not meet, a reader must know.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from models.joint import Joint, design_of, known_potential
from models.likelihoods import Outcome, get
from models.modes import ONCE
from models.penalised import Penalised, PenalisedDesign, penalised_fit
from models.predictor.design import Design
from models.predictor.slopes import similarity_varies, slopes_vary
from models.row_density import RowDensity
from models.spec import ModelSpec
from workflows.estimands.headline import per_unit

#: What declared prior SDs of intercept, potential, similarity and controls are multiplied by. Only perfect prediction
#: must be kept finite. Under the joint model's own priors the check would share what they do to it: with one of 2
#: per unit on similarity, four prior SDs from the data, ISAF's fit alone took the wrong sign too.
LOOSER = 5.0
DRAWS = 1000
#: Draws evaluated at once, so that memory stays small.
CHUNK = 50


@dataclass(frozen=True)
class Separate:
    """The fit of one operation alone.

    Attributes
    ----------
    operation : str
    rows, states, contributions : int
        Rows of the operation, states among them, rows that sent troops.
    fit : Penalised
    headline : ndarray, shape (draw,)
        The headline effect on the operation's rows: troops per year, or units of the likelihood's outcome.
        NaN where no mode was found.
    """

    operation: str
    rows: int
    states: int
    contributions: int
    fit: Penalised
    headline: np.ndarray


def separate_fits(
    panel: xr.Dataset, spec: ModelSpec, depth: np.ndarray, step: float, seed: int = 0
) -> list[Separate]:
    """Fit the outcome model to each operation alone.

    Parameters
    ----------
    panel : Dataset
    spec : ModelSpec
    depth : ndarray, shape (treaty,)
        Depths that are plugged in, of the treaties that bind somebody in the panel.
    step : float
        Change of potential behind the headline effect; the joint model's, so that the two compare.
    seed : int
        Of the draws from each fit's normal approximation.

    Returns
    -------
    list of Separate, in the panel's order of operations

    Notes
    -----
    Likelihood, potential, controls and treaties are those of `spec`; similarity as published. The fit is a mode with
    nearly flat priors (`LOOSER` times as wide as declared) on what the check is about, and declared scales of
    varying effects (years, treaties) as the SDs of theirs. States have no effects of their own: H averages
    over states, the spread of such effects is not known from one operation, and what a joint model learns of them
    elsewhere is just what the fit must not know. Rows of a state repeat each other all the same, so errors are
    clustered by state.
    """
    design, coords = design_of(panel, spec)
    of_row = known_potential(panel, spec, depth, ONCE)
    likelihood = get(spec.contribution.likelihood)
    out = []
    for k, operation in enumerate(panel["operation"].values):
        rows = np.flatnonzero(design.operation == k)
        seen = design.outcome
        outcome = Outcome(seen.troops[rows], seen.armed_forces[rows], seen.share[rows])
        density = RowDensity(likelihood, outcome, spec.contribution.priors.dispersion)
        designs = {part: operation_design(part, rows, design, of_row, spec, coords) for part in density.parts}
        fit = penalised_fit(density, designs, design.state[rows])
        headline = _headline(fit, step, np.random.default_rng([seed, k]))
        out.append(
            Separate(
                str(operation),
                len(rows),
                len(np.unique(design.state[rows])),
                int((outcome.troops > 0).sum()),
                fit,
                headline,
            )
        )
    return out


def operation_design(
    part: str,
    rows: np.ndarray,
    design: Design,
    potential: np.ndarray,
    spec: ModelSpec,
    coords: dict[str, list],
) -> PenalisedDesign:
    """Columns and priors of one part of one operation; the second column is the potential whose effect is reported.

    Parameters
    ----------
    part : str
    rows : ndarray of int, shape (n,)
        The operation's rows.
    design : models.predictor.design.Design
    potential : ndarray, shape (row,)
        Of all rows of the panel.
    spec : ModelSpec
    coords : mapping of dim to labels
    """
    contribution, likelihood = spec.contribution, get(spec.contribution.likelihood)
    priors, unit = contribution.priors, likelihood.unit
    centre, sd = likelihood.intercept[part]
    columns = [("intercept", np.ones(len(rows)), LOOSER * min(sd, priors.intercept_sd * unit))]
    of_potential = LOOSER * priors.slope * unit / design.potential_sd
    mine = potential[rows]
    if contribution.within_between:
        between = pd.Series(mine).groupby(design.state[rows]).transform("mean").to_numpy()
        columns += [
            ("potential", mine - between, of_potential),
            ("potential_between", between - mine.mean(), of_potential),
        ]
    else:
        columns.append(("potential", mine - mine.mean(), of_potential))
    if contribution.hold_similarity:
        similarity = np.asarray(design.similarity, float)[rows]
        scale = LOOSER * priors.similarity * unit / design.similarity_sd
        columns.append(("similarity", similarity - similarity.mean(), scale))
    for j, name in enumerate(coords["control"]):
        values = design.controls[rows, j]
        columns.append((str(name), values - values.mean(), LOOSER * priors.control * unit))
    years = np.unique(design.operation_year[rows])
    if contribution.operation_year_effects and len(years) > 1:
        scale = priors.operation_year * unit
        columns += [
            (coords["operation_year"][y], (design.operation_year[rows] == y).astype(float), scale)
            for y in years
        ]
    if contribution.treaty_effects or contribution.treaty_by_operation:
        variances = [priors.treaty**2] * contribution.treaty_effects
        variances += [priors.treaty_operation**2] * contribution.treaty_by_operation
        scale = unit * float(np.sqrt(sum(variances)))
        binding = design.in_force[rows]
        columns += [
            (f"treaty {coords['treaty'][a]}", binding[:, a], scale) for a in np.flatnonzero(binding.any(0))
        ]
    names, values, sds = zip(*columns, strict=True)
    centres = np.zeros(len(names))
    centres[0] = centre
    return PenalisedDesign(tuple(map(str, names)), np.column_stack(values), centres, np.array(sds))


def _headline(fit: Penalised, step: float, rng: np.random.Generator) -> np.ndarray:
    """Draws of the mean over rows of the change of the expected outcome, were potential higher by `step`."""
    likelihood = fit.density.likelihood
    per_person = per_unit(likelihood)
    first = np.cumsum([0, *(design.columns.shape[1] for design in fit.designs.values())])[:-1]
    out = np.full(DRAWS, np.nan)
    if not (fit.converged and np.isfinite(fit.covariance).all()):
        return out
    with np.errstate(all="ignore"):
        draws = fit.draws(DRAWS, rng)
        for start in range(0, DRAWS, CHUNK):
            values = draws[start : start + CHUNK]
            eta, phi = fit.split(values)
            moved = eta + step * values[:, first + 1].T[:, :, None]
            change = fit.density.mean(moved, phi) - fit.density.mean(eta, phi)
            out[start : start + CHUNK] = per_person * change.mean(-1)
    return out


def reason(joint: Joint) -> str:
    """A likely reason why operations differ from their own fits, from the model built; empty if none is known."""
    spec, rows = joint.spec.contribution, (joint.design.operation, joint.design.leader)
    if not slopes_vary(spec, *rows):
        return "The slope of potential is common to all operations here (slope_varies = false)."
    if spec.hold_similarity and not similarity_varies(spec, *rows):
        return (
            "The coefficient of similarity is common to all operations here, so that an operation's slope takes up how "
            "its own departs from that: declare similarity_varies = true."
        )
    if not spec.controls_vary and joint.design.controls.shape[1]:
        return (
            "Coefficients of controls and states' effects are common to all operations: see `controls_vary`."
        )
    return ""
