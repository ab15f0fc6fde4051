"""What several pages, tables and series say or keep alike is written once, and comes out as it should."""

from __future__ import annotations

import pandas as pd
from rich.console import Console

from workflows.commands.terminal import columns, print_table
from workflows.pages.blocks import table
from workflows.series import task as module
from workflows.series.task import once


def test_a_column_has_its_heading_unless_a_table_gives_it_one():
    names = ("headline", "joint_lower", "prior_sds", "first_year", "rows: N", "level: ", "absent")
    frame = pd.DataFrame([[1.0, 2.0, 3.0, 2001, 5, True]], columns=["headline", "joint_lower", "prior_sds",
                         "first_year", "rows", "level"])  # fmt: skip
    found = table("caption", frame, names, "file.csv")
    headings = {column["name"]: column["label"] for column in found["columns"]}
    assert headings == {
        "headline": "H", "joint_lower": "Lower", "prior_sds": "Prior SDs", "first_year": "First year", "rows": "N",
        "level": "",
    }  # fmt: skip
    assert [column["numeric"] for column in found["columns"]] == [True] * 5 + [False]
    assert found["rows"][0]["level"] == "yes"


def test_numbers_of_a_table_stand_to_the_right_and_nothing_is_cut_off():
    shown = columns("name", ">troops")
    shown.add_row("a name longer than the terminal is wide", "7")
    console = Console(width=24, record=True)
    console.print(shown)
    said = console.export_text()
    assert "…" not in said
    assert any(line.rstrip(" │┃").endswith("     7") for line in said.splitlines())


def test_what_is_missing_is_empty_of_whatever_kind(capsys):
    frame = pd.DataFrame(
        {"troops": pd.array([pd.NA, 7], "Int64"), "said": [None, "x"], "share": [float("nan"), 1e6]}
    )
    print_table("", frame)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["troops", "said", "share"], [], ["7", "x", "1000000"],
    ]  # fmt: skip


def test_a_process_makes_what_a_series_needs_once(monkeypatch):
    monkeypatch.setattr(module, "_made", {})
    made = []

    def make(_):
        made.append(len(made))
        return made[-1]

    assert [once({"series": name}, make) for name in "aabba"] == [0, 0, 1, 1, 2]
