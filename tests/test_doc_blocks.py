"""Pages that run: every command line is understood, every block is executed or says here why it is not.

Where a page fits a model, nutpie is put aside: draws are those of the prior, so that a page takes seconds and not
minutes. Each page is played from its top in a folder of its own, as its reader would.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import typer.main
from typer.testing import CliRunner

import workflows.spec.run
from tests.workflows.stub_sampler import put_aside
from workflows.cli import app

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
#: What a page is played with: draws enough for its figures, too few for its gate, whose failure is exit code 3.
QUICK = {"chains": 2, "tune": 20, "draws": 200}
#: Blocks that are not executed, by page and a piece of their text, and why.
UNRUN = {
    ("README.md", "pip install"): "installs; the walk of a new user does so from a fresh clone",
    ("cluster.md", "export "): "starts a scheduler or a worker of a cluster",
    ("cluster.md", "SLURMCluster"): "needs SLURM",
    ("cluster.md", "uv run --with"): "needs SLURM",
    ("cluster.md", "coalition calibrate"): "hours; tests/workflows/test_calibrate.py and test_fan_out.py",
    ("cluster.md", "coalition compare"): "refits; tests/workflows/test_kfold.py and test_bridge.py",
    ("samplers.md", "coalition run bundled --sampler"): "samples for minutes; tests/workflows/test_sample.py",
    ("coalitions.md", "coalition data coalitions"): "needs research data; tests/workflows/test_coalitions.py",
    ("from-stata-r.md", "haven::"): "R",
    ("from-stata-r.md", "use results"): "Stata",
    ("other-fits.md", "posterior_epred"): "R",
    ("own-operation.md", ""): "a reader's own sheets; tests/data/test_own_variables.py and notebooks/04",
    ("own-likelihood.md", ""): "tests/models/test_own_likelihood.py",
    ("arviz.md", ""): "tests/workflows/test_arviz.py",
}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    language: str
    text: str
    note: str

    @property
    def unrun(self) -> str | None:
        """Why it is not executed, or None."""
        reasons = [why for (page, piece), why in UNRUN.items() if page == self.page and piece in self.text]
        return reasons[0] if reasons else None


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"(?:^<!-- ?(.*?) ?-->\n)?^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [Block(page.name, language, body, note) for note, language, body in found]


ALL = [block for page in PAGES for block in blocks(page)]


def commands(text: str) -> Iterator[list[str]]:
    """Arguments of every `coalition` line, without comments, redirections and what follows them."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["coalition"]:
            ends = [k for k, word in enumerate(words) if word in (">", "||", "&&", "|")]
            yield words[1 : min(ends, default=len(words))]


LINES = [
    (block.page, words) for block in ALL if block.language in ("bash", "sh") for words in commands(block.text)
]
#: Commands in running text and tables, where they have arguments.
QUOTED = [
    (page.name, shlex.split(found))
    for page in PAGES
    for found in re.findall(r"`coalition ([a-z][^`]*)`", page.read_text(encoding="utf-8"))
    if "..." not in found
]


@pytest.mark.parametrize(
    ("page", "words"), [*LINES, *QUOTED], ids=lambda v: v if isinstance(v, str) else " ".join(v)
)
def test_every_command_of_a_page_is_understood(page, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "DIR").mkdir()
    words = words[: words.index(">")] if ">" in words else words
    quoted, command = words, typer.main.get_command(app)
    while hasattr(command, "commands"):
        assert words, f"{page}: a group without a command"
        if words[0] not in command.commands:
            # A group in running text, such as `coalition depth`, with options of its own.
            break
        command, words = command.commands[words[0]], words[1:]
        if not words and hasattr(command, "commands"):
            return
    try:
        command.make_context("coalition", list(words))
    except typer.BadParameter as error:
        # Running text names a command without what it needs; what it does name must be known.
        if (page, quoted) not in QUOTED or type(error).__name__ != "MissingParameter":
            raise


def test_every_block_is_executed_or_says_why_not():
    known = {"bash", "sh", "python", "toml", "r", "stata"}
    assert {block.language for block in ALL} <= known
    played = {page.name for page in PLAYED} | {"own-figure.md"}
    left = [block for block in ALL if not block.unrun and block.page not in played]
    assert not [block for block in left if block.language != "toml"], left
    stale = [key for key in UNRUN if not any(b.page == key[0] and key[1] in b.text for b in ALL)]
    assert stale == []


@pytest.mark.parametrize(
    "block", [b for b in ALL if b.language == "toml"], ids=lambda b: f"{b.page}:{b.text[:20]}"
)
def test_every_piece_of_toml_is_toml(block):
    assert tomllib.loads(block.text)


