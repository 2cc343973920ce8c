"""Sets of labels that hold the true one as often as stated, whatever the model is worth.

Split conformal prediction (Vovk and others 2005) with the score of Sadinle, Lei & Wasserman (2019),
LAC: the probability of the true label. It gives the smallest sets on average. The coverage is over
all texts; a hard label can have less.
"""

from __future__ import annotations

import math

import numpy as np

from newtrick.evaluation.arrays import Flags, Floats


def least_probability(own: Floats, coverage: float) -> float:
    """The least probability with which a label belongs in the set.

    Args:
        own: The probability of the true label of each row, shape (rows,).
        coverage: The share of sets that are to hold the true label.

    Returns:
        The finite-sample quantile: of n rows the ⌈(n + 1) × coverage⌉-th highest. 0, for all labels
        in every set, where there are too few rows to leave one out.
    """
    held = math.ceil((len(own) + 1) * coverage - 1e-9)
    if held > len(own):
        return 0.0
    place = len(own) - held
    return float(np.partition(own, place)[place])


def prediction_sets(probabilities: Floats, least: float) -> Flags:
    """The labels of each set, shape (rows, classes).

    The most probable label always belongs: an empty set would say nothing, and one label more can
    only cover more. So a model that is right more often than stated covers more than stated.

    Args:
        probabilities: Shape (rows, classes).
        least: Of `least_probability`.
    """
    sets: Flags = probabilities >= np.minimum(least, probabilities.max(axis=1, keepdims=True))
    return sets
