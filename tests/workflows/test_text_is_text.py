"""Titles, operations, states and notes come out as they were written: no medium reads more into them than text."""

from __future__ import annotations

import csv
import html
from pathlib import Path

import pandas as pd
import pytest

from data.common.text import cell, markdown, read_csv, uncell, write_csv
from tests.fuzz.harness import Case, answer, fence
from tests.fuzz.studies import PRINTED, ROWS, STUDY
from workflows.commands.run import Reporter, show
from workflows.commands.terminal import terminal
from workflows.pages.report import render
from workflows.published.tables import write_table
from workflows.run.run import RunOutcome
from workflows.store.notices import Notice
from workflows.store.slug import LONGEST, slug, slugs

HOSTILE = [
    "[/]",
    "[bold]Iraq[/bold]",
    "[link=http://x]a[/link]",
    "ISAF :smile:",
    "\\[x] \\",
    "<b>Mali</b> & 'Serval' \"2013\"",
    "$x_1$ \\textbf{a} % # ~ ^ {",
    '=HYPERLINK("http://x","a")',
    "@SUM(1)",
    "+cmd|' /C calc'!A0",
    "-1+2",
    "a | b * c ` d",
]


def squeezed(text: str) -> str:
    """Without the blanks and lines of a table."""
    return "".join(one for one in text if not one.isspace() and one not in "│┃─━┏┓┗┛┡┩└┘├┤┬┴┼╇")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_finished_run_is_shown_as_written(text, capsys):
    headline = pd.DataFrame(
        {"group": ["posterior"], "label": [text], "headline": [1.0], "lower": [0.0], "upper": [2.0],
         "interval": ["eti_95"], "rows": [10]}
    )  # fmt: skip
    separate = pd.DataFrame(
        {"operation": [text], "differs": [text], "flagged": [True],
         **{f"{kind}{end}": [1.0] for kind in ("joint", "separate") for end in ("", "_lower", "_upper")}}
    )  # fmt: skip
    outcome = RunOutcome(Path("nowhere"), True, headline, [], [Notice("kind", text)])
    show(outcome, 1.0)
    out = capsys.readouterr().out
    assert squeezed(out).count(squeezed(text)) == 2
    assert "gate passed" in out
    from workflows.commands.run import _beside

    terminal(width=200).print(_beside(separate))
    assert squeezed(capsys.readouterr().out).count(squeezed(text)) == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_progress_is_said_as_written(text, capsys):
    with Reporter(terminal(stderr=True, width=200)) as reporter:
        reporter.say(text)
        reporter.stage(text, "computing")
    assert capsys.readouterr().err.count(text) == 3


@pytest.fixture(scope="module")
def fenced(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    with fence(folder / "cache"):
        yield folder


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("more", [(), ("--robustness",)])
@pytest.mark.usefixtures("fenced")
def test_a_study_is_shown_as_written(text, more, tmp_path):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    study = STUDY.replace('title = "Own"', f'title = "{quoted}"').replace(
        'printed = "X"', f'printed = "{quoted}"'
    )
    study += f'[robustness."{quoted}"]\nerrors = "robust"\n'
    printed = pd.DataFrame(csv.reader(PRINTED.splitlines())).replace("X", text)
    files = {
        "own.toml": study,
        "rows.csv": ROWS,
        "printed.csv": printed.to_csv(index=False, header=False),
    }
    words = ("replicate", "{folder}/own.toml", "--data", "{folder}", *more)
    found = answer(Case("", "", words, files), tmp_path)
    assert found.kind == "accepted", found
    assert squeezed(text) in squeezed(found.out)
    for end in ("csv", "html", "tex", "md"):
        found = answer(Case("", "", (*words, "--write", f"{{folder}}/table.{end}"), files), tmp_path)
        assert found.kind == "accepted", found
        assert (tmp_path / f"table.{end}").stat().st_size


@pytest.mark.parametrize("text", HOSTILE)
def test_a_written_table_holds_the_text_and_nothing_that_runs(text, tmp_path):
    table = pd.DataFrame({"term": [text], text: ["1"]})
    for end in ("html", "tex", "md", "csv"):
        write_table(tmp_path / f"t.{end}", table, table, text, [text])
    page = (tmp_path / "t.html").read_text()
    assert html.unescape(page).count(text) >= 3
    assert "<b>Mali" not in page
    tex = (tmp_path / "t.tex").read_text()
    assert "\\textbf{a}" not in tex
    assert "$x_1$" not in tex
    assert "<b>" not in (tmp_path / "t.md").read_text().replace("\\<", "")
    lines = (tmp_path / "t.csv").read_text().splitlines()
    cells = [one for row in csv.reader(lines) for one in row]
    assert not [one for one in cells if one[:1] in "=+-@"]
    assert read_csv(tmp_path / "t.csv")["term"].tolist() == [text]


def test_a_page_escapes_what_it_is_given():
    text = "<script>alert(1)</script> & \"quotes\" 'both'"
    rows = [{"a": text}]
    block = {"kind": "table", "caption": text, "columns": [{"name": "a", "label": text, "numeric": False}],
             "rows": rows, "source": text}  # fmt: skip
    page = render(
        {"title": text, "verdict": {"passed": True, "text": text}, "notices": [{"kind": text, "text": text}],
         "summary": [text], "sections": [{"id": "s", "title": text, "open": True, "blocks": [block]}]}
    )  # fmt: skip
    assert "<script>alert" not in page
    assert html.unescape(page).count(text) >= 9


@pytest.mark.parametrize("number", ["-5", "+3.2", "1e-5", "-0.5%", "−11", "", "0"])
def test_numbers_in_a_csv_stay_numbers(number):
    assert cell(number) == number


def test_a_guarded_table_reads_back_as_it_was(tmp_path):
    frame = pd.DataFrame({"=a": [*HOSTILE, "'=1", "''-x", "it's", None], "n": range(len(HOSTILE) + 4)})
    write_csv(frame, tmp_path / "t.csv")
    pd.testing.assert_frame_equal(read_csv(tmp_path / "t.csv"), frame.astype({"=a": "str"}))
    assert all(uncell(cell(text)) == text for text in frame["=a"].dropna())


def test_markdown_leaves_intervals_alone_and_keeps_one_line():
    assert markdown("0.1 [0.0, 0.2]") == "0.1 [0.0, 0.2]"
    assert markdown("a\n| b") == "a \\| b"


def test_names_of_files_are_bounded_and_never_empty():
    assert slug("Iraq (MNF-I)") == "iraq_mnf_i"
    names = ["[/]", "[]", "ß" * 300, "x" * 300, "x" * 299]
    slugs = [slug(name) for name in names]
    assert len({*slugs}) == len(names)
    assert all(0 < len(one.encode()) <= LONGEST for one in slugs)
    assert all("/" not in one and not one.startswith(".") for one in slugs)


def test_distinct_names_have_distinct_files_whatever_their_order():
    names = ["Mali 1", "Mali-1", "mali 1", "ISAF", "x" * 80, "X" * 80]
    found = slugs(names)
    assert len({*found.values()}) == len(names)
    assert found["ISAF"] == "isaf"
    assert found == slugs(reversed(names))
    assert all(len(one.encode()) <= LONGEST for one in found.values())
