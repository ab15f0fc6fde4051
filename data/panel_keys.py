"""Every key of ``[panel]``, what it accepts, its default and the years it reaches, from the spec itself.

``python -m data.panel_keys`` writes ``docs/panel-keys.md``.
"""

from __future__ import annotations

from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic_core import PydanticUndefined

from data.assembly.spec import DEFAULTS, OWN_FILES, PRESETS, PanelSpec
from data.panels import bundled as bundled_panel
from data.panels import gannon_kent as gannon_kent_panel
from data.sources import official_files
from data.variables.reach import as_toml, choices_table, reach

PAGE = Path(__file__).resolve().parent.parent / "docs" / "panel-keys.md"
_CONTROLS = {
    "official": official_files.controls(),
    "bundled": bundled_panel.CONTROLS,
    "gannon-kent": {name: gannon_kent_panel.words_of_control(name) for name in gannon_kent_panel.CONTROLS},
}
_HEAD = """# The keys of `[panel]`

Written from the spec by `python -m data.panel_keys`; `coalition spec` shows the value of each key in a bundled spec, and
`coalition data check SPEC` the last year of each source in its panel.
"""


def accepts(key: str) -> str:
    """What a key accepts, in words."""
    special = {
        "operations": "list of names",
        "controls": "list of the names below",
        "corrections": "list of names (see [Panels](panels.md))",
        "leader": "a Correlates of War code",
        "years": "`[first, last]`",
        "similarity_span": "a number above 0",
    }
    if key in special:
        return special[key]
    if key in OWN_FILES:
        return "a path, from where the command runs or from the spec's folder"
    return _words(PanelSpec.model_fields[key].annotation)


def _words(annotation: Any) -> str:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Literal:
        return ", ".join(f'`"{value}"`' for value in get_args(annotation))
    if get_origin(annotation) is tuple:
        return f"list of {_words(get_args(annotation)[0])}"
    if get_origin(annotation) is UnionType or NoneType in get_args(annotation):
        return ", ".join(_words(part) for part in get_args(annotation) if part is not NoneType)
    return {bool: "`true`, `false`"}.get(annotation, f"`{getattr(annotation, '__name__', annotation)}`")


def default(key: str) -> str:
    """The default of a key, by source where sources differ."""
    field = PanelSpec.model_fields[key]
    own = None if field.default is PydanticUndefined else field.default
    found = {source: _toml(values.get(key, own)) for source, values in DEFAULTS.items()}
    if len(set(found.values())) == 1:
        return next(iter(found.values()))
    return "; ".join(f"{source}: {value}" for source, value in found.items() if value != "none")


def _toml(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(_toml(part).strip('`') for part in value)}]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value:g}`"


def panel_keys() -> str:
    """Return the page as Markdown."""
    lines = [_HEAD, "| key | accepts | default | meaning |", "|---|---|---|---|"]
    for key, field in PanelSpec.model_fields.items():
        lines.append(f"| `{key}` | {accepts(key)} | {default(key)} | {field.description} |")
    lines += [
        "",
        "## Controls",
        "",
        "| control | unit | meaning | source of the panel |",
        "|---|---|---|---|",
    ]
    for name in dict.fromkeys(name for names in _CONTROLS.values() for name in names):
        said: dict[tuple[str, str], list[str]] = {}
        for source, words in _CONTROLS.items():
            if name in words:
                said.setdefault(words[name], []).append(source)
        lines += [f"| `{name}` | {unit} | {about} | {', '.join(w)} |" for (unit, about), w in said.items()]
    lines += [
        "",
        "With the source `official`, every variable of one's own table is a control too, by its name or as "
        "`log_NAME`: [Your own operation](own-operation.md).",
        "",
        "## Years reached",
        "",
        "Years in which at least ten states have a value in the registered file.",
        "",
        "| variable | choice | file | first year | last year |",
        "|---|---|---|---:|---:|",
    ]
    for row in choices_table().itertuples():
        choice = f"`{row.choice}`" if row.choice else ""
        lines.append(
            f"| {row.variable} | {choice} | {row.file} | {_year(row.first_year)} | {_year(row.last_year)} |"
        )
    others = reach()
    others = others[others["source"] != "official"]
    lines += [
        "",
        "| source | variable | choice | file | first year | last year |",
        "|---|---|---|---|---:|---:|",
    ]
    for row in others.itertuples():
        choice = f"`{as_toml(row.settings)}`" if row.settings else ""
        years = f"{_year(row.first_year)} | {_year(row.last_year)}"
        lines.append(f"| {row.source} | {row.variable} | {choice} | {row.file} | {years} |")
    lines += ["", "## Presets", "", "| name | keys |", "|---|---|"]
    for name, keys in PRESETS.items():
        shown = ", ".join(f"{key} = {_toml(value).strip('`')}" for key, value in keys.items())
        lines.append(f"| `{name}` | `{shown}` |")
    return "\n".join(lines) + "\n"


def _year(year: float) -> str:
    return "" if year != year else f"{year:g}"


if __name__ == "__main__":
    PAGE.write_text(panel_keys(), encoding="utf-8")
