"""Which scores are high enough: as many rows as can be, and still as many of them right as wanted.

A score is the probability of an answer, for abstention, or of one label, for its precision.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

Scores = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

CONFIDENCE = 0.95
"""How sure a promise is: in 19 of 20 draws of the rows that a threshold was fitted on."""

_CANDIDATES = 1024


@dataclass(frozen=True)
class Selection:
    """The rows with a score of at least the threshold.

    Attributes:
        threshold: None where no threshold keeps the promise.
        assured: The share of right ones that is promised; without a threshold, the highest that
            could be asked for instead.
    """

    threshold: float | None
    assured: float


def select(scores: Scores, right: Flags, wanted: float) -> Selection:
    """Look for the lowest threshold above which enough rows are right, and not by luck.

    This is selection with guaranteed risk (Geifman & El-Yaniv 2017): a binary search in which each
    threshold is accepted by the exact lower bound of its share of right rows, at a confidence that
    holds for all thresholds tried together. All rows at once are tried first.

    Args:
        scores: Shape (rows,).
        right: Whether a row would be right if it were selected; shape (rows,).
        wanted: The share of selected rows that are to be right.
    """
    if not len(scores):
        return Selection(None, 0.0)
    order = np.argsort(scores)
    ascending = scores[order]
    places = np.linspace(0, len(scores), min(len(scores), _CANDIDATES), endpoint=False)
    thresholds = np.unique(ascending[places.astype(np.int64)])
    firsts = np.searchsorted(ascending, thresholds)
    hits = np.cumsum(right[order][::-1])[::-1][firsts]
    doubt = (1 - CONFIDENCE) / (1 + (len(thresholds) - 1).bit_length())

    def assured(number: int) -> float:
        return lower_bound(int(hits[number]), len(scores) - int(firsts[number]), doubt)

    tried = {0: assured(0)}
    low, high = 1, len(thresholds) - 1
    while tried[0] < wanted and low <= high:
        middle = (low + high) // 2
        tried[middle] = assured(middle)
        low, high = (low, middle - 1) if tried[middle] >= wanted else (middle + 1, high)
    enough = [number for number, share in tried.items() if share >= wanted]
    if not enough:
        return Selection(None, max(tried.values()))
    return Selection(float(thresholds[min(enough)]), tried[min(enough)])


def lower_bound(hits: int, rows: int, doubt: float) -> float:
    """The exact lower bound of a share (Clopper & Pearson 1934), one-sided.

    Args:
        hits: Rows that are right.
        rows: All of them.
        doubt: The chance that the true share is below the bound.
    """
    return float(betaincinv(hits, rows - hits + 1, doubt)) if hits else 0.0
