"""Every notebook runs from a clean kernel and is stored without outputs; a saved fit is ArviZ's own."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TOUR = ROOT / "notebooks" / "01_tour.ipynb"

nbformat = pytest.importorskip("nbformat", reason="needs the dependency group dev")
pytest.importorskip("nbclient", reason="needs the dependency group dev")


def _run(path, folder, data):
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=1800,
        kernel_name="python3",
        # Kernel and test share nothing but a socket on this machine.
        extra_arguments=["--log-level=50"],
        resources={"metadata": {"path": str(folder)}},
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    environment.pop("COALITION_DATA", None)
    if data is not None:
        environment["COALITION_DATA"] = str(data)
    with warnings.catch_warnings():
        # Sockets of the Jupyter client, not of this project, are closed by the garbage collector.
        warnings.simplefilter("ignore")
        client.execute(env=environment)
    return notebook


def _shown(notebook):
    """All text that the cells printed or displayed."""
    parts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            parts.append(output.get("text", ""))
            parts += [str(v) for k, v in output.get("data", {}).items() if k.startswith("text/")]
    return "\n".join(parts)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_stored_without_outputs_and_say_what_they_need(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert max(len(cell.source.splitlines()) for cell in code if "write_text" not in cell.source) <= 25
    text = "\n".join(cell.source for cell in notebook.cells)
    if "sample(" in text:
        assert "too few to report" in text
    assert str(ROOT) not in text


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_tour_runs_and_a_saved_fit_opens_in_arviz_with_names(tmp_path):
    shown = _shown(_run(TOUR, tmp_path, None))
    assert "Headline effect, troops per year" in shown
    assert "participation_slope[ISAF]" in shown  # az.summary labels by operation
    assert "['ISAF 2009']" in shown  # years select
    assert "do not report" in shown  # too few draws, and the fit says so


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", [p for p in NOTEBOOKS if p != TOUR], ids=lambda p: p.stem)
def test_notebooks_run_from_a_clean_kernel(path, tmp_path, shared_data):
    _run(path, tmp_path, shared_data)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["02_gannon_kent", "04_own_operation"])
def test_notebooks_skip_politely_where_the_data_are_absent(name, tmp_path):
    shown = _shown(_run(ROOT / "notebooks" / f"{name}.ipynb", tmp_path, tmp_path / "nothing"))
    assert "not here" in shown
