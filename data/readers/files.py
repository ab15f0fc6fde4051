"""Bytes of any official format to columns of raw cells, with the line each row stands on.

Nothing is interpreted here and nothing is dropped: text stays text, numbers stay numbers, and a row with
too few or too many fields is an error, because a parser that pads it would lose data without a word.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import tempfile
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from data.common.errors import InputError
from data.readers.workbooks import sheet_table
from data.sources.verify import verified

READABLE = (
    ".csv",
    ".tab",
    ".tsv",
    ".txt",
    ".csv.gz",
    ".dta",
    ".xls",
    ".xlsx",
    ".rds",
    ".rda",
    ".RData",
    ".zip",
)
EXCEL = (".xls", ".xlsx")
_MAX_UNPACKED = 1 << 30


@dataclass(frozen=True)
class Raw:
    """The cells of one table as the file has them.

    ``columns`` maps each header to its cells (objects or numbers); ``lines`` is the line of the file on which
    each row begins (the header is line 1; in formats without lines, the row number plus one).
    """

    file: Path
    columns: dict[str, pd.Series]
    lines: list[int]

    def rows(self, keep: np.ndarray) -> Raw:
        """The rows that a mask keeps, each with its line."""
        columns = {name: cells[keep].reset_index(drop=True) for name, cells in self.columns.items()}
        return Raw(self.file, columns, [line for line, kept in zip(self.lines, keep, strict=True) if kept])


def _stop(error: Exception, what: str, path: Path) -> InputError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return InputError(f"a fault ({said[:160]})", what, file=path)


def _decode(blob: bytes, path: Path, encoding: str) -> str:
    if b"\x00" in blob:
        raise InputError("NUL bytes", "a text file in UTF-8", file=path)
    fault: UnicodeDecodeError | None = None
    for codec in ("utf-8-sig", encoding):
        try:
            if codec:
                return blob.decode(codec)
        except UnicodeDecodeError as error:
            fault = error
    assert fault is not None  # the loop ends here only after a fault

    raise InputError(
        f"the byte {fault.object[fault.start]:#04x}",
        f"text in {encoding or 'UTF-8'}",
        file=path,
        row=fault.object[: fault.start].count(b"\n") + 1,
    ) from fault


def _text_table(blob: bytes, path: Path, delimiter: str, encoding: str, header_cell: str = "") -> Raw:
    text = _decode(blob, path, encoding)
    if not text.strip():
        raise InputError("an empty file", "a header line and rows", file=path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    end = 0
    try:
        for row in reader:
            start, end = end + 1, reader.line_num
            if not row or (not header and header_cell and header_cell not in map(str.strip, row)):
                continue
            if not header:
                header = [name.strip() for name in row]
                continue
            if len(row) != len(header):
                raise InputError(
                    f"{len(row)} fields",
                    f"{len(header)} as in the header, separated by {delimiter!r}",
                    file=path,
                    row=start,
                )
            rows.append(row)
            lines.append(start)
    except csv.Error as error:
        raise InputError(
            f"a line that cannot be split ({error})", "balanced quotes", file=path, row=end + 1
        ) from error
    if not header:
        raise InputError("no such cell", f"a header with {header_cell!r}", file=path, column=header_cell)
    twice = {name for name in header if name and header.count(name) > 1}
    if twice:
        raise InputError(f"the header {sorted(twice)[0]!r} twice", "each column once", file=path, row=1)
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    columns = {name: pd.Series(cell, dtype=object) for name, cell in zip(header, cells, strict=True)}
    return Raw(path, columns, lines)


def _frame_table(frame: pd.DataFrame, path: Path) -> Raw:
    frame = frame.reset_index(drop=True)
    names = [str(name).strip() for name in frame.columns]
    if len(set(names)) != len(names):
        raise InputError("two columns of one name", "each column once", file=path, row=1)
    columns = {name: frame.iloc[:, place] for place, name in enumerate(names)}
    return Raw(path, columns, list(range(2, 2 + len(frame))))


def _stata(blob: bytes, path: Path) -> Raw:
    try:
        frame = pd.read_stata(io.BytesIO(blob), convert_categoricals=False)
        return _frame_table(_with_years(frame, blob), path)
    except InputError:
        raise
    except Exception as error:  # a damaged .dta raises whatever struct, numpy or codecs raise
        raise _stop(error, "a Stata file that can be read", path) from error


def _with_years(frame: pd.DataFrame, blob: bytes) -> pd.DataFrame:
    """The frame with Stata's years (``%ty``) as numbers, which pandas makes the first of January of each.

    A day, month or quarter that falls on a first of January is never stored as the number of its year.
    """
    dated = [name for name in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[name])]
    if not dated:
        return frame
    stored = pd.read_stata(
        io.BytesIO(blob), convert_categoricals=False, convert_dates=False, columns=list(dated)
    )
    for name in dated:
        dates = frame[name].dropna()
        first = ((dates.dt.month == 1) & (dates.dt.day == 1)).all()
        if first and (dates.dt.year == stored.loc[dates.index, name]).all():
            frame[name] = stored[name]
    return frame


def _excel(blob: bytes, path: Path, sheet: str | None) -> Raw:
    frame, lines = sheet_table(blob, path, sheet)
    return Raw(path, {str(name): frame[name] for name in frame.columns}, lines)


def _r_file(blob: bytes, path: Path, suffix: str) -> Raw:
    """One data frame of an R file; a file with several must be split, as none of the registered ones is."""
    import pyreadr  # slow to import, and most runs need no R file

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns about its own use of numpy
        inner = Path(folder) / f"table{suffix}"
        inner.write_bytes(blob)
        try:
            frames = pyreadr.read_r(str(inner))
        except Exception as error:
            raise _stop(error, "an R data file that can be read", path) from error
    if len(frames) != 1:
        raise InputError(f"{len(frames)} data frames", "one data frame", file=path)
    frame = next(iter(frames.values()))
    if frame is None:
        raise InputError("an R object that is no table", "a data frame", file=path)
    for name in frame.columns[frame.dtypes == "category"]:
        frame[name] = frame[name].astype(object)
    return _frame_table(frame, path)


def _gunzip(blob: bytes, path: Path) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(blob)) as stream:
            out = stream.read(_MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _stop(error, "a whole gzip file", path) from error
    if len(out) > _MAX_UNPACKED:
        raise InputError("more than 1 GiB when unpacked", "a data file", file=path)
    return out


def _unzip(blob: bytes, path: Path) -> tuple[bytes, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(blob)) as archive:
            names = [
                name for name in archive.namelist() if name.endswith(READABLE) and "__MACOSX" not in name
            ]
            if len(names) != 1:
                raise InputError(
                    f"{len(names)} matching files among {names[:5]}",
                    "one file in a readable format in the archive",
                    file=path,
                )
            if archive.getinfo(names[0]).file_size > _MAX_UNPACKED:
                raise InputError("more than 1 GiB when unpacked", "a data file", file=path)
            return archive.read(names[0]), names[0]
    except InputError:
        raise
    except Exception as error:  # zipfile raises many kinds on damaged headers, encryption included
        raise _stop(error, "a whole zip archive", path) from error


def _parse(
    blob: bytes, name: str, path: Path, encoding: str, sheet: str | None, delimiter: str, header_cell: str
) -> Raw:
    suffix = PurePosixPath(name).suffix
    lower = suffix.lower()
    if not blob:
        raise InputError("an empty file", "a data file", file=path)
    if lower == ".gz":
        inner = _gunzip(blob, path)
        return _parse(inner, name[: -len(suffix)], path, encoding, sheet, delimiter, header_cell)
    if lower == ".zip":
        return _parse(*_unzip(blob, path), path, encoding, sheet, delimiter, header_cell)
    if lower in EXCEL:
        return _excel(blob, path, sheet)
    if sheet is not None:
        raise InputError(f"the sheet {sheet!r} of a {lower} file", "a workbook", file=path, column="sheet")
    if lower == ".dta":
        return _stata(blob, path)
    if lower in (".rds", ".rda", ".rdata"):
        return _r_file(blob, path, suffix)
    if lower in (".csv", ".tab", ".tsv", ".txt"):
        usual = "\t" if lower in (".tab", ".tsv") else ","
        return _text_table(blob, path, delimiter or usual, encoding, header_cell)
    raise InputError(f"the suffix {suffix!r}", f"one of {', '.join(READABLE)}", file=path)


def load(
    path: Path | str,
    *,
    encoding: str = "",
    sheet: str | None = None,
    delimiter: str = "",
    header_cell: str = "",
) -> Raw:
    """The raw cells of a file, after its checksum has been compared with the registry's.

    Parameters
    ----------
    path : path
        A csv, tab, dta, xls, xlsx, rds, rda or RData file, or a gzip or zip of one.
    encoding : str
        What the bytes may be when they are not UTF-8.
    sheet : str, optional
        The sheet of a workbook that holds several.
    delimiter : str
        What separates the fields of a text file; by default the comma, and the tab in ``.tab`` and ``.tsv``.
    header_cell : str
        A cell of the header of a text file; lines above it are titles and are left out.

    Raises
    ------
    InputError
        For a missing, altered, empty, cut or unreadable file: one line with file and row.
    """
    path = verified(path)
    try:
        blob = path.read_bytes()
    except OSError as error:
        raise InputError(f"no readable file ({error.strerror})", "a file", file=path) from error
    raw = _parse(blob, path.name, path, encoding, sheet, delimiter, header_cell)
    if not raw.lines:
        raise InputError("a header without rows", "at least one row", file=path)
    return raw


def plain(header: str) -> str:
    """A header for comparison: lower case, letters and digits only, so ``Q5%All`` matches ``q5all``."""
    return re.sub(r"[^a-z0-9]", "", header.lower())
