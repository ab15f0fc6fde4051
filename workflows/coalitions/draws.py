"""Draws of the pooled model of coalitions, as they are kept: this module is the key of their stages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.common.disk import save_netcdf
from models.coalition import CoalitionDesign, coalition_model
from workflows.sampling.chains import sample_model

if TYPE_CHECKING:
    from models.coalition_priors import CoalitionPriors
    from workflows.spec.run import SamplingSpec


def keep_draws(
    design: CoalitionDesign, priors: CoalitionPriors, sampling: SamplingSpec, outcome: bool, folder: Path
) -> dict[str, Any]:
    """Write ``posterior.nc`` and ``free.json``, the names of the free variables."""
    model = coalition_model(design, priors, outcome=outcome)
    save_netcdf(sample_model(model, sampling), folder / "posterior.nc")
    (folder / "free.json").write_text(json.dumps([rv.name for rv in model.free_RVs]))
    return {"rows": len(design.state), "outcome": outcome}
