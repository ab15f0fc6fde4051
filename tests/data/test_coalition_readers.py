"""The traps of the sources behind the US-led coalitions: on small files, and on the official ones where present."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.common.errors import InputError
from data.readers import reader
from tests.data.synthetic import text_of

GEOPKO = "mission,year,location,latitude,longitude,No.TCC,year.overview\n"


@pytest.fixture
def read(tmp_path):
    def from_text(name: str, text: str) -> pd.DataFrame:
        path = tmp_path / "file.csv"
        path.write_text(text, encoding="utf-8")
        return reader(name)(path)

    return from_text


def test_contributors_of_a_place_become_rows_and_an_unknown_size_stays_unknown(read):
    out = read("geopko.location", text_of("geopko.location"))
    assert list(out["contributor"]) == ["Bangladesh", "Nepal", "Korea (ROK)", "Ghana"]
    assert list(out["ccode"]) == [771, 790, 732, 452]
    assert list(out.index) == [2, 2, 3, 4]
    assert np.isnan(out["troops"].iloc[1])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("UNMIL,2004,Bo,1,1,2,Ghana (650)", "1 contributors"),
        ("UNMIL,2004,Bo,1,1,1,Ghana 650", "such as"),
        ("UNMIL,2004,Bo,1,1,1,Ghana (650) and others", "such as"),
        ("UNMIL,2004,Bo,1,1,1,Ruritania (650)", "Ruritania"),
        ("UNMIL,2004,Bo,1,1,1,Ghana (650000)", "at most"),
    ],
)
def test_a_text_that_is_no_list_of_contributors_is_named(read, row, said):
    with pytest.raises(InputError, match=said) as raised:
        read("geopko.location", GEOPKO + row + "\n")
    assert (raised.value.row, raised.value.column) == (2, "year.overview")


def test_what_is_no_state_has_no_code_and_the_same_place_twice_is_flagged(read):
    rows = 'UNFICYP,2005,UNPA,1,1,2,"Multinational (185), TCC name unknown (5)"\n'
    out = read("geopko.location", GEOPKO + rows + rows)
    assert out["ccode"].isna().all()
    assert (out["problem"] != "").all()


def test_a_state_that_ended_within_a_lists_period_is_read_as_of_its_first_year(read):
    out = read("un_participation.list", text_of("un_participation.list"))
    assert list(out["ccode"]) == [452, 315, 432]
    assert list(out["doubtful"]) == [False, True, False]
    assert list(out["year"]) == [1993, 1993, 1996]


def test_a_list_without_a_year_and_a_doubt_in_other_words_are_named(read):
    text = text_of("un_participation.list")
    with pytest.raises(InputError, match="ends in a year"):
        read("un_participation.list", text.replace("1996-04-30", "spring"))
    with pytest.raises(InputError, match="True or False"):
        read("un_participation.list", text.replace("Mali,False", "Mali,perhaps"))


def test_aid_of_germany_keeps_no_code_of_a_state_that_ended(read):
    head = "ccodeS,ccodeR,year,commitment_amount_usd_constant_sum\n"
    out = read("aid.commitment", head + "260,540,1989,5\n260,540,1995,7\n2,540,1995,0\n")
    assert list(out["donor"]) == [260, 255, 2]
    assert out["problem"].iloc[1] == "donor 260 read as 255 from 1990"


def test_a_host_that_stands_twice_is_flagged_not_added(read):
    head = "countryname,year,ccode,troops_ad\n"
    out = read(
        "troopdata.host", head + "Congo,2013,484,0\nCongo - Brazzaville,2013,484,5\nJapan,2013,740,9\n"
    )
    assert (out["problem"] != "").tolist() == [True, True, False]


def test_a_level_of_representation_beyond_the_codebook_is_refused(read):
    with pytest.raises(InputError, match="at most 9"):
        read("cow_diplomacy.dyad", "ccode1,ccode2,year,DR_at_1,DR_at_2\n2,41,2000,3,10\n")


REGIMES = "year,country,coarse_regime,regime_label\n"
SHEET = "Currency anchors,,\n,,\nISO3 Code,PAN,BRA\nCountry,Panama,Brazil\n,,\n"


def test_a_country_before_it_was_a_state_has_no_code_and_a_misprint_is_read(read):
    out = read(
        "exchange_rate.regime",
        REGIMES + "1940,Korea,1,peg\n1995,Korea,2,crawling_peg\n1995,Liechtesntein,1,peg\n",
    )
    assert out["ccode"].isna().tolist() == [True, False, False]
    assert out["ccode"].iloc[1:].tolist() == [732, 223]


def test_united_germany_has_its_own_code_and_an_unknown_country_is_named(read):
    out = read("exchange_rate.regime", REGIMES + "1989,Germany,4,free_float\n1999,Germany,1,peg\n")
    assert list(out["ccode"]) == [260, 255]
    with pytest.raises(InputError, match="Ruritania") as raised:
        read("exchange_rate.regime", REGIMES + "1999,Panama,1,peg\n1999,Ruritania,1,peg\n")
    assert (raised.value.row, raised.value.column) == (3, "country")


def test_a_regime_whose_label_says_another_is_named(read):
    with pytest.raises(InputError, match="crawling_peg") as raised:
        read("exchange_rate.regime", REGIMES + "1999,Panama,2,peg\n")
    assert raised.value.column == "regime_label"


def test_of_the_sheet_of_anchors_decembers_are_read_and_words_are_no_currency(read):
    months = "1998M11,EUR,EUR\n1998M12,USD,Freely_falling\n1999M12,USD-EUR,n.a.\n"
    out = read("exchange_rate.anchor", SHEET + months).sort_values(["iso3", "year"])
    assert list(zip(out["iso3"], out["year"], strict=True)) == [
        ("BRA", 1998),
        ("BRA", 1999),
        ("PAN", 1998),
        ("PAN", 1999),
    ]
    assert out["anchor"].isna().tolist() == [True, True, False, False]
    assert list(out["anchor"].iloc[2:]) == ["USD", "USD-EUR"]
    assert set(out.index) == {7, 8}


@pytest.mark.parametrize("line", ["1998M13,USD,USD", "Dec 1998,USD,USD", ",USD,USD"])
def test_a_line_of_the_sheet_that_is_no_month_is_named(read, line):
    with pytest.raises(InputError, match="a month such as") as raised:
        read("exchange_rate.anchor", SHEET + "1997M12,USD,USD\n" + line + "\n")
    assert raised.value.row == 7


def test_a_sheet_without_the_line_of_codes_is_named(read):
    with pytest.raises(InputError, match="ISO3 Code"):
        read("exchange_rate.anchor", "Currency anchors,,\nCountry,Panama,Brazil\n1998M12,USD,USD\n")


# The official files.


def test_contributors_add_up_to_the_derived_table_of_geopko(shared_data):
    ours = reader("geopko.location")(shared_data / "geopko" / "TCCMap_v.2.3.csv")
    derived = pd.read_csv(shared_data / "geopko" / "derived__mission_year_contributor.csv")
    keys = ["mission", "year", "contributor"]
    summed = ours.groupby(keys)["troops"].agg(["sum", "count"]).reset_index()
    both = derived.merge(summed, on=keys, how="outer", validate="one_to_one", indicator=True)
    assert (both["_merge"] == "both").all()
    assert (both["troops"] == both["sum"]).all()
    assert (both["known"] == both["count"]).all()


def test_monuc_on_a_day_adds_up_to_the_printed_total(shared_data):
    day = reader("un_participation.day")(shared_data / "un_participation" / "monuc_2004-12-09.csv")
    assert (day["troops"].sum(), day["ccode"].nunique()) == (12216, 48)


def test_small_states_with_embassies_in_washington_host_none_of_the_united_states(shared_data):
    """What tells the two columns apart: at_1 is what state 1 hosts."""
    pairs = reader("cow_diplomacy.dyad")(shared_data / "cow" / "diplomatic_exchange__derived.csv")
    small = pairs[
        (pairs["ccode1"] == 2) & pairs["ccode2"].isin([54, 56, 57, 58, 60]) & (pairs["year"] == 2000)
    ]
    assert len(small) == 5
    assert (small["at_1"] == 3).all()
    assert (small["at_2"] == 0).all()


def test_aid_has_eighteen_donors_and_trade_whole_millions(shared_data):
    donors = set(reader("aid.commitment")(shared_data / "aid" / "aidDataDisagg.rda")["donor"]) - {260}
    assert len(donors) == 18
    assert {740, 900}.isdisjoint(donors)
    trade = reader("cow_trade.dyad")(shared_data / "cow_trade" / "cow_trade_ndy.rda")
    recent = trade[trade["year"] >= 1989]["flow1"].dropna()
    assert (recent % 1 == 0).all()
    assert (recent == 0).mean() > 0.5


def test_the_francs_of_africa_are_pegged_to_frances_and_panama_to_the_dollar(shared_data):
    folder = shared_data / "exchange_rate"
    anchors = reader("exchange_rate.anchor")(folder / "irr_anchor_master.csv").set_index(["ccode", "year"])
    regimes = reader("exchange_rate.regime")(folder / "yearly_regime_classification.csv")
    peg = regimes.set_index(["ccode", "year"])["regime"]
    senegal, panama, germany = 433, 95, 255
    assert anchors.loc[(senegal, 1995), "anchor"] == "FRF"
    assert anchors.loc[(senegal, 2003), "anchor"] == "EUR"
    assert anchors.loc[(panama, 1995), "anchor"] == "USD"
    assert (peg[senegal, 1995], peg[panama, 1995], peg[germany, 2003]) == (1, 1, 1)
