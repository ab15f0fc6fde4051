"""The within estimator (linearmodels)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.common.errors import InputError
from models.rotation import Rotation
from workflows.published.design import design, refuse_collinear, refuse_vanishing, within, without_effects
from workflows.published.engines._common import fitted, left_out
from workflows.published.engines._estimator import Estimator
from workflows.published.frequentist import FrequentistFit, Regression


def fixed_effects(asked: Regression) -> FrequentistFit:
    """The within estimator with one effect per ``unit``.

    ``r2`` is within units; ``adjusted_r2`` is ``1 - (1 - r2)(n - 1)/(n - units - k)`` as in R's ``plm``.
    Classical and robust errors count the unit effects as parameters; clustered ones do not where units are
    nested in clusters (R's ``plm`` with ``sss``; fixest counts one parameter more), and use t on ``G-1``.
    """
    from linearmodels.panel import PanelOLS

    unit = asked.unit
    if unit is None:
        raise InputError("no unit", "the column whose effects are fixed", key="unit")
    laid = design(
        asked.frame,
        asked.outcome,
        asked.terms,
        constant=False,
        groups=asked.groups,
        complete_on=asked.complete_on,
    )
    refuse_vanishing(laid.x, laid.groups[unit], unit)
    refuse_collinear(without_effects(laid.x, laid.groups[unit]))
    n, k = laid.x.shape
    units = laid.groups[unit].nunique()
    # linearmodels wants a two-level index; the estimator does not use the second level here.
    position = laid.groups.groupby(unit).cumcount()
    index = pd.MultiIndex.from_arrays([laid.groups[unit].to_numpy(), position.to_numpy()])
    # Orthonormal deviations: on the columns as given the library calls year and its square absorbed.
    rotation = Rotation.of(within(laid.x, laid.groups[unit]).to_numpy())
    x = pd.DataFrame(rotation.columns, index=index, columns=laid.x.columns)
    fit: dict[str, Any] = {"cov_type": "unadjusted" if asked.errors == "classical" else "robust"}
    df = n - units - k
    if asked.errors == "clustered":
        clusters = pd.DataFrame({"cluster": pd.factorize(laid.groups[asked.cluster])[0]}, index=index)
        fit = {"cov_type": "clustered", "clusters": clusters, "group_debias": True}
        df = clusters["cluster"].nunique() - 1
    model = PanelOLS(pd.Series(laid.y, index=index, name="y"), x, entity_effects=True)
    result = model.fit(**fit)
    estimates, covariance = result.params.to_numpy(), result.cov.to_numpy()
    r2 = float(result.rsquared_within)
    statistics = {
        "log_likelihood": float(result.loglik),
        "deviance": float(result.resid_ss),
        "r2": r2,
        "adjusted_r2": 1 - (1 - r2) * (n - 1) / (n - units - k),
    }
    notes = list(left_out(laid.left_out))
    single = int((laid.groups[unit].value_counts() == 1).sum())
    if single:
        notes.append(f"{single} of {units} units have one row and do not inform the estimates")
    back = rotation.back
    return fitted("fixed_effects", asked, laid, estimates, covariance, statistics, notes, back=back, df=df)


ESTIMATOR = Estimator(fixed_effects, outcome="number", effects="absorbed")
