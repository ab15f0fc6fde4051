"""The one way in which this project refuses bad input."""

from __future__ import annotations

from pathlib import Path


class InputError(ValueError):
    """A user's mistake: one line that says where, what was found and what is expected.

    Every reader, schema check and spec check raises this and nothing else for a
    fault of its input. The command line prints ``str(error)`` and exits with code 2.

    Parameters
    ----------
    found : str
        What was found, in words or as the offending value.
    expected : str
        What would have been right.
    file : path, optional
        The file at fault.
    row : int or str, optional
        The line of the file (the header is line 1), or a key such as ``ccode 220, 2010``.
    column : str, optional
        The column of a table.
    key : str, optional
        The key of a TOML file, dotted, or the option of a command (``--what``).
    """

    def __init__(
        self,
        found: str,
        expected: str,
        *,
        file: str | Path | None = None,
        row: int | str | None = None,
        column: str | None = None,
        key: str | None = None,
    ) -> None:
        self.found, self.expected = found, expected
        self.file, self.row, self.column, self.key = file, row, column, key
        where = [str(file)] if file is not None else []
        if key is not None:
            where.append(f"{'option' if key.startswith('--') else 'key'} {key!r}")
        if row is not None:
            where.append(f"row {row}")
        if column is not None:
            where.append(f"column {column!r}")
        message = f"{', '.join(where)}: " if where else ""
        message += f"found {found}; expected {expected}"
        plain = " ".join(message.split())
        # What a terminal would obey, or could not show, stands there as its code.
        super().__init__("".join(one if one.isprintable() else repr(one)[1:-1] for one in plain))


class LedgerError(InputError):
    """Bad input whose cause only the ledger shows; whoever builds the panel writes it and says where."""


LONGEST = 60  # characters of a value that are shown


def shown(value: object) -> str:
    """A value as an error shows it, cut where it is long."""
    try:
        said = repr(value)
    except (ValueError, RecursionError):  # more digits than Python writes, or too deep inside one another
        said = f"an integer of {value.bit_length():,} bits" if isinstance(value, int) else "a value too long"
    return said if len(said) <= LONGEST else said[: LONGEST - 3] + "..."
