"""The report page read back: by a parser against its context, and by a real browser."""

from __future__ import annotations

import base64
import math
import os
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure

from figures.style import to_png, to_svg
from figures.words import number
from tests.workflows.browser import browser, missing
from workflows.pages.report import prose, render

HOSTILE = '<script>window.hit = 1</script>"\'><img src=x onerror="window.hit = 1"> & {{ 7 * 7 }}'
needs_browser = pytest.mark.skipif(missing() is not None, reason=missing() or "")


def _picture(kind):
    figure = Figure(figsize=(5, 3))
    figure.subplots().plot([0, 1, 2], [2, 0, 1])
    return to_png(figure, dpi=100) if kind == "png" else to_svg(figure)


def _context(seed=0, hostile=""):
    random = np.random.default_rng(seed)
    columns = [
        {"name": "state", "label": "State" + hostile, "numeric": False},
        {"name": "year", "label": "Year", "numeric": True},
        {"name": "troops", "label": "Troops", "unit": "persons" + hostile, "numeric": True},
        {"name": "share", "label": "Share", "numeric": True},
        {"name": "held", "label": "Similarity held", "numeric": False},
    ]
    rows = [
        {
            "state": f"State {k}{hostile}",
            "year": int(random.integers(2001, 2015)),
            "troops": random.choice([random.normal(0, 3000), float("nan")])
            if k % 3
            else random.integers(0, 9000),
            "share": random.lognormal(-7, 3),
            "held": bool(k % 2),
        }
        for k in range(30)
    ]
    prose = "First paragraph." + hostile + "\n\nSecond:\n- one\n- two"
    return {
        "title": "Who sends troops" + hostile,
        "verdict": {"passed": seed % 2 == 0, "text": "All quantities passed." + hostile},
        "notices": [{"kind": "left out" + hostile, "text": "2015 has no armed forces." + hostile}],
        "summary": ["A paragraph." + hostile, "Another."],
        "sections": [
            {"id": "estimates", "title": "Estimates" + hostile, "open": True, "blocks": [
                {"kind": "text", "text": prose},
                {"kind": "table", "caption": "Rows" + hostile, "columns": columns, "rows": rows,
                 "source": "panel.csv" + hostile},
                {"kind": "figure", "png": _picture("png"), "caption": "Seen." + hostile,
                 "alt": "A line" + hostile, "name": "line" + hostile},
            ]},
            {"id": "reproduce", "title": "How to reproduce", "open": False, "blocks": [
                {"kind": "math", "tex": "y = 1\nx = \\frac{1}{2}" + 9 * " + \\alpha_{kt}"},
                {"kind": "code", "text": "coalition run bundled --seed 1" + hostile},
                {"kind": "figure", "svg": _picture("svg"), "caption": "Seen.", "alt": "Another line",
                 "name": "other"},
            ]},
        ],
    }  # fmt: skip


@pytest.fixture(params=[0, 1, 2])
def read_back(request):
    context = _context(request.param, HOSTILE)
    return context, BeautifulSoup(render(context), "html.parser")


def test_every_number_cell_carries_the_full_value(read_back):
    context, page = read_back
    table = context["sections"][0]["blocks"][1]
    got = page.find("table", attrs={"data-source": table["source"]})
    assert [th["data-column"] for th in got.find_all("th")] == [c["name"] for c in table["columns"]]
    lines = got.tbody.find_all("tr")
    assert len(lines) == len(table["rows"])
    for line, row in zip(lines, table["rows"], strict=True):
        cells = {td["data-column"]: td for td in line.find_all("td")}
        for name in ("year", "troops", "share"):
            text = cells[name]["data-value"]
            assert (text == "" and math.isnan(row[name])) or float(text) == row[name]
        assert cells["share"].text == number(row["share"])
        assert cells["year"].text == str(row["year"])
        assert cells["held"].text == ("yes" if row["held"] else "no")
        assert cells["state"].text == row["state"]


