"""The wheel: what it carries, and that it works where nothing else of the project is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _uv() -> str | None:
    return shutil.which("uv", path=os.pathsep.join([str(ROOT / ".uv" / "bin"), os.environ.get("PATH", "")]))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    uv = _uv()
    if uv is None:
        pytest.skip("needs uv, which the README's commands install")
    folder = tmp_path_factory.mktemp("dist")
    command = [uv, "build", "--wheel", "--quiet", "--out-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, timeout=300)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_the_bundled_data_and_leaves_out_what_is_for_developers(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "data/bundled/contributions.csv",
        "data/readers/atop.toml",
        "models/known_items.json",
        "workflows/spec/bundled/bundled.toml",
        "workflows/pages/templates/report.html.j2",
        "workflows/spec/studies/gannon-kent.toml",
    ):
        assert wanted in names
    tops = {name.split("/")[0] for name in names}
    assert not tops & {"tests", "notebooks", "benchmarks", "docs", ".ci"}


@pytest.mark.slow
def test_the_wheel_runs_the_main_job_in_an_empty_environment_from_any_folder(wheel, tmp_path):
    uv, home = _uv(), tmp_path / "env"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(home)], check=True, timeout=120)
    python = home / "bin" / "python"
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", str(python), str(wheel)], check=True, timeout=900
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "UV_"))}
    found = subprocess.run(
        [home / "bin" / "coalition", "run"],
        cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    assert (elsewhere / "results" / "bundled" / "report.html").is_file()
