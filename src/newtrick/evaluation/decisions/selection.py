"""Which scores are high enough: as many rows as can be, and still as many of them right as wanted.

A score is the probability of being right: that of an answer, for abstention, or of one label, for
its precision.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from newtrick.evaluation.arrays import Flags, Floats, Ids

CONFIDENCE = 0.95
"""How sure a promise is: it is kept in 19 of 20 draws of the rows that it was fitted on."""

_THRESHOLDS = 1024


@dataclass(frozen=True)
class Selection:
    """The rows with a score of at least the threshold.

    Attributes:
        threshold: None where no threshold keeps the promise.
        assured: The share of right ones that is promised; without a threshold, the highest that
            can be asked for instead.
    """

    threshold: float | None
    assured: float


def select(scores: Floats, right: Flags, wanted: float) -> Selection:
    """Look for the lowest threshold above which enough rows are right, and not by luck.

    The share of right rows counts by its exact lower bound (as in selection with guaranteed risk;
    Geifman & El-Yaniv 2017). Thresholds are tested in a fixed order, each at the whole confidence,
    up to the first that fails (Learn then Test; Angelopoulos and others 2021): downwards from the
    one whose bound the scores themselves expect to be the highest.

    Args:
        scores: Shape (rows,), from 0 to 1; calibrated, or fewer rows are selected than could be.
        right: Whether a row would be right if it were selected; shape (rows,).
        wanted: The share of selected rows that are to be right.
    """
    if not len(scores):
        return Selection(None, 0.0)
    order = np.argsort(-scores, kind="stable")
    descending = scores[order]
    selected = _selected_by_threshold(descending)
    expected = lower_bound(np.cumsum(descending)[selected - 1], selected)
    assured = lower_bound(np.cumsum(right[order], dtype=np.int64)[selected - 1], selected)
    start = int(expected.argmax())
    passed = int(np.append(assured[start:] < wanted, True).argmax())
    if not passed:
        return Selection(None, float(assured[start]))
    last = start + passed - 1
    return Selection(float(descending[selected[last] - 1]), float(assured[last]))


def _selected_by_threshold(descending: Floats) -> Ids:
    """How many rows each threshold selects, where equal scores go together; ascending."""
    last_of_equals = np.append(descending[1:] != descending[:-1], True)
    selected = np.flatnonzero(last_of_equals) + 1
    some = np.linspace(0, len(selected) - 1, min(len(selected), _THRESHOLDS))
    return selected[some.astype(np.int64)]


def lower_bound(hits: npt.NDArray[np.number], rows: npt.NDArray[np.number]) -> Floats:
    """The exact one-sided lower bound of shares (Clopper & Pearson 1934), at `CONFIDENCE`.

    Args:
        hits: Rows that are right, or as many as are expected to be; shape (shares,).
        rows: All of them, shape (shares,).
    """
    bounds: Floats = np.where(hits > 0, betaincinv(hits, rows - hits + 1, 1 - CONFIDENCE), 0)
    return bounds
