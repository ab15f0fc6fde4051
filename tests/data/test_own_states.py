"""States in one's own table: the state that a name or code means in its year, or one line that says why not."""

from __future__ import annotations

import csv

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.assembly.spec import panel_spec
from data.common.errors import InputError
from data.common.ledger import Ledger
from data.names.states import TABLES, ccode_of_name, ended_states, state_names
from data.own.mapping import Mapping
from data.own.state_cells import state_of
from data.own.table import own_lists, read_table
from data.panel import build_panel, panel_frame

HEADER = "operation,leader,year,state,troops,coverage,theatre\n"


def spec_of(tmp_path, text, mapping="", year=2010):
    (tmp_path / "rows.csv").write_text(HEADER + text, encoding="utf-8")
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    return {
        "source": "official",
        "operations": ["Op"],
        "years": [year, year],
        "outcome": ["table"],
        "controls": [],
        "armed_forces": "nmc",
        "table": str(tmp_path / "rows.csv"),
        "mapping": str(tmp_path / "map.toml"),
    }


def test_parts_of_divided_states_stand_at_their_own_rows(tmp_path, shared_data):
    text = (
        'Op,United States,1985,"Yemen, South",100,complete,Lebanon\n'
        "Op,United States,1985,Germany (GDR),500,complete,Lebanon\n"
        "Op,United States,1985,Italy,300,complete,Lebanon\n"
    )
    frame = panel_frame(build_panel(spec_of(tmp_path, text, year=1985), shared_data))
    troops = frame.set_index("ccode")["troops"]
    assert troops.loc[[680, 678, 265, 260, 325]].tolist() == [100, 0, 500, 0, 300]


@pytest.mark.parametrize(
    ("name", "year", "ccode"),
    [
        ("Yemen, South", 1985, 680),
        ("Yemen South", 1985, 680),
        ("YEMEN, SOUTH", 1970, 680),
        ("Yemen (Aden)", 1985, 680),
        ("People's Democratic Republic of Yemen", 1985, 680),
        ("Yemen, North", 1985, 678),
        ("Germany (GDR)", 1985, 265),
        ("Germany, Dem. Rep.", 1985, 265),
        ("Germany (East)", 1985, 265),
        ("Germany, Federal Republic of", 1985, 260),
        ("Germany (West)", 1985, 260),
        ("Vietnam (South)", 1968, 817),
        ("Vietnam, Rep.", 1968, 817),
        ("Vietnam (North)", 1968, 816),
        ("Viet Nam, Dem. Rep.", 1968, 816),
        ("Nationalist China", 1960, 713),
        ("China (Taiwan)", 1990, 713),
        ("China, Republic of", 1990, 713),
        ("China, People's Republic of", 1990, 710),
        ("Korea, Rep.", 2010, 732),
        ("Korea (North)", 2010, 731),
        ("Korea, Dem. People's Rep.", 2010, 731),
        ("Congo, Dem. Rep.", 2010, 490),
        ("Congo (Kinshasa)", 2010, 490),
        ("Congo (Brazzaville)", 2010, 484),
        ("Sudan, South", 2012, 626),
        ("Guinea, Equatorial", 2010, 411),
        ("Burma/Myanmar", 2010, 775),
        ("Eswatini (Swaziland)", 2010, 572),
        ("Gambia, The", 2010, 420),
        ("U.S.A.", 2010, 2),
        ("Korea", 1900, 730),
    ],
)
def test_a_part_behind_or_in_brackets_belongs_to_the_name(name, year, ccode):
    assert state_of(name, year, "name") == ccode


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("UK and Canada", "Canada or United Kingdom"),
        ("Total without Poland", "Poland"),
        ("NATO (excl. Germany)", "Germany"),
        ("France and Germany", "France or Germany"),
        ("Belgium/Luxembourg", "Belgium or Luxembourg"),
        ("China and Taiwan", "China or Taiwan"),
        ("China/Taiwan", "China or Taiwan"),
        ("Northern Ireland", "Ireland"),
        ("Georgia (US)", "Georgia"),
        ("Kosovo (Serbia)", "Kosovo or Serbia"),
        ("Germany?", "Germany"),
        ("Spain + Portugal", "Portugal or Spain"),
        ("ex-Germany", "Germany"),
        ("France 2", "France"),
        ("Seneqall", "Senegal"),
    ],
)
def test_a_name_that_only_contains_a_states_is_refused_with_suggestions(name, near):
    with pytest.raises(InputError, match=f"a name such as {near}"):
        state_of(name, 2010, "name")


