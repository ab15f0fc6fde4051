"""One-factor Gaussian measurement model of treaty provisions (Benson & Clinton 2016).

Standardised provisions y of a treaty are y = lambda * phi + e with score phi ~ N(0, 1)
and e ~ N(0, diag(psi)). Integrating the scores out leaves a normal distribution of y
with covariance diag(psi) + lambda lambda', so that the likelihood of any number of
treaties needs only their cross-products; by the matrix determinant lemma and Woodbury's
identity it costs a few operations on a provision x provision matrix. Given loadings and
uniquenesses the scores are independent normals, from which they are drawn afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pydantic import BaseModel, ConfigDict, Field
from pytensor.tensor.variable import TensorVariable

from data.panel import PROVISIONS
from models.item_parameters import Fold, signed_loadings, simulate_loadings


class FactorPriors(BaseModel):
    """Priors of the Gaussian factor model, for provisions scaled to mean 0 and SD 1.

    Loadings are in SDs of the provision per SD of depth, uniquenesses are variances
    (1 is the whole variance of a provision).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        "default",
        pattern="^(default|published)$",
        description="'published': flat loadings, positive for the anchor, and inverse-gamma uniquenesses; "
        "the fields of the proper default below are then not used",
    )
    anchor: str = Field("bases", description="the provision whose loading is positive by its prior")
    anchor_loading_median: float = Field(0.5, gt=0, description="median of the anchor's lognormal loading")
    anchor_loading_log_sd: float = Field(0.5, gt=0, description="SD of the anchor's log loading")
    loading_mean: float = Field(0.4, description="mean of the other loadings (leans positive)")
    loading_sd: float = Field(0.4, gt=0, description="SD of the other loadings")
    uniqueness_median: float = Field(0.7, gt=0, description="median of the lognormal uniquenesses")
    uniqueness_log_sd: float = Field(0.5, gt=0, description="SD of the log uniquenesses")
    sign: str = Field(
        "anchor",
        pattern="^(anchor|none)$",
        description="'anchor': lognormal anchor loading and positive sum of the others; "
        "'none': symmetric anchor prior and no constraint, to show what the first prevents",
    )
    published_shape: float = Field(
        0.0005, gt=0, description="shape and scale of the published inverse-gamma prior"
    )


@dataclass(frozen=True)
class Standardised:
    """Complete rows of a table of provisions, scaled to mean 0 and SD 1.

    Attributes
    ----------
    values : ndarray, shape (treaty, provision)
    names : tuple of str
        The provisions that vary.
    complete : ndarray of bool, shape (row,)
        Which rows of the table were complete and used.
    constant : tuple of str
        Provisions left out because they do not vary.
    """

    values: np.ndarray
    names: tuple[str, ...]
    complete: np.ndarray
    constant: tuple[str, ...]

    @property
    def cross(self) -> np.ndarray:
        """Cross-products, shape (provision, provision)."""
        return self.values.T @ self.values


def standardise(provisions: np.ndarray, names: Sequence[str] = PROVISIONS) -> Standardised:
    """Keep complete rows and varying columns; scale each column to mean 0 and SD 1 (n - 1).

    Raises
    ------
    ValueError
        Where fewer than three provisions vary: one factor is then not identified.
    """
    table = np.asarray(provisions, dtype=float)
    complete = np.isfinite(table).all(axis=1)
    rows = table[complete]
    varies = np.ptp(rows, axis=0) > 0 if len(rows) else np.zeros(table.shape[1], dtype=bool)
    if varies.sum() < 3:
        raise ValueError(f"only {varies.sum()} provisions vary over {complete.sum()} complete treaties")
    kept = rows[:, varies]
    values = (kept - kept.mean(axis=0)) / kept.std(axis=0, ddof=1)
    named = np.array(names)
    return Standardised(values, tuple(named[varies]), complete, tuple(named[~varies]))


