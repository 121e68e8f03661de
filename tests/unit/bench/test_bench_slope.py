"""Growth is told with the most that it may be."""

import numpy as np
import pytest

from automl_tl.bench.slope import slope


def test_a_line_has_its_slope_for_certain() -> None:
    found = slope([(step, 5.0 + 3.0 * step) for step in range(100)])

    assert (found.mean, found.high) == (pytest.approx(3.0), pytest.approx(3.0))


def test_the_upper_end_holds_the_truth_where_looks_depend_on_each_other() -> None:
    random = np.random.default_rng(0)
    misses = 0
    for _ in range(200):
        noise = np.convolve(random.normal(size=420), np.ones(20) / 4, mode="valid")
        misses += slope([(step, 2.0 * step + noise[step]) for step in range(400)]).high < 2.0

    assert misses <= 12  # 2.5 % of 200 are 5


def test_too_few_looks_tell_nothing() -> None:
    with pytest.raises(ValueError, match="19 looks"):
        slope([(step, 0.0) for step in range(19)])
