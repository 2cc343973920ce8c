"""Figures of probabilities. Labels are class ids, shape (rows,)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from newtrick.evaluation.arrays import Floats, Ids, Logits

CALIBRATION_BINS = 15


def softmax(logits: npt.NDArray[np.floating]) -> Floats:
    """Probabilities of logits, both of shape (rows, classes), in double precision."""
    wide = logits.astype(np.float64)
    odds = np.exp(wide - wide.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares


def row_losses(logits: npt.NDArray[np.floating], labels: Ids) -> Floats:
    """The cross-entropy in nats of each row of logits of shape (rows, classes)."""
    wide = logits.astype(np.float64)
    wide -= wide.max(axis=1, keepdims=True)
    losses: Floats = np.log(np.exp(wide).sum(axis=1))
    return losses - wide[np.arange(len(labels)), labels]


def log_loss(logits: Logits, labels: Ids) -> float:
    """Mean cross-entropy in nats of logits of shape (rows, classes)."""
    return float(row_losses(logits, labels).mean())


def row_brier_scores(probabilities: Floats, labels: Ids) -> Floats:
    """The Brier score of each row of probabilities of shape (rows, classes); Brier 1950.

    The squared distance from the truth: for two classes that of the one probability, between 0 and
    1; for more, summed over the classes, between 0 and 2.
    """
    own = probabilities[np.arange(len(labels)), labels]
    scores: Floats
    if probabilities.shape[1] == 2:  # noqa: PLR2004 (two classes)
        scores = (1 - own) ** 2
    else:
        scores = (probabilities**2).sum(axis=1) - 2 * own + 1
    return scores


def calibration_bins(confidence: Floats) -> Ids:
    """Which of `CALIBRATION_BINS` bins of equal width, closed on the right, each number is in."""
    numbers = np.ceil(confidence * CALIBRATION_BINS).astype(np.int64) - 1
    return np.clip(numbers, 0, CALIBRATION_BINS - 1)


def calibration_error(probabilities: Floats, labels: Ids) -> float:
    """Expected calibration error (Naeini 2015; Guo and others 2017).

    How far the probability of the predicted class is from the share of rows where it is right, on
    average over 15 bins of equal width, each by its share of the rows.

    Args:
        probabilities: Shape (rows, classes).
        labels: Shape (rows,).
    """
    top = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    gaps = np.bincount(calibration_bins(top), top - right, minlength=CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(labels))


def entropy(weights: Floats) -> float:
    """Entropy in nats of the shares that some weights have of their sum; shape (classes,)."""
    shares = weights[weights > 0] / weights.sum()
    return float(-(shares * np.log(shares)).sum())
