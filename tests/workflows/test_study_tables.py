"""The table of a study of one's own: the right number, or one line that says where the fault is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import typer
from typer.testing import CliRunner

from data.common.errors import InputError
from tests.own_study import STUDY
from workflows.commands.replicate import replicate as command
from workflows.published.replicate import as_json, comparison, replicate
from workflows.published.robustness import robustness
from workflows.published.study import load_study

STATES = [f"{a}{b}" for a in "ABCDN" for b in "ABCDEFGH"]  # "NA" is among them
PRINTED = "study,table,model,term,estimate,lower,upper,p_value,interval_level,n_obs,note\n"
ROW = "Own,T1,M1,X,{estimate},,,,,{n},\n"


def table() -> pd.DataFrame:
    """Forty states in ten years, as the handed cases have them."""
    rng = np.random.default_rng(7)
    out = pd.DataFrame({"ccode": np.repeat(np.arange(1, 41), 10), "year": np.tile(np.arange(2001, 2011), 40)})
    out["x"] = rng.normal(size=400).round(6)
    out["gdp"] = np.exp(rng.normal(8, 1, size=400)).round(4)
    out["y"] = (0.5 * out["x"] + 0.03 * (out["year"] - 2005) ** 2 + rng.normal(size=400)).round(6)
    out["iso2"] = np.array(STATES)[out["ccode"] - 1]
    out["year2"] = out["year"] ** 2
    return out


ROWS = table()


@pytest.fixture
def own(tmp_path):
    """Writes a study, its rows and its printed table, and loads it."""

    def write(*changes: tuple[str, str], rows: pd.DataFrame = ROWS, printed: str | None = None, **options):
        text = STUDY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "own.toml").write_text(text)
        rows.to_csv(tmp_path / "rows.csv", index=False, **options)
        x = ols(rows, ["x"])["x"] if printed is None else 0.0
        body = ROW.format(estimate=f"{x:.3f}", n=400) if printed is None else printed
        (tmp_path / "printed.csv").write_text(PRINTED + body)
        return tmp_path

    return write


def ols(rows: pd.DataFrame, terms: list[str]) -> pd.Series:
    """An independent regression: centred columns, statsmodels."""
    numbers = rows[["y", *terms]].apply(pd.to_numeric, errors="coerce")
    numbers = numbers.replace([np.inf, -np.inf], np.nan).dropna()
    x = numbers[terms] - numbers[terms].mean()
    return sm.OLS(numbers["y"], sm.add_constant(x)).fit().params


def found(folder: Path):
    study = load_study(folder / "own.toml")
    return replicate(study, study.read(folder))


def _replicated(folder: Path):
    study = load_study(folder / "study.toml")
    return replicate(study, study.read(folder))


def estimate(folder: Path, term: str = "x") -> float:
    return float(found(folder).published("M1").of(term)["estimate"])


def run(folder: Path, *more: str):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(folder / "own.toml"), "--data", str(folder), *more])


def refused(folder: Path, *words: str, more: tuple[str, ...] = ()) -> InputError:
    error = run(folder, *more).exception
    assert isinstance(error, InputError), error
    assert "\n" not in str(error)
    for word in words:
        assert word in str(error), str(error)
    return error


def with_cell(column: str, line: int, cell: str) -> pd.DataFrame:
    """The rows with one cell as text, the header being line 1."""
    out = ROWS.astype({column: object})
    out.loc[line - 2, column] = cell
    return out


def sample(text: str) -> tuple[str, str]:
    """More keys of [sample]."""
    return ('time = "year"', f'time = "year"\n{text}')


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("13-leave-out-misses-text", ("row 7, column 'ccode'", "'1a'")),
        ("16-state-twice", ("row 402", "ccode 7, year 2001 a second time", "first in row 62")),
        ("17-two-terms-printed-alike", ("terms.g.printed", "'x' and 'g' both printed 'X'")),
    ],
)
def test_handed_cases_are_refused_in_one_line(shared_data, name, right):
    folder = shared_data.parent / "cases" / name
    if not folder.is_dir():
        pytest.skip("the handed cases are not here")
    with pytest.raises(InputError) as error:
        _replicated(folder)
    for word in right:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("name", "terms", "n"),
    [
        ("15-year-and-its-square", {"x": 0.492970, "t2": 0.025761}, 400),
        ("18-csv-of-a-study-tracebacks", {"x": 0.486294}, 399),
    ],
)
def test_handed_cases_give_the_right_number(shared_data, name, terms, n):
    folder = shared_data.parent / "cases" / name
    if not folder.is_dir():
        pytest.skip("the handed cases are not here")
    study = load_study(folder / "study.toml")
    fit = replicate(study, study.read(folder)).published("M1")
    assert fit.n == n
    for term, value in terms.items():
        assert fit.of(term)["estimate"] == pytest.approx(value, abs=6e-7)
    if "t2" in terms:
        within = replicate(study.with_estimator("fixed_effects"), study.read(folder)).published("M1")
        assert within.of("x")["estimate"] == pytest.approx(0.507889, abs=6e-7)
        assert within.of("t2")["estimate"] == pytest.approx(0.025590, abs=6e-7)


@pytest.mark.parametrize("cell", ["1a", "1 a", "seven", "1,0", "7*"])
@pytest.mark.parametrize("how", ["", "leave_out = { ccode = [7] }"])
def test_a_stray_cell_in_a_column_of_codes_is_an_error_at_its_row(own, cell, how):
    folder = own(sample(how), rows=with_cell("ccode", 6, cell))
    refused(folder, "rows.csv", "row 6", "'ccode'", repr(cell))


def test_what_is_left_out_is_left_out(own):
    folder = own(sample("leave_out = { ccode = [7] }"))
    kept = ROWS[ROWS["ccode"] != 7]
    fit = found(folder).published("M1")
    assert (fit.n, fit.units) == (390, 39)
    assert fit.of("x")["estimate"] == pytest.approx(ols(kept, ["x"])["x"], abs=1e-10)


def test_a_value_to_be_left_out_that_no_row_has_is_said(own):
    folder = own(sample("leave_out = { ccode = [700] }"))
    assert found(folder).remarks == ("leave_out: no row has ccode 700",)
    assert "leave_out: no row has ccode 700." in run(folder).stdout


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ('{ ccode = ["7"] }', ("'7' (text)", "numbers")),
        ("{ iso2 = [7] }", ("'iso2'", "'AA'")),
        ("{ cccode = [7] }", ("sample.leave_out.cccode", "'ccode'")),
        ("{ Year = [2001] }", ("sample.leave_out.Year", "'year'")),
    ],
)
def test_what_cannot_be_compared_is_refused(own, chosen, said):
    refused(own(sample(f"leave_out = {chosen}")), *said)


def test_namibia_is_a_state_and_not_a_missing_value(own):
    folder = own(('unit = "ccode"', 'unit = "iso2"'), sample('leave_out = { iso2 = ["AB"] }'))
    fit = found(folder).published("M1")
    assert (fit.n, fit.units) == (390, 39)
    only = own(('unit = "ccode"', 'unit = "iso2"'), sample('leave_out = { iso2 = ["NA"] }'))
    assert found(only).published("M1").units == 39


def test_a_declared_mark_is_missing_even_in_a_column_of_codes(own):
    folder = own(('unit = "ccode"', 'unit = "iso2"'), sample('missing = { iso2 = ["NA"] }'))
    assert found(folder).published("M1").units == 39


def test_na_among_names_is_missing(own):
    rows = ROWS.assign(iso2=("State " + ROWS["iso2"]).where(ROWS["iso2"] != "NA", "NA"))
    folder = own(('unit = "ccode"', 'unit = "iso2"'), rows=rows)
    assert found(folder).published("M1").units == 39
    kept = own(('unit = "ccode"', 'unit = "iso2"'), sample('text = ["iso2"]'), rows=rows)
    assert found(kept).published("M1").units == 40


@pytest.mark.parametrize("mark", [".", "..", ".a", "NA", "", "n/a", "NaN", " . "])
def test_marks_of_missing_in_a_column_of_numbers_leave_the_row_out_aloud(own, mark):
    folder = own(rows=with_cell("x", 5, mark))
    fit = found(folder).published("M1")
    assert fit.n == 399
    assert fit.notes == ("1 row left out for missing values",)
    assert fit.of("x")["estimate"] == pytest.approx(ols(ROWS.drop(index=3), ["x"])["x"], abs=1e-10)


@pytest.mark.parametrize("missing", ["[-99]", '["-99"]', "{ x = [-99] }"])
def test_declared_codes_are_missing(own, missing):
    folder = own(sample(f"missing = {missing}"), rows=with_cell("x", 5, "-99"))
    assert found(folder).published("M1").n == 399
    assert found(own(rows=with_cell("x", 5, "-99"))).published("M1").n == 400


@pytest.mark.parametrize(
    "cell", ["9,500", "9.500,1", "1 000", "about 3", "5 %", "12;3", "1_000", "0x10", "3OO"]
)
@pytest.mark.parametrize("transform", ["", ', transform = "log"'])
def test_a_number_in_another_writing_is_refused_with_its_place(own, cell, transform):
    folder = own(
        ('printed = "X" }', f'printed = "X" }}\ng = {{ column = "gdp", printed = "G"{transform} }}'),
        ('["x"]', '["x", "g"]'),
        rows=with_cell("gdp", 9, cell),
    )
    refused(folder, "row 9", "'gdp'", repr(cell))


@pytest.mark.parametrize(
    ("writing", "decimal", "thousands"),
    [('thousands = ","', ".", ","), ('decimal = ","\nthousands = "."\ndelimiter = ";"', ",", "."),
     ('decimal = ","\nthousands = " "\ndelimiter = ";"', ",", " "), ('thousands = "\'"', ".", "'")],
)  # fmt: skip
def test_numbers_in_a_declared_writing_are_read(own, writing, decimal, thousands):
    marks = str.maketrans({",": thousands, ".": decimal})
    rows = ROWS.assign(
        gdp=[f"{v:,.4f}".translate(marks) for v in ROWS["gdp"]],
        x=[f"{v:.6f}".replace(".", decimal) for v in ROWS["x"]],
        y=[f"{v:.6f}".replace(".", decimal) for v in ROWS["y"]],
    )
    folder = own(
        sample(writing),
        ('printed = "X" }', 'printed = "X" }\ng = { column = "gdp", transform = "log", printed = "G" }'),
        ('["x"]', '["x", "g"]'),
        rows=rows,
        printed=ROW.format(estimate="0.500", n=400),
        sep=";" if decimal == "," else ",",
    )
    right = ols(ROWS.assign(g=np.log(ROWS["gdp"])), ["x", "g"])
    assert estimate(folder, "g") == pytest.approx(right["g"], abs=1e-9)


def test_text_in_another_encoding_is_refused_by_line_or_read_by_declaration(own):
    rows = ROWS.assign(iso2=ROWS["iso2"].where(ROWS["ccode"] != 3, "Türkei"))
    folder = own(rows=rows, encoding="cp1252")
    refused(folder, "row 22", "0xfc", 'encoding = "cp1252"')
    declared = own(sample('encoding = "cp1252"'), rows=rows, encoding="cp1252")
    assert found(declared).published("M1").n == 400
    refused(own(sample('encoding = "cp9999"')), "'cp9999'", "sample.encoding")


def test_logicals_of_r_are_numbers_and_infinite_values_missing(own):
    rows = ROWS.assign(x=np.where(ROWS["x"] > 0, "TRUE", "FALSE"))
    right = ols(rows.assign(x=(ROWS["x"] > 0).astype(float)), ["x"])["x"]
    assert estimate(own(rows=rows, printed=ROW.format(estimate="1", n=400))) == pytest.approx(right, abs=1e-9)
    infinite = with_cell("x", 5, "-Inf")
    assert found(own(rows=infinite)).published("M1").n == 399
    refused(own(sample("infinite_is_missing = false"), rows=infinite), "row 5", "'x'", "infinite")


@pytest.mark.parametrize("series", ["", 'series = ["iso2"]'])
def test_a_unit_twice_in_a_year_is_named(own, series):
    rows = pd.concat([ROWS, ROWS[ROWS["ccode"] == 7]])
    refused(own(sample(series), rows=rows), "row 402", "ccode 7, ", "year 2001", "first in row 62", "10 such")


def test_series_tell_the_rows_of_a_unit_apart(own):
    rows = pd.concat([ROWS.assign(operation="a"), ROWS.assign(operation="b")])
    assert found(own(sample('series = ["operation"]'), rows=rows)).published("M1").n == 800


def test_rows_that_are_left_out_may_repeat(own):
    rows = pd.concat([ROWS, ROWS[ROWS["ccode"] == 7]])
    assert found(own(sample("leave_out = { ccode = [7] }"), rows=rows)).published("M1").n == 390


@pytest.mark.parametrize("printed", ["X", "Intercept"])
def test_two_terms_printed_alike_in_one_model_are_refused(own, printed):
    folder = own(
        (
            'printed = "X" }',
            f'printed = "X" }}\ng = {{ column = "gdp", transform = "log", printed = "{printed}" }}',
        ),
        ('["x"]', '["x", "g"]'),
    )
    refused(folder, "own.toml", "terms.g.printed", f"both printed {printed!r}", "'M1'")


def test_two_terms_printed_alike_in_two_models_are_two_numbers(own):
    folder = own(
        ('printed = "X" }', 'printed = "X" }\ng = { column = "gdp", transform = "log", printed = "X" }'),
        ('terms = ["x"]', 'terms = ["x"]\n[[models]]\nname = "M2"\nestimator = "ols"\nterms = ["g"]'),
        printed=ROW.format(estimate="0.500", n=400) + ROW.format(estimate="0.1", n=400).replace("M1", "M2"),
    )
    table = comparison(found(folder)).set_index(["model", "part"])["value"]
    assert table["M1", "estimate"] == pytest.approx(ols(ROWS, ["x"])["x"], abs=1e-9)
    right = ols(ROWS.assign(g=np.log(ROWS["gdp"])), ["g"])["g"]
    assert table["M2", "estimate"] == pytest.approx(right, abs=1e-9)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('unit = "ccode"', 'unit = "ccod"', "sample.unit"),
        ('label = "iso2"', 'label = "iso"', "sample.label"),
        ('time = "year"', 'time = "Year"', "sample.time"),
        ('{ column = "x"', '{ column = "xx"', "terms.x.column"),
        ('column = "y"', 'column = "z"', "outcome.column"),
        ('terms = ["x"]', 'terms = ["x"]\ncluster = "cccode"', "models.'M1'.cluster"),
        ('terms = ["x"]', 'terms = ["x"]\noutcome = "share"', "models.'M1'.outcome"),
        ('time = "year"', 'time = "year"\nseries = ["op"]', "sample.series"),
        ('time = "year"', 'time = "year"\ntext = ["iso3"]', "sample.text"),
        ('time = "year"', 'time = "year"\nmissing = { gdpp = [1] }', "sample.missing"),
    ],
)
def test_a_column_that_the_file_lacks_is_named_with_its_key(own, old, new, key):
    refused(own((old, new)), f"key {key!r}" if "'" not in key else key, "no such column")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("only = { yeer = [2001] }", ("only.yeer", "'year'")),
        ("leave_out = { cow = [2] }", ("leave_out.cow", "no such column")),
        ('cluster = "region"', ("cluster", "'region'")),
        ('outcome = "yy"', ("outcome", "'yy'")),
        ('only = { year = ["2001"] }', ("'2001'", "numbers")),
    ],
)
def test_a_column_that_a_variant_names_in_vain_ends_the_command(own, line, words):
    folder = own(("[[models]]", f'[robustness]\n"A" = {{ {line} }}\n[[models]]'))
    refused(folder, *words, more=("--robustness",))


def test_a_value_that_no_row_has_is_said_beside_the_variant(own):
    folder = own(("[[models]]", '[robustness]\n"A" = { only = { year = [2001, 2002, 1999] } }\n[[models]]'))
    study = load_study(folder / "own.toml")
    line = robustness(study, study.read(folder)).table.query("variant == 'A'").iloc[0]
    assert line["n"] == 80
    assert "only: no row has year 1999" in line["notes"]


@pytest.mark.parametrize(("name", "near"), [("Model 1", "M1"), ("m1", "'m1'"), ("M2", "M2")])
def test_a_model_that_is_not_printed_is_refused_with_those_that_are(own, name, near):
    printed = ROW.format(estimate="0.500", n=400).replace("M1", name)
    error = refused(own(printed=printed), "models.'M1'.name", near)
    assert name in error.expected


def test_printed_models_that_the_study_leaves_out_are_said_and_not_counted(own):
    row = ROW.format(estimate="0.500", n=400)
    folder = own(printed=row + row.replace("M1", "M2"))
    assert len(comparison(found(folder))) == 2
    assert found(folder).remarks == ("printed and not estimated here: M2",)


@pytest.mark.parametrize("n", [400, 410])
def test_the_number_of_rows_is_compared_once_and_both_streams_agree(own, n):
    x = f"{ols(ROWS, ['x'])['x']:.3f}"
    intercept = ROW.format(estimate="", n=n).replace(",X,", ",Intercept,")
    count = f"Own,T1,M1,FIT: Observations,{n},,,,,{n},\n"
    folder = own(printed=ROW.format(estimate=x, n=n) + intercept + count)
    result = run(folder)
    good = 2 if n == 400 else 1
    assert f"{good} of 2 printed numbers reproduced" in result.stdout
    assert f"{n} | 400" in result.stdout
    assert result.exit_code == (0 if n == 400 else 3)
    assert ("1 of 2 printed numbers not reproduced" in " ".join(result.stderr.split())) == (n == 410)
    out = json.loads(run(folder, "--format", "json").stdout)
    assert (out["printed_numbers"], out["printed_numbers_reproduced"]) == (2, good)
    assert out["models"][0]["statistics"]["n"]["agrees"] == (n == 400)


@pytest.mark.parametrize(("printed", "good"), [(".486", True), ("0.486", True), ("4.86e-01", True), ("-.486", False),
                                               (".487", False), ("4.8e-01", False)])  # fmt: skip
def test_printed_digits_count_in_whichever_form(printed, good):
    from workflows.published.replicate import agrees

    assert agrees(0.486294, printed) == good
    assert not agrees(float("nan"), printed)


def test_a_printed_row_twice_is_refused(own):
    row = ROW.format(estimate="0.500", n=400)
    refused(own(printed=row + row), "printed.csv", "row 3", "X of M1 a second time")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('title = "Own"', 'titel = "Own"', ("titel", "unknown key", "'title'")),
        ('estimator = "ols"', 'estimator = "olss"', ("models.'M1'.estimator", "'olss'", "near: ols")),
        ('terms = ["x"]', 'terms = ["X1"]', ("models.'M1'.terms", "'X1'")),
        (
            "[sample]",
            "[sample]\ndrop_colinear = true",
            ("sample.drop_colinear", "= True", "'drop_collinear'"),
        ),
        ('unit = "ccode"\n', "", ("sample.unit", "no such key")),
        (
            "[[models]]",
            '[[models]]\nname = "M1"\nestimator = "ols"\nterms = ["x"]\n[[models]]',
            ("second model",),
        ),
        ("x = {", 'year = { column = "gdp", printed = "GDP" }\nx = {', ("terms.year", "sample.time")),
    ],
)
def test_a_key_is_called_a_key_and_its_value_shown(own, old, new, words):
    error = refused(own((old, new)), "own.toml", *words)
    assert "column '" not in str(error).replace("column 'year'", "")
    assert error.key is not None


@pytest.mark.parametrize("form", ["%ty", "%td"])
def test_years_of_stata_are_years(own, form):
    folder = own(('file = "rows.csv"', 'file = "rows.dta"'))
    rows = ROWS.assign(
        year=pd.to_datetime(ROWS["year"].astype(str) + "-01-01"), start=pd.Timestamp("2001-01-01")
    )
    rows.to_stata(folder / "rows.dta", write_index=False, convert_dates={"year": form[1:], "start": "td"})
    study = load_study(folder / "own.toml")
    raw = study.read(folder)
    assert pd.api.types.is_datetime64_any_dtype(raw["start"])
    if form == "%ty":
        assert sorted(set(raw["year"])) == list(range(2001, 2011))
        lagged = study.model_copy(update={"terms": study.terms})
        assert replicate(lagged, raw).published("M1").n == 400
    else:
        assert pd.api.types.is_datetime64_any_dtype(raw["year"])


def test_as_json_has_the_remarks(own):
    out = as_json(found(own(sample("leave_out = { ccode = [700] }"))))
    assert out["remarks"] == ["leave_out: no row has ccode 700"]
