"""Chances that something is chance, when there are many of them."""

from __future__ import annotations

import numpy as np

from newtrick.evaluation.arrays import Floats


def holm(chances: Floats) -> Floats:
    """Chances corrected for being many (Holm 1979); same shape and order.

    >>> holm(np.array([0.04, 0.01, 0.03])).tolist()
    [0.06, 0.03, 0.06]
    """
    order = np.argsort(chances, kind="stable")
    grown = np.maximum.accumulate(chances[order] * np.arange(len(chances), 0, -1))
    corrected = np.empty(len(chances))
    corrected[order] = np.minimum(grown, 1)
    return corrected
