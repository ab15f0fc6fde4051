"""The panel from the authors' merged file with ATOP's treaties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.common.errors import InputError
from data.panel import build_panel, open_panel, panel_frame, panel_ledger, save_panel
from data.sources.registry import file_of
from data.studies import gannon_kent
from data.studies.gannon_kent import read_merged

MERGED = file_of(*gannon_kent.MERGED).path

ALL = ["thousands_separators", "depth_orientation", "gdp_join", "year_2014", "casualties_lag"]


@pytest.fixture(scope="module")
def panel(shared_data):
    return build_panel("gannon-kent", shared_data)


@pytest.fixture(scope="module")
def published(panel, shared_data):
    merged = read_merged(shared_data)
    return panel_frame(panel).merge(merged, on=["ccode", "year"], suffixes=("", "_merged"))


def test_row_counts_and_ledger(panel):
    ledger = panel_ledger(panel).set_index(["step", "reason"])["rows"]
    assert ledger["merged file", "rows in"] == 2383
    assert ledger["merged file", "no state of the system"] == 32
    assert ledger["panel rows", "leader of the operation"] == 14
    assert ledger["panel rows", "theatre state"] == 14
    assert ledger["panel rows", "armed forces of zero"] == 69
    assert ledger["panel rows", "kept"] == panel.sizes["row"] == 1702


def test_without_controls_the_panel_keeps_every_row_with_a_share_and_a_similarity(shared_data):
    panel = build_panel({"source": "gannon-kent", "controls": []}, shared_data)
    assert panel.sizes["row"] == 2210
    assert panel.sizes["control"] == 0


def test_shares_are_the_published_ones_and_never_infinite(published):
    assert np.allclose(published["share"], published["troops_afghan_final_ratio"])
    assert published["share"].max() < 0.1


def test_alliance_agrees_with_the_merged_file_but_for_iraq(published):
    differs = published[published["alliance"] != published["us_ally"]]
    assert set(differs["state"]) == {"Iraq"}
    assert differs["year"].tolist() == [2008, 2009, 2010, 2011, 2012]


def test_similarity_is_the_published_one(published, shared_data):
    assert np.allclose(published["similarity"], 1 - published["ideal_dist"])
    agreement = build_panel({"source": "gannon-kent", "similarity": "agreement"}, shared_data)
    assert float(agreement["similarity"].max()) < 1


def test_the_corrected_outcome_has_the_united_kingdom_at_9500_in_2010(panel, shared_data):
    def uk(dataset, year):
        frame = panel_frame(dataset)
        return frame[(frame["ccode"] == 200) & (frame["year"] == year)].iloc[0]

    spec = {"source": "gannon-kent", "corrections": ALL, "controls": ["log_gdppc", "casualties"]}
    corrected = build_panel(spec, shared_data)
    assert uk(panel, 2010)["troops"] == 0
    assert uk(corrected, 2010)["troops"] == 9500
    assert uk(corrected, 2010)["control casualties"] == uk(corrected, 2010)["casualties_lagged"] == 105
    assert 2014 not in corrected["row_year"]


def test_provisions_cover_all_treaties_and_mark_those_of_the_panel(panel):
    assert panel.sizes["treaty"] == 589
    inside = panel["treaty"].to_numpy()[panel["treaty_in_panel"].to_numpy()]
    assert {"3075", "3180", "3375"} <= set(inside)
    assert "3740" not in set(panel["treaty"].to_numpy())
    assert (panel["in_force"].any("row") == panel["treaty_in_panel"]).all()


def test_phases_give_thailand_a_pact_without_organisation(shared_data):
    by_phase = build_panel({"source": "gannon-kent", "treaty_unit": "phase"}, shared_data)
    organisation = by_phase["provisions"].sel(provision="organisation")
    assert organisation.sel(treaty="3260.2") == 0
    assert bool(by_phase["treaty_in_panel"].sel(treaty="3260.2"))
    assert not bool(by_phase["treaty_in_panel"].sel(treaty="3260.1"))


def test_the_panel_survives_its_file(panel, tmp_path):
    assert open_panel(save_panel(panel, tmp_path / "panel.nc")).equals(panel)


@pytest.fixture
def folder(shared_data, tmp_path):
    for name in ("atop_v5", "isaf_gannon_kent", "worldbank"):
        (tmp_path / name).symlink_to(shared_data / name)
    (tmp_path / MERGED).parent.mkdir()
    (tmp_path / MERGED).write_bytes((shared_data / MERGED).read_bytes())
    return tmp_path


def change(folder, edit):
    frame = pd.read_csv(folder / MERGED, dtype=str, keep_default_na=False)
    edit(frame).to_csv(folder / MERGED, index=False)


def put(column, value):
    def edit(frame):
        frame.loc[10, column] = value
        return frame

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda f: f.rename(columns={"troops_afghan_final": "troops_final"}), ("'troops_afghan_final'",)),
        (put("troops_afghan_final", "-4"), ("row 12", "'troops_afghan_final'", "-4")),
        (put("troops_afghan_final_ratio", "1.5"), ("row 12", "'troops_afghan_final_ratio'", "1.5")),
        (put("ccode", "999"), ("row 12", "'ccode'", "999")),
        (put("troops_afghan_final", "9,500"), ("row 12", "'troops_afghan_final'", "9,500")),
        (lambda f: pd.concat([f, f.iloc[[10]]]), ("row 2385", "one row")),
    ],
    ids=["renamed column", "negative count", "share above one", "unknown code", "separator", "duplicate"],
)
def test_a_faulty_merged_file_is_refused_in_one_line(folder, edit, words):
    change(folder, edit)
    with pytest.raises(InputError) as caught:
        build_panel("gannon-kent", folder)
    message = str(caught.value)
    assert "\n" not in message
    for word in ("iiss_afghan_complete.csv", *words):
        assert word in message, message


def test_a_missing_file_or_folder_is_refused(folder):
    (folder / "atop_v5").unlink()
    with pytest.raises(InputError, match=r"atop5_1m\.csv.*no such file"):
        build_panel("gannon-kent", folder)
    (folder / MERGED).unlink()
    with pytest.raises(InputError, match=r"iiss_afghan_complete\.csv.*no such file"):
        build_panel("gannon-kent", folder)
    with pytest.raises(InputError, match="no data folder"):
        build_panel("gannon-kent")


@pytest.mark.parametrize(
    "given",
    [
        {"operations": ["Iraq"]},
        {"leader": 220},
        {"treaties": "bundled"},
        {"similarity_span": 5.0},
        {"controls": ["luck"]},
        {"corrections": ["everything else"]},
    ],
)
def test_a_spec_that_the_merged_file_cannot_serve_is_refused(shared_data, given):
    with pytest.raises(InputError):
        build_panel({"source": "gannon-kent", **given}, shared_data)
