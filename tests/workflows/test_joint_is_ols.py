"""With flat priors and depth plugged in, the gaussian model is ordinary least squares."""

from __future__ import annotations

import arviz as az
import numpy as np
import pytest

from data.panel import build_panel
from models.given import Given
from models.joint import inside, joint
from models.spec import ModelSpec
from workflows.sampling.chains import sample_model
from workflows.spec.run import SamplingSpec

FLAT = {
    "depth": {"measurement": "plug-in"},
    "contribution": {
        "likelihood": "gaussian",
        "state_effects": False,
        "treaty_effects": False,
        "operation_year_effects": False,
        # In hundredths of a share per unit: far wider than any coefficient of a share can be.
        "priors": {
            "slope": 1e3,
            "similarity": 1e3,
            "control": 1e3,
            "intercept_sd": 1e3,
            "dispersion": {"residual_sd": {"family": "HalfNormal", "sigma": 10.0}},
        },
    },
}


def test_every_coefficient_agrees_with_least_squares_on_the_gannon_kent_sample(shared_data, monkeypatch):
    from models.likelihoods import gaussian

    # The gaussian intercept's default prior is narrower than `intercept_sd`: make it flat as well.
    wide = gaussian.Gaussian(intercept={"share": (0.0, 100.0)})
    monkeypatch.setattr(gaussian, "LIKELIHOOD", wide)
    panel = build_panel("gannon-kent", shared_data)
    spec = ModelSpec.model_validate(FLAT)
    count = np.nansum(np.minimum(panel["provisions"].values[inside(panel)], 1), axis=1)
    built = joint(panel, spec, Given((count - count.mean()) / count.std()))
    tree = sample_model(built.model, SamplingSpec(tune=1000, draws=1500, target_accept=0.9))
    posterior = tree["posterior"].to_dataset()

    design = built.design
    x = np.column_stack(
        [
            np.ones(panel.sizes["row"]),
            built.potential.eval(),
            design.similarity - design.similarity.mean(),
            design.controls,
        ]
    )
    y = design.outcome.share
    estimate, squares, rank, _ = np.linalg.lstsq(x, y)
    assert rank == x.shape[1]
    error = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * squares[0] / (len(y) - rank))
    names = [
        "share_intercept",
        "share_slope_mean",
        "share_similarity",
        *["share_control"] * design.controls.shape[1],
    ]
    cells = [0, None, None, *range(design.controls.shape[1])]
    for k, (name, cell) in enumerate(zip(names, cells, strict=True)):
        draws = posterior[name].transpose("chain", "draw", ...).values
        draws = draws if cell is None else draws[..., cell]
        one = {"x": draws}
        monte_carlo = float(az.mcse(one, method="mean")["x"])
        assert float(az.rhat(one)["x"]) <= 1.01
        assert abs(draws.mean() - estimate[k]) < 4 * monte_carlo, name
        assert (
            abs(draws.std() / error[k] - 1) < 0.05 + 4 * float(az.mcse(one, method="sd")["x"]) / error[k]
        ), name
    residual = float(posterior["residual_sd"].mean())
    assert residual == pytest.approx(np.sqrt(squares[0] / (len(y) - rank)), rel=0.01)
