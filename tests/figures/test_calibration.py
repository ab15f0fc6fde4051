import numpy as np
import pytest

from figures.calibration import calibration, caption
from workflows.judge.bands import bands, outside


def _uniform(seed, size=150):
    return np.random.default_rng(seed).random(size)


def test_uniform_ranks_leave_the_band_about_as_often_as_promised():
    # The count outside is Binomial(120, 0.05): between 1 and 14 with probability 0.998.
    bad = outside(bands({str(seed): _uniform(seed, 60) for seed in range(120)}))
    assert 1 <= len(bad) <= 14


def test_ranks_of_a_biased_or_overconfident_posterior_leave_the_band():
    random = np.random.default_rng(1)
    shapes = {"biased": random.beta(1, 2, 150), "too narrow": random.beta(0.5, 0.5, 150), "fine": _uniform(3)}
    assert set(outside(bands(shapes))) == {"biased", "too narrow"}


def test_caption_numbers_are_the_datas(strangers):
    pit = {"fine": _uniform(3), "biased": np.random.default_rng(1).beta(1, 3, 150)}
    text = caption(bands(pit))
    assert strangers(text, [2, 150, *outside(bands(pit)).values()], levels=(95, 5)) == []
    assert "Outside: biased" in text
    assert "All stay within" in caption(bands({"fine": _uniform(3)}))


@pytest.mark.parametrize("wrong", [np.arange(20.0), np.zeros((4, 5)), np.full(20, np.nan), np.zeros(3)])
def test_what_is_no_rank_is_refused(wrong):
    with pytest.raises(ValueError, match="ranks on"):
        bands({"x": wrong})


@pytest.mark.parametrize("quantities", [1, 2, 5, 9])
def test_nothing_overlaps(quantities, overlapping):
    assert (
        overlapping(calibration(bands({f"quantity {k}": _uniform(k, 40) for k in range(quantities)}))) == []
    )
