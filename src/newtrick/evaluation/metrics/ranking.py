"""Areas under curves: how well scores put the rows of a class before the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newtrick.evaluation.arrays import Flags, Floats, Ids, Weights


@dataclass(frozen=True)
class Curve:
    """What stands above each row of the class in a ranking; each of shape (..., rows of the class).

    Attributes:
        weights: What the rows weigh.
        hits: Rows of the class down to the end of its tie.
        others_above: Rows that are not of the class before its tie.
        others: Those down to the end of its tie.
        all_others: All of them, shape (...).
    """

    weights: Weights
    hits: Weights
    others_above: Weights
    others: Weights
    all_others: Weights

    def roc_auc(self) -> Floats:
        """The chance that a row of the class is before one that is not, ties counting half."""
        above = (self.weights * (self.others_above + self.others)).sum(axis=-1) / 2
        area: Floats = 1 - above / (self.weights.sum(axis=-1) * self.all_others)
        return np.clip(area, 0, 1)

    def average_precision(self) -> Floats:
        """The area under precision over recall, as a sum of steps without interpolation."""
        precision = self.hits / (self.hits + self.others)
        area: Floats = (self.weights * precision).sum(axis=-1) / self.weights.sum(axis=-1)
        return np.clip(area, 0, 1)


@dataclass(frozen=True)
class Ranking:
    """Rows from the highest score to the lowest; those of one score are a tie.

    Attributes:
        order: The rows' places; shape (rows,).
        places: Where in this order the rows of the class are; shape (rows of the class,).
        above, below: For each of them, how many rows there are before its tie, and down to its end.
    """

    order: Ids
    places: Ids
    above: Ids
    below: Ids

    @classmethod
    def of(cls, scores: npt.NDArray[np.floating], positive: Flags) -> Ranking:
        """Rank rows by scores; both have the shape (rows,)."""
        order = np.argsort(-scores, kind="stable")
        descending = -scores[order]
        places = np.flatnonzero(positive[order])
        own = descending[places]
        above = np.searchsorted(descending, own, side="left")
        below = np.searchsorted(descending, own, side="right")
        return cls(order, places, above, below)

    @property
    def one_class(self) -> bool:
        """Whether all rows are of the class."""
        return len(self.places) == len(self.order)

    def curve(self, weights: Weights) -> Curve:
        """Count weights above 0, of shape (..., rows)."""
        ranked = weights[..., self.order]
        own = ranked[..., self.places]
        everything, hits = _running(ranked), _running(own)
        # of the class, those before a place in the order
        first, last = (np.searchsorted(self.places, at) for at in (self.above, self.below))
        return Curve(
            weights=own,
            hits=hits[..., last],
            others_above=everything[..., self.above] - hits[..., first],
            others=everything[..., self.below] - hits[..., last],
            all_others=everything[..., -1] - hits[..., -1],
        )


def _running(weights: Weights) -> Weights:
    """The sums of the first weights, from none to all; one more than there are weights."""
    sums = np.zeros((*weights.shape[:-1], weights.shape[-1] + 1), weights.dtype)
    np.cumsum(weights, axis=-1, out=sums[..., 1:])
    return sums
