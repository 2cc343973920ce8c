"""From which probability on each of many labels is named, for the best F1."""

from __future__ import annotations

import numpy as np

from newtrick.evaluation.arrays import Flags, Floats

PRIOR_ROWS = 10.0
"""Rows of a typical label that count beside those of a label's own."""

_STEPS = 100


def f1_thresholds(probabilities: Floats, truth: Flags) -> Floats:
    """The threshold of each label whose F1 is the highest on these rows, with some doubt.

    The threshold that suits a few rows best suits others badly (Lipton and others 2014). So to each
    label's counts are added those that `PRIOR_ROWS` rows of a typical label would have, which is
    all labels taken together: a rare label gets the threshold that is best for all, a frequent one
    its own.

    Args:
        probabilities: Shape (rows, labels).
        truth: Shape (rows, labels).

    Returns:
        Hundredths, shape (labels,); 0.5 where no row has any label.
    """
    named, hits = _at_thresholds(probabilities), _at_thresholds(probabilities, truth)
    true = truth.sum(axis=0)
    if not true.any():
        return np.full(len(true), 0.5)
    prior = PRIOR_ROWS / true.sum()
    doubted_hits = hits + prior * hits.sum(axis=1, keepdims=True)
    doubted_named = named + prior * named.sum(axis=1, keepdims=True)
    f1 = 2 * doubted_hits / (true + PRIOR_ROWS + doubted_named)
    # Of equals the one in the middle: what is next to it is as good.
    best = f1 >= f1.max(axis=0) - 1e-12
    first, last = best.argmax(axis=0), len(f1) - 1 - best[::-1].argmax(axis=0)
    middle = (first + last) // 2
    chosen = np.where(best[middle, np.arange(len(true))], middle, first)
    thresholds: Floats = (chosen + 1) / _STEPS
    return thresholds


def _at_thresholds(probabilities: Floats, counted: Flags | None = None) -> Floats:
    """How many rows of each label reach the thresholds 0.01 to 0.99; shape (99, labels)."""
    labels = probabilities.shape[1]
    steps = np.floor(probabilities * _STEPS).astype(np.int64).clip(0, _STEPS - 1)
    cells = steps * labels + np.arange(labels)
    cells = cells.ravel() if counted is None else cells[counted]
    by_step = np.bincount(cells, minlength=_STEPS * labels).reshape(_STEPS, labels)
    reaching: Floats = by_step[::-1].cumsum(axis=0)[::-1][1:].astype(np.float64)
    return reaching
