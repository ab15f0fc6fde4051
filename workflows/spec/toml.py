"""A spec as TOML text that reads back to the same spec."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from workflows.spec.coalitions import CoalitionSpec
from workflows.spec.run import RunSpec


def spec_toml(spec: RunSpec | CoalitionSpec) -> str:
    """Write a spec as TOML: every key with its value; a key without a value as a comment.

    The name is left out: a spec takes its file's name.
    """
    values = spec.describe()
    name = values.pop("name")
    lines = [f"# Every key of the spec {name!r} with its value. A copy is named after its file."]
    return "\n".join([*lines, *_table(values, ())]) + "\n"


def _table(values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    # An empty table says something where a name alone is a choice: it stands inline, as {}.
    tables = {key: value for key, value in values.items() if isinstance(value, Mapping) and value}
    plain = {key: value for key, value in values.items() if key not in tables}
    if path and plain:
        yield f"\n[{'.'.join(map(_key, path))}]"
    for key, value in plain.items():
        yield f"# {_key(key)} is not set" if value is None else f"{_key(key)} = {_value(value)}"
    for key, value in tables.items():
        yield from _table(value, (*path, key))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)
