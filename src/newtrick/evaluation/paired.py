"""Two models on the same rows: by how much one is right more often, and whether that is chance.

They are told apart where McNemar's exact test says so at 5 %, and the paired interval of the
difference in accuracy leaves out 0. Where rows share groups, a group counts once in the test, for
the model that gets more of it right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from newtrick.evaluation.intervals import (
    NEUTRAL,
    SEED,
    Interval,
    Resampling,
    design_effect,
    percentile_interval,
)
from newtrick.evaluation.metrics.weighting import Floats, Ids, Weights, mean

LEVEL = 0.05

Flags = npt.NDArray[np.bool_]


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


def apart(p: float, interval: Interval) -> bool:
    """Whether two models can be told apart."""
    return p < LEVEL and not interval[0] <= 0 <= interval[1]
