"""Does the outcome rewrite the measure of depth on the Gannon & Kent sample? With and without treaty intercepts.

Run with ``OMP_NUM_THREADS=1 python benchmarks/feedback/feedback.py DATA [--draws N]`` from the root. Even chains start
with treaties ordered by their provisions, odd chains with the reverse order. Writes, for each of the two models,
a table ``NAME.csv``, the figure ``NAME.png`` with its caption ``NAME.txt``, and ``verdicts.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from data.panel import build_panel
from figures import feedback as figure
from figures.style import to_png
from models.joint import joint, measurement
from workflows.draws.summary import summarise
from workflows.estimands.effects import headline_effect
from workflows.estimands.fit import Fit
from workflows.judge.feedback import contradictions, feedback
from workflows.judge.gate import gate
from workflows.sampling.chains import annotate, run_chains, sample_small
from workflows.sampling.program import combine
from workflows.spec.run import load_spec

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--draws", type=int, default=1500)
    parser.add_argument("--tune", type=int, default=800)
    given = parser.parse_args()
    spec = load_spec("gannon-kent", draws=given.draws)
    sampling = spec.sampling.model_copy(update={"tune": given.tune})
    panel = build_panel(spec.panel, given.data)
    alone = sample_small(measurement(panel, spec.model), sampling)["posterior"].to_dataset()
    names = dict(zip(panel["treaty"].values, panel["treaty_name"].values, strict=True))
    verdicts = {}
    for name, effects in (("with_treaty_intercepts", True), ("without_treaty_intercepts", False)):
        changed = spec.model.contribution.model_copy(update={"treaty_effects": effects})
        built = joint(panel, spec.model.model_copy(update={"contribution": changed}))
        started = time.process_time()
        tree = annotate(combine(dict(run_chains(built, sampling))), built, sampling)
        seconds = time.process_time() - started
        table = feedback(alone, tree["posterior"].to_dataset())
        effect = headline_effect(Fit(built, tree))
        verdict = gate(tree, [rv.name for rv in built.model.free_RVs], effect)
        flags = contradictions(table, sampling.chains)
        by_chain = tree["posterior"]["treaty_depth"].mean("draw").sel(treaty="3180").values.round(3).tolist()
        verdicts[name] = {
            "gate_passed": verdict.passed,
            "gate_failed": verdict.checks.query("~passed")["check"].tolist(),
            "contradictions": flags,
            "depth_of_nato_by_chain": by_chain,
            "headline": summarise(effect).to_dict("records"),
            "cpu_seconds": round(seconds, 1),
            "seed": sampling.seed,
        }
        table.round(4).to_csv(HERE / f"{name}.csv", index=False)
        named = table.assign(treaty=table["treaty"].map(names))
        (HERE / f"{name}.png").write_bytes(to_png(figure.feedback(named)))
        (HERE / f"{name}.txt").write_text(figure.caption(named) + "\n", encoding="utf-8")
        print(name, json.dumps(verdicts[name], indent=1), flush=True)
    (HERE / "verdicts.json").write_text(json.dumps(verdicts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
