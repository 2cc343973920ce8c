"""Two recipes, each trained with the same seeds and asked about the same rows: is one better?

Rows and seeds are samples, and an interval has to count the luck of both. Answers are paired by
row and by seed, as readers of the same cases are (Obuchowski and Rockette 1995): the variance of
the difference between seeds has what each pair of trainings does by itself, and of that between
rows there is to be added what all pairs have in common. Each has an interval of its own, Student's
for the few seeds; the squares of their half widths add up (Zou and Donner 2008).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri, stdtrit

from newtrick.evaluation.arrays import Flags, Floats, Ids
from newtrick.evaluation.intervals import NEUTRAL, Interval

_ALPHA = 0.05
_SMALLEST_P = 1e-12


@dataclass(frozen=True)
class OverSeeds:
    """How much higher a figure is with one recipe than with another.

    Attributes:
        first: The figure of the one, by seed.
        other: That of the other.
        interval: Of the difference of their means, 95 %.
        p: That it is chance: one less the level of the interval that just reaches 0.
    """

    first: tuple[float, ...]
    other: tuple[float, ...]
    interval: Interval
    p: float

    @property
    def difference(self) -> float:
        """The mean of the first less that of the other."""
        return float(np.mean(self.first) - np.mean(self.other))


@dataclass(frozen=True)
class _Spread:
    """Two variances of a mean difference: between some seeds, and in common to all seeds."""

    between_seeds: float
    in_common: float
    seeds: int

    def half_width(self, alpha: float) -> float:
        """Of the interval that leaves out so much."""
        student, normal = stdtrit(self.seeds - 1, alpha / 2), ndtri(alpha / 2)
        return math.sqrt(student**2 * self.between_seeds + normal**2 * self.in_common)

    def p(self, gap: float) -> float:
        """What the interval that just reaches from a gap to 0 leaves out."""
        if not gap:
            return 1.0
        if self.half_width(_SMALLEST_P) < abs(gap):
            return _SMALLEST_P
        return float(brentq(lambda p: self.half_width(p) - abs(gap), _SMALLEST_P, 1.0))


def over_seeds(
    first: Floats, other: Floats, groups: Ids | None = None, *, counts_rows: bool = True
) -> OverSeeds:
    """The difference of a figure between two recipes.

    Args:
        first: What each row adds to the figure of the one recipe, so that the mean over the rows
            is that figure; shape (seeds, rows), of two seeds or more.
        other: The same of the other, with the same seeds.
        groups: The group of each row as a number from 0 on, where rows share one; shape (rows,).
        counts_rows: Whether the figure counts right and wrong answers, from 0 to 1. Then a third of
            a row more that one alone gets right is added to the variance, for each of the two:
            where hardly any row differs, that there was none is chance, too.
    """
    gaps = first - other
    units = gaps if groups is None else _summed(gaps, groups)
    seeds, count = units.shape
    by_row = float(units.mean(axis=0).var(ddof=1)) / count
    in_common = max(by_row - _own_noise(units), 0.0)
    if counts_rows:
        in_common += 2 * NEUTRAL / count**2
    spread = _Spread(float(gaps.mean(axis=1).var(ddof=1)) / seeds, in_common, seeds)
    gap, half = float(gaps.mean()), spread.half_width(_ALPHA)
    bound = 1.0 if counts_rows else math.inf
    interval = max(gap - half, -bound), min(gap + half, bound)
    ours, theirs = (tuple(each.mean(axis=1).tolist()) for each in (first, other))
    return OverSeeds(ours, theirs, interval, spread.p(gap))


def _own_noise(units: Floats) -> float:
    """The variance of the mean by what each pair of trainings does to each row by itself.

    Both the variance between seeds and that between rows have it; it has to count once.
    """
    seeds, count = units.shape
    own = units - units.mean(axis=0) - units.mean(axis=1, keepdims=True) + units.mean()
    return float((own**2).sum() / ((seeds - 1) * (count - 1) * seeds * count))


def _summed(by_row: Floats, groups: Ids) -> Floats:
    """Groups in place of rows, shape (seeds, groups); a group of many rows stands out more."""
    mean = by_row.mean(axis=1, keepdims=True)
    count = int(groups.max()) + 1
    sums = np.stack([np.bincount(groups, row, count) for row in by_row - mean])
    summed: Floats = mean + sums * (count / len(groups))
    return summed


def macro_f1_by_row(truth: Flags, predicted: Flags, *, all_labels: bool) -> Floats:
    """What each row adds to the macro F1; see `_f1_by_row`.

    Args:
        truth: The labels that rows have, shape (rows, labels).
        predicted: Those that they were given.
        all_labels: Whether a label that no row has and none was given counts 0, as where a row may
            have several; else it does not count.
    """
    hits, named = 2 * (truth & predicted).astype(np.float64), truth.astype(np.float64) + predicted
    seen = named.any(axis=0)
    labels = truth.shape[1] if all_labels else int(seen.sum())
    return _f1_by_row(hits[:, seen], named[:, seen]) / labels


def micro_f1_by_row(truth: Flags, predicted: Flags) -> Floats:
    """What each row adds to the F1 of all decisions together; see `_f1_by_row`."""
    hits = 2 * (truth & predicted).sum(axis=1, dtype=np.float64, keepdims=True)
    named = truth.sum(axis=1, dtype=np.float64, keepdims=True) + predicted.sum(
        axis=1, keepdims=True
    )
    return _f1_by_row(hits, named) if named.any() else np.zeros(len(truth))


def _f1_by_row(hits: Floats, named: Floats) -> Floats:
    """Shape (rows,): to first order, what each row adds to a sum of ratios; their mean is that sum.

    A ratio of sums, beside the influence of each row on it (Hampel 1974).

    Args:
        hits: What each row adds to the upper sum of each ratio, shape (rows, ratios).
        named: What it adds to the lower one, which is above 0.
    """
    whole = named.sum(axis=0)
    ratios = hits.sum(axis=0) / whole
    by_row: Floats = (ratios + len(hits) * (hits - ratios * named) / whole).sum(axis=1)
    return by_row
