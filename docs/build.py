"""Build the documentation: ``python docs/build.py [FOLDER]`` writes the site into FOLDER (build/site).

The hand-written pages are those beside this file. Codebook, reference and gallery are generated, and display formulas
(between two lines of ``$$``) become pictures, so that the site needs no script from elsewhere. A warning is an error.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))
PACKAGES = ("data", "models", "workflows", "figures")


def modules() -> Iterator[str]:
    """Yield the dotted name of every public module, package by package."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            if "commands" not in parts and not any(part.startswith("_") for part in parts):
                yield ".".join(parts)


def reference() -> dict[str, str]:
    """One page a module, from its docstrings, and an index."""
    import ast

    pages, lines = {}, ["# Reference\n", "Generated from docstrings, one page a module.\n"]
    last = ""
    for name in modules():
        pages[f"reference/{name}.md"] = (
            f"# {name}\n\n::: {name}\n    options:\n      show_root_heading: false\n"
        )
        path = ROOT / Path(*name.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        about = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split("\n\n")[0]
        package = name.split(".")[0]
        if package != last:
            lines.append(f"\n## {package}\n")
        last = package
        lines.append(f"- [{name}]({name}.md): {_escaped(' '.join(about.split()))}")
    return pages | {"reference/index.md": "\n".join(lines) + "\n"}


def codebook() -> str:
    """Every column of the bundled tables and of the official files, in tables."""
    from data.sources.registry import registry

    lines = ["# Codebook\n", "## Bundled tables\n"]
    bundled = pd.read_csv(ROOT / "data" / "bundled" / "codebook.csv", keep_default_na=False)
    for table, rows in bundled.groupby("table", sort=False):
        lines += [f"### {table}\n", "| column | unit | meaning |", "|---|---|---|"]
        lines += [f"| `{r.column}` | {_escaped(r.unit)} | {_escaped(r.meaning)} |" for r in rows.itertuples()]
        lines.append("")
    lines.append("## Official files\n")
    for name, source in registry().items():
        lines += [
            f"### {name}: {_escaped(source.title)}, {_escaped(source.version)}\n",
            f"{_escaped(source.citation)}\n",
        ]
        for table, layout in source.tables.items():
            lines += [
                f"**{table}**. {_escaped(layout.about)}\n",
                "| column | official name | unit | meaning |",
                "|---|---|---|---|",
            ]
            for column, about in layout.columns.items():
                official = ", ".join(about.from_) or column
                lines.append(
                    f"| `{column}` | {_escaped(official)} | {_escaped(about.unit)} | {_escaped(about.about)} |"
                )
            lines.append("")
    return "\n".join(lines)


def commands() -> str:
    """Every command with its help and options, from the command line itself."""
    import typer.main

    from workflows.cli import app

    lines = ["# Commands\n", "As `coalition NAME --help` says it.\n"]

    def tell(path: str, command: Any) -> None:
        inner = getattr(command, "commands", {})
        lines.append(f"## {path}\n")
        for paragraph in (command.help or "").split("\n\n"):
            found = re.fullmatch(r"Example: (.*)", " ".join(paragraph.split()))
            lines.append(f"```bash\n{found[1]}\n```\n" if found else f"{_escaped(paragraph)}\n")
        shown = [p for p in command.params if p.name not in ("help", "install_completion", "show_completion")]
        if shown and not (inner and not command.invoke_without_command):
            lines.extend(["| option | meaning |", "|---|---|"])
            for parameter in shown:
                name = (
                    ", ".join(parameter.opts)
                    if parameter.param_type_name == "option"
                    else parameter.name.upper()
                )
                lines.append(f"| `{name}` | {_escaped(getattr(parameter, 'help', '') or '')} |")
            lines.append("")
        for name, child in inner.items():
            tell(f"{path} {name}", child)

    for name, command in typer.main.get_command(app).commands.items():
        tell(f"coalition {name}", command)
    return "\n".join(lines)


def gallery(folder: Path) -> str:
    """Draw every script of the gallery; a page of pictures, captions and code."""
    import runpy

    from figures.style import to_png

    lines = ["# Gallery\n", "Every figure from one small script. The numbers are invented.\n"]
    (folder / "gallery").mkdir(parents=True, exist_ok=True)
    for script in sorted(p for p in (HERE / "gallery").glob("*.py") if p.name != "build.py"):
        made = runpy.run_path(str(script))
        (folder / "gallery" / f"{script.stem}.png").write_bytes(to_png(made["figure"], dpi=110))
        title = script.stem.replace("_", " ").capitalize()
        alt = _escaped(made["__doc__"].strip().replace("[", "(").replace("]", ")"))
        lines += [f"## {title}\n", f"![{alt}](gallery/{script.stem}.png)\n", f"{_escaped(made['text'])}\n"]
        lines += [f"```python\n{script.read_text(encoding='utf-8').strip()}\n```\n"]
    return "\n".join(lines)


def with_formulas(text: str, folder: Path, name: str) -> str:
    """Replace display formulas by pictures whose alternative text is the TeX."""
    from figures.formula import formula

    count = 0

    def picture(found: re.Match) -> str:
        nonlocal count
        count += 1
        tex = " ".join(found[1].split())
        file = f"formula-{name}-{count}.svg"
        (folder / file).write_text(formula(tex), encoding="utf-8")
        return f"![{tex.replace('[', '(').replace(']', ')')}]({file})"

    return re.sub(r"(?ms)^\$\$\n(.*?)\n\$\$$", picture, text)


def _escaped(text: str) -> str:
    """Text from data as text: no markup, no column ends."""
    return re.sub(r"([\\`*_<>|\[\]])", r"\\\1", " ".join(str(text).split()))


def sources(folder: Path) -> Path:
    """Write all pages into `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for page in sorted(HERE.glob("*.md")):
        text = with_formulas(page.read_text(encoding="utf-8"), folder, page.stem)
        (folder / page.name).write_text(text, encoding="utf-8")
    pages = {"codebook.md": codebook(), "commands.md": commands(), "gallery.md": gallery(folder)}
    pages |= reference()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def build(folder: Path) -> Path:
    """Build the site into `folder`; any warning is an error."""
    os.environ.setdefault("DISABLE_MKDOCS_2_WARNING", "true")
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config import load_config

    pages = sources(folder.parent / "docs")
    config = load_config(str(HERE / "mkdocs.yml"), docs_dir=str(pages), site_dir=str(folder), strict=True)
    nav = [{name: f"reference/{name}.md"} for name in modules()]
    config["nav"][-1]["Look up"][-1] = {"Reference": ["reference/index.md", *nav]}
    mkdocs_build(config)
    return folder


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site"))
