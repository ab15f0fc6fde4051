"""The authors' merged file: read as published, refused where it is broken."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.common.errors import InputError
from data.sources.registry import file_of
from data.studies.gannon_kent import MERGED, THEATRE, read_merged

FOLDER, FILE = file_of(*MERGED).path.split("/")


@pytest.fixture
def copy(shared_data, tmp_path):
    """A small copy of the file whose cells can be broken: ``copy(change) -> folder``."""
    source = pd.read_csv(shared_data / FOLDER / FILE, dtype=str, keep_default_na=False, nrows=300)

    def write(change):
        folder = tmp_path / FOLDER
        folder.mkdir(exist_ok=True)
        change(source).to_csv(folder / FILE, index=False)
        return tmp_path

    return write


def _cell(row: int, column: str, value: str):
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[row, column] = value
        return frame

    return change


def test_the_whole_file_is_read_with_its_errors(shared_data):
    frame = read_merged(shared_data)
    assert len(frame) == 2383
    assert frame["ccode"].nunique() == 172
    sample = frame[frame["ccode"] != THEATRE].replace([np.inf, -np.inf], np.nan)
    assert not (sample["ccode"] == 700).any()
    assert sample["troops_afghan_final_ratio"].max() < 1


@pytest.mark.parametrize(
    ("change", "column", "row"),
    [
        (_cell(7, "troops_afghan_final", "-3"), "troops_afghan_final", 9),
        (_cell(7, "troops_afghan_final_ratio", "1.2"), "troops_afghan_final_ratio", 9),
        (_cell(7, "troops_total", "9,500"), "troops_total", 9),
        (_cell(7, "ccode", "999"), "ccode", 9),
        (lambda frame: pd.concat([frame, frame.iloc[[4]]]), "ccode", 302),
        (lambda frame: frame.rename(columns={"pot_gain": "potential"}), "pot_gain", None),
    ],
)
def test_a_broken_file_is_refused_with_its_place(copy, change, column, row):
    with pytest.raises(InputError) as error:
        read_merged(copy(change))
    assert error.value.column == column
    assert error.value.row == row
    assert str(error.value.file).endswith(FILE)


def test_a_folder_without_the_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_merged(tmp_path)
