"""What the pooled model of coalitions says: effects by group of operations, the placebo, checks by operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from models.coalition import GROUPS, MOVING, CoalitionDesign
from models.depth import treaty_sets
from workflows.draws.summary import INTERVAL_KIND, middle_and_ends

LED, LED_UN, PLACEBO = range(3)
EFFECTS = (
    ("breadth_between", "Breadth of ties with the United States, between states", "+1 SD of states"),
    ("breadth_within", "Joint memberships, within a state", "+1 SD of deviations"),
    ("allied", "A treaty with the United States, of its allies' mean depth", "against none"),
    ("depth", "Depth of the treaty, among allies", "+1 SD of treaties"),
    ("affinity", "UN affinity with the United States", "+1 SD of rows"),
    ("polity2", "Polity score", "+1 SD of rows"),
    ("in_dispute", "In a militarised dispute", "+1 SD of rows"),
    ("target_representation", "A mission in the target", "+1 SD of rows"),
)


def predictor(design: CoalitionDesign, draws: xr.Dataset) -> dict[str, np.ndarray]:
    """Linear predictor of every row at draws of one chain.

    Parameters
    ----------
    draws : Dataset
        Dims (draw, ...): the posterior of `models.coalition.coalition_model` for one chain.

    Returns
    -------
    dict
        ``eta`` (draw, row), the log odds of taking part; ``gap`` (draw, row); ``deepest`` (draw, row), 0 without
        a treaty; ``treaties`` (draw, row), intercepts of the treaties in force; ``breadth`` (draw, row), the slope
        of breadth in the row's operation.
    """
    group, op, state = design.row_group, design.operation, design.state
    value = {str(name): np.asarray(array) for name, array in draws.data_vars.items()}
    sets, index = treaty_sets(design.in_force)
    deepest = np.zeros((len(value["treaty_depth"]), len(sets)))
    for place, members in enumerate(sets):
        if members.any():
            deepest[:, place] = value["treaty_depth"][:, members].max(axis=1)
    base = (
        value["level"][:, design.group] + value["target_effect"][:, design.target] + value["operation_effect"]
    )
    slopes = value["slope"][:, group, :]
    eta = base[:, op] + value["breadth_slope"][:, op] * value["breadth"][:, state]
    eta += value["state_effect"][:, state] + value["state_coalition"][:, state] * (design.un == 0)
    bound = (sets.astype(float) @ value["treaty_effect"].swapaxes(1, 2)).swapaxes(1, 2)
    treaties = bound[:, design.un, index]
    eta += treaties
    allied = design.in_force.any(axis=1).astype(float)
    eta += slopes[..., 1] * design.within + slopes[..., 2] * allied + slopes[..., 3] * deepest[:, index]
    eta += np.einsum("src,rc->sr", slopes[..., 1 + len(MOVING) :], design.controls)
    return {
        "eta": eta,
        "gap": value["gap"][:, design.un],
        "deepest": deepest[:, index],
        "treaties": treaties,
        "breadth": value["breadth_slope"][:, op],
    }


def over_chains(
    design: CoalitionDesign, posterior: xr.Dataset, of: Callable[[dict[str, np.ndarray], xr.Dataset], dict]
) -> xr.Dataset:
    """A function of the predictor, chain by chain; ``of`` returns arrays whose first axis is the draw."""
    parts = []
    for chain in posterior["chain"].values:
        one = posterior.sel(chain=chain)
        parts.append({k: np.asarray(v) for k, v in of(predictor(design, one), one).items()})
    out = xr.Dataset(coords={"chain": posterior["chain"], "draw": posterior["draw"]})
    for name in parts[0]:
        values = np.stack([part[name] for part in parts])
        dims = ("chain", "draw", "group") if values.ndim == 3 else ("chain", "draw")
        out[name] = (dims, values)
    return out.assign_coords(group=list(GROUPS)) if "group" in out.dims else out


def estimands(design: CoalitionDesign, posterior: xr.Dataset) -> xr.Dataset:
    """Effects on the probability of taking part, and of sending 100 and more, averaged over each group's rows.

    Returns
    -------
    Dataset
        ``any:NAME`` and ``hundred:NAME`` (chain, draw, group) for the names of `EFFECTS`, as probabilities;
        ``log_odds:led_un_minus_placebo`` and ``log_odds:led_minus_placebo`` (chain, draw), the differences of the
        slopes of breadth between states.
    """

    def of(at: dict[str, np.ndarray], one: xr.Dataset) -> dict[str, np.ndarray]:
        out = {}
        for name, changed, base in _changes(design, at, one):
            for outcome, gap in (("any", 0.0), ("hundred", at["gap"])):
                change = expit(changed - gap) - expit(base - gap)
                out[f"{outcome}:{name}"] = _by_group(design, name, change)
        slope = np.asarray(one["slope"])[:, :, 0]
        out["log_odds:led_un_minus_placebo"] = slope[:, LED_UN] - slope[:, PLACEBO]
        out["log_odds:led_minus_placebo"] = slope[:, LED] - slope[:, PLACEBO]
        return out

    return over_chains(design, posterior, of)


def _changes(
    design: CoalitionDesign, at: dict[str, np.ndarray], one: xr.Dataset
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """The predictor with each thing changed, and what it is compared with."""
    eta, group = at["eta"], design.row_group
    slopes = np.asarray(one["slope"])
    names = ["breadth_between", *MOVING, *design.names["control"]]
    allied = design.in_force.any(axis=1)
    mean_depth = at["deepest"][:, allied].mean(axis=1, keepdims=True)
    for name, _, _ in EFFECTS:
        by_row = slopes[:, group, names.index(name)]
        if name == "breadth_between":
            yield name, eta + at["breadth"], eta
        elif name == "allied":
            depth = slopes[:, group, names.index("depth")]
            none = eta - (by_row + depth * at["deepest"]) * allied - at["treaties"]
            yield name, none + by_row + depth * mean_depth, none
        else:
            yield name, eta + by_row, eta


def _by_group(design: CoalitionDesign, name: str, change: np.ndarray) -> np.ndarray:
    """Mean over the rows of each group; for depth over allies alone."""
    rows = design.in_force.any(axis=1) if name == "depth" else np.ones(len(design.state), bool)
    means = [change[:, rows & (design.row_group == g)].mean(axis=1) for g in range(len(GROUPS))]
    return np.stack(means, axis=1)


def effect_table(found: xr.Dataset) -> pd.DataFrame:
    """Effects in percentage points: ``outcome, effect, step, group, median, lower, upper, interval``."""
    rows = []
    for outcome in ("any", "hundred"):
        for name, label, step in EFFECTS:
            for group in found["group"].values:
                lower, median, upper = 100 * middle_and_ends(found[f"{outcome}:{name}"].sel(group=group))
                rows.append((outcome, label, step, str(group), median, lower, upper))
    table = pd.DataFrame(rows, columns=["outcome", "effect", "step", "group", "median", "lower", "upper"])
    return table.assign(interval=INTERVAL_KIND, unit="percentage points")


def slope_table(design: CoalitionDesign, posterior: xr.Dataset, found: xr.Dataset) -> pd.DataFrame:
    """Log odds for one SD of breadth between states: by operation, by group, and against the placebo.

    Columns ``level, name, group, median, lower, upper, probability_positive, interval``.
    """
    rows = []
    for place, name in enumerate(design.names["operation"]):
        values = posterior["breadth_slope"].isel(operation=place)
        rows.append(("operation", name, GROUPS[design.group[place]], values))
    for place, name in enumerate(GROUPS):
        rows.append(("group", name, name, posterior["slope"].isel(group=place, predictor=0)))
    rows.append(("contrast", "US-led UN minus placebo", "", found["log_odds:led_un_minus_placebo"]))
    rows.append(
        ("contrast", "US-led, ad hoc or NATO, minus placebo", "", found["log_odds:led_minus_placebo"])
    )
    out = []
    for kind, name, group, values in rows:
        lower, median, upper = middle_and_ends(values)
        out.append((kind, name, group, median, lower, upper, float((values > 0).mean())))
    columns = ["level", "name", "group", "median", "lower", "upper", "probability_positive"]
    return pd.DataFrame(out, columns=columns).assign(interval=INTERVAL_KIND)


def predictive_check(
    design: CoalitionDesign, posterior: xr.Dataset, covers: pd.DataFrame, seed: int, most: int = 400
) -> pd.DataFrame:
    """Numbers of contributors by operation, replicated and observed.

    Parameters
    ----------
    covers : DataFrame
        Index operation; ``any``, ``hundred``: what its lists can speak for. Nothing else is compared.
    most : int
        About how many draws to replicate.

    Returns
    -------
    DataFrame
        ``operation, outcome, observed, median, lower, upper, interval, inside``.
    """
    rng = np.random.default_rng(seed)
    step = max(1, -(-posterior.sizes["chain"] * posterior.sizes["draw"] // most))
    thin = posterior.isel(draw=slice(None, None, step))
    parts = []
    for chain in thin["chain"].values:
        at = predictor(design, thin.sel(chain=chain))
        noise = rng.logistic(size=at["eta"].shape)
        kinds = (at["eta"] + noise > 0).astype(int) + (at["eta"] - at["gap"] + noise > 0)
        parts.append(kinds)
    kinds = np.concatenate(parts)
    out = []
    for place, name in enumerate(design.names["operation"]):
        rows = design.operation == place
        for outcome, level in (("any", 1), ("hundred", 2)):
            if not covers.loc[name, outcome]:
                continue
            again = (kinds[:, rows] >= level).sum(axis=1)
            seen = int((design.least[rows] >= level).sum())
            lower, median, upper = middle_and_ends(again)
            out.append((name, outcome, seen, median, lower, upper, bool(lower <= seen <= upper)))
    columns = ["operation", "outcome", "observed", "median", "lower", "upper", "inside"]
    return pd.DataFrame(out, columns=columns).assign(interval=INTERVAL_KIND)


def feedback(design: CoalitionDesign, alone: xr.Dataset, joint: xr.Dataset) -> pd.DataFrame:
    """How far the outcome moved what is measured: ``measure, name, alone, alone_sd, joint, joint_sd, moved``.

    ``moved`` is the change of the mean in SDs under measurement alone.
    """
    rows = []
    for measure, dim in (("breadth", "state"), ("treaty_depth", "treaty")):
        a, j = alone[measure], joint[measure]
        for place, name in enumerate(design.names[dim]):
            one, two = a.isel({dim: place}), j.isel({dim: place})
            rows.append(
                (measure, name, float(one.mean()), float(one.std()), float(two.mean()), float(two.std()))
            )
    out = pd.DataFrame(rows, columns=["measure", "name", "alone", "alone_sd", "joint", "joint_sd"])
    return out.assign(moved=(out["joint"] - out["alone"]) / out["alone_sd"])
