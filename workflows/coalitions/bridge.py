"""``coalition bridge us-coalitions``: from the printed Table 2 to the pooled posterior, one change at a time.

Coefficients of a count of ties, of a latent and of different likelihoods are never compared: every rung says what one
more SD of ties on its own rows adds to the probability of taking part, in percentage points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.common.errors import InputError
from data.common.text import write_csv
from workflows.coalitions.plug_in import TERMS, breadth_frame
from workflows.coalitions.run import CoalitionRun
from workflows.coalitions.rungs import COLUMNS, ladder, led_effects, pooled_rung, towards_pooled
from workflows.judge.gate import gate
from workflows.published.study import load_study
from workflows.spec.coalitions import CoalitionSpec

#: Her models, the outcome of the pooled model that each is of, and its column among the rows.
MODELS = {
    "(4) Logit": ("any", "participated"),
    "(5) Logit (min 100 troops)": ("hundred", "participated_100"),
}


@dataclass(frozen=True)
class CoalitionBridge:
    """The bridge.

    Attributes
    ----------
    table : DataFrame
        ``model`` and the columns of `workflows.coalitions.rungs.COLUMNS`, with ``moved``: the effect less its parent's.
    advice : list of str
        What to do about posteriors that did not pass.
    file : Path
        The table as CSV.
    """

    table: pd.DataFrame
    advice: list[str]
    file: Path

    @property
    def passed(self) -> bool:
        """Whether every posterior passed the gate."""
        return not self.advice


def coalition_bridge(
    spec: CoalitionSpec, data: str | Path, out: str | Path, say: Callable[[str], None] = lambda _: None
) -> CoalitionBridge:
    """Carry out the bridge; posteriors are kept beside those of `coalition run` and not sampled again.

    Raises
    ------
    InputError
        Where the spec names no study whose rows are the coalitions'.
    """
    study = load_study(spec.study) if spec.study else None
    if (
        study is None
        or study.sample.reader != "coalitions"
        or not {*MODELS} <= {m.name for m in study.models}
    ):
        found = "no study" if study is None else f"the study {study.name!r}"
        raise InputError(
            found, "a study of the coalitions with her models (4) and (5)", file=spec.name, key="study"
        )
    whole = CoalitionRun(data, out, spec)
    advice: list[str] = []
    # Every posterior once: those of all and of the operations led serve both models.
    shared: dict[tuple[str, str], dict] = {}

    def rung(sample: str, outcome: str, parent: str, changed: str, label: str) -> dict:
        if (sample, outcome) not in shared:
            run = whole.of(sample)
            say(f"{label}: {len(run.rows)} rows")
            tree, free = run.posterior()
            posterior = tree["posterior"].to_dataset()
            verdict = gate(tree, free, led_effects(run.design, posterior))
            advice.extend(f"{label}: {line}" for line in verdict.advice() if f"{label}: {line}" not in advice)
            shared[sample, outcome] = pooled_rung(
                f"pooled-{sample}", parent, changed, label, run.design, posterior, outcome, verdict.passed
            )
        return shared[sample, outcome]

    parts = []
    with whole.store.lock():
        measured = whole.posterior(outcome=False)[0]["posterior"].to_dataset()
        frame = breadth_frame(whole.design, whole.rows, measured)
        frame = frame.assign(embeddedness=whole.rows["embeddedness"])[whole.rows["included"] == 1]
        raw = whole.coalitions.rows
        for name, (outcome, column) in MODELS.items():
            say(f"{name}: logits")
            rows = [*ladder(study, raw, name), *towards_pooled(frame, column, TERMS)]
            rows.append(
                rung(
                    outcome,
                    outcome,
                    "breadth",
                    "model",
                    "pooled posterior: breadth with its error, levels pooled",
                )
            )
            rows.append(
                rung("led", outcome, f"pooled-{outcome}", "sample", "and rows of which the lists know a part")
            )
            rows.append(
                rung("all", outcome, "pooled-led", "operations", "and the placebo missions, slopes their own")
            )
            parts.append(pd.DataFrame(rows, columns=list(COLUMNS)).assign(model=name))
        table = pd.concat(parts, ignore_index=True)
        table.insert(0, "model", table.pop("model"))
        # The effect of each rung less that of its parent.
        above = table.set_index(["model", "id"])["effect"].reindex(table.set_index(["model", "parent"]).index)
        table.insert(table.columns.get_loc("interval"), "moved", table["effect"] - above.to_numpy())
        file = whole.store.folder / "bridge.csv"
        write_csv(table, file)
    return CoalitionBridge(table, advice, file)
