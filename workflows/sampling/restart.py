"""A fit that fails for divergences alone is begun again, once, as a whole and with shorter steps.

Only the whole: to sample again those chains that diverged would keep others because they stayed away from where the
geometry is difficult. Both tries are told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workflows.spec.run import SamplingSpec

if TYPE_CHECKING:
    import xarray as xr

#: Tries of a fit; a failure of the last is a failure.
TRIES = 2


def sampling_of_try(sampling: SamplingSpec, number: int) -> SamplingSpec:
    """How try `number` (1, 2) is sampled: as declared, then with half the step and other random numbers.

    Notes
    -----
    Trajectories of step e conserve energy to O(e^2), and what they reject grows with e^2 (Neal 2011, section
    5.2.3), so that a quarter of the rejection, ``1 - (1 - target_accept) / 4``, halves the step.
    """
    if number == 1:
        return sampling
    seed = int(np.random.SeedSequence([sampling.seed, 30_000]).generate_state(1)[0])
    target = round(1 - (1 - sampling.target_accept) / 4, 6)
    return sampling.model_copy(update={"target_accept": target, "seed": seed})


def record_of_try(sampling: SamplingSpec, tree: xr.DataTree) -> dict[str, Any]:
    """What ``run.json`` says of a try: how it was sampled and how often it diverged."""
    return {
        "target_accept": sampling.target_accept,
        "seed": sampling.seed,
        "divergences": divergences(tree),
        "draws": int(tree["sample_stats"].sizes["chain"] * tree["sample_stats"].sizes["draw"]),
    }


def divergences(tree: xr.DataTree) -> int:
    """Number of divergences; none where the sampler did not record them, which the gate says."""
    stats = tree["sample_stats"]
    return int(stats["diverging"].sum()) if "diverging" in stats else 0


def told(tries: Sequence[Mapping[str, Any]]) -> str:
    """Both tries in one sentence; empty where there was one."""
    if len(tries) < 2:
        return ""
    first, second = tries
    return (
        f"This is the second try: the first (target acceptance {first['target_accept']:g}, seed {first['seed']}) passed "
        f"every check but that of divergences, of which it had {first['divergences']} in {first['draws']:,} draws, and "
        f"the whole fit was begun again with steps half as long (target acceptance {second['target_accept']:g}, seed "
        f"{second['seed']}), which had {second['divergences']}."
    )
