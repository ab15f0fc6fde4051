"""The code that a result depends on is what its computation imports, however far, and what that reads."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from models.spec import ContributionSpec, ModelSpec
from workflows import samplers
from workflows.coalitions import draws as coalition_draws
from workflows.run.digests import own_code
from workflows.run.run import Run
from workflows.run.stages._registry import names, stage_module, words
from workflows.sampling import parts
from workflows.series.bridge.bridge import Bridge
from workflows.series.bridge.poast import PoastTest
from workflows.spec.run import load_spec
from workflows.store import source
from workflows.store.source import ROOMS, ROOT, closure, code_digest, imported
from workflows.store.store import Stage, Store

STAGES = [f"workflows.run.stages.{name}" for name in names()]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The project's source in a folder that may be edited."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "*.nc"))
    monkeypatch.setattr(source, "ROOT", tmp_path)
    forget()
    yield tmp_path, forget
    forget()


def forget():
    """Forget what was read of the source, as another process would not know it."""
    for cache in vars(source).values():
        if hasattr(cache, "cache_clear"):
            cache.cache_clear()


#: A helper and stages whose results it makes, however far it is from their files.
HELPERS = {
    "models/predictor/coefficients.py": ("prior", "posterior", "gate", "measurement"),
    "models/likelihoods/hurdle_beta.py": ("posterior", "predictive"),
    "workflows/machine/compiling.py": ("measurement", "posterior"),
    "workflows/native/graph.py": ("posterior",),
    "workflows/judge/feedback.py": ("gate", "posterior"),
    "workflows/estimands/effects.py": ("effect", "posterior"),
    "workflows/spec/mathematics.py": ("report", "tables", "prior_shift"),
    "workflows/pages/templates/report.html.j2": ("report",),
    "workflows/published/engines/ols.py": ("comparison",),
    "workflows/spec/studies/gannon-kent.toml": ("comparison",),
    "data/readers/iiss.toml": ("panel", "tables"),
    "data/bundled/armed_forces.csv": ("panel",),
    "data/readers/placemats.py": ("panel",),
    "figures/axes.py": ("figures", "estimands", "separate", "prior_shift"),
}


@pytest.mark.parametrize("helper", HELPERS)
def test_an_edited_helper_makes_the_stages_stale_that_it_serves(helper, elsewhere):
    root, forget = elsewhere
    if not (root / helper).exists():
        pytest.fail(f"no file {helper}: name another of its kind")
    before = {name: code_digest(f"workflows.run.stages.{name}") for name in names()}
    with (root / helper).open("a", encoding="utf-8") as file:
        file.write("\n# edited\n")
    forget()
    after = {name: code_digest(f"workflows.run.stages.{name}") for name in names()}
    changed = {name for name in before if before[name] != after[name]}
    assert set(HELPERS[helper]) <= changed


@pytest.mark.parametrize(
    "page", ["workflows/pages/page.py", "workflows/pages/templates/report.html.j2", "figures/style.py"]
)
def test_an_edited_page_or_figure_samples_nothing_again(page, elsewhere):
    root, forget = elsewhere
    drawn = ("workflows.sampling.posterior", "workflows.run.stages.measurement", "workflows.run.stages.panel")
    before = [code_digest(name) for name in drawn]
    with (root / page).open("a", encoding="utf-8") as file:
        file.write("\n# edited\n")
    forget()
    assert [code_digest(name) for name in drawn] == before


def _keys(out) -> dict[str, str]:
    """Keys of what is kept beside the stages of runs, none of which is computed."""
    bridge = Bridge(load_spec("gannon-kent"), out, out)
    bridge.store.stage = lambda name, inputs, _compute, code: Store.key(name, inputs, code)
    source_stage = Stage("panel", out, "key", 0.0, True, {"content": "", "bound": True, "operations": 1})
    poast = PoastTest(bridge.spec, bridge.store, source_stage, None, out, bridge.sampling())
    bridge.__dict__["panel_stage"] = source_stage
    measured = bridge.measured.reported_by["code"]
    del bridge.__dict__["panel_stage"]
    return {
        "panel": bridge.panel_stage,
        "panel-pooled": bridge.pooled_stage,
        "panel-embedded": poast.panel_stage,
        "study": bridge.study_stage,
        "reported": measured,
        "coalitions": code_digest(coalition_draws.__name__),
        "parts": code_digest(*parts.CODE),
    }


#: What is computed beside the stages of runs, and what keeps it: the keys that an edit of it changes.
BESIDE = {
    "data/pool.py": {"panel", "panel-pooled", "panel-embedded"},
    "workflows/series/bridge/panels.py": {"panel", "panel-pooled", "panel-embedded"},
    "workflows/series/bridge/printed.py": {"study"},
    "workflows/series/bridge/embedded_panel.py": {"panel-embedded"},
    "workflows/draws/evaluate.py": {"reported"},
    "workflows/coalitions/draws.py": {"coalitions"},
    "models/coalition.py": {"coalitions"},
    "workflows/sampling/parts.py": {"parts"},
    "workflows/series/bridge/rungs.py": set(),
    "workflows/series/bridge/bridge.py": set(),
}


def test_an_edit_makes_stale_what_is_kept_beside_the_stages_of_runs(elsewhere, tmp_path_factory):
    root, forget = elsewhere
    out = tmp_path_factory.mktemp("out")
    before = _keys(out)
    for edited, stale in BESIDE.items():
        path = root / edited
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "\n# edited\n", encoding="utf-8")
        forget()
        after = _keys(out)
        path.write_text(text, encoding="utf-8")
        changed = {name for name in before if before[name] != after[name]}
        assert stale <= changed, edited
        # Words of a rung make nothing stale.
        assert stale or not changed, edited


def test_what_a_process_loads_of_the_project_is_in_the_closure():
    """Python's own account of the imports of a stage's modules, against ours."""
    loads = """
