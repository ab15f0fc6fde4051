"""What else can be asked of the measure of depth: subcommands of ``coalition depth``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from data.common.disk import whole, whole_files, write
from data.common.errors import InputError
from workflows.commands.options import DataDir, FilesDir, Format, OutputFormat, Seed, new_file
from workflows.commands.terminal import say_json, terminal

SourceName = Annotated[
    Literal["benson-clinton", "atop", "atop-4.01", "bundled", "bundled-practice"],
    typer.Option(help="Where provisions come from."),
]
ModelName = Annotated[Literal["factor", "graded"], typer.Option(help="Gaussian factor or graded response.")]
Years = Annotated[str, typer.Option(help="First and last year, such as 2001-2012.")]
Leader = Annotated[int, typer.Option(min=2, max=999, help="State code of the leader.")]


def check(
    name: Annotated[
        Literal["predictive", "items", "falsify", "agreement", "versions"],
        typer.Argument(help="Which check."),
    ],
    source: SourceName = "benson-clinton",
    model: ModelName = "graded",
    data: DataDir = None,
    out: FilesDir = Path("results/depth"),
    seed: Seed = 20010911,
    format: Format = OutputFormat.text,
) -> None:
    """Test the measure: replicated data, item fit, shuffled data, factor against graded, ATOP 4.01 against 5.1.

    Writes check-NAME.csv. Ends with exit code 3 where the check fails.

    Example: coalition depth check predictive --data DIR
    """
    from data.common.text import write_csv
    from workflows.depth.checks import run_check
    from workflows.depth.measure import measure_spec

    made(out)
    found = run_check(name, measure_spec(source=source, model=model, seed=seed), data)
    path = out / f"check-{name}.csv"
    with whole(path) as scratch:
        write_csv(found.table, scratch)
    values = {"check": name, "passed": found.passed, "found": found.sentence, "file": str(path)}
    _say(values, f"{name}: {'passed' if found.passed else 'FAILED'}. {found.sentence}\n{path}", format)
    if not found.passed:
        raise typer.Exit(3)


def dyads(
    source: SourceName = "atop",
    model: ModelName = "graded",
    leader: Leader = 2,
    years: Years = "2001-2014",
    how: Annotated[
        Literal["deepest", "latest", "sum"], typer.Option(help="Which of several treaties counts.")
    ] = "deepest",
    baseline: Annotated[
        float, typer.Option(min=-100, max=100, help="Depth without a treaty, SDs over treaties.")
    ] = -1.0,
    data: DataDir = None,
    out: FilesDir = Path("results/depth"),
    seed: Seed = 20010911,
    format: Format = OutputFormat.text,
) -> None:
    """Depth of every dyad-year of a leader; writes dyads.csv and baselines.csv.

    Example: coalition depth dyads --data DIR
    """
    from data.common.text import write_csv
    from data.treaties.atop import members
    from workflows.depth.dyads import allied, baseline_sensitivity, distinct_values, dyad_depth
    from workflows.depth.measure import measure, measure_spec

    folder, span = _folder(data), _years(years)
    made(out)
    # What nobody has is said before anything is sampled.
    allied(members(folder), leader, span)
    measured = measure(measure_spec(source=source, model=model, seed=seed), folder)
    table = dyad_depth(measured, folder, leader=leader, years=span, how=how, baseline=baseline)
    sensitivity = baseline_sensitivity(table)
    with whole_files(out) as folder:
        write_csv(table, folder / "dyads.csv")
        write_csv(sensitivity, folder / "baselines.csv")
    values = {
        "leader": leader,
        "years": years,
        "how": how,
        "baseline": baseline,
        "dyad_years": len(table),
        "states": int(table["ccode"].nunique()),
        "distinct_values": distinct_values(table),
        "baseline_sensitivity": sensitivity.to_dict(orient="records"),
        "files": [str(out / "dyads.csv"), str(out / "baselines.csv")],
    }
    text = (
        f"{len(table)} dyad-years of {values['states']} allies of {leader} hold only "
        f"{values['distinct_values']} distinct depths ({how}); states without a treaty sit at {baseline:g}\n"
        f"{sensitivity.to_string(index=False)}\n{out / 'dyads.csv'}"
    )
    _say(values, text, format)
    _gate(measured)


def ties(
    leader: Leader = 2,
    years: Years = "2001-2012",
    data: DataDir = None,
    out: FilesDir = Path("results/depth"),
    seed: Seed = 20010911,
    format: Format = OutputFormat.text,
) -> None:
    """Embeddedness, from counts of ties with the leader, beside depth; writes embeddedness.csv.

    Example: coalition depth ties --data DIR
    """
    from data.common.text import write_csv
    from data.variables.ties import ties_table
    from workflows.depth.embeddedness import side_by_side
    from workflows.depth.measure import measure, measure_spec
    from workflows.depth.tables import loadings

    folder, span = _folder(data), _years(years)
    made(out)
    # What nobody has is said before anything is sampled.
    ties_table(folder, span, leader=leader)
    depth = measure(measure_spec(source="atop", model="graded", seed=seed), folder)
    found = side_by_side(depth, folder, span, leader=leader)
    with whole_files(out) as place:
        write_csv(found.table, place / "embeddedness.csv")
        write_csv(loadings(found.embeddedness), place / "embeddedness-loadings.csv")
    values = {
        "leader": leader,
        "years": years,
        "states": len(found.table),
        "rank_correlation_with_depth": found.rank_correlation,
        "files": [str(out / "embeddedness.csv"), str(out / "embeddedness-loadings.csv")],
    }
    text = (
        f"embeddedness of {len(found.table)} states in {leader}'s network; rank correlation with depth among "
        f"allies {found.rank_correlation:.2f}\n{out / 'embeddedness.csv'}"
    )
    _say(values, text, format)
    _gate(depth)
    _gate(found.embeddedness)


def calibrate(
    model: ModelName = "factor",
    simulations: Annotated[int, typer.Option(min=20, max=100_000, help="Simulated data sets.")] = 500,
    out: FilesDir = Path("benchmarks/calibration"),
    seed: Seed = 20160113,
    format: Format = OutputFormat.text,
) -> None:
    """Calibrate a measurement model by simulation; writes ranks.csv and verdict.json, exit code 3 outside bands.

    Example: coalition depth calibrate --model factor
    """
    from workflows.depth.sbc import calibrate as run
    from workflows.depth.sbc import store

    made(out)
    console = terminal(stderr=True)

    def progress(done: int, of: int) -> None:
        if done % 50 == 0:
            console.print(f"{done} of {of} simulations")

    found = store(model, run(model, simulations, seed, progress), seed, out)
    text = f"{model}: {'inside' if found['passed'] else 'OUTSIDE'} simultaneous bands at {found['level']}"
    _say(found, text, format)
    if not found["passed"]:
        raise typer.Exit(3)


def reference(
    source: SourceName = "benson-clinton",
    model: ModelName = "factor",
    priors: Annotated[Literal["default", "published"], typer.Option(help="Priors.")] = "default",
    data: DataDir = None,
    out: FilesDir = Path("benchmarks/reference"),
    seed: Seed = 20020101,
    items: Annotated[
        Path | None,
        typer.Option(
            callback=new_file, help="Also write the item parameters, as a prior, to this file (graded)."
        ),
    ] = None,
    format: Format = OutputFormat.text,
) -> None:
    """Sample a reference posterior (ten chains) and write its summary.

    Example: coalition depth reference --data DIR
    """
    from workflows.depth.reference import items_record, reference_spec, write_reference
    from workflows.depth.reference import reference as run

    if items is not None and model != "graded":
        raise InputError(f"--items with --model {model}", "--model graded, whose items are a prior")
    made(out)
    record, fitted = run(reference_spec(source, model, priors, seed), data)
    path = write_reference(record, out)
    if items is not None:
        write(items, json.dumps(items_record(fitted, record), indent=1) + "\n")
    _say(record, f"{path}", format)
    _gate(fitted)


def made(folder: Path) -> Path:
    """Create a folder of results, before anything is sampled.

    Raises
    ------
    InputError
        If it cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            error.strerror or str(error), "a folder that can be created and written", file=folder
        ) from error
    return folder


def _say(values: dict, text: str, format: OutputFormat) -> None:
    if format is OutputFormat.json:
        say_json(values)
    else:
        terminal(soft_wrap=True).print(text)


def _gate(measured) -> None:
    """End with exit code 3 where a measurement did not pass."""
    if not measured.passed:
        console = terminal(stderr=True)
        for line in (*measured.gate.advice(), str(measured.check)):
            console.print(line)
        raise typer.Exit(3)


def _folder(data: Path | None) -> Path:
    if data is None:
        raise InputError("no data folder", "--data DIR, a folder that holds atop_v5/atop5_1m.csv")
    return data


def _years(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{4}))?", text)
    if found is None or int(found[1]) > int(found[2] or found[1]):
        raise InputError(f"years {text!r}", "FIRST-LAST, such as 2001-2012", key="--years")
    return int(found[1]), int(found[2] or found[1])
