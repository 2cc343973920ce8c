"""Figures of classes that are a scale, such as one to five stars: how far off an answer is."""

from __future__ import annotations

import numpy as np

from newtrick.evaluation.arrays import Floats, Ids, Weights
from newtrick.evaluation.metrics.weighting import mean


def mean_absolute_error(
    labels: Ids, predicted: Ids, scale: Floats, weights: Weights | None = None
) -> Floats:
    """How far the predicted values are from the true ones on average, in units of the scale.

    Args:
        labels: True class ids, shape (rows,).
        predicted: Shape (rows,).
        scale: The value of each class, shape (classes,).
        weights: Shape (..., rows).
    """
    if weights is None:
        weights = np.ones(len(labels))
    return mean(np.abs(scale[labels] - scale[predicted]), weights)


def quadratic_kappa(labels: Ids, predicted: Ids, weights: Weights | None = None) -> Floats | None:
    """Agreement beyond chance; a miss of two steps weighs four times one of one (Cohen 1968).

    Args:
        labels: True class ids, in the order of the scale; shape (rows,).
        predicted: Shape (rows,).
        weights: Above 0, shape (..., rows).

    Returns:
        Shape (...); None where truth and prediction are one and the same class in all rows.
    """
    if (labels == labels[0]).all() and (predicted == labels[0]).all():
        return None
    if weights is None:
        weights = np.ones(len(labels))
    true, named = labels.astype(np.float64), predicted.astype(np.float64)
    columns = np.stack([true, named, true**2 + named**2, (true - named) ** 2], axis=1)
    means = mean(columns, weights)
    expected = means[..., 2] - 2 * means[..., 0] * means[..., 1]
    kappa: Floats = 1 - means[..., 3] / expected
    return kappa
