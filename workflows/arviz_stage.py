"""The run's result in ArviZ's own form, as a stage; see `workflows.arviz_tree`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.run import Run
    from workflows.store import Stage

FILE = "fit.nc"
CODE = tuple(
    f"workflows/{name}.py"
    for name in ("arviz_stage", "arviz_tree", "checks", "evaluate", "power_scaling", "predictive_score")
)


def arviz_stage(run: Run) -> Stage:
    """Write (or find) ``arviz/fit.nc``: all groups that ArviZ's functions ask for."""

    def compute(folder: Path) -> dict[str, Any]:
        from workflows.arviz_tree import arviz_tree, write
        from workflows.fit_stages import load
        from workflows.headline import Headline

        fit = run.fit
        effect = run.effect
        # Computed once in a run: the headline of the file is that of the report.
        fit.__dict__["headline"] = Headline(effect.data_vars, effect.coords, effect.attrs)
        tree = arviz_tree(
            fit,
            prior=load(run.prior_stage / "prior.nc"),
            prior_predictive=load(run.prior_stage / "prior_predictive.nc")["outcome"],
            seed=run.spec.sampling.seed,
        )
        write(tree, folder / FILE)
        return {"thinned": tree.attrs["thinned"]}

    inputs = {"gate": run.effect_stage.key, "prior": run.prior_stage.key}
    return run.store.stage("arviz", inputs, compute, CODE)
