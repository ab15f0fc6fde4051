"""The documentation builds without a warning, and its links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
GENERATED = {
    "codebook.md",
    "commands.md",
    "gallery.md",
    "reference/index.md",
    "reference/models.likelihoods.md",
    "reference/models.spec.md",
}


def _script():
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda p: p.name)
def test_links_between_pages_lead_to_pages(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            assert target.startswith("https://"), target
        elif target not in GENERATED:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_named_files_and_commands_of_the_pages_exist():
    import typer.main

    from workflows.cli import app

    known = set(typer.main.get_command(app).commands)
    for page in [*PAGES, ROOT / "README.md"]:
        text = page.read_text(encoding="utf-8")
        for command in re.findall(r"\bcoalition (?!-)([a-z-]+)\b", re.sub(r"uv run ", "", text)):
            assert command in known, f"{page.name} names `coalition {command}`"
        for path in re.findall(r"`((?:data|models|workflows|figures|notebooks|docs)/[\w./]+)`", text):
            assert (ROOT / path).exists(), f"{page.name} names {path}"


def test_every_likelihood_is_explained():
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    names = [p.stem for p in (ROOT / "models" / "likelihoods").glob("[!_]*.py")]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_option_of_the_model_is_explained():
    from models.spec import ContributionSpec, DepthSpec, PotentialSpec

    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    options = [name for part in (DepthSpec, PotentialSpec, ContributionSpec) for name in part.model_fields]
    assert [name for name in options if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_documentation_builds_without_a_warning(tmp_path, caplog):
    pytest.importorskip("mkdocs", reason="needs the dependency group docs")
    script = _script()
    modules = list(script.modules())
    site = script.build(tmp_path / "site")
    assert [r.getMessage() for r in caplog.records if r.levelname in ("WARNING", "ERROR")] == []
    from bs4 import BeautifulSoup

    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 50
    for page in pages:
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for tag in soup.find_all(["a", "img"]):
            target = tag.get("href") or tag.get("src") or ""
            if target and not re.match(r"[a-z]+:|#|/", target):
                path = (page.parent / re.split(r"[?#]", target)[0]).resolve()
                assert path.exists(), f"{page.name} links to {target}"
    missing = [name for name in modules if not (site / "reference" / f"{name}.html").exists()]
    assert missing == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_broken_link_stops_the_build(tmp_path, monkeypatch):
    mkdocs = pytest.importorskip("mkdocs.exceptions", reason="needs the dependency group docs")
    script = _script()
    monkeypatch.setattr(script, "modules", lambda: iter(()))
    with pytest.raises(mkdocs.Abort):  # other pages link to pages of the reference
        script.build(tmp_path / "site")


def test_the_keys_of_the_panel_are_those_of_the_spec_with_what_they_accept_and_reach():
    from data.assembly.spec import PanelSpec
    from data.panel_keys import PAGE, panel_keys

    text = panel_keys()
    assert PAGE.read_text(encoding="utf-8") == text, "run python -m data.panel_keys"
    for key, field in PanelSpec.model_fields.items():
        assert field.description, key
        assert f"| `{key}` | " in text


def test_every_key_of_a_spec_is_explained_with_what_it_does_to_the_number():
    from workflows.spec.keys import EFFECTS, PAGE, TABLES, spec_keys

    text = spec_keys()
    assert PAGE.read_text(encoding="utf-8") == text, "run python -m workflows.spec.keys"
    keys = {key for _, spec, tables in TABLES for key in spec.model_fields if key not in tables}
    for key in keys:
        (*_, line) = (line for line in text.splitlines() if line.startswith(f"| `{key}` |"))
        assert all(cell.strip() for cell in line.strip("|").split(" | ")[:2]), line
        assert line.rstrip(" |").rpartition("|")[2].strip(), line
    assert set(EFFECTS) <= keys