def factor_model(
    cross: np.ndarray, treaties: int, names: Sequence[str], priors: FactorPriors | None = None
) -> pm.Model:
    """Build the factor model with its scores integrated out.

    Parameters
    ----------
    cross : ndarray, shape (provision, provision)
        Cross-products of the standardised provisions; held as data `cross`, so that a
        compiled model can be given other data.
    treaties : int
        Number of treaties behind `cross` (data `treaties`).
    names : sequence of str
        Names of the provisions.
    priors : FactorPriors, optional

    Returns
    -------
    pm.Model
        With `loading` and `uniqueness` (dims provision).
    """
    priors = priors or FactorPriors()
    size = len(names)
    with pm.Model(coords={"provision": list(names)}) as model:
        data = pm.Data("cross", np.asarray(cross, dtype=float))
        count = pm.Data("treaties", float(treaties))
        if priors.name == "published":
            anchor = np.array([float(n == priors.anchor) for n in names])
            loading = pm.Flat(
                "loading", dims="provision", initval=np.full(size, 0.5), default_transform=Fold(anchor)
            )
            shape = priors.published_shape
            unique = pm.InverseGamma("uniqueness", shape, shape, dims="provision", initval=np.full(size, 0.7))
        else:
            loading = pm.Deterministic(
                "loading",
                signed_loadings(
                    names,
                    priors,
                    np.full(size - (priors.anchor in names), priors.loading_mean),
                    priors.loading_sd,
                    priors.anchor_loading_median,
                    priors.anchor_loading_log_sd,
                ),
                dims="provision",
            )
            median = priors.uniqueness_median
            unique = pm.LogNormal(
                "uniqueness",
                np.log(median),
                priors.uniqueness_log_sd,
                dims="provision",
                initval=np.full(size, median),
            )
        pm.Potential("provisions_loglik", factor_loglik(loading, unique, data, count))
    return model


def factor_loglik(
    loading: TensorVariable, unique: TensorVariable, cross: TensorVariable, treaties: TensorVariable
) -> TensorVariable:
    """Log likelihood of `treaties` standardised rows with cross-products `cross` (scalar, normalised)."""
    weight = loading / unique
    # Sums, not dots: of ten provisions a call costs more than to compute.
    c = 1 + pt.sum(loading * weight)
    size = loading.shape[0]
    log_det = pt.sum(pt.log(unique)) + pt.log(c)
    quadratic = pt.sum(pt.diagonal(cross) / unique) - pt.sum(cross * weight[:, None] * weight) / c
    return -0.5 * treaties * (log_det + size * np.log(2 * np.pi)) - 0.5 * quadratic


def factor_scores(
    rng: np.random.Generator, loading: np.ndarray, unique: np.ndarray, values: np.ndarray
) -> np.ndarray:
    """Draw scores from their exact conditional given loadings and uniquenesses.

    Parameters
    ----------
    loading, unique : ndarray, shape (..., provision)
        One or many draws.
    values : ndarray, shape (treaty, provision)
        Standardised provisions.

    Returns
    -------
    ndarray, shape (..., treaty)
        phi ~ N(v * y'w, v) with w = lambda / psi and v = 1 / (1 + lambda'w).
    """
    weight = loading / unique
    variance = 1 / (1 + np.sum(loading * weight, axis=-1, keepdims=True))
    # In place: of thousands of draws and hundreds of treaties each array costs more to get than to compute.
    scores = rng.standard_normal((*loading.shape[:-1], len(values)))
    scores *= np.sqrt(variance)
    scores += (variance * weight) @ values.T
    return scores


def simulate_factor_prior(
    rng: np.random.Generator, names: Sequence[str], priors: FactorPriors
) -> tuple[np.ndarray, np.ndarray]:
    """Draw (loading, uniqueness), each of shape (provision,), from the proper default prior."""
    if priors.name != "default" or priors.sign != "anchor":
        raise ValueError("only the proper, identified default prior can be simulated from")
    loading = simulate_loadings(rng, names, priors)
    unique = priors.uniqueness_median * np.exp(priors.uniqueness_log_sd * rng.standard_normal(len(names)))
    return loading, unique
