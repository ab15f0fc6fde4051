"""``coalition replicate STUDY``: a published table estimated again, beside its printed numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data.common.errors import InputError
from workflows.commands.options import (
    DataDir,
    Format,
    OutDir,
    OutputFormat,
    Seed,
    UnderEstimate,
    WhatIsUnder,
    new_table,
)
from workflows.commands.terminal import print_table, say_json, terminal


def replicate(
    study: Annotated[str, typer.Argument(help="A bundled study or a TOML file of one.")] = "gannon-kent",
    data: DataDir = None,
    correct: Annotated[
        list[str] | None,
        typer.Option("--correct", metavar="NAME", help="A named correction, repeatable; or all."),
    ] = None,
    effects: Annotated[
        bool,
        typer.Option("--effects", help="Headline effects: printed, replicated, each correction, all."),
    ] = False,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="NAME", help="One of the study's other outcomes.")
    ] = None,
    estimator: Annotated[
        str | None, typer.Option("--estimator", metavar="NAME", help="Another engine for every model.")
    ] = None,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="The study's variants, one line each of its [robustness].")
    ] = False,
    twins: Annotated[
        bool, typer.Option("--twins", help="Each model beside its Bayesian twin, kept under --out.")
    ] = False,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="NAME", help="With --twins: models that begin so, repeatable."),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=100, max=1_000_000, help="With --twins: draws kept of each chain.")
    ] = 1000,
    out: OutDir = Path("results"),
    seed: Seed = 20010911,
    panel: Annotated[
        str, typer.Option("--panel", metavar="SPEC", help="The panel, for studies whose data are not public.")
    ] = "bundled",
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            metavar="FILE",
            callback=new_table,
            help="Also write the table: .html, .tex, .md or .csv.",
        ),
    ] = None,
    under: WhatIsUnder = UnderEstimate.interval,
    format: Format = OutputFormat.text,
) -> None:
    """Estimate a published table again and set every printed number beside the new one.

    With --correct, estimate it on corrected data instead and list the state-years that changed.
    Ends with exit code 3 where no correction is in force and a printed number is not reproduced, and where a
    twin fails the diagnostics gate.

    Example: coalition replicate gannon-kent --data DIR --correct all
    """
    from workflows.commands.replicate_pages import (
        show,
        show_corrected,
        show_effects,
        show_outcome,
        write_comparison,
    )
    from workflows.commands.robustness_pages import show_robustness
    from workflows.published.at_means import at_means
    from workflows.published.replicate import as_json, comparison
    from workflows.published.replicate import replicate as run
    from workflows.published.study import load_study

    if twins + robustness + effects > 1:
        raise InputError("several of --twins, --robustness, --effects", "one of them")
    if model and not twins:
        raise InputError("--model", "--twins beside it", key="--model")
    declared = load_study(study)
    if panel != "bundled" and declared.sample.reader != "panel":
        raise InputError(repr(panel), f"no panel: {declared.name} has a file of its own", key="--panel")
    if estimator is not None:
        declared = declared.with_estimator(estimator)
    if outcome is not None:
        declared = declared.with_outcome(outcome)
        show_outcome(declared, data, correct or [], format, write)
        return
    if (correct or effects) and declared.sample.reader != "gannon-kent":
        raise InputError("--correct or --effects", f"a study of the Gannon & Kent file, not {declared.name}")
    if twins:
        from workflows.commands.replicate_twins import only_models, show_twins
        from workflows.spec.run import SamplingSpec

        declared = only_models(declared, model or [])
        sampling = SamplingSpec(draws=draws, seed=seed)
        if not show_twins(declared, declared.read(data, panel), out, sampling, format, write):
            raise typer.Exit(3)
    elif robustness:
        show_robustness(declared, data, panel, format, write)
    elif effects:
        show_effects(declared, data, format, write)
    elif correct:
        show_corrected(declared, data, correct, format, write)
    else:
        found = run(declared, declared.read(data, panel))
        write_comparison(found, write, under.value)
        drawn = at_means(found) if declared.sample.reader == "coalitions" else None
        if format is OutputFormat.json:
            more = {} if drawn is None else {"figure_1": drawn}
            say_json(as_json(found) | more)
        else:
            show(found)
            if drawn is not None:
                print_table("Figure 1: probability of taking part, other terms at their means", drawn)
        checked = comparison(found)
        wrong_rows = checked[~checked["agrees"].astype(bool)]
        if declared.reproduces and estimator is None and len(wrong_rows):
            wrong = wrong_rows.iloc[0]
            terminal(stderr=True).print(
                f"{len(wrong_rows)} of {len(checked)} printed numbers not reproduced; the first: "
                f"{wrong['model']}, {wrong['term'].removeprefix('FIT: ')}, {wrong['part']}: "
                f"printed {wrong['printed']}, found {wrong['value']:.6g}"
            )
            raise typer.Exit(3)
