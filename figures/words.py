"""Numbers and intervals in words, written the same way in every label and caption."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

_KINDS = {
    "eti": "equal-tailed interval",
    "hdi": "highest-density interval",
    "ci": "confidence interval",
}


def interval_name(interval: str) -> str:
    """Return an interval's kind and level in words: ``eti_95`` is "95 % equal-tailed interval".

    ``range`` is the smallest to the largest value; ``none`` means that no interval is shown.

    Raises
    ------
    ValueError
        If the name is neither ``range``, ``none`` nor ``kind_level`` with kind eti, hdi or ci.
    """
    if interval == "range":
        return "smallest to largest value"
    if interval == "none":
        return "no interval"
    kind, _, level = interval.partition("_")
    if kind not in _KINDS or not re.fullmatch(r"\d{1,2}(\.\d+)?", level):
        raise ValueError(f"interval {interval!r} is none of eti_95, hdi_95, ci_95 (any level), range, none")
    return f"{level} % {_KINDS[kind]}"


def number(value: float, significant: int = 3) -> str:
    """Return a number with ``significant`` digits, thousands separators and a true minus sign.

    Digits left of the decimal point are never rounded away: 1234.6 is "1,235", 0.0012346 is "0.00123".
    """
    if value is None or not math.isfinite(value):
        return "not available"
    if value == 0:
        return "0"
    # 0.9997 becomes 1.00, not 1.000: the digits are those of the rounded number.
    rounded = float(f"{abs(value):.{significant - 1}e}")
    decimals = max(0, significant - 1 - math.floor(math.log10(rounded)))
    text = f"{value:,.{decimals}f}"
    if decimals and significant > 1 and float(value).is_integer():
        text = f"{value:,.0f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("-")
    return text.replace("-", "−")


def plain(value: float) -> str:
    """Return :func:`number` without trailing zeros after the point: a declared constant such as 0.35."""
    text = number(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def digits(*ends: float) -> int:
    """Return how many decimals an estimate with these bounds deserves: two digits of the interval's width.

    Digits left of the point are never rounded away, so that 0 is the least.
    """
    known = [float(end) for end in ends if end is not None and math.isfinite(end)]
    spread = max(known) - min(known) if known else 0.0
    if spread <= 0:
        return max(0, 2 - math.floor(math.log10(abs(known[0])))) if known and known[0] else 0
    return max(0, 1 - math.floor(math.log10(spread)))


def decimal(value: float, places: int) -> str:
    """Return a number with so many decimals, thousands separators and a true minus sign."""
    if value is None or not math.isfinite(value):
        return "not available"
    return f"{value:z,.{places}f}".replace("-", "−")


def estimate(value: float, lower: float, upper: float) -> str:
    """Return an estimate with its interval, all with the digits that the interval's width deserves."""
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return number(value)
    return with_interval(value, lower, upper, digits(lower, upper))


def with_interval(value: float, lower: float, upper: float, places: int = 0) -> str:
    """Return "value (lower to upper)" with so many decimals: whole troops where none are asked for."""
    return f"{decimal(value, places)} ({span(lower, upper, places)})"


def span(lower: float, upper: float, places: int = 0) -> str:
    """Return "lower to upper" with so many decimals; of what has three significant digits, see :func:`between`."""
    return f"{decimal(lower, places)} to {decimal(upper, places)}"


def named(value: float, label: str, places: int = 2) -> str:
    """Return a number with what it is called behind it, where that says more than the number: "−0.62 (empty treaty)"."""
    known = decimal(value, places)
    try:
        float(label)
    except ValueError:
        return f"{known} ({label})"
    return known


_VARIABLES = {
    "gdp": "GDP",
    "gdppc": "GDP per head",
    "cinc": "CINC",
    "polity2": "Polity score",
    "joint_igos": "joint memberships in IGOs",
    "log1p_casualties": "log of 1 + casualties",
    "log1p_casualties_lagged": "log of 1 + casualties, year before",
}


def variable(name: str) -> str:
    """Return a variable's name as a table's row names it: ``log_gdppc`` is "log GDP per head"."""
    if name in _VARIABLES:
        return _VARIABLES[name]
    if name.startswith("log_"):
        return f"log {variable(name.removeprefix('log_'))}"
    return name.replace("_", " ")


def parameter(name: str, of: str = "", form: str = "{}: {}") -> str:
    """Return a parameter with what it is of: ``size_control`` of ``log_gdppc`` is "size control: log GDP per head".

    Variables and provisions are put into words; names of states, treaties and operations stay as they are.
    """
    words = name.replace("_", " ")
    if "control" in name or name.startswith(("loading", "threshold")):
        of = ", ".join(map(variable, of.split(", ")))
    return form.format(words, of) if of else words


def percent(share: float, places: int = 0) -> str:
    """Return a share (0 to 1) as per cent, with a space as everywhere else: 0.36 is "36 %"."""
    return f"{decimal(100 * share, places)} %" if math.isfinite(share) else decimal(share, places)


def interval_words(interval: str) -> str:
    """Return :func:`interval_name` without the noun, for the cell or heading of a table: "95 % equal-tailed"."""
    return interval_name(interval).removesuffix(" interval")


def signed(value: float, significant: int = 3) -> str:
    """Return :func:`number` with a plus sign where the value is above zero."""
    text = number(value, significant)
    return f"+{text}" if value > 0 else text


def between(lower: float, upper: float, significant: int = 3) -> str:
    """Return "lower to upper", the way an interval reads in a sentence."""
    return f"{number(lower, significant)} to {number(upper, significant)}"


def count(how_many: int, noun: str, plural: str | None = None) -> str:
    """Return a count with its noun: "1 state", "54 states", "no state"."""
    if how_many == 0:
        return f"no {noun}"
    return f"{how_many:,} {noun if how_many == 1 else plural or noun + 's'}"


def listed(items: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    items = list(items)
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def minus(text: str) -> str:
    """Return a sentence with true minus signs before its numbers; hyphens within names (``NTM-I``) stay."""
    return re.sub(r"(?<![\w-])-(?=\d)", "−", text)


_ARTICLE = re.compile(
    r"United (Kingdom|States|Arab)|Netherlands|Philippines|Bahamas|Gambia|Maldives|Comoros|Seychelles"
    r"|(Czech|Dominican|Central African) Republic|Democratic Republic|German Democratic|(Solomon|Marshall) Islands"
)


def the(state: str) -> str:
    """Return a state's name as it stands within a sentence: "the United Kingdom", "Turkey"."""
    return f"the {state}" if _ARTICLE.match(state) else state
