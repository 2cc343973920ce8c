"""Whether probabilities can be believed: of answers given with 0.8, are 80 % right?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newtrick.evaluation.arrays import Flags, Floats, Ids
from newtrick.evaluation.metrics.probability import CALIBRATION_BINS, calibration_bins, softmax


def calibrated(logits: npt.NDArray[np.floating], temperature: float) -> Floats:
    """The probabilities at a temperature; shape (rows, classes), rows sum to 1."""
    return softmax(logits.astype(np.float64) / temperature)


@dataclass(frozen=True)
class Reliability:
    """Rows in bins of equal width by the probability of their answer; all of shape (bins,).

    Attributes:
        rows: How many each bin has.
        confidence: Their mean probability; 0 in an empty bin.
        accuracy: The share of them that is right; 0 in an empty bin.
    """

    rows: Ids
    confidence: Floats
    accuracy: Floats

    @property
    def error(self) -> float:
        """The gap between confidence and accuracy, averaged over the rows."""
        return float((self.rows * np.abs(self.confidence - self.accuracy)).sum() / self.rows.sum())

    @property
    def error_by_chance(self) -> float:
        """The error to be expected of as many rows of a model that is perfectly calibrated.

        In each bin the mean of the absolute value of a normal distribution with its variance.
        """
        variance = self.rows * self.confidence * (1 - self.confidence)
        return float(np.sqrt(2 / np.pi * variance).sum() / self.rows.sum())


def reliability(probabilities: npt.NDArray[np.floating], labels: Ids) -> Reliability:
    """Sort answers into bins by their probability.

    Args:
        probabilities: Shape (rows, classes); a row's answer is its most probable class.
        labels: True class ids, shape (rows,), at least one.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    return _in_bins(confidence, probabilities.argmax(axis=1) == labels)


def label_reliability(probabilities: Floats, truth: Flags) -> Reliability:
    """Sort the probabilities of all labels into bins; a bin's accuracy is how often rows have them.

    Args:
        probabilities: Of each label by itself, shape (rows, labels).
        truth: Shape (rows, labels), at least one row.
    """
    return _in_bins(probabilities.ravel(), truth.ravel())


def _in_bins(confidence: Floats, right: Flags) -> Reliability:
    bins = calibration_bins(confidence)
    rows = np.bincount(bins, minlength=CALIBRATION_BINS)
    full = np.maximum(rows, 1)
    return Reliability(
        rows=rows,
        confidence=np.bincount(bins, weights=confidence, minlength=CALIBRATION_BINS) / full,
        accuracy=np.bincount(bins, weights=right, minlength=CALIBRATION_BINS) / full,
    )
