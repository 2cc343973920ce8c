from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from newtrick.evaluation.intervals import wilson_interval


@pytest.mark.parametrize(("hits", "rows"), [(0, 1), (1, 1), (0, 50), (37, 50), (99, 100)])
def test_it_is_the_interval_of_wilson(hits: int, rows: int) -> None:
    expected = binomtest(hits, rows).proportion_ci(0.95, method="wilson")
    assert wilson_interval(hits, rows) == pytest.approx((expected.low, expected.high))


def test_it_covers_the_truth_in_19_of_20_draws() -> None:
    hits = np.random.default_rng(0).binomial(500, 0.87, size=2000)
    intervals = [wilson_interval(int(count), 500) for count in hits]
    covered = np.mean([low <= 0.87 <= high for low, high in intervals])
    assert 0.935 < covered < 0.965