def test_two_states_in_one_cell_are_an_error_with_the_line(tmp_path, shared_data):
    text = (
        "Op,United States,2010,Italy,120,complete,Iraq\nOp,United States,2010,UK and Canada,8,complete,Iraq\n"
    )
    with pytest.raises(InputError, match=r"rows\.csv, row 3, column 'state': .*Canada or United Kingdom"):
        build_panel(spec_of(tmp_path, text), shared_data)


@pytest.mark.parametrize(
    "name",
    [
        *("Somaliland", "Puntland", "North Cyprus", "Northern Cyprus", "Cyprus (North)", "TRNC"),
        *("Transnistria", "Moldova (Transnistria)", "South Ossetia", "Abkhazia", "Nagorno-Karabakh"),
        *(
            "Western Sahara",
            "Palestine",
            "Gaza",
            "Hong Kong",
            "Republika Srpska",
            "Chechnya",
            "Iraqi Kurdistan",
        ),
    ],
)
def test_a_territory_is_never_the_state_it_left(name):
    assert state_of(name, 2010, "name") is None


@pytest.mark.parametrize(
    ("cell", "year", "codes"),
    [
        ("Slovakia", 1985, "name"),
        ("Czech Republic", 1985, "name"),
        ("Czechoslovakia", 1995, "name"),
        ("East Germany", 1995, "name"),
        ("South Yemen", 2000, "name"),
        ("Republic of Vietnam", 1980, "name"),
        ("Soviet Union", 2000, "name"),
        ("CZE", 1985, "iso3"),
        ("SVK", 1985, "iso3"),
        ("DDR", 1995, "iso3"),
        ("YMD", 2000, "iso3"),
        ("203", 1985, "iso_numeric"),
        ("278", 1995, "iso_numeric"),
        ("265", 1995, "cow"),
        ("315", 1995, "cow"),
        ("316", 1990, "cow"),
        ("680", 2000, "cow"),
        ("817", 1980, "cow"),
        ("260", 1940, "cow"),
    ],
)
def test_a_state_is_refused_in_a_year_in_which_it_did_not_exist(cell, year, codes):
    with pytest.raises(InputError, match=str(year)):
        state_of(cell, year, codes)


@pytest.mark.parametrize(
    ("cell", "year", "codes", "ccode"),
    [
        ("DEU", 1985, "iso3", 260),
        ("DEU", 2010, "iso3", 255),
        ("fra", 2010, "iso3", 220),
        ("276", 1985, "iso_numeric", 260),
        ("250", 2010, "iso_numeric", 220),
        ("4", 2010, "iso_numeric", 700),
        ("004", 2010, "iso_numeric", 700),
        (380, 2010, "iso_numeric", 325),
        ("280", 1985, "iso_numeric", 260),
        (255.0, 1985, "cow", 260),
        ("260", 2010, "cow", 255),
        ("678", 2000, "cow", 679),
        ("340", 2010, "cow", 345),
        ("316", 2010, "cow", 316),
        ("PSE", 2010, "iso3", None),
        ("HKG", 2010, "iso3", None),
    ],
)
def test_a_code_is_the_state_or_the_same_state_under_another_number(cell, year, codes, ccode):
    assert state_of(cell, year, codes) == ccode


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        *(
            (cell, "cow")
            for cell in ("256", "999", "0", "-2", "2.5", "255.7", "1e400", "FRA", "256.0", "3", 250)
        ),
        *((cell, "iso3") for cell in ("XXX", "UKG", "GFR", "FR", "250", "France", "EUU")),
        *((cell, "iso_numeric") for cell in ("256", "999", "FRA", "2.5", "12345")),
        *((cell, "name") for cell in ("256", "FRAN", "XX", "Ruritania")),
    ],
)
def test_a_code_that_no_state_has_is_refused(cell, codes):
    with pytest.raises(InputError):
        state_of(cell, 2010, codes)


def test_a_mistyped_code_is_an_error_with_row_column_and_near_codes(tmp_path, shared_data):
    text = "Op,220,2009,255,1000,complete,432\nOp,220,2009,256,5000,complete,432\n"
    with pytest.raises(InputError, match=r"rows\.csv, row 3, column 'state': found .*256.*255 Germany"):
        build_panel(spec_of(tmp_path, text, 'codes = "cow"', year=2009), shared_data)


