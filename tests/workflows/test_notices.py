"""Notices: raised by stages, kept with them, shown once."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from rich.console import Console
from typer.testing import CliRunner

import workflows.commands.run as command
from workflows.cli import app
from workflows.run.record import describe
from workflows.run.run import RunOutcome
from workflows.spec.run import RunSpec
from workflows.store.notices import Notice, lines, raised, recorded
from workflows.store.store import Store

CODE = ("workflows.store.notices",)
YEARS = Notice("left out", "2015 to 2018: no armed forces")
STATES = Notice("left out", "Iceland: no armed forces")
PRIORS = Notice("priors", "the prior decides the sign")


def store(folder: Path) -> Store:
    found = Store(folder)
    found.stage("panel", {}, lambda _: {"content": "x", **recorded([YEARS])}, CODE)
    found.stage("prior", {}, lambda _: recorded([PRIORS, YEARS]), CODE)
    found.stage("gate", {}, lambda _: {"passed": True, **recorded([STATES])}, CODE)
    return found


def test_notices_of_all_stages_stand_once_each_and_by_kind(tmp_path):
    assert raised(store(tmp_path).stages) == [YEARS, STATES, PRIORS]


def test_a_list_within_a_notice_stands_below_it():
    assert lines([Notice("support", "for few.\n- A: 3 %\n- B: 4 %")]) == [
        "support: for few.\n  - A: 3 %\n  - B: 4 %"
    ]


def test_a_stage_found_on_disk_brings_its_notices_back(tmp_path):
    first = store(tmp_path)
    again = store(tmp_path)
    assert all(stage.cached for stage in again.stages)
    assert raised(again.stages) == raised(first.stages)


def test_the_record_of_a_run_holds_its_notices(tmp_path):
    record = describe(RunSpec(name="a"), store(tmp_path).stages, True, datetime.now(UTC))
    assert json.loads(json.dumps(record["notices"]))[0] == {"kind": YEARS.kind, "text": YEARS.text}
    assert len(record["notices"]) == 3


def test_a_failed_gates_banner_is_a_line_a_remedy():
    from workflows.pages.page import by_remedy

    about = "R-hat 1.020, ESS bulk 191, tail 330."
    advice = ["R-hat: 1.06 (a_raw), needs at most 1.01. More draws."]
    advice += [f"size_x[{k}]: {about} more draws" for k in range(5)]
    advice += [f"measurement alone: loading: {about} look at it", f"b_sd: {about} a tighter prior"]
    assert by_remedy(advice) == [
        advice[0],
        "size x[0], size x[1], size x[2] and 2 more: more draws.",
        "measurement alone: loading: look at it.",
        "b sd: a tighter prior.",
    ]


def test_a_failed_gates_banner_says_each_remedy_once_and_knows_names_of_two_words():
    from workflows.pages.page import by_remedy

    mix = "a spread that the data hardly inform: a tighter prior"
    advice = [
        f"{check} (size_state_sd), needs {limit}. {mix.capitalize()}."
        for check, limit in (("R-hat: 1.1079", "at most 1.01"), ("bulk ESS: 28", "at least 400"))
    ]
    advice += ["divergences: 409, needs none. Raise `target_accept`."]
    about = "R-hat 1.108, ESS bulk 28, tail 12."
    advice += [f"size_state_sd: {about} {mix}", f"size_state_raw[United Kingdom]: {about} more draws"]
    assert by_remedy(advice) == [
        "R-hat: 1.1079 (size_state_sd), needs at most 1.01; bulk ESS: 28 (size_state_sd), needs at least 400. "
        "A spread that the data hardly inform: a tighter prior.",
        advice[2],
        "size state raw[United Kingdom]: more draws.",
    ]


def test_the_terminal_of_a_failed_run_says_each_remedy_once(tmp_path, monkeypatch):
    mix = "standardised effects mix with their spread: a higher `target_accept`, or more draws"
    advice = [
        f"size_state_raw[{n}]: R-hat 1.108, ESS bulk 28, tail 12. {mix}" for n in ("Norway", "Spain", "Italy")
    ]
    found = RunOutcome(tmp_path, False, pd.DataFrame(), advice, [])
    monkeypatch.setattr("workflows.run.run.run", lambda *_: found)
    result = CliRunner().invoke(app, ["run", "bundled"])
    assert result.exit_code == 3
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("gate: ")]
    assert line.count("target_accept") == 1
    assert "Norway" in line
    assert "Italy" in line


def test_json_gives_them_as_objects(tmp_path, monkeypatch):
    found = RunOutcome(tmp_path, True, pd.DataFrame(), [], [YEARS, PRIORS])
    monkeypatch.setattr("workflows.run.run.run", lambda *_: found)
    result = CliRunner().invoke(app, ["run", "bundled", "--format", "json"], catch_exceptions=False)
    assert json.loads(result.stdout)["notices"] == [
        {"kind": notice.kind, "text": notice.text} for notice in (YEARS, PRIORS)
    ]


def test_the_terminal_says_them_before_the_verdict(tmp_path, monkeypatch):
    said = io.StringIO()
    monkeypatch.setattr(command, "terminal", lambda **_: Console(file=said, width=400))
    outcome = RunOutcome(tmp_path, True, pd.DataFrame(), [], [YEARS, PRIORS])
    command.show(outcome, 1.0)
    shown = said.getvalue().splitlines()
    assert shown[:2] == [f"note: {line}" for line in lines([YEARS, PRIORS])]
    assert shown[2].startswith("gate passed")
