"""Weights of rows: with them a figure of the rows is a figure of many resamples of them at once.

Where a function takes weights of shape (..., rows), it gives figures of shape (...).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from newtrick.evaluation.arrays import Floats, Ids, Weights


def mean(values: npt.NDArray[np.floating], weights: Weights) -> Floats:
    """The weighted mean of values of shape (rows, ...); shape (..., ...), the weights' first."""
    total = weights.sum(axis=-1, dtype=np.float64)
    sums: Floats = (weights @ values.astype(weights.dtype, copy=False)).astype(np.float64)
    means: Floats = sums / total.reshape(total.shape + (1,) * (values.ndim - 1))
    return means


def sums_by_class(ids: Ids, weights: Weights, classes: int) -> Floats:
    """The weights of the rows of each class; shape (..., classes)."""
    if weights.ndim == 1:
        sums: Floats = np.bincount(ids, weights, minlength=classes).astype(np.float64)
        return sums
    return np.stack([sums_by_class(ids, line, classes) for line in weights])