def test_hostile_text_stays_text(read_back):
    context, page = read_back
    assert len(page.find_all("script")) == 1
    assert not [tag for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert page.h1.text == page.title.text == context["title"]
    assert context["verdict"]["text"] in page.find(class_="verdict").text
    assert [p.text for p in page.find(class_="summary").find_all("p")] == context["summary"]
    (notice,) = context["notices"]
    assert [li.text for li in page.find(class_="notices").find_all("li")] == [
        f"{notice['kind']}: {notice['text']}"
    ]
    assert page.pre.text == context["sections"][1]["blocks"][1]["text"]
    assert page.figcaption.text == "Figure 1. " + context["sections"][0]["blocks"][2]["caption"]
    assert {img.get("alt") for img in page.select("figure img")} == {"A line" + HOSTILE, "Another line"}


def test_the_page_asks_for_nothing_beside_itself(read_back):
    _, page = read_back
    addresses = [tag[name] for tag in page.find_all(True) for name in ("src", "href") if tag.has_attr(name)]
    assert addresses
    assert all(address.startswith(("data:", "#")) for address in addresses)
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_sections_fold_and_are_linked_from_the_contents(read_back):
    context, page = read_back
    folds = page.select("details.section")
    assert [fold.has_attr("open") for fold in folds] == [section["open"] for section in context["sections"]]
    assert [a["href"] for a in page.select("nav a")] == [
        "#" + section["id"] for section in context["sections"]
    ]


def test_formulas_are_pictures_with_their_source_as_alternative(read_back):
    _, page = read_back
    assert [img["alt"] for img in page.select(".math img")] == [
        "y = 1",
        r"x = \frac{1}{2}" + 9 * r" + \alpha_{kt}",
    ]


def test_a_failed_gate_is_said_in_words_and_colour():
    context = _context() | {"verdict": {"passed": False, "text": "R-hat of depth is 1.2."}}
    verdict = BeautifulSoup(render(context), "html.parser").find(class_="verdict")
    assert "failed" in verdict["class"]
    assert "Diagnostics failed. R-hat of depth is 1.2." in " ".join(verdict.text.split())


def test_notices_stand_before_the_summary_and_nothing_stands_there_without_any():
    page = BeautifulSoup(render(_context()), "html.parser")
    classes = [tag["class"][0] for tag in page.find_all(class_=["verdict", "notices", "summary"])]
    assert classes == ["verdict", "notices", "summary"]
    bare = BeautifulSoup(render(_context() | {"notices": []}), "html.parser")
    assert bare.find(class_="notices") is None


def test_a_list_within_a_notice_is_a_list_on_the_page():
    told = {"kind": "support", "text": "For few rows.\n- A: 3 %\n- B: -4 to 5"}
    page = BeautifulSoup(render(_context() | {"notices": [told]}), "html.parser")
    (item,) = page.select(".notices > ul > li")
    assert " ".join(item.text.split()) == "support: For few rows. A: 3 % B: −4 to 5"
    assert [li.text.replace("\N{NO-BREAK SPACE}", " ") for li in item.select("ul li")] == [
        "A: 3 %",
        "B: −4 to 5",
    ]


def test_numbers_within_words_have_true_minus_signs_and_names_and_settings_keep_their_hyphens():
    said = "A baseline of -2 SD (-3 to 1) in NTM-I; set `baseline = -1`, see 2005-07-06."
    page = _small({"kind": "text", "text": said})
    assert page.find(class_="body").text.strip() == (
        "A baseline of −2 SD (−3 to 1) in NTM-I; set baseline = -1, see 2005-07-06."
    )


def test_paragraphs_and_lists_are_told_apart():
    body = BeautifulSoup(render(_context()), "html.parser").find(id="estimates")
    assert [p.text for p in body.find_all("p", class_=False)] == ["First paragraph.", "Second:"]
    assert [li.text for li in body.find_all("li")] == ["one", "two"]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"kind": "video"}, "of kind 'video'"),
        ({"kind": "table", "caption": "x", "columns": [], "rows": []}, "lacks source"),
        ({"kind": "figure", "caption": "x", "alt": "x", "name": "x"}, "either png or svg"),
        (
            {"kind": "table", "caption": "x", "source": "x", "rows": [{}],
             "columns": [{"name": "a", "label": "A", "numeric": True}]},
            "row 0 lacks a",
        ),
    ],
)  # fmt: skip
def test_a_malformed_block_is_named(block, message):
    context = _context()
    context["sections"][0]["blocks"].append(block)
    with pytest.raises(ValueError, match=message):
        render(context)


def test_repeated_or_malformed_section_ids_are_refused():
    context = _context()
    context["sections"][1]["id"] = "estimates"
    with pytest.raises(ValueError, match="repeated"):
        render(context)
    context["sections"][1]["id"] = "1 a"
    with pytest.raises(ValueError, match="section id '1 a'"):
        render(context)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(render(_context(0, HOSTILE)), encoding="utf-8")
    return file


