"""Where a workbook's cells hold an error (#REF!, #N/A): the reader of workbooks gives them as empty text."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def error_cells(blob: bytes, sheet: int | str = 0) -> dict[tuple[int, int], str]:
    """The error cells of one sheet of an xlsx workbook, formulas whose result is an error included.

    Parameters
    ----------
    blob : bytes
        The workbook. One that is no zip archive (the old binary format) has none that could be found.
    sheet : int or str
        Place of the sheet in the workbook, from 0, or its name.

    Returns
    -------
    dict
        From row and column, both from 0, to the error as printed.
    """
    if not zipfile.is_zipfile(io.BytesIO(blob)):
        return {}
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        sheets = _sheets(archive)
        part = sheets[sheet] if isinstance(sheet, str) else list(sheets.values())[sheet]
        with archive.open(part) as stream:
            return dict(_errors(ElementTree.iterparse(stream, events=("start", "end"))))


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """From the names of the sheets, in their order, to their names in the archive."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found = {
        sheet.get("name", ""): targets[sheet.get(f"{_OFFICE}id")] for sheet in book.iter(f"{_MAIN}sheet")
    }
    return {
        name: posixpath.normpath(posixpath.join("/xl", target)).removeprefix("/")
        for name, target in found.items()
    }


def _errors(events: Iterator) -> Iterator[tuple[tuple[int, int], str]]:
    row = column = -1
    for event, element in events:
        if event == "start" and element.tag == f"{_MAIN}row":
            row = int(element.get("r", row + 2)) - 1
            column = -1
        elif event == "end" and element.tag == f"{_MAIN}c":
            place = re.match(r"[A-Z]+", element.get("r", ""))
            column = _column(place.group()) if place else column + 1
            if element.get("t") == "e":
                yield (row, column), element.findtext(f"{_MAIN}v") or "#ERROR!"
        elif event == "end" and element.tag == f"{_MAIN}row":
            element.clear()


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
