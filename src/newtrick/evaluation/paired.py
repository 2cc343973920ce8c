"""Two models on the same rows: by how much one is better, and whether that is chance.

They are told apart where McNemar's exact test says so at 5 %, and the paired interval of the
difference in accuracy leaves out 0. Where rows share groups, a group counts once in the test, for
the model that gets more of it right. For the micro F1 there is no such test: the interval decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from newtrick.evaluation.arrays import Flags, Floats, Ids, Weights
from newtrick.evaluation.intervals import (
    NEUTRAL,
    SEED,
    Interval,
    Resampling,
    design_effect,
    percentile_interval,
)
from newtrick.evaluation.metrics.weighting import mean

LEVEL = 0.05


@dataclass(frozen=True)
class Lead:
    """How much higher a figure of one model is than that of another, on the same rows.

    Attributes:
        first: The figure of the first.
        other: That of the other.
        interval: Of the difference, 95 %.
        p: That the difference is chance, where there is a test of it.
    """

    first: float
    other: float
    interval: Interval
    p: float | None = None

    @property
    def difference(self) -> float:
        """The other's less the first's."""
        return self.other - self.first

    @property
    def told_apart(self) -> bool:
        """Whether it is more than chance."""
        return apart(self.p or 0.0, self.interval)


@dataclass(frozen=True)
class Paired:
    """Which rows two models get right.

    Attributes:
        first: Of one, shape (rows,).
        other: Of the other.
        groups: The group of each row as a number from 0 on, where rows share one; shape (rows,).
    """

    first: Flags
    other: Flags
    groups: Ids | None = None

    @property
    def wins(self) -> Flags:
        """The rows that the other alone gets right."""
        return self.other & ~self.first

    @property
    def losses(self) -> Flags:
        """The rows that the first alone gets right."""
        return self.first & ~self.other

    @property
    def gap(self) -> float:
        """The accuracy of the other less that of the first."""
        return float(self.other.mean() - self.first.mean())

    def lead(self) -> Lead:
        """That in accuracy, with the interval and the test."""
        first, other = float(self.first.mean()), float(self.other.mean())
        return Lead(first, other, self.interval(), self.p())

    def p(self) -> float:
        """That of McNemar's exact test (1947)."""
        ahead = self.wins.astype(np.float64) - self.losses
        if self.groups is not None:
            ahead = np.bincount(self.groups, ahead).astype(np.float64)
        won, lost = int((ahead > 0).sum()), int((ahead < 0).sum())
        return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0

    def interval(self) -> Interval:
        """That of the gap, 95 %.

        It counts a third of a row more that one alone gets right, for each of the two.
        """
        ahead, chance = self.other.astype(np.float64) - self.first, np.random.default_rng(SEED)
        worth = design_effect(self.first, self.groups)

        def resampled(weights: Weights) -> dict[str, Floats]:
            wins, losses = worth * chance.standard_gamma(NEUTRAL, (2, len(weights)))
            total = weights.sum(axis=-1, dtype=np.float64)
            gap = (mean(ahead, weights) * total + wins - losses) / (total + wins + losses)
            return {"gap": gap}

        draws = Resampling(len(self.first), self.groups).draw(resampled)["gap"]
        return percentile_interval(draws, self.gap) or (self.gap, self.gap)


def micro_f1_lead(first: Floats, other: Floats, groups: Ids | None) -> Lead:
    """The lead in micro F1, where a row may have several labels.

    Args:
        first: Of each row twice the labels that it has and the first model gives it, and how many
            it has plus how many it is given; shape (rows, 2).
        other: The same of the other model.
        groups: The group of each row as a number from 0 on, where rows share one; shape (rows,).
    """

    def micro_f1(counts: Floats, weights: Weights) -> Floats:
        means = mean(counts, weights)
        return means[..., 0] / np.maximum(means[..., 1], np.finfo(np.float64).tiny)

    def resampled(weights: Weights) -> dict[str, Floats]:
        return {"gap": micro_f1(other, weights) - micro_f1(first, weights)}

    as_they_are = np.ones(len(first))
    ours, theirs = (float(micro_f1(counts, as_they_are)) for counts in (first, other))
    draws = Resampling(len(first), groups).draw(resampled)["gap"]
    gap = theirs - ours
    return Lead(ours, theirs, percentile_interval(draws, gap) or (gap, gap))


def apart(p: float, interval: Interval) -> bool:
    """Whether two models can be told apart."""
    return p < LEVEL and not interval[0] <= 0 <= interval[1]
