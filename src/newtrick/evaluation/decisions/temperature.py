"""One number that makes the probabilities of a model as sure as they may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from newtrick.evaluation.arrays import Flags, Ids, Logits
from newtrick.evaluation.calibration import calibrated
from newtrick.evaluation.metrics.multilabel import sigmoid

LEAST, MOST = 0.05, 20.0
"""A temperature outside of these would make certainties, or noughts, of all probabilities."""


@dataclass(frozen=True)
class Temperature:
    """What logits are divided by.

    Attributes:
        value: Above 1 where the model is too sure, below 1 where it is not sure enough.
        at_bound: Whether the rows asked for one outside of `LEAST` and `MOST`, as they do where a
            model is right no more often than by chance.
    """

    value: float
    at_bound: bool = False


def fit_temperature(logits: Logits, labels: Ids) -> Temperature:
    """The temperature with the least log loss (Guo and others 2017).

    The labels count as if one row more had been wrong and one right (after Platt 1999), so that
    rows without a mistake, or a single row, do not make a certainty of every answer.

    Args:
        logits: Shape (rows, classes), at least one row.
        labels: True class ids, shape (rows,).
    """
    rows, classes = logits.shape
    wide = logits.astype(np.float64)
    wide -= wide.max(axis=1, keepdims=True)
    if not wide.any():
        return Temperature(1.0)  # all classes alike, at any temperature
    doubt = classes / (classes - 1) / (rows + 2)
    wanted = (1 - doubt) * wide[np.arange(rows), labels].mean() + doubt * wide.mean()

    def slope(log_sharpness: float) -> float:
        """That of the mean log loss by the sharpness 1 / temperature; it only ever rises."""
        expected = calibrated(wide, np.exp(-log_sharpness)) * wide
        return float(expected.sum() / rows - wanted)

    return _least_loss(slope)


def fit_label_temperature(logits: Logits, truth: Flags) -> Temperature:
    """The one temperature for all labels with the least log loss, as in `fit_temperature`.

    Args:
        logits: Of each label by itself, shape (rows, labels), at least one row.
        truth: Shape (rows, labels).
    """
    wide = logits.astype(np.float64)
    if not wide.any():
        return Temperature(1.0)
    doubt = 2 / (len(wide) + 2)
    wanted = ((1 - doubt) * truth + doubt / 2) * wide

    def slope(log_sharpness: float) -> float:
        """That of the mean log loss by the sharpness 1 / temperature; it only ever rises."""
        return float((sigmoid(np.exp(log_sharpness) * wide) * wide - wanted).mean())

    return _least_loss(slope)


def _least_loss(slope: Callable[[float], float]) -> Temperature:
    """Where a slope by the logarithm of the sharpness is 0, within the bounds."""
    blunt, sharp = -np.log(MOST), -np.log(LEAST)
    if slope(blunt) >= 0:
        return Temperature(MOST, at_bound=True)
    if slope(sharp) <= 0:
        return Temperature(LEAST, at_bound=True)
    return Temperature(float(np.exp(-brentq(slope, blunt, sharp, xtol=1e-6))))
