"""Damaged tables: whatever is done to the bytes, the answer is a panel or one line, never a traceback."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.common.errors import InputError
from data.facts import BUNDLED
from data.facts.bundled import TABLES
from data.own.mapping import Mapping
from data.own.table import read_table
from data.tables.table import read_table as read_fact

OWN = (
    "operation,leader,year,state,troops,coverage\n"
    "Serval,France,2013,Chad,2250,complete\n"
    'Serval,France,2013,United Kingdom,"1,050",complete\n'
    "Serval,France,2014,Estonia,50,partial\n"
)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def damage(draw, text):
    """Cut, insert, delete, re-encode, swap delimiters, repeat lines."""
    kind = draw(
        st.sampled_from(["cut", "insert", "delete", "delimiter", "encoding", "repeat", "swap", "empty"])
    )
    place = draw(st.integers(0, len(text)))
    if kind == "cut":
        return text[:place].encode()
    if kind == "insert":
        return (text[:place] + draw(st.text(max_size=6)) + text[place:]).encode("utf-8", "surrogatepass")
    if kind == "delete":
        return (text[:place] + text[place + draw(st.integers(1, 20)) :]).encode()
    if kind == "delimiter":
        return text.replace(",", draw(st.sampled_from([";", "\t", "|"]))).encode()
    if kind == "encoding":
        return text.encode(draw(st.sampled_from(["utf-16", "utf-8-sig"])))
    lines = text.splitlines()
    if kind == "repeat":
        return ("\n".join([*lines, lines[draw(st.integers(0, len(lines) - 1))]]) + "\n").encode()
    if kind == "swap":
        return "\n".join(",".join(reversed(line.split(","))) for line in lines).encode()
    return b""


def read_or_refuse(read):
    try:
        return read()
    except InputError as error:
        message = str(error)
    assert "\n" not in message
    return None


@SLOW
@given(data=damage(OWN))
def test_a_damaged_table_of_ones_own_is_read_or_refused(tmp_path, data):
    path = tmp_path / "own.csv"
    path.write_bytes(data)
    table = read_or_refuse(lambda: read_table(path, Mapping()))
    if table is not None:
        assert (table["troops"].isna() | (table["troops"] >= 0)).all()
        assert set(table["coverage"]) <= {"complete", "partial"}


@SLOW
@given(data=damage("\n".join((BUNDLED / "armed_forces.csv").read_text("utf-8").splitlines()[:12]) + "\n"))
def test_a_damaged_fact_table_is_read_or_refused(tmp_path, data):
    path = tmp_path / "armed_forces.csv"
    path.write_bytes(data)
    layout = TABLES["armed_forces"]
    frame = read_or_refuse(lambda: read_fact(path, layout))
    if frame is not None:
        assert not frame.duplicated(list(layout.key)).any()
        assert (frame["active_personnel"].dropna() >= 0).all()


@pytest.mark.parametrize("cell", ["1e400", "inf", "-inf", "1e99", "0x10", "1_000", "٣"])
def test_odd_numbers_are_refused_or_finite(tmp_path, cell):
    path = tmp_path / "armed_forces.csv"
    path.write_text(f"iso3,ccode,year,active_personnel\nAFG,700,2002,{cell}\n", encoding="utf-8")
    frame = read_or_refuse(lambda: read_fact(path, TABLES["armed_forces"]))
    if frame is not None:
        assert frame["active_personnel"].abs().max() < 1e100


def test_a_line_with_too_few_fields_is_refused_not_padded(tmp_path):
    path = tmp_path / "armed_forces.csv"
    path.write_text("iso3,ccode,year,active_personnel\nAFG,700,2002,5\nAGO,540,2002\n")
    with pytest.raises(InputError, match=r"row 3: found 3 fields; expected 4"):
        read_fact(path, TABLES["armed_forces"])
