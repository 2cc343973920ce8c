from __future__ import annotations

import numpy as np
import pytest
import torch

from newtrick.training.objectives import Classification, balanced_class_weights


def test_balanced_weights_make_each_class_count_the_same() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    weights = balanced_class_weights(labels, 2)
    objective = Classification(torch.from_numpy(labels), weights)
    ham, spam = (objective.weight(np.flatnonzero(labels == label)) for label in (0, 1))
    assert ham == pytest.approx(spam)
    assert objective.weight(np.arange(100)) == pytest.approx(100)
