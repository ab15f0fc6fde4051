"""Build the gallery: run every script beside this one and write one page with its figure, caption and code.

Usage: ``python docs/gallery/build.py FOLDER``. The page is ``FOLDER/gallery.html``; beside it stand a PNG
and an SVG of each figure.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from figures.style import to_png, to_svg
from workflows.pages.report import render

HERE = Path(__file__).resolve().parent


def scripts() -> list[Path]:
    """Every gallery script: each defines ``figure`` and ``text``."""
    return sorted(path for path in HERE.glob("*.py") if path.name != Path(__file__).name)


def build(folder: Path) -> Path:
    """Write the page and the pictures into ``folder`` and return the page."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = []
    for script in scripts():
        made = runpy.run_path(str(script))
        png = to_png(made["figure"])
        (folder / f"{script.stem}.png").write_bytes(png)
        (folder / f"{script.stem}.svg").write_text(to_svg(made["figure"]), encoding="utf-8")
        name = script.stem.replace("_", " ")
        picture = {
            "kind": "figure",
            "png": png,
            "caption": made["text"],
            "alt": made["__doc__"],
            "name": name,
        }
        code = {"kind": "code", "text": script.read_text(encoding="utf-8")}
        blocks = [picture, code]
        sections.append({"id": script.stem, "title": name.capitalize(), "open": True, "blocks": blocks})
    page = folder / "gallery.html"
    text = render(
        {
            "title": "Gallery of figures",
            "verdict": None,
            "summary": ["Every figure of the workbench from one small script. The numbers are invented."],
            "sections": sections,
        }
    )
    page.write_text(text, encoding="utf-8")
    return page


if __name__ == "__main__":
    print(build(Path(sys.argv[1])))
