from __future__ import annotations

import numpy as np
import pytest

from newtrick.recipe import TrainingSettings
from newtrick.training.objectives import Classification

HAM_AND_SPAM = np.array([0] * 90 + [1] * 10)


def weights(class_weights: str) -> tuple[float, float]:
    settings = TrainingSettings(class_weights=class_weights)  # type: ignore[arg-type]
    objective = Classification.of(HAM_AND_SPAM, 2, settings)
    ham, spam = (objective.weight(np.flatnonzero(label == HAM_AND_SPAM)) for label in (0, 1))
    return ham, spam


def test_balanced_weights_make_each_class_count_the_same() -> None:
    assert weights("balanced") == pytest.approx((50, 50))


def test_without_weights_each_row_counts_the_same() -> None:
    assert weights("none") == pytest.approx((90, 10))
