"""The cheapest label, where some mistakes cost more than others."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.arrays import Floats, Ids


def cost_matrix(costs: Iterable[tuple[str, str, float]], labels: LabelSet) -> Floats:
    """Costs of shape (classes, classes): rows are the true class, columns the one named.

    Args:
        costs: The true label, the label named, the cost; a mistake that is not listed costs 1.
        labels: The classes; all names in `costs` are theirs.
    """
    matrix = 1.0 - np.eye(len(labels))
    for true, named, cost in costs:
        matrix[labels.label2id[true], labels.label2id[named]] = cost
    return matrix


def cheapest(probabilities: Floats, costs: Floats) -> Ids:
    """The class with the least expected cost (Elkan 2001), shape (rows,).

    For two classes this is the threshold `c / (c + d)` on the probability of the one, where c is
    the cost of naming it wrongly and d that of missing it.

    Args:
        probabilities: Calibrated, shape (rows, classes).
        costs: Of `cost_matrix`.
    """
    ids: Ids = (probabilities @ costs).argmin(axis=1)
    return ids
