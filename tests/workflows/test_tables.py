"""Comparison tables: four forms, no stars, intervals labelled."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from data.common.errors import InputError
from workflows.published.frequentist import estimate
from workflows.published.tables import (
    cell,
    coefficient_table,
    error_note,
    footnoted,
    headline_table,
    interval_note,
    interval_text,
    long_form,
    render,
    write_table,
)

PANEL = pd.read_csv(Path(__file__).resolve().parent / "r_engines" / "panel.csv")
FITS = {
    "pooled": estimate(PANEL, "share", ["potential", "ally"], unit="unit"),
    "within": estimate(
        PANEL, "share", ["potential"], engine="fixed_effects", errors="clustered", unit="unit"
    ),
}
NOTE = interval_note(FITS["pooled"].terms["interval"])


@pytest.fixture(scope="module")
def table():
    return coefficient_table(FITS, {"potential": "Alliance potential & depth"}, decimals=4)


def test_terms_of_all_models_stand_in_one_table(table):
    assert list(table.columns) == ["term", "pooled", "within"]
    assert list(table["term"][:3]) == ["intercept", "Alliance potential & depth", "ally"]
    rows = table.set_index("term")
    assert rows.loc["ally", "within"] == ""
    assert rows.loc["rows", "pooled"] == "960"
    assert rows.loc["errors", "within"] == "clustered"


@pytest.mark.parametrize("form", ["html", "latex", "markdown"])
def test_every_form_holds_every_number_a_labelled_interval_and_no_star(table, form):
    text = render(table, form, "Shares sent", [NOTE])
    assert "95 % confidence interval" in text.replace("\\%", "%")
    shown = BeautifulSoup(text, "html.parser").get_text() if form == "html" else text
    assert "***" not in shown
    row = FITS["pooled"].of("potential")
    assert f"{row['estimate']:.4f}" in shown
    assert f"{row['upper']:.4f}" in shown
    body = shown.replace("**Shares sent**", "")
    assert "*" not in body.replace("\\fontsize", "").replace("extracolsep", "") or form == "latex"


def test_latex_escapes_what_latex_reads_as_a_command(table):
    text = render(table, "latex", "Shares sent", [NOTE])
    assert "potential \\& depth" in text
    assert "\\begin{tabular" in text


def test_the_same_table_gives_the_same_bytes(table):
    assert render(table, "html", "t", [NOTE]) == render(table, "html", "t", [NOTE])


def test_csv_carries_full_precision_and_the_kind_of_interval(tmp_path, table):
    path = write_table(tmp_path / "sub" / "table.csv", table, long_form(FITS), "t", [NOTE])
    back = pd.read_csv(path)
    assert len(back) == 4
    assert back.loc[1, "estimate"] == FITS["pooled"].of("potential")["estimate"]
    assert set(back["interval"]) == {"ci_95"}


def test_an_unknown_ending_is_refused(tmp_path, table):
    with pytest.raises(InputError, match="docx"):
        write_table(tmp_path / "table.docx", table, long_form(FITS), "t", [NOTE])


def test_intervals_of_two_kinds_are_not_mixed():
    with pytest.raises(InputError, match="ci_95, eti_95"):
        interval_note(["ci_95", "eti_95"])
    assert interval_note(["eti_90"]) == "[ ]: 90 % equal-tailed credible interval"


def test_small_numbers_are_not_shown_as_zero():
    assert interval_text(-3.5e-7, -5e-7, -1.6e-7, 3) == "-3.5e-07 [-5.0e-07, -1.6e-07]"
    assert interval_text(0.0, -0.004, 0.004, 3) == "0.000 [-0.004, 0.004]"


def test_headline_rows_become_a_table(shared_data):
    from workflows.published.headline import headline_rows

    rows = headline_rows(shared_data, corrections=["gdp_join"])
    rows = rows[rows["model"] == "All Controls"]
    table = headline_table(rows)
    assert table.loc[0, "troops per year"] == "196 [118, 314]"
    assert len(table) == 5


def test_standard_errors_or_intervals_stand_beside_an_estimate_by_choice():
    row = FITS["within"].of("potential")
    shown = coefficient_table(FITS, decimals=None, under="error").set_index("term").loc["potential", "within"]
    estimate_shown, error_shown = shown.rstrip(")").split(" (")
    assert float(error_shown) == pytest.approx(row["std_error"], rel=0.06)
    assert float(estimate_shown) == pytest.approx(row["estimate"], abs=0.6 * row["std_error"] / 10)
    assert error_note(fit.errors for fit in FITS.values()) == "( ): standard error (classical, clustered)"


@pytest.mark.parametrize(
    ("error", "shown"),
    [(0.0213, "0.123 [0.082, 0.165]"), (3.2, "0.1 [0.1, 0.2]"), (210.0, "0 [0, 0]"), (0.0, "0.123")],
)
def test_digits_follow_the_standard_error(error, shown):
    assert cell(0.12345, error, 0.0817, 0.16519) == shown


def test_footnotes_mark_rows_and_columns_and_stand_below(table):
    marked, notes = footnoted(table, {"ally": "from a list", "within": "few units", "nobody": "x"})
    assert "ally (a)" in set(marked["term"])
    assert list(marked.columns) == ["term", "pooled", "within (b)"]
    assert notes == ["(a) from a list", "(b) few units"]
    text = render(marked, "latex", "t", notes)
    assert all(note in text for note in notes)
