"""Figures of merit, in NumPy alone. Labels are class ids, shape (rows,)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]


def confusion_matrix(labels: Ids, predicted: Ids, classes: int) -> Ids:
    """Counts of shape (classes, classes): rows are the true class, columns the predicted one."""
    pairs = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return pairs.reshape(classes, classes)


def accuracy(confusion: Ids) -> float:
    """Share of rows whose predicted class is the true one."""
    return float(np.trace(confusion) / confusion.sum())


def f1_by_class(confusion: Ids) -> npt.NDArray[np.float64]:
    """F1 of each class: 2TP / (2TP + FP + FN); 0 where a class is neither present nor predicted."""
    hits = np.diag(confusion)
    present_or_predicted = confusion.sum(axis=0) + confusion.sum(axis=1)
    scores: npt.NDArray[np.float64] = 2.0 * hits / np.maximum(present_or_predicted, 1)
    return scores


def macro_f1(confusion: Ids) -> float:
    """Unweighted mean of the F1 of the classes that are present or predicted."""
    seen = (confusion.sum(axis=0) + confusion.sum(axis=1)) > 0
    return float(f1_by_class(confusion)[seen].mean())


def row_losses(logits: npt.NDArray[np.float32], labels: Ids) -> npt.NDArray[np.float64]:
    """The cross-entropy in nats of each row of logits of shape (rows, classes)."""
    wide = logits.astype(np.float64)
    wide -= wide.max(axis=1, keepdims=True)
    losses: npt.NDArray[np.float64] = np.log(np.exp(wide).sum(axis=1))
    return losses - wide[np.arange(len(labels)), labels]


def log_loss(logits: npt.NDArray[np.float32], labels: Ids) -> float:
    """Mean cross-entropy in nats of logits of shape (rows, classes)."""
    return float(row_losses(logits, labels).mean())


def entropy(weights: npt.NDArray[np.float64]) -> float:
    """Entropy in nats of the shares that some weights have of their sum; shape (classes,)."""
    shares = weights[weights > 0] / weights.sum()
    return float(-(shares * np.log(shares)).sum())
