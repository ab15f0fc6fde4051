"""Small valid files of every registered table, written from its columns: no real data."""

from __future__ import annotations

import csv
import io

import pandas as pd

from data.sources.registry import Column, table

STATES = [("United States", 2, "USA"), ("United Kingdom", 200, "GBR"), ("France", 220, "FRA")]
ROWS = 3


def cell(name: str, column: Column, row: int) -> str:
    """A valid cell of a column."""
    state, ccode, iso3 = STATES[row]
    if name in ("state_name", "country", "country_name"):
        return state
    if column.type in ("ccode",) or name in ("member", "cown"):
        return str(ccode + 300 if name == "ccode2" else ccode)
    if column.type == "iso3" or name == "iso3":
        return iso3
    if column.type == "year":
        return "2010"
    if column.type == "date":
        return f"2010-01-{28 + row}"
    if column.type == "flag":
        return str(row % 2)
    if column.type == "text":
        return f"{name} {row}"
    if column.type == "count":
        return f"{1 + row},{row}00"
    if name in ("q5", "q10", "ideal_point", "q50", "q90", "q95"):
        return str({"q5": -1, "q10": -0.8, "ideal_point": 0, "q50": 0, "q90": 0.8, "q95": 1}[name] + row)
    low = 0 if column.low is None else column.low
    high = low + 100 if column.high is None else column.high
    if column.type == "integer":
        return str(int(min(low + row, high)))
    return str(min(low + row + 0.5, high))


SPECIAL = {
    "wdi.wide": (
        "Country Name,Country Code,2009,2010\nUnited Kingdom,GBR,1.5,2\nFrance,FRA,,4\nWorld,WLD,9,8\n"
    ),
    "wdi.databank": (
        "Series Name,Series Code,Country Name,Country Code,2009 [YR2009],2010 [YR2010]\n"
        "GDP,NY.GDP.MKTP.CD,United Kingdom,GBR,1.5,2\nGDP,NY.GDP.MKTP.CD,France,FRA,..,4\n"
        "GDP,NY.GDP.MKTP.CD,Austria,AUT,5,6\n"
    ),
    "casualties.annual": "Year,France,UK,Total\n2009,1,2,3\n2010,0,0,0\n2011,4,1,5\n",
    "atop.state_year": (
        "state,year,number,defense,offense,neutral,nonagg,consul,atopid1,atopid2\n"
        "2,2010,2,1,0,0,0,1,3180,3150\n200,2010,1,1,0,0,0,0,3180,\n220,2010,1,1,0,0,0,0,3180,\n"
    ),
    "ipi.contributions": (
        "Date,Contributor,Contributor ISO-3,Mission,Individual Police Total,Formed Police Units Total,"
        "Experts on Mission Total,Troops Total,Total Total\n"
        "2012-12-31,Ghana,GHA,UNIFIL,0,0,0,870,870\n2012-12-31,France,FRA,UNIFIL,0,0,1,900,901\n"
        "2012-11-30,Ghana,GHA,UNIFIL,2,0,0,870,872\n"
    ),
    "geopko.location": (
        "mission,year,location,latitude,longitude,No.TCC,year.overview\n"
        'UNMIL,2004,Gbarnga,6.99,-9.47,2,"Bangladesh (950), Nepal (size unknown)"\n'
        "UNMIL,2004,Buchanan,5.88,-10.05,1,Korea (ROK) (650)\nUNMIL,2005,Buchanan,5.88,-10.05,1,Ghana (35)\n"
    ),
    "exchange_rate.regime": (
        "year,country,coarse_regime,regime_label\n1999,Panama,1,peg\n1999,Liechtesntein,1,peg\n"
        "1999,Brazil,4,free_float\n"
    ),
    "exchange_rate.anchor": "ISO3 Code,PAN,BRA\n1997M12,USD,USD\n1998M12,USD,EUR\n1999M12,USD,Freely_falling\n",
    "un_participation.list": (
        "mission,period_or_date,meaning,state,doubtful,source,source_url\n"
        "UNOSOM I,1992-04 to 1993-03,ever,Ghana,False,UN,page\n"
        "UNOSOM I,1992-04 to 1993-03,ever,Czechoslovakia,True,UN,page\nUNMIH,1996-04-30,day,Mali,False,UN,page\n"
    ),
}


def official_names(name: str) -> list[str]:
    """Names of a table's columns in its official file."""
    return [spec.from_[0] if spec.from_ else column for column, spec in table(name).columns.items()]


def atop_members(rows: list[dict[str, int]]) -> str:
    """A file of ATOP's members by official names: in force since a first of January; all else that a row lacks is 0."""
    columns = official_names("atop.member")
    given = {**dict.fromkeys(columns, 0), "moent": 1, "dayent": 1, "ineffect": 1}
    return pd.DataFrame([given | row for row in rows]).to_csv(index=False)


def text_of(name: str) -> str:
    """The text of a csv file that follows a table: a header with official names and three rows."""
    if name in SPECIAL:
        return SPECIAL[name]
    columns = table(name).columns
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(official_names(name))
    for row in range(ROWS):
        writer.writerow([cell(column, spec, row) for column, spec in columns.items()])
    return out.getvalue()
