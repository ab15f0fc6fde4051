"""The page on one's own likelihood is true: what it shows is written down, imported, and does what a likelihood does."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytensor.tensor as pt
import pytest

from data.common.errors import InputError
from models import likelihoods
from models.joint import joint
from models.likelihoods import Outcome, get
from models.likelihoods._traits import Traits
from models.modes import PLAIN
from models.simulate import SMALL, simulate
from models.spec import ModelSpec

PAGE = Path(__file__).resolve().parents[2] / "docs" / "own-likelihood.md"
NAME = "my_likelihood:LIKELIHOOD"


@pytest.fixture
def written(tmp_path, monkeypatch):
    code = re.search(
        r"<!-- my_likelihood.py -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S
    )[1]
    (tmp_path / "my_likelihood.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return get(NAME)


def test_what_it_does_not_say_has_its_default(written):
    assert (written.name, written.positive_only) == ("hurdle_logit_normal", ("size",))
    assert (written.unit, written.zeros_inform, written.dispersion, written.bounded) == (1.0, False, (), True)
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"`{trait}`" in page for trait in vars(Traits)["__annotations__"] if trait != "threshold")


def test_its_density_is_one_in_all_and_its_mean_that_of_its_draws(written):
    sd, eta = 0.8, {"participation": np.array([0.4]), "size": np.array([-1.5])}
    tensors, scale = {part: pt.constant(value) for part, value in eta.items()}, {"size_sd": pt.constant(sd)}

    def density(share: float) -> float:
        outcome = Outcome(np.array([share * 100]), np.array([100.0]), np.array([share]))
        return float(np.exp(written.logp(outcome, tensors, scale).eval(mode=PLAIN)[0]))

    points = np.linspace(1e-6, 1 - 1e-6, 4001)
    mass = np.trapezoid([density(share) for share in points[::20]], points[::20])
    assert density(0.0) + mass == pytest.approx(1.0, abs=1e-3)
    drawn = written.simulate(np.random.default_rng(1), {k: np.broadcast_to(v, 200_000) for k, v in eta.items()},
                             {"size_sd": sd}, np.array(1.0))  # fmt: skip
    mean = written.mean(tensors, scale, None).eval(mode=PLAIN)[0]
    assert drawn.mean() == pytest.approx(mean, rel=0.01)


@pytest.mark.usefixtures("written")
def test_a_joint_model_takes_it():
    panel, _ = simulate("hurdle_beta", SMALL, seed=5)
    built = joint(panel, ModelSpec.model_validate({"contribution": {"likelihood": NAME}}))
    assert "size_sd" in built.model.named_vars
    terms = built.model.compile_logp(sum=False, mode="FAST_COMPILE")(built.model.initial_point())
    assert all(np.isfinite(term).all() for term in terms)
    assert built.contribution.expected().eval(mode=PLAIN).shape == (panel.sizes["row"],)
    with pytest.raises(ValueError, match="has no dispersion"):
        joint(
            panel, ModelSpec.model_validate({"contribution": {"likelihood": NAME, "dispersion_varies": True}})
        )


@pytest.mark.usefixtures("written")
def test_each_operation_alone_takes_it_as_a_run_with_several_operations_does():
    from workflows.estimands.separate import separate_fits

    panel, _ = simulate("hurdle_beta", SMALL, seed=5)
    assert panel.sizes["operation"] > 1
    spec = ModelSpec.model_validate({"contribution": {"likelihood": NAME}})
    fits = separate_fits(panel, spec, np.zeros(joint(panel, spec).design.in_force.shape[1]), 0.2, 1)
    assert [fit.operation for fit in fits] == list(panel["operation"].values)
    assert all(np.isfinite(fit.fit.estimate).all() for fit in fits)


def test_one_that_lacks_a_member_is_refused_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "half_a_likelihood.py").write_text("class Half:\n    name = 'half'\nLIKELIHOOD = Half()\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match="without 'parts'"):
        get("half_a_likelihood:LIKELIHOOD")


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        ("class Half:\n    name = 'half'\n", "half without 'parts'"),
        (
            "from models.likelihoods.gaussian import Gaussian\n\nclass Half(Gaussian):\n    def __init__(self):\n"
            "        super().__init__(outcome='shares')\n",
            "half with the outcome 'shares'",
        ),
    ],
)
def test_a_file_of_the_package_is_held_to_the_same(content, refused, tmp_path, monkeypatch):
    (tmp_path / "half.py").write_text(f"{content}\nLIKELIHOOD = Half()\n")
    monkeypatch.setattr(likelihoods, "__path__", [*likelihoods.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "models.likelihoods.half", raising=False)
    with pytest.raises(InputError, match=refused):
        get("half")
    monkeypatch.delitem(sys.modules, "models.likelihoods.half")


def test_it_is_said_which_python_code_a_spec_runs_before_it_runs(tmp_path, monkeypatch, capsys):
    code = "import sys\nsys.stderr.write('it runs\\n')\nLIKELIHOOD = None\n"
    (tmp_path / "says_that_it_runs.py").write_text(code)
    folder = tmp_path / "of_somebody_else"
    folder.mkdir()
    for name in ("__init__", "part"):
        (folder / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    for module, place in (
        ("says_that_it_runs", tmp_path / "says_that_it_runs.py"),
        ("of_somebody_else.part", folder / "__init__.py"),
    ):
        with pytest.raises(ValueError, match="without 'name'"):
            ModelSpec.model_validate({"contribution": {"likelihood": f"{module}:LIKELIHOOD"}})
        said = capsys.readouterr().err.splitlines()
        assert said[0] == f"note: likelihood '{module}:LIKELIHOOD' runs the Python code in {place}"
        assert set(said[1:]) == {"it runs"}


def test_nothing_is_said_of_a_likelihood_of_this_package_or_of_no_such_module(capsys):
    get("gaussian")
    with pytest.raises(InputError, match="No module named"):
        get("no_such_module:LIKELIHOOD")
    assert capsys.readouterr().err == ""