import sys
from importlib import import_module
for name in sys.argv[1:]:
    import_module(name)
print(*sorted(m for m in sys.modules if m.split(".")[0] in ("data", "models", "figures", "workflows")))
"""
    asked = [
        "workflows.sampling.posterior",
        "workflows.judge.verdict",
        "workflows.estimands.checks",
        "workflows.published.compare",
    ]
    said = subprocess.run(
        [sys.executable, "-c", loads, *asked], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert set(said) <= closure(*asked)


def test_every_table_and_template_is_read_by_a_module_that_names_it():
    files = [p for room in ROOMS for p in (ROOT / room).rglob("*") if p.suffix in source.READ]
    modules = {
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for room in ROOMS
        for p in (ROOT / room).rglob("*.py")
    }
    read = {path for module in modules for path in source._files(module)}
    assert [str(p.relative_to(ROOT)) for p in files if p not in read] == []


def test_imports_are_found_wherever_they_stand(elsewhere):
    root, forget = elsewhere
    (root / "workflows" / "some.py").write_text(
        "from __future__ import annotations\n"
        "import os, models.joint as j\n"
        "from data.common.errors import (\n    InputError,  # why\n)\n"
        "from workflows.estimands import checks\n"
        "if TYPE_CHECKING:\n    from workflows.pages.page import page\n\n"
        "def f():\n    from workflows.judge.gate import gate\n"
        'ENGINE = "workflows.published.engines.fixed_effects_logit"\n'
    )
    forget()
    expected = {
        "models.joint", "data.common.errors", "workflows", "workflows.estimands", "workflows.estimands.checks",
        "workflows.judge.gate",
    }  # fmt: skip
    assert imported("workflows.some") == {*expected, "workflows.published.engines.fixed_effects_logit"}
    with pytest.raises(ModuleNotFoundError, match=r"workflows\.absent"):
        closure("workflows.absent")


@pytest.mark.parametrize("name", names())
def test_a_stage_says_what_it_is(name):
    stage = stage_module(name)
    assert words()[name] == stage.WORDS
    assert callable(stage.inputs)
    assert callable(stage.compute)
    assert stage.__doc__
    assert stage.compute.__doc__


def test_any_sampler_is_in_the_key_of_draws():
    assert samplers.names()
    assert {f"workflows.samplers.{name}" for name in samplers.names()} <= closure(
        "workflows.sampling.posterior"
    )


def test_an_edited_likelihood_of_ones_own_is_sampled_again(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "an_edited_likelihood_helper.py").write_text("UNIT = 1.0\n")
    (tmp_path / "an_edited_likelihood.py").write_text("import an_edited_likelihood_helper, numpy\nMINE = 1\n")
    spec = ModelSpec.model_construct(
        contribution=ContributionSpec.model_construct(likelihood="an_edited_likelihood:MINE")
    )
    found = []
    for name in ("an_edited_likelihood", "an_edited_likelihood_helper", None):
        forget()
        found.append(own_code(spec))
        if name:
            (tmp_path / f"{name}.py").write_text((tmp_path / f"{name}.py").read_text() + "# edited\n")
    assert len(set(found)) == 3
    assert closure("an_edited_likelihood") == {"an_edited_likelihood", "an_edited_likelihood_helper"}
    assert own_code(ModelSpec()) is None


def test_an_edit_while_a_run_is_under_way_is_not_taken_for_the_code_that_made_it(elsewhere, tmp_path_factory):
    root, forget = elsewhere
    run = Run(load_spec("bundled"), tmp_path_factory.mktemp("run"))
    before = code_digest("workflows.run.stages.figures")
    with (root / "figures" / "axes.py").open("a", encoding="utf-8") as file:
        file.write("\n# edited\n")
    assert code_digest("workflows.run.stages.figures") == before
    forget()
    assert code_digest("workflows.run.stages.figures") != before
    assert run.spec.name == "bundled"
