"""The headline effect under other declared depths of "no treaty", from the draws at hand.

No data speak of the depth of a state without a treaty: it is declared. Another value changes potential of such
rows by a constant, against that of allied rows. Draws of one posterior become draws of the other by importance
weights (Pareto smoothed; Vehtari, Simpson, Gelman, Yao & Gabry 2024): the ratio of both densities at the same
values of what is sampled. These are levels (an operation's where its rows without a treaty lie, a treaty's or a
state's over its own rows), so that held at them the likelihood hardly moves, and priors of intercepts and effects
take the difference. Where weights rest on few draws, the model is fitted again, more shortly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import xarray as xr
from arviz_stats.base import array_stats
from pytensor.graph.traversal import ancestors
from pytensor.tensor.variable import TensorVariable
from scipy.special import ndtr

from figures.words import decimal, named, span, with_interval
from models.given import BASELINE, Given
from models.joint import Joint, joint
from models.modes import PLAIN
from workflows.draws.evaluate import evaluate
from workflows.draws.starts import within
from workflows.draws.summary import INTERVAL_KIND, middle_and_ends
from workflows.estimands.effects import headline_quantities
from workflows.estimands.power_scaling import good_k
from workflows.judge.gate import gate
from workflows.judge.limits import ALL
from workflows.sampling.refits import Compiled
from workflows.spec.run import SamplingSpec
from workflows.store.notices import Notice

#: Depths of "no treaty" that are tried beside that of a treaty with no provisions, in SD of depth over treaties.
DECLARED = (-2.0, -1.0)
#: Baselines closer than this are one.
SAME = 0.005
#: Draws that are weighed, evenly over all chains.
MOST = 1000
#: Most warm-up and kept draws of a chain that is sampled again: it starts from draws of the posterior as declared. Where
#: so few do not pass, the same chains go on for twice as many.
TUNE, DRAWS = 200, 400
QUANTITIES = ("headline_operation", "headline_all_rows")
COLUMNS = [
    "label", "baseline", "operation", "median", "lower", "upper", "interval", "step", "how", "pareto_k",
    "effective_draws", "passed", "advice",
]  # fmt: skip


def empty_treaty_depth(alone: xr.Dataset) -> float:
    """Expected depth of a treaty with none of the nine provisions, in SD of depth over treaties.

    Parameters
    ----------
    alone : Dataset
        Draws of measurement alone: ``loading`` (chain, draw, provision_informative) and ``threshold`` (chain, draw,
        threshold_cut), as `models.item_parameters.register_items` registers them.

    Returns
    -------
    float
        Mean over draws of ``E[theta | every provision is absent]``, theta standard normal over treaties, by the
        trapezoid rule. A constant, so that it can be declared in a spec.
    """
    loading = alone["loading"].transpose("chain", "draw", ...)
    cuts = alone["threshold"].transpose("chain", "draw", ...)
    first = [str(label).endswith(">=1") for label in cuts["threshold_cut"].values]
    slope = loading.values.reshape(-1, loading.shape[-1])
    threshold = cuts.values[..., first].reshape(slope.shape)
    grid = np.linspace(-6.0, 6.0, 121)
    weight = np.tile(np.exp(-0.5 * grid**2), (len(slope), 1))
    for lam, t in zip(slope.T, threshold.T, strict=True):
        weight *= ndtr((t * np.sqrt(1 + lam**2))[:, None] - lam[:, None] * grid)
    return float(((weight @ grid) / weight.sum(1)).mean())


def baselines_of(declared: float, empty: float | None) -> dict[str, float]:
    """Depths of "no treaty" by label, the declared one first, each value once."""
    out = {"as declared": declared}
    named = {f"{value:g}": value for value in DECLARED} | ({} if empty is None else {"empty treaty": empty})
    for label, value in named.items():
        if all(abs(value - known) > SAME for known in out.values()):
            out[label] = value
    return out


def log_density(model: Joint) -> TensorVariable:
    """The terms of the log density of a model with a baseline as data that depend on it, shape (term,).

    Densities are those of the constrained variables: the change of variables does not depend on the baseline.
    """
    shared = model.model[BASELINE]
    terms = [pm.logp(rv, rv) for rv in model.model.free_RVs if shared in set(ancestors([rv]))]
    terms += [term for term in model.model.potentials if shared in set(ancestors([term]))]
    # Summed here, many scalars would become one operation of more operands than NumPy takes.
    return pt.stack([term.sum() for term in terms])


def smoothed(log_ratio: np.ndarray, groups: Sequence[slice]) -> tuple[np.ndarray, float]:
    """Weights of draws, and the largest Pareto k.

    Parameters
    ----------
    log_ratio : ndarray, shape (chain, draw)
    groups : sequence of slice
        Chains that sampled one posterior; each group keeps its share of the whole (imputations of `cut` count
        alike).

    Returns
    -------
    (ndarray of shape (chain, draw), sum 1; float)
        k is infinite where a ratio is not finite.
    """
    weights, worst = np.zeros(log_ratio.shape), -np.inf
    for group in groups:
        mine = log_ratio[group]
        if not np.isfinite(mine).all():
            return np.full(log_ratio.shape, np.nan), np.inf
        if np.ptp(mine) < 1e-9:
            weights[group], k = 1.0 / mine.size, -np.inf
        else:
            # ArviZ wants log likelihoods, the negative of log ratios.
            logs, k = array_stats.psislw(-mine.ravel())
            weights[group] = np.exp(logs - logs.max()).reshape(mine.shape)
            weights[group] /= weights[group].sum()
        worst = max(worst, float(k))
    return weights / len(groups), worst


def trusted(k: float, draws: int) -> bool:
    """Whether weights with this Pareto k can be used; see `workflows.estimands.power_scaling.good_k`."""
    return bool(k < good_k(draws))


def quantiles(values: np.ndarray, weights: np.ndarray, probabilities: Sequence[float]) -> np.ndarray:
    """Weighted quantiles of draws; equal weights give those of the empirical distribution, interpolated.

    Values and weights have one shape, whatever it is; quantiles are of shape (probability,).
    """
    order = np.argsort(values, axis=None)
    sorted_values, mass = values.ravel()[order], weights.ravel()[order]
    middle = np.cumsum(mass) - 0.5 * mass
    return np.interp(probabilities, middle / mass.sum(), sorted_values)


def reweighted(
    model: Joint,
    draws: xr.Dataset,
    values: Mapping[str, float],
    step: float,
    groups: Sequence[slice] | None = None,
) -> tuple[xr.Dataset, dict[str, tuple[np.ndarray, float]]]:
    """The headline effect under each baseline, with weights of its draws.

    Parameters
    ----------
    model : Joint
        With its baseline as data; its data hold the baseline under which `draws` were sampled.
    draws : Dataset
        Posterior draws.
    values : mapping of label to float
    step : float
        Units of potential.
    groups : sequence of slice, optional
        As in `smoothed`; all chains together by default.

    Returns
    -------
    Dataset
        ``headline_operation`` (chain, draw, baseline, operation) and ``headline_all_rows`` (chain, draw, baseline).
    dict
        Label to (weights, Pareto k).
    """
    effect = headline_quantities(model, step)
    kept = {name: effect[name] for name in QUANTITIES}
    wanted = {"log_density": (log_density(model), ("term",)), **kept}
    sampled = model.model[BASELINE].get_value()
    found = {}
    try:
        for label, value in {None: float(sampled[0]), **values}.items():
            model.model.set_data(BASELINE, [value])
            found[label] = evaluate(model, draws, wanted, MOST)
    finally:
        model.model.set_data(BASELINE, sampled)
    groups = [slice(None)] if groups is None else groups
    under = found.pop(None)["log_density"].sum("term").values
    weights = {
        label: smoothed(one["log_density"].sum("term").values - under, groups) for label, one in found.items()
    }
    labels = pd.Index(list(values), name="baseline")
    out = xr.concat([one[list(kept)] for one in found.values()], labels)
    return out.transpose("chain", "draw", "baseline", ...), weights


def with_baseline(model: Joint) -> Joint:
    """The same model with its baseline as data, known depths known; the model itself where it is so already."""
    if BASELINE in model.model.named_vars:
        return model
    depth = None if "treaty_depth" in model.model.named_vars else np.asarray(model.depth.eval(mode=PLAIN))
    return joint(model.panel, model.spec, Given(depth, {"baseline"}))


class Again:
    """The model compiled once with its baseline as data, fitted shortly at others.

    Parameters
    ----------
    model : Joint
        With its baseline as data.
    draws : Dataset
        Posterior draws as declared, from which chains start.
    """

    def __init__(self, model: Joint, draws: xr.Dataset) -> None:
        self.model, self.draws, self._compiled = model, draws, Compiled(model)

    def fit(self, value: float, step: float, sampling: SamplingSpec, seed: int) -> tuple[xr.Dataset, str]:
        """The headline effect at a baseline, dims (chain, draw, ...), and what did not pass; empty where all did.

        The gate is over what is reported, divergences and energy: no parameter of this fit is reported.
        """
        known = within(self.model.model, self.draws)
        points = {chain: known[chain % len(known)] for chain in range(sampling.chains)}
        sampled = self.model.model[BASELINE].get_value()
        effect = headline_quantities(self.model, step)
        wanted = {name: effect[name] for name in QUANTITIES}
        try:
            for most in (DRAWS, 2 * DRAWS):
                few = {"tune": min(TUNE, sampling.tune), "draws": min(most, sampling.draws)}
                brief = sampling.model_copy(update=few)
                tree = self._compiled.sample(brief, seed, points, **{BASELINE: np.array([value])})
                found = evaluate(self.model, tree["posterior"].to_dataset(), wanted)
                verdict = gate(tree, [], found)
                if verdict.passed or sampling.draws <= most:
                    break
        finally:
            self.model.model.set_data(BASELINE, sampled)
        return found, verdict.failures()


def rows_of(
    label: str, value: float, effect: xr.Dataset, weights: np.ndarray | None = None, **same: object
) -> pd.DataFrame:
    """The headline effect at one baseline, of each operation and over all rows; columns ``COLUMNS``.

    Parameters
    ----------
    label : str
    value : float
    effect : Dataset
        `QUANTITIES`, dims (chain, draw) and `operation`.
    weights : ndarray, shape (chain, draw), optional
        Of the draws; equal ones by default.
    **same
        The other columns.
    """
    operations = [str(o) for o in effect["operation"].values]
    arrays = {name: effect["headline_operation"].isel(operation=k) for k, name in enumerate(operations)}
    if len(operations) > 1:
        arrays[ALL] = effect["headline_all_rows"]
    rows = []
    for name, array in arrays.items():
        values = array.transpose("chain", "draw").values
        lower, median, upper = (
            middle_and_ends(values) if weights is None else quantiles(values, weights, (0.025, 0.5, 0.975))
        )
        rows.append({"label": label, "baseline": value, "operation": name, "median": median, "lower": lower,
                     "upper": upper, "interval": INTERVAL_KIND, **same})  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def _in_words(advice: str) -> str:
    """Advice of the gate on H alone, without names of the code: ``headline_operation[ISAF]`` is "H of ISAF"."""
    advice = re.sub(r"headline_operation\[([^\]]*)\]", r"H of \1", advice)
    return advice.replace("headline_all_rows", "H over all rows").replace(
        "headline_mean_slope", "H at the mean slope"
    )


def notices(table: pd.DataFrame) -> list[Notice]:
    """Where another baseline changes whether an interval covers zero, or the sign; and what was not computed."""
    declared = table[table["how"] == "as declared"].set_index("operation")
    several, said = len(declared) > 1, []
    for row in table[(table["how"] != "as declared") & table["median"].notna()].itertuples():
        own = declared.loc[row.operation]
        clear, own_clear = row.lower * row.upper > 0, own["lower"] * own["upper"] > 0
        reversed_ = clear and own_clear and row.median * own["median"] < 0
        if clear == own_clear and not reversed_:
            continue
        what = "has the other sign" if reversed_ else "leaves zero out" if clear else "covers zero"
        where = f"{row.operation}: " if several else ""
        words = f"{decimal(row.median, 0)} ({span(row.lower, row.upper)}; {row.how})"
        was = f"{with_interval(own['median'], own['lower'], own['upper'])} as declared"
        said.append(f"{where}at {named(row.baseline, row.label)} H {what}, {words}, against {was}")
    out = []
    if said:
        out.append(
            Notice(
                "depth of no treaty",
                f"no data speak of it, and H turns on what is declared: {'; '.join(said)}.",
            )
        )
    lost = table[table["advice"].fillna("") != ""].drop_duplicates("label")
    for row in lost.itertuples():
        out.append(
            Notice(
                "depth of no treaty",
                f"at {named(row.baseline, row.label)}, {_in_words(row.advice).rstrip('.')}.",
            )
        )
    return out
