from __future__ import annotations

import numpy as np
import pytest

from newtrick.evaluation.calibration import reliability
from newtrick.evaluation.metrics.probability import calibration_error


def test_answers_that_are_right_as_often_as_they_say_have_no_error() -> None:
    shares = np.tile([0.75, 0.25], (8, 1))
    labels = np.array([0, 0, 0, 1, 0, 0, 0, 1])
    assert calibration_error(shares, labels) == pytest.approx(0)


def test_the_error_is_the_gap_between_confidence_and_accuracy_weighed_by_rows() -> None:
    shares = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    labels = np.array([0, 1, 1, 1])
    assert calibration_error(shares, labels) == pytest.approx((0.4 + 0.4) / 2)


def test_rows_are_counted_in_fifteen_bins_and_empty_ones_are_nought() -> None:
    found = reliability(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0, 1]))
    assert found.rows.tolist() == [0] * 7 + [1] + [0] * 6 + [1]
    assert found.accuracy.tolist() == [0] * 14 + [1]
    assert found.confidence[7] == 0.5


def test_the_error_by_chance_is_that_of_labels_drawn_from_the_probabilities() -> None:
    chance = np.random.default_rng(0)
    sure = chance.uniform(0.5, 1, size=2_000)
    shares = np.column_stack([sure, 1 - sure])
    drawn = [
        calibration_error(shares, (chance.random(2_000) > sure).astype(np.int64))
        for _ in range(200)
    ]
    expected = reliability(shares, np.zeros(2_000, dtype=np.int64)).error_by_chance
    assert expected == pytest.approx(np.mean(drawn), rel=0.05)


def test_one_row_of_five_hundred_classes_has_a_finite_error() -> None:
    shares = np.full((1, 500), 1 / 500)
    assert calibration_error(shares, np.array([3])) == pytest.approx(1 / 500)