class Reader:
    """Does what a page says, in one folder and one Python session."""

    def __init__(self, folder: Path, data: Path | None) -> None:
        self.folder, self.data = folder, data
        self.names: dict[str, object] = {}

    def play(self, block: Block) -> None:
        if block.language == "python":
            text = block.text.replace("path/to/data", str(self.data))
            exec(compile(text, block.page, "exec"), self.names)
            plt.close("all")
        elif block.language in ("bash", "sh"):
            for line in block.text.splitlines():
                self._line(line)

    def _line(self, line: str) -> None:
        for words in commands(line):
            words = [str(self.data) if word == "DIR" else word for word in words]
            result = CliRunner().invoke(app, words, input="y\n", catch_exceptions=False)
            # 3: the gate, which draws of the prior need not pass.
            assert result.exit_code in (0, 3), (line, result.output)
            if target := re.search(r"> (\S+\.\w+)", line):
                (self.folder / target[1]).write_text(result.stdout, encoding="utf-8")


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """A reader whose fits take their draws from the prior."""
    put_aside(monkeypatch)
    monkeypatch.chdir(tmp_path)
    load = workflows.spec.run.load_spec

    def quick(*arguments, **options):
        return load(*arguments, **{**options, **QUICK})

    for name, module in list(sys.modules.items()):
        if name.startswith("workflows") and getattr(module, "load_spec", None) is load:
            monkeypatch.setattr(module, "load_spec", quick)
    monkeypatch.setattr(
        "workflows.run.doctor._tiny_sample", lambda: workflows.run.doctor.Finding("tiny sample", "good", "")
    )
    return Reader(tmp_path, None)


def _epred(folder: Path) -> None:
    """What another program would have written."""
    rows = len(pd.read_csv(folder / "rows.csv"))
    rng = np.random.default_rng(1)
    for name, low, high in (("epred", 0.0, 0.01), ("taking_part", 0.1, 0.5)):
        for end in ("", "_up"):
            pd.DataFrame(rng.uniform(low, high, (8, rows))).to_csv(folder / f"{name}{end}.csv")


def _change_one_word(folder: Path) -> None:
    """What the tutorial asks of its reader."""
    spec = folder / "residual.toml"
    text = spec.read_text(encoding="utf-8")
    head, _, tail = text.partition("[model.potential]")
    changed = tail.replace('kind = "difference"', 'kind = "residual"', 1)
    assert changed != tail
    spec.write_text(f"{head}[model.potential]{changed}", encoding="utf-8")


QUICK_PAGES = ["from-stata-r.md", "other-fits.md"]
SAMPLING_PAGES = ["README.md", "index.md"]
WALK = ["tutorial.md", "runs.md", "samplers.md"]
PLAYED = [p for p in PAGES if p.name in (*QUICK_PAGES, *SAMPLING_PAGES, *WALK, "panels.md")]


def _play(reader: Reader, page: str, **before) -> None:
    for block in blocks(ROOT / page if page == "README.md" else ROOT / "docs" / page):
        if block.unrun:
            continue
        for piece, prepare in before.items():
            if piece in block.text.replace(" ", "_").replace(".", "_"):
                prepare(reader.folder)
        reader.play(block)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("page", QUICK_PAGES)
def test_a_page_without_a_fit_runs(page, reader):
    _play(reader, page, coalition_effects=_epred)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("page", SAMPLING_PAGES)
def test_a_page_that_fits_runs(page, reader):
    _play(reader, page)
    assert "fit" in reader.names


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_page_on_panels_runs(reader, shared_data):
    reader.data = shared_data
    _play(reader, "panels.md")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_reader_walks_from_the_tutorial_through_runs_to_samplers(reader):
    _play(reader, "tutorial.md", coalition_run_residual_toml=_change_one_word)
    assert (reader.folder / "results" / "residual" / "report.html").is_file()
    assert (reader.folder / "residual.nc").is_file()
    (reader.folder / "mine.toml").write_text((reader.folder / "residual.toml").read_text())
    _play(reader, "runs.md")
    _play(reader, "samplers.md")


@pytest.mark.filterwarnings("ignore")
def test_the_page_on_figures_runs():
    first, second = (block for block in blocks(ROOT / "docs" / "own-figure.md") if block.language == "python")
    names: dict[str, object] = {}
    exec(compile(first.text, first.page, "exec"), names)
    table = pd.DataFrame({"state": ["Norway", "Chad"], "share": [0.02, 0.01]})
    assert names["share_by_state"](table).axes
    assert names["caption"](table) == "Largest: Norway (0.0200) and Chad (0.0100)."
    assert "fit.headline" in second.text
    assert hasattr(__import__("workflows.estimands.fit", fromlist=["Fit"]).Fit, "headline")


#: The README's two commands, which say how to install.
INSTALLING = [b.text.split(" && ")[0] for b in ALL if b.page == "README.md" and b.note in ("run", "tests")]


def test_both_commands_of_the_readme_install_alike():
    assert len(INSTALLING) == 2
    assert len(set(INSTALLING)) == 1


def test_pip_is_quiet_the_second_time(tmp_path):
    """Without more words pip warns of each folder that is there already, in red."""
    command = INSTALLING[0].split()
    assert command[:3] == ["python3", "-m", "pip"]
    # The environment of the tests has no pip: that of the machine's own Python.
    python = str(Path(sys.base_prefix) / "bin" / "python3")
    for once in ("first", "second"):
        done = subprocess.run(
            [python, *command[1:]], cwd=tmp_path, capture_output=True, text=True, timeout=300
        )
        if done.returncode and once == "first":
            pytest.skip(f"needs pip and where it installs from: {done.stderr.strip()[-200:]}")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / ".uv" / "bin" / "uv").exists()