_MISSING_IMAGES = (
    "return [...document.querySelectorAll('figure img')].filter(i => !i.complete || !i.naturalWidth).length"
)
_TOO_WIDE = "const e = document.documentElement; return e.scrollWidth - e.clientWidth"
#: What goes on to the side without a shadow that says so; of code the cut letters say it.
_HIDDEN = (
    "return [...document.querySelectorAll('main *:not(pre)')].filter(e => e.scrollWidth > e.clientWidth + 1 && "
    "/auto|scroll/.test(getComputedStyle(e).overflowX) && getComputedStyle(e).backgroundImage == 'none').length"
)
_COVERED = (
    "return [...document.querySelectorAll('.code')].filter(c => c.querySelector('.copy') && "
    "c.querySelector('.copy').getBoundingClientRect().bottom > c.querySelector('code').getClientRects()[0].top).length"
)
_SORTED = "return [...document.querySelectorAll('td[data-column=troops]')].map(c => c.dataset.value)"


def _keep(window, name):
    """Screenshots stay where COALITION_SCREENSHOTS says, to be looked at."""
    if folder := os.environ.get("COALITION_SCREENSHOTS"):
        window.screenshot(Path(folder) / f"{name}.png", whole=True)


@needs_browser
def test_in_a_browser_everything_shows_sorts_folds_and_enlarges(page_file):
    with browser() as window:
        window.open(page_file)
        assert window.run("return window.hit") is None
        assert window.run(_MISSING_IMAGES) == 0
        _keep(window, "report-desktop")

        window.click("th[data-column=troops] button")
        rising = window.run(_SORTED)
        window.click("th[data-column=troops] button")
        falling = window.run(_SORTED)
        known = [float(v) for v in rising if v]
        assert known == sorted(known)
        assert rising[len(known) :] == falling[len(known) :] == [""] * (30 - len(known))
        assert [float(v) for v in falling if v] == known[::-1]

        window.click("nav li:nth-child(2) a")
        assert window.run(
            "return new Promise(r => setTimeout(() => r(document.querySelector('#reproduce').open), 50))"
        )
        window.click("[data-all=close]")
        assert window.run("return document.querySelectorAll('details[open]').length") == 0
        window.click("[data-all=open]")
        window.click("#estimates-3 .zoom")
        assert window.run(
            "const d = document.querySelector('dialog'); return d.open && d.querySelector('img').src != ''"
        )
        window.click("dialog .close")
        assert not window.run("return document.querySelector('dialog').open")
        assert window.log() == []


@needs_browser
def test_at_phone_width_nothing_runs_off_the_page(page_file):
    with browser(390, 844, mobile=True) as window:
        window.open(page_file)
        assert window.run("return window.innerWidth") == 390
        assert window.run(_TOO_WIDE) <= 0
        window.click("[data-all=open]")
        assert window.run(_TOO_WIDE) <= 0
        assert window.run(_MISSING_IMAGES) == 0
        assert window.run(_HIDDEN) == 0
        assert window.run(_COVERED) == 0
        _keep(window, "report-phone")
        assert window.log() == []


def test_settings_in_backticks_are_code_and_a_failed_banner_has_no_names_of_the_code():
    said = prose('give one (`armed_forces = "table"`) or `[variables.NAME]`, not `<b>`')
    assert [code.text for code in BeautifulSoup(str(said), "html.parser").select("code")] == [
        'armed_forces = "table"',
        "[variables.NAME]",
    ]
    verdict = {
        "passed": False,
        "text": "Do not.",
        "advice": ["R-hat: 1.2 (size_state_sd): raise `target_accept`."],
    }
    page = BeautifulSoup(render(_context() | {"verdict": verdict}), "html.parser")
    assert page.select_one("ul.advice li").text == "R-hat: 1.2 (size state sd): raise target_accept."
    assert page.select_one("ul.advice code").text == "target_accept"


def test_short_words_of_a_table_stand_in_one_line_and_limits_have_two_decimals():
    rows = [{"a": "x", "step": "SD of potential here", "prior_sds": -0.00474, "note": "long " * 9}]
    rows += [{"a": "y", "step": "–", "prior_sds": 2.3149, "note": ""}]
    columns = [{"name": n, "label": n, "numeric": n == "prior_sds"} for n in rows[0]]
    table = _small({"kind": "table", "caption": "c", "columns": columns, "rows": rows, "source": "s.csv"})
    assert {cell["data-column"] for cell in table.select("td.short")} == {"step"}
    assert not table.select("td.long")
    long = _small(
        {
            "kind": "table",
            "caption": "c",
            "columns": columns,
            "rows": [r | {"note": "x " * 50} for r in rows],
            "source": "s",
        }
    )
    assert {cell["data-column"] for cell in long.select("td.long")} == {"note"}
    assert [cell.text for cell in table.select('td[data-column="prior_sds"]')] == ["0.00", "2.31"]


