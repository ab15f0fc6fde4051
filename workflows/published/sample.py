"""The sample of a study: the file or panel that its rows come from, how the file is written, what is left out."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from data.common.declared import Declared, Name
from data.common.errors import InputError
from data.common.refuse import refuse
from data.tables.study_table import Writing, read_study_table, refuse_repeated
from workflows.published.columns import Named


class Sample(Declared):
    """Where rows come from and which are left out.

    ``series`` names the columns that, beside unit and time, tell rows apart: an operation, say. ``missing`` lists
    further cells that mean missing, in every column or by column; ``text`` columns that are no numbers.
    """

    reader: Literal["gannon-kent", "panel", "coalitions", "csv"]
    file: Name | None = None
    encoding: str = ""
    delimiter: str = ""
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    missing: list[int | float | str] | dict[str, list[int | float | str]] = Field(default_factory=list)
    text: list[Name] = Field(default_factory=list)
    leave_out: dict[str, list[int | float | str]] = Field(default_factory=dict)
    infinite_is_missing: bool = True
    drop_collinear: bool = False
    unit: Name
    label: Name
    time: Name
    series: list[Name] = Field(default_factory=list)

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            if name:
                "a".encode(name)  # a codec of bytes, such as hex, is no encoding of text
            return codecs.lookup(name).name if name else ""
        except (LookupError, UnicodeError, ValueError):
            raise InputError(repr(name), 'an encoding, such as "cp1252" or "latin-1"') from None

    @model_validator(mode="after")
    def _marks_differ(self) -> Sample:
        if self.decimal == self.thousands:
            raise InputError(f"{self.decimal!r} twice", "another mark than decimal", key="thousands")
        if len(self.delimiter) > 1:
            raise InputError(repr(self.delimiter), "one character", key="delimiter")
        return self

    def writing(self) -> Writing:
        """How the file of a study is written."""
        missing = self.missing if isinstance(self.missing, dict) else {"": self.missing}
        marks = {name: tuple(values) for name, values in missing.items()}
        return Writing(
            self.encoding, self.delimiter, self.decimal, self.thousands, marks, frozenset(self.text)
        )

    def read_file(self, file: Path, named: Iterable[Named]) -> pd.DataFrame:
        """The table of a study that has a file of its own.

        Parameters
        ----------
        file : path
        named : iterable of Named
            The columns that the study names, and as what.

        Raises
        ------
        InputError
            With file, row and column of the first cell at fault.
        """
        columns = list(named)
        numeric = {one.column for one in columns if one.numeric}
        for name in sorted(numeric & set(self.text)):
            raise InputError(f"{name!r}, a column of numbers", "columns of text", key="sample.text")
        codes = {one.column for one in columns} - numeric
        table = read_study_table(file, numeric, codes, self.writing())
        if not self.infinite_is_missing:
            for name in sorted(numeric & set(table.columns)):
                wanted = "a finite number, or infinite_is_missing = true in [sample]"
                refuse(table[name], np.isinf(table[name]), wanted, file=file, found="an infinite value")
        return table

    def refuse_repeated(self, rows: pd.DataFrame) -> None:
        """Refuse rows of one unit, series and time.

        Raises
        ------
        InputError
            Naming unit and time, and both rows of the file.
        """
        more = "series in [sample]: the columns that tell them apart"
        refuse_repeated(rows, [self.unit, *self.series, self.time], self.file or "", of=more)
