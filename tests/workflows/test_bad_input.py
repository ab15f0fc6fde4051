"""A user's mistakes at the command line: exit code 2 and one line that says where and what."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from data.facts import BUNDLED

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from workflows.entry import main; main()"]


def coalition(*words, cwd=ROOT, path=ROOT):
    environment = {**os.environ, "PYTHONPATH": str(path)}
    return subprocess.run(
        [*COMMAND, *map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )


def refused(found, *words):
    assert found.returncode == 2, (found.returncode, found.stderr)
    assert "Traceback" not in found.stderr
    lines = [line for line in found.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, found.stderr
    assert found.stderr.strip().endswith(lines[0])
    for word in words:
        assert word in lines[0], lines[0]


@pytest.fixture
def facts(tmp_path):
    shutil.copytree(BUNDLED, tmp_path / "facts")
    return tmp_path / "facts"


def edit(folder, table, change):
    path = folder / f"{table}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(frame).to_csv(path, index=False)


def put(column, value, row):
    def change(frame):
        frame.loc[row, column] = value
        return frame

    return change


FAULTS = {
    "a negative troop count": (
        "contributions",
        put("troops", "-5", 5),
        ("contributions.csv", "row", "troops", "-5"),
    ),
    "an unknown state code": (
        "contributions",
        put("ccode", "9999", 5),
        ("contributions.csv", "ccode", "9999"),
    ),
    "a renamed column": (
        "armed_forces",
        lambda f: f.rename(columns={"active_personnel": "soldiers"}),
        ("armed_forces.csv", "active_personnel"),
    ),
    "a duplicated row": (
        "armed_forces",
        lambda f: pd.concat([f, f.iloc[[7]]]),
        ("armed_forces.csv", "row"),
    ),
    "a share above one": (
        "armed_forces",
        lambda f: f.assign(
            active_personnel=f["active_personnel"].where(
                ~((f["ccode"] == "200") & (f["year"] == "2009")), "100"
            )
        ),
        ("share", "200"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_data_is_one_line(facts, tmp_path, fault):
    table, change, words = FAULTS[fault]
    edit(facts, table, change)
    refused(coalition("run", "--data", facts, "--out", tmp_path / "r"), *words)


def test_a_missing_file_is_one_line(facts, tmp_path):
    (facts / "un_agreement.csv").unlink()
    refused(coalition("run", "--data", facts, "--out", tmp_path / "r"), "un_agreement.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[sampling]\ndrows = 10\n", ("drows", "unknown key")),
        ("[sampling]\ndraws = -1\n", ("draws", "-1")),
        ("[model.contribution]\nlikelihood = 'hurdle_beat'\n", ("hurdle_beat",)),
        ("[panel]\nsource = 'nowhere'\n", ("nowhere",)),
        ("this is no TOML", ("TOML",)),
    ],
)
def test_a_fault_of_the_spec_is_one_line(tmp_path, text, words):
    spec = tmp_path / "mine.toml"
    spec.write_text(text)
    refused(coalition("run", spec, "--out", tmp_path / "r"), "mine.toml", *words)


def test_a_control_that_the_panel_does_not_have_is_one_line(tmp_path):
    spec = tmp_path / "mine.toml"
    spec.write_text("[model.contribution]\ncontrols = ['log_gpd']\n")
    refused(coalition("run", spec, "--out", tmp_path / "r"), "mine", "log_gpd", "log_gdppc")


def test_a_spec_that_does_not_exist_is_one_line(tmp_path):
    refused(coalition("run", "bundeld", "--out", tmp_path / "r"), "bundeld", "bundled")


def test_a_data_folder_that_does_not_exist_is_one_line(tmp_path):
    refused(coalition("run", "gannon-kent", "--data", tmp_path / "none"), "none")


def test_gannon_kent_without_data_says_how_to_give_it(tmp_path):
    refused(coalition("run", "gannon-kent", "--out", tmp_path / "r"), "--data")


def test_a_users_own_module_of_the_same_name_is_one_line(tmp_path):
    (tmp_path / "models.py").write_text("x = 1\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    code = "import sys; sys.argv = ['coalition', '--help']; from workflows.entry import main; main()"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    refused(found, "models.py", "hides")


def test_tests_and_command_use_this_project_where_the_folder_has_its_own_models_and_data(tmp_path):
    (tmp_path / "models.py").write_text("raise RuntimeError('the wrong models')\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "__init__.py").write_text("raise RuntimeError('the wrong data')\n")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    script = Path(sys.executable).with_name("coalition")
    found = subprocess.run(
        [script, "--version"], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert found.returncode == 0, found.stderr
    test = ROOT / "tests" / "data" / "test_ledger.py"
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
