import pytest

from figures.words import (
    count,
    decimal,
    digits,
    estimate,
    interval_name,
    interval_words,
    listed,
    minus,
    named,
    number,
    parameter,
    percent,
    plain,
    signed,
    the,
    variable,
    with_interval,
)
from tests.figures.numbers import numbers_in


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.6, "1,235"), (196.3, "196"), (0.0012346, "0.00123"), (-45.06, "−45.1"),
        (0.99972, "1.00"), (999.7, "1,000"), (0, "0"), (3.0, "3"),
        (float("nan"), "not available"), (float("inf"), "not available"), (-1e-12, "−0.00000000000100"),
    ],
)  # fmt: skip
def test_numbers_keep_three_digits_and_a_true_minus(value, text):
    assert number(value) == text


def test_declared_constants_lose_trailing_zeros():
    assert (plain(0.35), plain(111_976), plain(200.0)) == ("0.35", "111,976", "200")


def test_states_have_their_article_within_a_sentence():
    given = ["United Kingdom", "Turkey", "Netherlands", "Czech Republic", "Czechoslovakia", "Solomon Islands"]
    assert [the(state) == f"the {state}" for state in given] == [True, False, True, True, False, True]


def test_minus_signs_stand_before_numbers_and_names_keep_their_hyphens():
    assert minus("NTM-I, US-TUR-1959: -2.2 (-3 to 1)") == "NTM-I, US-TUR-1959: −2.2 (−3 to 1)"


@pytest.mark.parametrize(
    ("name", "of", "said"),
    [
        ("size_control", "log_gdppc", "size control: log GDP per head"),
        ("size_control", "log_trade_with_host, ISAF", "size control: log trade with host, ISAF"),
        ("loading", "integrated_command", "loading: integrated command"),
        ("size_slope", "my_operation", "size slope: my_operation"),
        ("precision", "", "precision"),
    ],
)
def test_parameters_are_words_and_names_of_operations_stay(name, of, said):
    assert parameter(name, of) == said


def test_every_control_of_the_official_files_has_words_of_its_own():
    from data.sources.official_files import controls

    words = [variable(name) for name in controls()]
    assert len(set(words)) == len(words)
    assert not any("_" in word for word in words)


def test_shares_intervals_and_names_are_written_in_one_way():
    assert (percent(0.356), percent(0.9995, 1), percent(float("nan"))) == ("36 %", "100.0 %", "not available")
    assert with_interval(-115.2, -448.4, 0.4) == "−115 (−448 to 0)"
    assert interval_words("ci_95") == "95 % confidence"
    assert (named(-1, "-1"), named(-0.622, "empty treaty")) == ("−1.00", "−0.62 (empty treaty)")


def test_signs_are_written():
    assert (signed(0.35, 2), signed(-0.35, 2), signed(0)) == ("+0.35", "−0.35", "0")


def test_intervals_carry_kind_and_level():
    assert interval_name("eti_95") == "95 % equal-tailed interval"
    assert interval_name("hdi_89") == "89 % highest-density interval"
    assert interval_name("ci_99.9") == "99.9 % confidence interval"
    assert interval_name("range") == "smallest to largest value"


@pytest.mark.parametrize("wrong", ["95", "eti", "eti_", "sd_95", "eti_950"])
def test_an_interval_without_kind_or_level_is_refused(wrong):
    with pytest.raises(ValueError, match="none of eti_95"):
        interval_name(wrong)


def test_numbers_are_read_back_as_printed():
    text = "H is 1,234.5 (−45.1 to 2,900) in 2001-2014, eti_95, at 95 % over 3 states."
    assert numbers_in(text) == [(1234.5, 1), (-45.1, 1), (2900, 0), (2001, 0), (2014, 0), (95, 0), (3, 0)]


def test_counts_and_lists_read_as_words():
    assert (count(0, "state"), count(1, "state"), count(1200, "state")) == (
        "no state",
        "1 state",
        "1,200 states",
    )
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("", "a", "a, b and c")


@pytest.mark.parametrize(
    ("value", "lower", "upper", "said"),
    [
        (-113.94, -241.4, 80.81, "−114 (−241 to 81)"),
        (0.016309, 0.014283, 0.01743, "0.0163 (0.0143 to 0.0174)"),
        (1.4, 0.5, 2.3, "1.4 (0.5 to 2.3)"),
        (12345.6, 9000.0, 16000.0, "12,346 (9,000 to 16,000)"),
        (-0.2, -0.4, 0.3, "−0.20 (−0.40 to 0.30)"),
        (0.5, float("nan"), float("nan"), "0.500"),
    ],
)
def test_an_estimate_has_two_digits_of_its_intervals_width(value, lower, upper, said):
    assert estimate(value, lower, upper) == said


def test_nothing_is_written_as_minus_zero():
    assert decimal(-0.001, 1) == "0.0"
    assert digits(0.0, 0.0) == 0
