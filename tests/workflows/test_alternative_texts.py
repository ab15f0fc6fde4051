"""Who cannot see a figure of the page hears what it shows."""

from __future__ import annotations

from bs4 import BeautifulSoup

from figures import diagnostics, effects, headline, over_contribution, potential_by_state, rank_change
from tests.workflows.finished_run import once


def test_each_figure_of_a_finished_run_is_described_on_its_page(tmp_path_factory):
    page = BeautifulSoup(once(tmp_path_factory).report.read_text(encoding="utf-8"), "html.parser")
    heard = {figure["data-name"]: figure.find("img")["alt"] for figure in page.find_all("figure")}
    described = {
        "diagnostics": diagnostics.ALT,
        "effects": effects.ALT,
        "headline": headline.ALT,
        "over_contribution_isaf": over_contribution.ALT,
        "potential_by_state": potential_by_state.ALT,
        "rank_change_isaf": rank_change.ALT,
    }
    assert {name: text for name, text in described.items() if text not in heard[name]} == {}
    assert "ISAF" in heard["rank_change_isaf"]
    # Slopes do not vary in this run: no spread of them is drawn, nor told of.
    assert effects.ALT_OF_SPREAD not in heard["effects"]
    assert len(set(heard.values())) == len(heard)
