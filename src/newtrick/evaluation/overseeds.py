"""Two recipes, each trained with some seeds and asked about the same rows: is one better?

Rows and seeds are samples, and an interval has to count the luck of both. It is that of Obuchowski
and Rockette (1995) for some readers of the same cases, with trainings for readers. The rows are
paired. The trainings are not, for two that begin with one seed go different ways as soon as
anything differs: the variance between seeds is that of either recipe by itself (Welch 1947). The
quantile is Student's, the degrees of freedom are those that Hillis (2007) gives such a sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from newtrick.evaluation.arrays import Flags, Floats, Ids
from newtrick.evaluation.intervals import NEUTRAL, Interval

_LEVEL = 0.95


@dataclass(frozen=True)
class OverSeeds:
    """How much higher a figure is with one recipe than with another.

    Attributes:
        first: The figure of the one, by seed.
        other: That of the other.
        interval: Of the difference of their means, 95 %.
        p: That it is chance.
    """

    first: tuple[float, ...]
    other: tuple[float, ...]
    interval: Interval
    p: float

    @property
    def difference(self) -> float:
        """The mean of the first less that of the other."""
        return float(np.mean(self.first) - np.mean(self.other))


def over_seeds(
    first: Floats, other: Floats, groups: Ids | None = None, *, counts_rows: bool = True
) -> OverSeeds:
    """The difference of a figure between two recipes on the same rows.

    Args:
        first: What each row adds to the figure of the one recipe, so that the mean over the rows
            is that figure; shape (seeds, rows), of two seeds or more.
        other: The same of the other, with as many seeds or others.
        groups: The group of each row as a number from 0 on, where rows share one; shape (rows,).
        counts_rows: Whether the figure counts right and wrong answers, from 0 to 1. Then a third of
            a row more that one alone gets right is added to the variance, for each of the two:
            where hardly any row differs, that there was none is chance, too.
    """
    figures = [each.mean(axis=1) for each in (first, other)]
    gap = float(figures[0].mean() - figures[1].mean())
    units = [each if groups is None else _summed(each, groups) for each in (first, other)]
    count = units[0].shape[1]
    by_seed = [float(each.var(ddof=1)) / len(each) for each in figures]
    by_row = float((units[0].mean(axis=0) - units[1].mean(axis=0)).var(ddof=1)) / count
    variance = sum(by_seed) + max(by_row - sum(map(_own_noise, units)), 0.0)
    if counts_rows:
        variance += 2 * NEUTRAL / count**2
    uncertain = sum(v**2 / (len(each) - 1) for v, each in zip(by_seed, figures, strict=True))
    freedom = variance**2 / uncertain if uncertain else math.inf
    error = math.sqrt(variance)
    half = float(student.ppf((1 + _LEVEL) / 2, freedom)) * error
    p = 2 * float(student.sf(abs(gap) / error, freedom)) if error else float(gap == 0)
    bound = 1.0 if counts_rows else math.inf
    interval = max(gap - half, -bound), min(gap + half, bound)
    ours, theirs = (tuple(each.tolist()) for each in figures)
    return OverSeeds(ours, theirs, interval, p)


def _own_noise(units: Floats) -> float:
    """The variance of a recipe's figure by what each training does to each row by itself.

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
