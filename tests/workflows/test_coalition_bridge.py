"""From Henke's printed Table 2 to the pooled posterior: effects against plain arithmetic, and each rung one change."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from typer.testing import CliRunner

from data.common.errors import InputError
from tests.models.test_coalition import draws, small_design
from tests.workflows.stub_sampler import put_aside
from workflows.cli import app
from workflows.coalitions.bridge import MODELS, coalition_bridge
from workflows.coalitions.effects import predictor
from workflows.coalitions.rungs import average_effect, ladder, led_effects, pooled_rung, printed
from workflows.published.frequentist import estimate
from workflows.published.study import load_study
from workflows.spec.coalitions import CoalitionSpec, any_spec

STUDY = "henke-2017-coalitions"
__all__ = ["draws"]


@pytest.fixture(scope="module")
def design():
    return small_design()


def simulated(rows: int = 900, own: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"ccode": np.arange(rows) % 60, "year": np.repeat([1990.0, 1995.0, 2000.0], rows // 3)}
    )
    frame["ties"], frame["polity"] = rng.normal(40, 12, rows), rng.normal(size=rows)
    state = own * rng.normal(size=60)
    eta = (
        0.05 * (frame["ties"] - 40)
        + 0.3 * frame["polity"]
        + state[frame["ccode"]]
        - 0.5 * (frame["year"] > 1991)
    )
    return frame.assign(took=(eta + rng.logistic(size=rows) > 0).astype(float))


def test_an_average_effect_is_the_mean_change_of_the_rows_probabilities():
    frame = simulated()
    terms = ["ties", "polity"]
    fit = estimate(frame, "took", terms, engine="logit", errors="clustered", unit="ccode", dummies="year")
    found = average_effect(fit, frame, "took", terms, "ties", "year", at_means=False)
    b = fit.terms.set_index("term")["estimate"]
    year = frame["year"].map({1990.0: 0.0, 1995.0: b["year=1995"], 2000.0: b["year=2000"]})
    eta = b["intercept"] + b["ties"] * frame["ties"] + b["polity"] * frame["polity"] + year
    step = frame["ties"].std()
    assert found.step == pytest.approx(step)
    assert found.effect[0] == pytest.approx(100 * (expit(eta + b["ties"] * step) - expit(eta)).mean())
    assert found.effect[1] < found.effect[0] < found.effect[2]
    assert found.log_odds[0] == pytest.approx(b["ties"] * step)
    means = average_effect(fit, frame, "took", terms, "ties", "year", at_means=True)
    middle = eta.mean()
    assert means.effect[0] == pytest.approx(100 * (expit(middle + b["ties"] * step) - expit(middle)))


def test_a_random_intercept_is_integrated_out():
    """Beside random intercepts the slope is steeper and the effect on the mean probability about the same."""
    frame = simulated(own=1.5)
    terms = ["ties", "polity"]
    found = {}
    for engine in ("logit", "random_effects_logit"):
        fit = estimate(frame, "took", terms, engine=engine, errors="clustered", unit="ccode", dummies="year")
        found[engine] = average_effect(fit, frame, "took", terms, "ties", "year", at_means=False)
    assert found["random_effects_logit"].log_odds[0] > 1.2 * found["logit"].log_odds[0]
    assert found["random_effects_logit"].effect[0] == pytest.approx(found["logit"].effect[0], rel=0.1)


def test_the_first_rung_is_her_figure_1():
    study = load_study(STUDY)
    for model, effect, odds in (("(4) Logit", 10.0, 0.58), ("(5) Logit (min 100 troops)", 3.0, 0.638)):
        row = printed(study, model)
        assert (row["effect"], row["rows"], row["step"]) == (pytest.approx(effect), 4966, 58.0)
        assert row["log_odds"] == pytest.approx(odds)
        assert np.isnan(row["lower"])


def test_a_pooled_rung_averages_over_the_rows_that_the_united_states_led(design, draws):
    row = pooled_rung("x", "y", "model", "label", design, draws, "hundred", True)
    led = design.row_group < 2
    change = []
    for chain in (0, 1):
        at = predictor(design, draws.sel(chain=chain))
        with_it = expit(at["eta"] + at["breadth"] - at["gap"]) - expit(at["eta"] - at["gap"])
        change.append(with_it[:, led].mean(axis=1))
    assert row["effect"] == pytest.approx(100 * np.median(np.concatenate(change)))
    assert (row["rows"], row["gate"]) == (int(led.sum()), "passed")
    gated = led_effects(design, draws)
    assert set(gated) == {f"{o}:{n}" for o in ("any", "hundred") for n in ("effect", "log_odds")}
    assert gated["hundred:effect"].values == pytest.approx(np.array(change))


def test_a_bridge_needs_the_study_of_the_coalitions(tmp_path):
    spec = any_spec("us-coalitions")
    assert isinstance(spec, CoalitionSpec)
    for study in (None, "gannon-kent"):
        with pytest.raises(InputError, match="a study of the coalitions"):
            coalition_bridge(spec.model_copy(update={"study": study}), tmp_path, tmp_path)


# On the official files.


@pytest.fixture(scope="module")
def rungs(shared_data) -> dict[str, pd.DataFrame]:
    study = load_study(STUDY)
    raw = study.read(shared_data)
    return {model: pd.DataFrame(ladder(study, raw, model)).set_index("id") for model in MODELS}


def test_every_rung_names_its_parent_and_one_change(rungs):
    for table in rungs.values():
        assert set(table["parent"].iloc[1:]) <= set(table.index)
        kinds = {"data", "estimand", "sample", "controls", "operations", "measure", "errors", "model"}
        assert set(table["changed"].iloc[1:]) == kinds
        same = table["changed"].isin(["estimand", "errors", "measure"])
        for one in table[same].itertuples():
            assert one.rows == table.loc[one.parent, "rows"]


def test_what_moves_her_effect_on_these_rows(rungs):
    any_, hundred = rungs.values()
    assert (any_.loc["here", "rows"], hundred.loc["here", "rows"]) == (1242, 2136)
    assert any_.loc["un", "effect"] > 25 > any_.loc["short", "effect"] > any_.loc["no-un", "effect"]
    assert hundred.loc["un", "effect"] == pytest.approx(6.0, abs=0.1)


def test_the_command_carries_the_bridge_to_the_posteriors(shared_data, tmp_path, monkeypatch):
    put_aside(monkeypatch)
    asked = ["bridge", "us-coalitions", "--data", str(shared_data), "--out", str(tmp_path), "--draws", "100"]
    result = CliRunner().invoke(app, [*asked, "--format", "json", "--quiet"])
    assert result.exit_code == 3, result.output
    answer = json.loads(result.stdout)
    table = pd.DataFrame(answer["rungs"])
    assert not answer["passed"]
    assert len(answer["advice"])
    for _, rows in table.groupby("model"):
        assert list(rows["id"].iloc[-5:-3]) == ["controls", "breadth"]
        assert list(rows["gate"].iloc[-3:]) == ["FAILED"] * 3
        assert set(rows["parent"].iloc[1:]) <= set(rows["id"])
    moved = table.set_index(["model", "id"])["moved"]
    assert moved["(4) Logit", "averaged"] == pytest.approx(8.627 - 11.354, abs=0.01)
    assert (tmp_path / "us-coalitions" / "bridge.csv").exists()
