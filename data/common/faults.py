"""What pydantic finds wrong with a TOML file, as the project's one line: which key, what it holds, what it may."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from data.common.errors import InputError, shown
from data.common.near import near, one_of

REFUSED = "refused"
"""Type of an error of a spec's own rules, whose context holds `key`, `found` and `expected`."""


def first_fault(
    error: ValidationError,
    model: type[BaseModel],
    given: Any = None,
    *,
    file: str | Path | None = None,
    under: str = "",
) -> InputError:
    """Turn the first fault that pydantic found into one line.

    Parameters
    ----------
    error : ValidationError
    model : type of BaseModel
        What was to be validated: an unknown key is answered by those that it has.
    given : mapping, optional
        What was given; entries of a list are then called by their ``name``.
    file : path, optional
        The file at fault.
    under : str
        The table of the file that `given` is, for the key.

    Returns
    -------
    InputError
        To be raised.
    """
    faults = error.errors()
    # A mistyped key is also a missing one: the key that stands there is what its author can find.
    first = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    inner = first.get("ctx", {}).get("error")
    key = ".".join(part for part in (under, _place(first["loc"], given)) if part) or None
    kind, said = first["type"], _sentence(first["msg"])
    if isinstance(inner, InputError):
        key = ".".join(part for part in (key, inner.key) if part) or None
        return InputError(f"{inner.found}{more}", inner.expected, file=file, key=key, column=inner.column)
    if kind == REFUSED:
        held = first.get("ctx", {})
        key = ".".join(part for part in (key, str(held["key"])) if part)
        return InputError(f"{held['found']}{more}", str(held["expected"]), file=file, key=key)
    if kind == "extra_forbidden":
        name = str(first["loc"][-1])
        known = _fields(model, first["loc"][:-1])
        return InputError(
            f"an unknown key {name!r} = {shown(first['input'])}{more}",
            one_of(name, known) if known else "a key that is documented",
            file=file,
            key=key,
        )
    if kind == "missing":
        place, held = first["loc"][-1], first["input"]
        if isinstance(place, int) and isinstance(held, list | tuple):
            return InputError(f"{shown(held)}{more}", f"{place + 1} values", file=file, key=key)
        return InputError(f"no such key{more}", "a value for it", file=file, key=key)
    if kind == "value_error" and isinstance(first["input"], Mapping | BaseModel):
        return InputError(f"{said}{more}", "keys that fit together", file=file, key=key)
    wanted = said
    if kind == "literal_error":
        choices = [
            arg
            for arg in str(first.get("ctx", {}).get("expected", "")).replace(" or ", ", ").split(", ")
            if arg
        ]
        close = near(str(first["input"]), [choice.strip("'\"") for choice in choices])
        wanted = f"one of {', '.join(choices)}" + (f" (near: {', '.join(close)})" if close else "")
    return InputError(f"{shown(first['input'])}{more}", wanted, file=file, key=key)


def _sentence(said: str) -> str:
    return said.removeprefix("Value error, ").removeprefix("Input should be ")


def _place(loc: tuple[int | str, ...], given: Any) -> str:
    """The dotted key of a fault, without pydantic's own words for the members of a union."""
    parts: list[str] = []
    at = given
    for part in loc:
        if isinstance(part, int) and isinstance(at, list | tuple) and part < len(at):
            at = at[part]
            name = at.get("name") if isinstance(at, Mapping) else None
            parts.append(repr(name) if isinstance(name, str) else str(part + 1))
        elif isinstance(at, Mapping) and part in at:
            at = at[part]
            parts.append(str(part))
        elif given is None or isinstance(at, Mapping):
            at = None
            parts.append(str(part))
    return ".".join(parts)


def _fields(model: Any, loc: tuple[int | str, ...]) -> list[str]:
    """The keys that a model knows at a place inside it; none where the place is no model's."""
    models = _models(model)
    for part in loc:
        inside: list[type[BaseModel]] = []
        for one in models:
            field = one.model_fields.get(str(part))
            inside += _models(field.annotation) if field is not None else []
        # A number or a free name is a place in a list or a mapping of the same models.
        models = inside or models
    names = [str(field.alias or name) for one in models for name, field in one.model_fields.items()]
    return list(dict.fromkeys(names))


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation is made of: of lists and mappings those that they hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Annotated, Union, UnionType, list, dict, tuple):
        return [one for arg in get_args(annotation) for one in _models(arg)]
    return []
