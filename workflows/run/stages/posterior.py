"""All draws of the fit, in one tree; each chain or imputation is kept as soon as it is finished.

A fit that fails the gate for divergences alone is carried out a second time, as a whole; see `restart`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.run.stages._model import model, modelled

if TYPE_CHECKING:
    from workflows.run.run import Run

WORDS = "sampling the posterior (compiling first)"


def inputs(run: Run) -> dict[str, Any]:
    """The model and how it is sampled; what is reported decides whether there is a second try."""
    return {
        **modelled(run),
        "sampling": run.sampling,
        "measured": run.key("measurement") if run.has_treaties else None,
        "reported": run.reported_by,
    }


def compute(run: Run, folder: Path) -> dict[str, Any]:
    """Write ``posterior.nc``."""
    from data.common.disk import save_netcdf
    from workflows.estimands.fit import Fit
    from workflows.run.stages.effect import drawn
    from workflows.run.stages.gate import verdict_on
    from workflows.sampling.memory import refuse_run
    from workflows.sampling.parts import draw_parts
    from workflows.sampling.restart import TRIES, divergences, record_of_try, sampling_of_try, told
    from workflows.store.notices import Notice, recorded

    # The model first: a spec that does not fit its panel is then told as such.
    tries, facts, joint = [], Counter(), model(run)
    refuse_run(joint.model, run.spec)
    for number in range(1, TRIES + 1):
        sampling = sampling_of_try(run.spec.sampling, number)
        tree = draw_parts(
            run.posterior, sampling, run.store, modelled(run), run.listener.chain, facts,
            "" if number == 1 else "restart/",
        )  # fmt: skip
        tries.append(record_of_try(sampling, tree))
        if number == TRIES or not divergences(tree):
            break
        fit = Fit(joint, tree)
        found = verdict_on(run, fit, drawn(run, fit))
        if found.contradicted or not found.gate.diverged_alone:
            break
        run.listener.say(f"{divergences(tree)} divergences and no other fault: the whole fit again")
    save_netcdf(tree, folder / "posterior.nc")
    again = [Notice("second try", told(tries))] if told(tries) else []
    return {**facts, "tries": tries, **recorded(again)}
