"""How far a figure could be from the truth, given the rows that it was measured on.

All intervals are of 95 %. The accuracy has Wilson's. Other figures have those of the
Bayesian bootstrap (Rubin 1981): each row is weighted by a draw from the exponential distribution,
and the figure computed again, some hundred times. Unlike the multinomial bootstrap it never loses
a class, so that a figure has a value in each resample. Rows that share a group share their weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newtrick.evaluation.arrays import Flags, Floats, Ids
from newtrick.evaluation.metrics.decisions import Counts

Interval = tuple[float, float]

Z_95 = 1.959963984540054
TAILS = (0.025, 0.975)
SEED = 0
MOST_RESAMPLES, FEWEST_RESAMPLES = 1000, 200
_WORK = 50_000_000  # weights that are drawn before the number of resamples goes down
_AT_ONCE = 1 << 18  # weights in a block: it stays in the cache
NEUTRAL = 1 / 3


def wilson_interval(hits: float, rows: float) -> Interval:
    """95 % score interval of a share (Wilson 1927); never leaves [0, 1], and is sane at 0 and 1.

    >>> low, high = wilson_interval(90, 100)
    >>> round(low, 3), round(high, 3)
    (0.826, 0.945)
    """
    share = hits / rows
    spread = Z_95**2 / rows
    centre = (share + spread / 2) / (1 + spread)
    half = Z_95 / (1 + spread) * math.sqrt((share * (1 - share) + spread / 4) / rows)
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def design_effect(right: Flags, groups: Ids | None) -> float:
    """How many rows tell as much as one independent row would (Kish 1965); 1 without groups.

    The variance of the share that is right between groups, over that of independent rows. A third
    of a group that is right and a third of one that is wrong are added, so that there is a variance
    where no row, or hardly any, is wrong.

    Args:
        right: Which rows are, shape (rows,).
        groups: The group of each row, shape (rows,).
    """
    if groups is None:
        return 1.0
    size = len(right) / len(np.unique(groups))
    rows = len(right) + 2 * NEUTRAL * size
    share = (right.sum() + NEUTRAL * size) / rows
    between = (np.bincount(groups, right - share) ** 2).sum()
    between += NEUTRAL * size**2 * (share**2 + (1 - share) ** 2)
    return max(1.0, float(between / (rows * share * (1 - share))))


def share_interval(right: Flags, groups: Ids | None) -> Interval:
    """The interval of the share of rows that are right.

    Wilson's; where rows share groups, with as many rows as there are independent ones (Korn and
    Graubard 1998).

    Args:
        right: Which rows are, shape (rows,).
        groups: The group of each row, shape (rows,); None if rows are independent of each other.
    """
    effect = design_effect(right, groups)
    return wilson_interval(int(right.sum()) / effect, len(right) / effect)


@dataclass(frozen=True)
class Resampling:
    """Many resamples of the same rows, drawn anew and the same whenever they are asked for.

    Attributes:
        rows: How many rows there are.
        groups: The group of each row as a number from 0 on, shape (rows,); None if all rows are
            independent of each other.
        passes: How often each resample is gone through; many passes over many rows get fewer
            resamples.
    """

    rows: int
    groups: Ids | None = None
    passes: int = 1

    @property
    def count(self) -> int:
        """How many resamples there are."""
        affordable = _WORK // (self.rows * self.passes)
        return min(max(affordable, FEWEST_RESAMPLES), MOST_RESAMPLES)

    def weights(self) -> Iterator[npt.NDArray[np.float32]]:
        """The weights of the rows, in blocks of shape (resamples, rows)."""
        chance = np.random.default_rng(SEED)
        drawn = self.rows if self.groups is None else int(self.groups.max()) + 1
        left = self.count
        while left:
            block = min(left, max(1, _AT_ONCE // self.rows))
            weights = chance.standard_exponential((block, drawn), dtype=np.float32)
            weights += np.finfo(np.float32).tiny  # above 0, always
            yield weights if self.groups is None else weights[:, self.groups]
            left -= block

    def draw(
        self, figures: Callable[[npt.NDArray[np.float32]], Mapping[str, Floats]]
    ) -> dict[str, Floats]:
        """Figures of all resamples by name; each of shape (resamples,).

        Args:
            figures: Takes weights of shape (some resamples, rows), gives figures of these.
        """
        blocks = [figures(weights) for weights in self.weights()]
        return {name: np.concatenate([named[name] for named in blocks]) for name in blocks[0]}


def percentile_interval(draws: Floats, estimate: float) -> Interval | None:
    """From the 2.5th to the 97.5th of a hundred draws, and so far as to hold the estimate itself.

    Args:
        draws: The figure in each resample, shape (resamples,).
        estimate: The figure of the rows as they are.

    Returns:
        None where no resample differs from another: the rows say nothing of the spread.
    """
    low, high = np.quantile(draws, TAILS, method="weibull")
    if math.isclose(draws.min(), draws.max(), abs_tol=1e-6):
        return None
    return min(float(low), estimate), max(float(high), estimate)


def percentile_intervals(
    draws: Mapping[str, Floats], estimates: Mapping[str, Floats | float]
) -> dict[str, Interval]:
    """The `percentile_interval` of each figure that was drawn and has one, by its name."""
    found = {name: percentile_interval(draws[name], float(estimates[name])) for name in draws}
    return {name: interval for name, interval in found.items() if interval is not None}


def unseen_rows(counts: Counts, chance: np.random.Generator, worth: float) -> Floats:
    """Draw what a row of each class would weigh that is right, and one that is wrong.

    Without them a model that made no mistake on these rows could never make one. They count a third
    of an independent row: the prior of a share whose median stays where the rows put it (Kerman
    2011).

    Args:
        counts: Each of shape (resamples, classes).
        chance: Where the draws come from.
        worth: The design effect.

    Returns:
        Shape (2, resamples, classes); 0 for a class that is not there.
    """
    drawn = chance.standard_gamma(NEUTRAL, (2, *counts.true.shape))
    unseen: Floats = worth * drawn * (counts.true > 0)
    return unseen


def with_unseen_rows(counts: Counts, unseen: Floats) -> Counts:
    """Add rows that are right and rows that are wrong, these spread over the other classes.

    Args:
        counts: Each of shape (resamples, classes).
        unseen: As `unseen_rows` draws them.
    """
    right, wrong = unseen
    others = np.maximum(counts.seen.sum(axis=-1, keepdims=True) - 1, 1)
    named = (wrong.sum(axis=-1, keepdims=True) - wrong) / others * counts.seen
    return Counts(
        hits=counts.hits + right,
        true=counts.true + right + wrong,
        predicted=counts.predicted + right + named,
    )
