"""The README's commands may be typed again: what pip does then is quiet."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"<!-- \w+ -->\n```sh\n(.+)\n```", README)


def test_both_commands_install_alike() -> None:
    assert len(COMMANDS) == 2
    assert len({command.split(" && ")[0] for command in COMMANDS}) == 1


def test_pip_is_quiet_the_second_time(tmp_path: Path) -> None:
    """Without more words pip warns of each folder that is there already, in red."""
    command = COMMANDS[0].split(" && ")[0].split()
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
