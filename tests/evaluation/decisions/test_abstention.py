from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newtrick.evaluation.decisions.abstention import risk_coverage


def test_the_risk_is_that_of_the_surest_rows() -> None:
    curve = risk_coverage(np.array([0.6, 0.9, 0.8, 0.7]), np.array([False, True, True, False]))
    assert curve.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert curve.risk.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 2])
    assert curve.area == pytest.approx((1 / 3 + 1 / 2) / 4)


def test_equal_confidences_have_the_risk_of_all_of_them_whatever_their_order() -> None:
    curve = risk_coverage(np.full(4, 0.5), np.array([True, False, True, True]))
    assert curve.risk.tolist() == pytest.approx([0.25] * 4)
    assert curve.area == pytest.approx(0.25)


@given(st.integers(0, 2**32 - 1), st.integers(1, 500))
def test_the_curve_ends_at_the_error_of_all_rows(seed: int, rows: int) -> None:
    chance = np.random.default_rng(seed)
    right = chance.random(rows) < 0.7
    curve = risk_coverage(chance.integers(0, 9, size=rows) / 9, right)
    assert curve.coverage[-1] == 1
    assert curve.risk[-1] == pytest.approx(1 - right.mean())
    assert 0 <= curve.area <= 1
    assert len(curve.risk) <= 200
