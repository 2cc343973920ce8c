"""Figures of decided classes. All of them follow from how often each class is right, true, named.

Labels and predictions are class ids, shape (rows,).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from newtrick.evaluation.arrays import Flags, Floats, Ids, Weights
from newtrick.evaluation.metrics.weighting import sums_by_class


def confusion_matrix(labels: Ids, predicted: Ids, classes: int) -> Ids:
    """Counts of shape (classes, classes): rows are the true class, columns the predicted one."""
    pairs = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return pairs.reshape(classes, classes)


@dataclass(frozen=True)
class Counts:
    """The rows, or their weights, that each class has; each of shape (..., classes).

    Attributes:
        hits: Rows of the class that were predicted to be.
        true: Rows of the class.
        predicted: Rows that were predicted to be of it.
    """

    hits: Floats
    true: Floats
    predicted: Floats

    @classmethod
    def of(cls, labels: Ids, predicted: Ids, classes: int, weights: Weights | None = None) -> Self:
        """Count rows, or weights of shape (..., rows)."""
        if weights is None:
            weights = np.ones(len(labels))
        return cls(
            hits=sums_by_class(labels, weights * (labels == predicted), classes),
            true=sums_by_class(labels, weights, classes),
            predicted=sums_by_class(predicted, weights, classes),
        )

    @property
    def seen(self) -> Flags:
        """Which classes are present or predicted; shape (..., classes)."""
        return self.true + self.predicted > 0


def accuracy(counts: Counts) -> Floats:
    """Share of rows whose predicted class is the true one."""
    return _share(counts.hits.sum(axis=-1), counts.true.sum(axis=-1))


def precision_by_class(counts: Counts) -> Floats:
    """Share of the rows predicted to be of a class that are; 0 where it is never predicted."""
    return _share(counts.hits, counts.predicted)


def recall_by_class(counts: Counts) -> Floats:
    """Share of the rows of a class that were predicted to be; 0 where it has no rows."""
    return _share(counts.hits, counts.true)


def f1_by_class(counts: Counts) -> Floats:
    """F1 of each class: 2TP / (2TP + FP + FN); 0 where a class is neither present nor predicted."""
    return _share(2 * counts.hits, counts.true + counts.predicted)


def macro(by_class: Floats, counts: Counts) -> Floats:
    """Unweighted mean of a figure over the classes that are present or predicted."""
    return _share((by_class * counts.seen).sum(axis=-1), counts.seen.sum(axis=-1))


def weighted(by_class: Floats, counts: Counts) -> Floats:
    """Mean of a figure over the classes, each by its share of the rows."""
    return _share((by_class * counts.true).sum(axis=-1), counts.true.sum(axis=-1))


def macro_f1(counts: Counts) -> Floats:
    """Unweighted mean of the F1 of the classes that are present or predicted."""
    return macro(f1_by_class(counts), counts)


def micro_f1(counts: Counts) -> Floats:
    """F1 of all decisions together; where each row has one label, it is the accuracy."""
    hits = counts.hits.sum(axis=-1)
    return _share(2 * hits, (counts.true + counts.predicted).sum(axis=-1))


def balanced_accuracy(counts: Counts) -> Floats:
    """Unweighted mean of the recall of the classes that are present."""
    return _share(recall_by_class(counts).sum(axis=-1), (counts.true > 0).sum(axis=-1))


def matthews_correlation(counts: Counts) -> Floats:
    """Correlation of truth and prediction (Matthews 1975; for more classes, Gorodkin 2004).

    0 where either names one class alone.
    """
    rows = counts.true.sum(axis=-1)
    covariance = counts.hits.sum(axis=-1) * rows - (counts.true * counts.predicted).sum(axis=-1)
    true = np.maximum(rows**2 - (counts.true**2).sum(axis=-1), 0)
    predicted = np.maximum(rows**2 - (counts.predicted**2).sum(axis=-1), 0)
    return _share(covariance, np.sqrt(true * predicted))


def _share(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """One by the other; 0 where the other is 0."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    share: Floats = np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)
    return share
