"""The nine provisions: mapping from ATOP, tested on the treaties that stand in both files."""

from __future__ import annotations

import pandas as pd
import pytest

from data.common.errors import InputError
from data.tables.table import find_file
from data.treaties.provisions import CATEGORIES, PROVISIONS, atop, benson_clinton, from_atop_items


@pytest.fixture(scope="module")
def common(shared_data):
    ours = atop(shared_data, coding="published", nonaggression_only=True)
    theirs = benson_clinton(shared_data, coding="published")
    return theirs.merge(ours, on="atopid", suffixes=("_theirs", "_ours"))


def test_the_two_files_have_509_treaties_in_common(common):
    assert len(common) == 509


@pytest.mark.parametrize(
    ("provision", "disagreements"),
    # Small counts are revisions of ATOP between the release of 2016 and 5.1, not the mapping.
    [
        ("military_contact", 7),
        ("common_defence_policy", 3),
        ("integrated_command", 1),
        ("military_aid", 2),
        ("bases", 2),
        ("specific_contributions", 4),
        ("organisation", 7),
        ("economic_aid", 9),
        ("secrecy", 8),
    ],
)
def test_mapping_from_atop_gives_the_published_codes_on_common_treaties(common, provision, disagreements):
    both = common[[f"{provision}_theirs", f"{provision}_ours"]].dropna()
    assert len(both) >= 490
    assert (both.iloc[:, 0] != both.iloc[:, 1]).sum() == disagreements


def test_leaving_out_nonaggression_only_pacts_gives_the_treaties_of_the_NNA_file(shared_data):
    nna = pd.read_csv(find_file(shared_data, "atop_v5/atop5_1a_NNA.csv"), low_memory=False)
    ours = atop(shared_data)
    assert sorted(ours["atopid"]) == sorted(nna["atopid"])
    assert 3740 not in set(ours["atopid"])  # the Helsinki act
    assert 3740 in set(atop(shared_data, nonaggression_only=True)["atopid"])


@pytest.mark.parametrize("coding", ["binary", "published"])
@pytest.mark.parametrize("version", ["5.1", "4.01"])
def test_codes_stay_within_the_declared_categories(shared_data, coding, version):
    table = atop(shared_data, version, coding=coding)
    assert list(table.columns) == ["atopid", *PROVISIONS]
    for name in PROVISIONS:
        values = table[name].dropna()
        assert set(values) <= set(range(CATEGORIES[coding][name])), name


def test_benson_clinton_has_514_treaties_and_whole_codes_by_default(shared_data):
    assert len(benson_clinton(shared_data)) == 514
    values = benson_clinton(shared_data)[list(PROVISIONS)]
    assert (values.isna() | (values % 1 == 0)).all().all()
    published = benson_clinton(shared_data, coding="published")["military_contact"]
    assert (published % 1 != 0).sum() == 5


def test_atop_gives_nato_bases_and_a_permanent_organisation_and_no_integrated_command(shared_data):
    nato = atop(shared_data).set_index("atopid").loc[3180]
    assert nato[nato > 0].index.tolist() == ["bases", "organisation"]
    assert nato["organisation"] == 3


def test_a_phase_keeps_what_stood_at_its_time(shared_data):
    by_phase = atop(shared_data, unit="phase").set_index("atopid")
    assert by_phase.loc[6032.1, "military_aid"] == 1
    assert by_phase.loc[6032.2, "military_aid"] == 0
    assert atop(shared_data).set_index("atopid").loc[6032, "military_aid"] == 1


def test_missing_items_stay_missing_and_kinds_become_any_or_none():
    items = pd.DataFrame(
        {
            "atopid": [1.0, 2.0],
            "milcon": [3, None],
            "intcom": [1, None],
            "milaid": [4, 0],
            "base": [3, None],
            "contrib": [0, 1],
            "organ1": [2, 3],
            "ecaid": [3, 0],
            "pubsecr": [1, 2],
        }
    ).astype(float)
    table = from_atop_items(items)
    assert table.loc[0, list(PROVISIONS)].tolist() == [0, 1, 1, 1, 1, 0, 2, 1, 0]
    assert table.loc[1, ["military_contact", "bases", "integrated_command"]].isna().all()
    assert table.loc[1, "secrecy"] == 1


def test_an_absent_file_or_release_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        atop(tmp_path)
    with pytest.raises(InputError, match=r"atop.alliance of 3"):
        atop(tmp_path, "3.0")
