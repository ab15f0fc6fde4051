import re

import pytest

from figures.formula import formula

H = r"H = \frac{1}{R} \sum_r \left\{ E[y_r \mid U + s] - E[y_r \mid U] \right\}"


def test_a_formula_becomes_the_same_svg_every_time():
    first = formula(H)
    assert first == formula(H)
    assert "<text" not in first
    height, width = re.search(r'height="([\d.]+)pt"', first), re.search(r'width="([\d.]+)pt"', first)
    assert float(width[1]) > 5 * float(height[1]) > 50


def test_a_formula_that_cannot_be_set_is_refused():
    with pytest.raises(ValueError, match="Expected"):
        formula(r"\frac{1")
