"""Coalitions led by the United States: what lists can know, how they join, what becomes of every row."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.coalitions import evidence
from data.coalitions.agreement import agreement
from data.coalitions.us_coalitions import coalition_table, us_coalitions
from data.common.errors import InputError
from data.facts import BUNDLED
from data.tables.reading import official, place_of
from data.variables import coalition_ties
from data.variables.coalition_ties import PREDICTORS
from data.variables.hierarchy import HIERARCHY
from data.variables.participants import lagged


def lists(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["operation", "source", "ever", "complete_for"])


def bounds(
    named: dict[int, tuple[int, int, float]], complete_for: str, unknown: object = np.nan
) -> pd.DataFrame:
    table = pd.DataFrame.from_dict(named, orient="index", columns=["least", "most", "troops"])
    one = SimpleNamespace(complete_for=complete_for, unknown=unknown)
    return evidence._over_all(table, one, np.array([20, 200, 220, 395]))


def joined(*parts: tuple[pd.DataFrame, str, str, str], total: pd.Series | None = None) -> pd.DataFrame:
    declared = [SimpleNamespace(source=s, ever=e, complete_for=c) for _, s, e, c in parts]
    return evidence._joined([part for part, *_ in parts], declared, total)


def test_a_list_without_numbers_cannot_speak_for_a_hundred():
    can = evidence.complete(lists(("A", "un_list", "yes", "any"), ("B", "facts", "no", "any")))
    assert can.loc["A"].to_dict() == {"any": True, "hundred": False, "troops": False}
    assert can.loc["B"].to_dict() == {"any": True, "hundred": True, "troops": True}


def test_a_list_of_a_hundred_and_more_cannot_speak_for_any():
    can = evidence.complete(lists(("A", "geopko", "no", "hundred")))
    assert can.loc["A"].to_dict() == {"any": False, "hundred": True, "troops": False}


def test_one_day_beside_years_that_are_silent_on_small_contingents_is_not_the_whole():
    dated = evidence.complete(lists(("A", "geopko", "no", "hundred"), ("A", "un_day", "no", "any")))
    ever = evidence.complete(lists(("A", "geopko", "no", "hundred"), ("A", "un_list", "yes", "any")))
    assert not dated.loc["A", "any"]
    assert ever.loc["A", "any"]


def test_who_is_not_named_is_bounded_by_what_the_list_is_complete_for():
    assert bounds({20: (2, 2, 500.0)}, "any").loc[200, "most"] == 0
    assert bounds({20: (2, 2, 500.0)}, "hundred").loc[200, "most"] == 1
    assert bounds({20: (2, 2, 500.0)}, "none").loc[200, "most"] == 2
    silent = bounds({20: (2, 2, 500.0)}, "any", "395;220")
    assert list(silent["most"]) == [2, 0, 2, 2]
    assert np.isnan(silent.loc[395, "troops"])


def test_dated_lists_are_joined_and_a_list_of_all_bounds_them():
    years = bounds({20: (2, 2, 500.0)}, "hundred")
    ever = bounds({20: (1, 2, np.nan), 200: (1, 2, np.nan)}, "any")
    both = joined((years, "geopko", "no", "hundred"), (ever, "un_list", "yes", "any"))
    assert both[["least", "most"]].to_numpy().tolist() == [[2, 2], [1, 1], [0, 0], [0, 0]]
    assert both.loc[20, "troops"] == 500
    assert both["named"].tolist() == ["geopko;un_list", "un_list", "", ""]


def test_sources_that_contradict_each_other_leave_a_state_unknown():
    years = bounds({20: (2, 2, 500.0)}, "hundred")
    total = pd.Series({20: 0, 200: 2, 220: 0, 395: 0})
    out = joined((years, "geopko", "no", "hundred"), total=total)
    assert out.loc[20, ["least", "most"]].tolist() == [0, 2]
    assert np.isnan(out.loc[20, "troops"])
    assert "monthly totals" in out.loc[20, "conflict"]
    assert out.loc[220, "most"] == 0


def test_an_unread_number_beside_a_read_one_is_at_least_that():
    entries = pd.DataFrame({"ccode": [20, 20, 200, 200, 220], "troops": [500, np.nan, 40, np.nan, 99]})
    out = evidence._largest(entries)
    assert out["least"].tolist() == [2, 1, 1]
    assert out["most"].tolist() == [2, 2, 1]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("included", "perhaps", "perhaps"),
        ("frame", "EU", "EU"),
        ("target", "Bosnia", "Bosnia"),
        ("start_year", "", "empty"),
    ],
)
def test_a_fault_of_the_table_of_operations_is_one_line(tmp_path, column, value, said):
    table = pd.read_csv(BUNDLED / "us_coalitions.csv", dtype=str, keep_default_na=False)
    table.loc[2, column] = value
    table.to_csv(tmp_path / "mine.csv", index=False)
    with pytest.raises(InputError, match=said) as raised:
        coalition_table(tmp_path / "mine.csv")
    assert (raised.value.row, raised.value.column) == (4, column)


def test_every_declared_list_is_of_a_declared_operation_and_ends_by_2005_or_stands_aside():
    table, declared = coalition_table(), evidence.coalition_lists()
    assert set(declared["operation"]) <= set(table["operation"])
    late = declared[(declared["last_year"] > 2005) & (declared["ever"] == "no")]
    assert set(late["operation"]) == {"UNMEE", "MINUSTAH"}
    assert len(table[(table["included"] == "yes") & (table["frame"] == "UN")]) == 16


# On the official files.


@pytest.fixture(scope="module")
def found(shared_data):
    return us_coalitions(shared_data)


def test_the_ledger_balances_and_its_rows_are_these(found):
    kept = found.ledger[found.ledger["reason"] == "kept"].set_index("step")["rows"]
    assert kept["operation x state rows"] == 4936
    assert kept["rows for participated"] == 1456
    assert kept["rows for participated_100"] == 2473
    for _, step in found.ledger.groupby("step"):
        assert step["rows"].iloc[0] == step["rows"].iloc[1:].sum()


def test_an_outcome_is_missing_where_no_list_can_speak_for_it(found):
    rows = found.rows.groupby("operation")
    assert rows["participated"].apply(lambda v: v.notna().any())[["UNMIL", "IFOR", "UNOSOM I"]].tolist() == [
        False,
        True,
        True,
    ]
    assert rows["participated_100"].apply(lambda v: v.notna().any())[["UNMIL", "UNITAF"]].tolist() == [
        True,
        False,
    ]


def test_slovenia_in_unprofor_is_contradicted_by_both_other_sources(found):
    rows = found.rows.set_index(["operation", "ccode"])
    row = rows.loc[("UNPROFOR", 349)]
    contradicted = found.rows[found.rows["conflict"] != ""]
    assert set(zip(contradicted["operation"], contradicted["ccode"], strict=True)) == {
        ("UNPROFOR", 349),
        ("MONUA", 551),
        ("UNMIBH", 212),
    }
    assert (row["least"], row["most"]) == (0, 2)


def test_predictors_are_those_of_the_year_before(found, shared_data):
    igo = pd.read_csv(shared_data / "peacesciencer_csv" / "cow_igo_ndy__us_dyads.csv")
    ties = igo.set_index(["ccode2", "year"])["dyadigos"]
    rows = found.rows.set_index(["operation", "ccode"])
    assert rows.loc[("Iraq", 200), "igo_ties"] == ties[(200, 2002)]
    # United Germany has no record of 1989: West Germany's stands for it.
    assert rows.loc[("Gulf War", 255), "igo_ties"] == ties[(260, 1989)]
    assert set(PREDICTORS) <= set(found.rows)


def test_aid_of_unrecorded_donors_is_unknown_and_of_others_zero(found):
    aid = found.rows.groupby("ccode")["target_aid"]
    assert aid.count()[[740, 900]].tolist() == [0, 0]
    assert aid.max()[475] == 0
    assert aid.max()[220] > 0


def test_representation_is_what_the_state_sends(shared_data):
    """Antigua has an embassy in Washington and hosts none of the United States; Haiti and Germany have both."""
    rows = pd.DataFrame({"ccode": [58, 41, 255], "then": [58, 41, 255], "target": [2, 2, 58], "year": 2003})
    assert coalition_ties._missions(shared_data, rows, to_us=True).tolist() == [1, 2, 2]
    assert coalition_ties._missions(shared_data, rows, to_us=False).tolist() == [1, 1, 0]


def test_geopko_has_nearly_all_contributors_of_a_hundred_that_the_monthly_lists_have(shared_data):
    table = agreement(shared_data).set_index("sources")
    row = table.loc["IPI 2010, mean of months / Geo-PKO"]
    assert (row["missions"], row["of_100"], row["found"], row["found_with_100"]) == (12, 117, 113, 111)
    assert row["log_correlation"] == pytest.approx(0.816, abs=0.001)
    # Five are spelled otherwise: by names as printed 108 are found.
    named = table.loc["IPI 2010, names as printed / Geo-PKO"]
    assert (named["missions"], named["of_100"], named["found"]) == (12, 117, 108)
    assert named["log_correlation"] == pytest.approx(0.817, abs=0.001)


def test_the_state_that_took_over_a_code_has_the_gdp_of_the_code_before(shared_data):
    """The file of GDP has 260 for Germany, 678 for Yemen, and Serbia (340) beside Yugoslavia (345)."""
    table = lagged(official(shared_data, "cow_wars.economy"), "log_gdppc")
    assert not table.duplicated(["ccode", "year"]).any()
    found = table.set_index(["ccode", "year"])["log_gdppc"]
    raw = pd.read_csv(place_of(shared_data, "cow_wars.economy")).set_index(["ccode", "year"])[
        "wbgdppc2011est"
    ]
    assert found[255, 2003] == raw[260, 2002]
    assert found[679, 2003] == raw[678, 2002]
    assert found[345, 2003] == raw[345, 2002]
    assert found[260, 1990] == raw[260, 1989]


def test_lakes_components_are_what_their_rules_say(found):
    rows = found.rows.set_index(["operation", "ccode"])
    assert set(HIERARCHY) <= set(found.rows)
    # Panama (no row: no armed forces) aside, the Bahamas and El Salvador had pegs to the dollar, Canada a crawling one.
    assert rows.loc[("Iraq", 31), "dollar_regime"] == 2
    assert rows.loc[("Iraq", 92), "dollar_regime"] == 2
    assert rows.loc[("Iraq", 433), "dollar_regime"] == 0
    assert rows.loc[("Iraq", 255), "dollar_regime"] == 0
    # Scaled by the largest values of 1995, which later years may exceed a little.
    assert found.rows["security_hierarchy"].dropna().between(0, 1.1).all()
    number = found.rows["independent_alliances"]
    assert found.rows["alliance_reliance"].to_numpy() == pytest.approx((1 / (1 + number)).to_numpy())


def test_trade_dependence_is_trade_with_the_united_states_less_that_with_the_other_powers(found, shared_data):
    rows = found.rows.set_index(["operation", "ccode"])
    folder, keys = shared_data, pd.DataFrame({"then": [20], "year": [2003]})
    flows = [
        coalition_ties.trade(folder, keys, pd.Series([code])).iloc[0] for code in (2, 200, 220, 365, 710)
    ]
    expected = (flows[0] - sum(flows[1:])) / rows.loc[("Iraq", 20), "gdp"]
    assert rows.loc[("Iraq", 20), "trade_dependence"] == pytest.approx(expected)
    assert rows.loc[("Iraq", 20), "trade_dependence"] > 0.2
    # A power's trade with itself is no missing flow.
    assert np.isfinite(rows.loc[("Iraq", 200), "trade_dependence"])


def test_the_command_prints_ledger_and_agreement(shared_data):
    import json

    import typer
    from typer.testing import CliRunner

    from workflows.commands.data_coalitions import coalitions

    app = typer.Typer()
    app.command()(coalitions)
    result = CliRunner().invoke(app, ["--data", str(shared_data), "--format", "json"])
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert len(answer["operations"]) == 79
    assert {"ledger", "agreement"} < set(answer)
