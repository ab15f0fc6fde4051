"""Names and codes become Correlates of War codes by year, or an error with suggestions."""

from __future__ import annotations

import pandas as pd
import pytest

from data.common.errors import InputError
from data.names import states as names
from data.names.states import ccode_of_iso3, ccode_of_name, ccodes_of_names, cow_code, cow_codes


@pytest.mark.parametrize(
    ("name", "year", "ccode"),
    [
        ("United Kingdom", 2010, 200),
        ("UK", 2010, 200),
        ("Korea, Republic of", 2010, 732),
        ("Korea, Democratic People's Republic of", 2010, 731),
        ("China, People’ Republic of", 2008, 710),
        ("Republic of China", 2008, 713),
        ("FYROM", 2010, 343),
        ("Portuqal", 2008, 235),
        ("United Arab Erimates", 2013, 696),
        ("Congo", 2008, 484),
        ("Democratic Republic of Congo", 2008, 490),
        ("Niger", 2008, 436),
        ("Niqeria", 2008, 475),
        ("Guinea-Bissau", 2008, 404),
        ("Bosnia- Herzeqovina", 2008, 346),
        ("Tonga", 2008, 955),
        ("Germany", 1985, 260),
        ("Germany", 2010, 255),
        ("Germany", 1940, 255),
        ("Yemen", 1985, 678),
        ("Yemen", 2010, 679),
        ("Czechoslovakia", 1980, 315),
        ("Serbia and Montenegro", 2004, 345),
        ("Montenegro", 2010, 341),
    ],
)
def test_a_printed_name_is_the_state_of_its_year(name, year, ccode):
    assert ccode_of_name(name, year) == ccode


def test_a_name_may_mean_another_state_in_one_source():
    name = "Yugoslavia, Federal Republic of (Serbia-Montenegro)"
    assert ccode_of_name(name, 2012, "placemats") == 341
    assert ccode_of_name(name, 2003, "iiss") == 345


def test_a_declared_entity_is_no_state():
    assert ccode_of_name("Turkish Republic of Northern Cyprus", 2008) is None
    assert ccode_of_iso3("PSE", 2010) is None


@pytest.mark.parametrize("name", ["Narnia", "Unted Kingdm", "France and Germany", "7"])
def test_an_unmatched_name_is_an_error_with_suggestions(name):
    with pytest.raises(InputError, match="a name such as"):
        ccode_of_name(name, 2010)


def test_a_state_is_refused_before_it_existed():
    with pytest.raises(InputError, match="in which it existed"):
        ccode_of_name("Slovakia", 1985)


def test_an_unmatched_name_in_a_column_says_where():
    names = pd.Series(["France", "Frnace"], index=[2, 3])
    with pytest.raises(InputError, match=r"x\.csv, row 3, column 'country'"):
        ccodes_of_names(names, [2010, 2010], file="x.csv", column="country")


@pytest.mark.parametrize(
    ("code", "year", "scheme", "ccode"),
    [
        (255, 1985, "cow", 260),
        (260, 1985, "cow", 260),
        (260, 1990, "cow", 260),
        (260, 1995, "cow", 255),
        (255, 2010, "cow", 255),
        (340, 2008, "cow", 345),
        (341, 2008, "cow", 341),
        (678, 1985, "cow", 678),
        (678, 1995, "cow", 679),
        (679, 1985, "cow", 678),
        (316, 1990, "cow", 315),
        (315, 1995, "cow", 316),
        (317, 1995, "cow", 317),
        (340, 2010, "gw", 345),
        (260, 2010, "gw", 255),
        (678, 2010, "gw", 679),
        (970, 2010, "gw", 946),
        (342, 2010, "polity", 345),
        (347, 1995, "polity", 345),
        (341, 2010, "polity", 347),
        (348, 2010, "polity", 341),
        (529, 2010, "polity", 530),
        (818, 2010, "polity", 816),
        (769, 1965, "polity", 770),
        (626, 2015, "polity", 625),
        (525, 2015, "polity", 626),
    ],
)
def test_a_historical_code_is_resolved_by_year_and_numbering(code, year, scheme, ccode):
    assert cow_code(code, year, scheme) == ccode


def test_a_column_of_codes_keeps_its_index_and_its_gaps():
    out = cow_codes(pd.Series([255, None], index=[7, 8]), [1985, 1985])
    assert out.loc[7] == 260
    assert out.isna().loc[8]


@pytest.mark.parametrize(
    ("iso3", "year", "ccode"),
    [
        ("AUT", 2010, 305),
        ("AUS", 2010, 900),
        ("CHE", 2010, 225),
        ("SVN", 2010, 349),
        ("MKD", 2010, 343),
        ("MNE", 2010, 341),
        ("GBR", 2010, 200),
        ("ROU", 2010, 360),
        ("ROM", 2004, 360),
        ("YUG", 2001, 345),
    ],
)
def test_iso_codes_are_not_letter_codes_of_the_correlates_of_war(iso3, year, ccode):
    assert ccode_of_iso3(iso3, year) == ccode


def iso3_of_ccode(ccode: int, year: int) -> str | None:
    """The current ISO 3166 alpha-3 code of a state in a year; None where there is none."""
    current = {row["ISO3"] for row in names._library()}
    hits = [iso3 for iso3, spells in names._iso3().items() if names._in_year(spells, year) == (True, ccode)]
    preferred = [iso3 for iso3 in hits if iso3 in current]
    return (preferred or hits or [None])[0]


def test_a_state_leads_back_to_its_current_iso_code():
    assert iso3_of_ccode(360, 2010) == "ROU"
    assert iso3_of_ccode(255, 2010) == "DEU"
    assert iso3_of_ccode(345, 2010) == "SRB"


def test_every_state_of_2010_in_the_official_list_is_matched_by_its_own_name(shared_data):
    from data.readers import reader

    table = reader("cow_states.spells")(shared_data / "isaf_gannon_kent/states2016.csv")
    now = table[(table["start_year"] <= 2010) & (table["end_year"] >= 2010)]
    assert len(now) == 194
    for state in now.itertuples():
        assert ccode_of_name(state.state_name, 2010) == state.ccode
        assert ccode_of_iso3(iso3_of_ccode(state.ccode, 2010), 2010) == state.ccode
