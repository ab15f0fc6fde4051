import numpy as np
import pytest

from figures.predictive import STATISTICS, caption, predictive_check, predictive_summary


def _shares(draws, rows=400, mean=-5.0, seed=1):
    random = np.random.default_rng(seed)
    shape = (draws, rows) if draws else rows
    return np.where(random.random(shape) < 0.15, np.minimum(1, random.lognormal(mean, 1.2, shape)), 0.0)


def test_summary_is_the_plain_definition():
    observed, draws = _shares(0), _shares(50, seed=2)
    got = predictive_summary(observed, draws)
    assert got["Fraction of rows without troops"]["observed"] == np.mean(observed == 0)
    assert got["Largest share"]["median"] == np.median(draws.max(axis=1))
    means = [row[row > 0].mean() for row in draws]
    assert got["Mean share of those who sent"]["upper_95"] == pytest.approx(np.quantile(means, 0.975))
    assert got["Mean share"]["p"] == np.mean(draws.mean(axis=1) >= observed.mean())


def test_a_replication_in_which_nobody_sends_counts_as_zero():
    got = predictive_summary(_shares(0, 20), np.zeros((5, 20)))
    assert got["Mean share of those who sent"]["median"] == 0


def test_caption_numbers_are_the_datas_and_misfit_is_named(strangers):
    observed, prior, posterior = _shares(0), _shares(60, mean=-3, seed=3), _shares(60, mean=-7, seed=4)
    summaries = [predictive_summary(observed, draws) for draws in (prior, posterior)]
    values = [v for s in summaries for entry in s.values() for v in entry.values()]
    text = caption(observed, prior, posterior)
    assert strangers(text, [*values, 400], levels=(50, 95)) == []
    assert "outside the interval: mean share" in text


def test_rows_must_agree():
    with pytest.raises(ValueError, match="over the same rows"):
        predictive_check(_shares(0, 10), posterior=_shares(5, 11))
    with pytest.raises(ValueError, match="neither prior nor posterior"):
        predictive_check(_shares(0, 10))


def test_own_statistics_are_taken():
    own = {"Contributors": lambda y: (y > 0).sum(axis=-1)}
    assert "contributors" in caption(_shares(0), None, _shares(20), own)


@pytest.mark.parametrize("which", ["both", "prior", "posterior"])
def test_nothing_overlaps(which, overlapping):
    prior = _shares(60, mean=-4, seed=3) if which != "posterior" else None
    posterior = _shares(60, seed=4) if which != "prior" else None
    assert overlapping(predictive_check(_shares(0), prior, posterior)) == []
    assert len(STATISTICS) == 4