@pytest.mark.parametrize(
    ("row", "mapping", "words"),
    [
        (
            "Op,2,2005,626,10,complete,645",
            'codes = "cow"',
            ("column 'state'", "South Sudan in 2005", "2011-"),
        ),
        ("Op,USA,2005,MNE,10,complete,IRQ", 'codes = "iso3"', ("column 'state'", "Montenegro in 2005")),
        ("Op,United States,2005,Kosovo,10,complete,Iraq", "", ("column 'state'", "Kosovo in 2005", "2008-")),
        ("Op,Kosovo,2005,France,10,complete,Iraq", "", ("column 'leader'", "Kosovo in 2005")),
    ],
)
def test_a_contributor_outside_the_state_system_of_its_year_is_refused(
    tmp_path, shared_data, row, mapping, words
):
    spec = panel_spec(spec_of(tmp_path, row + "\n", mapping, year=2005))
    with pytest.raises(InputError) as caught:
        own_lists(spec, shared_data, pd.DataFrame(index=["Op"]), Ledger())
    for word in ("rows.csv, row 2", *words):
        assert word in str(caught.value)


def test_a_mapping_says_what_is_read_instead_of_a_name(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        HEADER + "Op,France,2010,Deutschland,5,complete,Mali\nOp,France,2010,EU mission,5,complete,Mali\n"
    )
    table = read_table(path, Mapping(states={"Deutschland": "Germany", "EU mission": "none"}))
    assert table["ccode"].fillna(-1).tolist() == [255, -1]


WORDS = [
    *(
        "and",
        "without",
        "excl.",
        "excluding",
        "plus",
        "total",
        "NATO",
        "troops",
        "contingent",
        "other",
        "non-",
    ),
    *("&", "+", "/", "(part)", "(estimate)", "?", "1", "ex", "near", "minus", "the rest of"),
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(state_names().values())), st.sampled_from(WORDS), st.booleans(), st.booleans())
def test_a_name_with_an_addition_is_never_another_state(name, word, behind, brackets):
    added = f"({word})" if brackets and word.isalpha() else word
    written = f"{name} {added}" if behind else f"{added} {name}"
    try:
        plain = ccode_of_name(name, 1985)
    except InputError:
        return
    try:
        found = ccode_of_name(written, 1985)
    except InputError:
        return
    assert found == plain
    # A name that is no state's (Zanzibar) stays none with an addition: nothing is counted for anybody.
    assert word == "/" or plain is None, f"{written!r} was read as {found}"


def reading(name):
    try:
        return ccode_of_name(name, 1970)
    except InputError:
        return "refused"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(state_names().values())), min_size=2, max_size=2, unique=True), st.data()
)
def test_two_states_in_one_name_are_refused(names, data):
    sign = data.draw(st.sampled_from([" and ", " & ", "/", ", ", " + ", " without ", " (", "; "]))
    written = sign.join(names) + (")" if sign == " (" else "")
    alone = {reading(name) for name in names}
    one_state = len(alone) == 1 and alone != {"refused"}
    # "Serbia and Montenegro" was one state, and "China (Taiwan)" and "Taiwan, China" are names of one.
    if one_state or set(names) in ({"Serbia", "Montenegro"}, {"China", "Taiwan"}):
        return
    with pytest.raises(InputError):
        state_of(written, 1970, "name")


def test_the_table_of_exceptions_does_not_contradict_itself():
    from data.names.states import _exceptions

    for key, spells in _exceptions().items():
        for place, (first, last, ccode) in enumerate(spells):
            for other in spells[place + 1 :]:
                overlap = first <= other[1] and other[0] <= last
                assert not overlap or ccode == other[2] or other[2] is None, key


def test_every_code_of_the_tables_is_a_state_of_the_system():
    for table in ("name_exceptions.csv", "iso3_codes.csv"):
        with (TABLES / table).open(encoding="utf-8", newline="") as stream:
            codes = {int(row["ccode"]) for row in csv.DictReader(stream) if row["ccode"]}
        assert codes <= set(state_names())


def test_states_and_ended_states_are_those_of_the_official_list(shared_data):
    from data.readers import reader

    table = reader("cow_states.spells")(shared_data / "isaf_gannon_kent/states2016.csv")
    years = table.groupby("ccode").agg(first=("start_year", "min"), last=("end_year", "max"))
    assert set(state_names()) == set(years.index)
    for code, (_, first, last) in ended_states().items():
        assert (first, last) == tuple(years.loc[code])
    assert set(years.index[years["last"] < 2016]) == set(ended_states())