def test_names_in_backticks_are_code_and_a_number_keeps_its_per_cent_sign():
    found = prose("A source in `outcome` has 95 % of <rows> & `a b`; ` not code ` and 5 ` alone")
    assert str(found) == (
        "A source in <code>outcome</code> has 95\N{NO-BREAK SPACE}% of &lt;rows&gt; &amp; <code>a b</code>; "
        "` not code ` and 5 ` alone"
    )
    page = BeautifulSoup(render(_context() | {"summary": ["With 95 % in `x`."]}), "html.parser")
    assert page.select_one(".summary code").text == "x"
    assert "95\N{NO-BREAK SPACE}%" in page.select_one(".summary").text


def test_a_failed_gate_is_a_list_of_remedies():
    verdict = {"passed": False, "text": "Do not report.", "advice": ["R-hat 1.2: draw more." + HOSTILE, "x"]}
    page = BeautifulSoup(render(_context() | {"verdict": verdict}), "html.parser")
    assert [item.text for item in page.select("ul.advice li")] == verdict["advice"]
    assert not BeautifulSoup(render(_context()), "html.parser").select("ul.advice")


def _small(*blocks, summary=()):
    section = {"id": "a", "title": "A", "open": True, "blocks": list(blocks)}
    page = render({"title": "T", "verdict": None, "summary": list(summary), "sections": [section]})
    return BeautifulSoup(page, "html.parser")


def _figure(**more):
    return {"kind": "figure", "svg": _picture("svg"), "caption": "Seen.", "alt": "A", "name": "line", **more}


def _table(*rows):
    names = ("quantity", "median", "lower", "upper", "interval")
    columns = [{"name": n, "label": n, "numeric": n in ("median", "lower", "upper")} for n in names]
    rows = [dict(zip(names, row, strict=True)) for row in rows]
    return {"kind": "table", "caption": "C", "columns": columns, "rows": rows, "source": "t/t.csv"}


def test_figures_and_tables_are_numbered_and_texts_refer_to_them():
    said = "{figure:line} draws what {table:t/t.csv} lists."
    table = _table(("x", 1.0, 0.0, 2.0, "eti_95"))
    page = _small(_figure(), {"kind": "text", "text": said}, table, summary=[said])
    assert page.figcaption.text.startswith("Figure 1. ")
    assert page.caption.text.startswith("Table 1. ")
    for place in (page.find(class_="summary").p, page.find(class_="body").find_all("p")[1]):
        assert place.text.replace("\N{NO-BREAK SPACE}", " ") == "Figure 1 draws what Table 1 lists."
        assert all(page.find(id=link["href"][1:]) is not None for link in place.find_all("a"))
    # Whatever a section holds, it says so at its head.
    assert [a.text[-1] for a in page.find(class_="exhibits").find_all("a")] == ["1", "1"]


def test_a_reference_to_what_is_not_on_the_page_is_an_error():
    with pytest.raises(ValueError, match="figure:lost"):
        _small({"kind": "text", "text": "See {figure:lost}."})


def test_a_telephone_gets_a_form_of_its_own():
    narrow = _picture("svg").replace("</svg>", "<desc>narrow</desc></svg>")
    source = _small(_figure(narrow=narrow)).find("source")
    assert source["media"] == "(max-width: 40rem)"
    assert base64.b64decode(source["srcset"].partition(",")[2]).decode() == narrow
    assert _small(_figure()).find("source") is None


def test_an_estimate_has_the_digits_that_its_interval_deserves_and_names_are_words():
    rows = [
        ("share_by_operation", -113.94, -241.4, 80.81, "eti_95"),
        ("b", 0.016309, 0.014283, 0.01743, "hdi_95"),
    ]
    lines = [[td.text for td in tr.find_all("td")] for tr in _small(_table(*rows)).tbody.find_all("tr")]
    assert lines == [
        ["share by operation", "−114", "−241", "81", "95 % equal-tailed"],
        ["b", "0.0163", "0.0143", "0.0174", "95 % highest-density"],
    ]
    said = _small({"kind": "text", "text": "By eti_95 of size_slope, in a/b_c.csv; set `size_slope`."}).find(
        class_="body"
    )
    assert said.text.strip().replace("\N{NO-BREAK SPACE}", " ") == (
        "By 95 % equal-tailed interval of size slope, in a/b_c.csv; set size_slope."
    )
