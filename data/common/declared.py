"""What every table of a TOML file may hold: one base class for all of them, and the kinds of value that recur.

A value is of the kind that its key declares: a number is no text and no boolean, a word no list. Whatever the key, a
number is finite and no further from 1 than any quantity of this project is, and a text can be shown and named.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, field_validator
from pydantic_core import PydanticCustomError

from data.common.errors import InputError, shown
from data.common.faults import REFUSED

LARGEST, SMALLEST = 1e12, 1e-12
"""Sizes beyond which no number of a spec has a meaning: people on earth are 8e9, a soldier's share of them 1e-10."""
LONGEST_TEXT = 2000
DEEPEST = 12
"""Tables and lists inside one another; a spec needs six."""
MOST_BYTES = 1 << 20
"""Of a TOML file that somebody wrote; the longest of this project has 7,000."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

T = TypeVar("T")
Many = Annotated[tuple[T, ...], Strict(False)]
"""A list of any length; TOML and JSON know no tuples."""
Pair = Annotated[tuple[T, T], Strict(False)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
"""What something is called: a column, a treaty, an operation."""
Scale = Annotated[float, Field(ge=1e-4, le=1e3)]
"""An SD or spread in units of a predictor, where 1 is large."""
Level = Annotated[float, Field(ge=-100, le=100)]
"""A mean or a depth, in SDs."""
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Chains = Annotated[int, Field(ge=1, le=64)]
Draws = Annotated[int, Field(ge=10, le=1_000_000)]
Year = Annotated[int, Field(ge=1800, le=2200)]
StateCode = Annotated[int, Field(ge=2, le=999)]
"""A Correlates of War code."""


class Declared(BaseModel):
    """A table of a TOML file: unknown keys and values of another kind are refused, what was read is frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @field_validator("*", mode="after")
    @classmethod
    def _sensible(cls, value: Any) -> Any:
        if (fault := senseless(value)) is not None:
            found, expected = fault
            raise PydanticCustomError(
                REFUSED, "{expected}", {"key": "", "found": found, "expected": expected}
            )
        return value


def senseless(value: Any) -> tuple[str, str] | None:
    """What is found and expected of a value that no key can have, however deep inside it stands; None for others."""
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            return f"a text of {len(value):,} characters", f"at most {LONGEST_TEXT:,}"
        if held := _CONTROL.search(value):
            return f"the control character U+{ord(held.group()):04X}", "text that can be shown"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and not math.isfinite(value):
            return shown(value), "a finite number"
        if abs(value) > LARGEST or 0 < abs(value) < SMALLEST:
            return shown(value), f"a number between {SMALLEST:g} and {LARGEST:g} in size"
    elif isinstance(value, Mapping):
        return next((fault for one in (*value, *value.values()) if (fault := senseless(one))), None)
    elif isinstance(value, list | tuple):
        return next((fault for one in value if (fault := senseless(one))), None)
    return None


def _deeper(value: Any, levels: int) -> bool:
    """Whether tables and lists stand deeper inside one another than some levels."""
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return levels < 0 or any(_deeper(one, levels - 1) for one in inside)


def is_file(path: str | Path) -> bool:
    """Whether there is a file of that name; a name that no file can have is none."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def read_toml(path: str | Path, what: str = "a TOML file") -> dict[str, Any]:
    """The content of a TOML file.

    Parameters
    ----------
    path : path
    what : str
        What is expected, for the error.

    Raises
    ------
    InputError
        If there is no such file, or it is no TOML that can be read.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise InputError("a folder" if path.is_dir() else "no such file", what, file=path)
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path.stat().st_size:,} bytes", f"{what} of at most {MOST_BYTES:,}", file=path)
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        if _deeper(given, DEEPEST):
            raise RecursionError
        return given
    except OSError as error:
        raise InputError(f"no readable file ({error.strerror})", what, file=path) from None
    except RecursionError:
        raise InputError("tables or lists too deep inside one another", what, file=path) from None
    except InputError:
        raise
    except ValueError as error:  # bytes, TOML, or an integer of more digits than Python reads
        raise InputError(f"what is no TOML ({error})", what, file=path) from None
