"""What accuracy and F1 together say about the confusion matrix behind them.

With two classes, let a be the accuracy, p the share of true positives and t that of true negatives,
so that a = p + t. The errors are 1 - a, hence F1 = 2 p / (2 p + 1 - a). F1 grows with p, and is at
most 2 a / (1 + a), where t is 0.
"""

from __future__ import annotations

import math

from newtrick.audit.card.figures import Figure

_SLACK = 1e-9
_MOST_COUNTS = 10_000


def highest_f1(accuracy: float) -> float:
    """The F1 without any true negative.

    A mean over classes, weighted by their rows, has the same bound: the F1 of a class is at most
    2 r / (1 + r) of its recall r, which is concave, and the weighted mean of r is the accuracy.
    """
    return 2 * accuracy / (1 + accuracy)


def true_negatives(accuracy: Figure, f1: Figure) -> tuple[float, float] | None:
    """The least and the most true negatives, as a share of all rows, that rounding allows.

    Returns:
        None where the two figures say nothing, because accuracy or F1 may be 1.
    """
    if accuracy.high >= 1 or f1.high >= 1:
        return None
    return _negatives(accuracy.low, f1.high), _negatives(accuracy.high, f1.low)


def _negatives(accuracy: float, f1: float) -> float:
    return (2 * accuracy - f1 * (1 + accuracy)) / (2 * (1 - f1))


def fits_rows(accuracy: Figure, f1: Figure | None, rows: int) -> bool:
    """Whether some confusion matrix with so many rows has this accuracy, and this F1 if given.

    Args:
        accuracy: Rounded, or with its further digits cut off.
        f1: That of one of two classes.
        rows: How many were scored.
    """
    least = max(0, math.ceil((accuracy.low - _SLACK) * rows))
    most = min(rows, math.floor((accuracy.high + accuracy.half + _SLACK) * rows))
    right = range(least, most + 1)
    if f1 is None or len(right) > _MOST_COUNTS:
        return len(right) > 0
    return any(_fits(hits, rows - hits, f1) for hits in right)


def _fits(hits: int, errors: int, f1: Figure) -> bool:
    """Whether F1 = 2 p / (2 p + errors) for a whole number p of at most `hits`."""
    if not errors:
        return f1.high + f1.half >= 1 or f1.low <= 0  # F1 is 0 where there is no positive
    least = _positives(f1.low - _SLACK, errors)
    most = min(_positives(f1.high + f1.half + _SLACK, errors), hits)
    return math.floor(most) >= least


def _positives(f1: float, errors: int) -> float:
    """The true positives that give an F1 beside so many errors."""
    return math.inf if f1 >= 1 else f1 * errors / (2 * (1 - f1))


def f1_bounds(accuracy: float, share: float) -> tuple[float, float]:
    """The least and the most F1 where the positive class has a known share of the rows."""
    bounds = (max(0.0, accuracy - (1 - share)), min(share, accuracy))
    least, most = (2 * right / (2 * right + 1 - accuracy) for right in bounds)
    return least, most
