"""Dividing rows that have any number of labels, so that every label keeps its share in each part.

By the iterative stratification of Sechidis, Tsoumakas & Vlahavas (2011): the rarest label first,
each of its rows to the part that lacks most of the label. Combinations of labels would be too many.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_NOTHING = 1e-6
"""A size of nothing, but for rounding."""


@dataclass(frozen=True)
class LabelledGroup:
    """Rows that stay together: their places, and the labels of all of them, repeats included."""

    places: tuple[int, ...]
    labels: tuple[int, ...]


def stratify(
    groups: Sequence[LabelledGroup], sizes: Sequence[float], labels: int, *, seed: int
) -> list[list[int]]:
    """Divide rows into parts.

    Args:
        groups: All rows.
        sizes: How many rows each part is to have; together as many as there are.
        labels: How many labels there are, their ids below that.
        seed: Of the order of the groups, which decides between equals.

    Returns:
        The places of each part's rows; a part of size 0 is empty.
    """
    order = np.random.default_rng(seed).permutation(len(groups))
    room = _Room.of(groups, sizes, labels)
    parts: list[list[int]] = [[] for _ in sizes]
    for place in _rarest_first(groups, order.tolist()):
        group = groups[place]
        part = room.neediest(group)
        room.take(part, group)
        parts[part] += group.places
    return parts


@dataclass
class _Room:
    """What the parts lack still.

    Attributes:
        open: Which parts there are, shape (parts,).
        rows: Shape (parts,).
        labels: Rows of each label, shape (parts, labels).
    """

    open: npt.NDArray[np.bool_]
    rows: npt.NDArray[np.float64]
    labels: npt.NDArray[np.float64]

    @classmethod
    def of(cls, groups: Sequence[LabelledGroup], sizes: Sequence[float], labels: int) -> _Room:
        """Every part lacks its share of everything."""
        rows = np.array(sizes, dtype=np.float64)
        counts = np.zeros(labels)
        for group in groups:
            np.add.at(counts, list(group.labels), 1)
        return cls(rows > _NOTHING, rows, np.outer(rows / rows.sum(), counts))

    def neediest(self, group: LabelledGroup) -> int:
        """The part that lacks most of the group's rarest label, then most rows."""
        lacking = self.rows
        if group.labels:
            rarest = min(set(group.labels), key=lambda label: self.labels[:, label].sum())
            wanted = self.labels[:, rarest]
            most = wanted[self.open].max()
            lacking = np.where(np.isclose(wanted, most), self.rows, -np.inf)
        return int(np.where(self.open, lacking, -np.inf).argmax())

    def take(self, part: int, group: LabelledGroup) -> None:
        """The part has the group now."""
        self.rows[part] -= len(group.places)
        np.subtract.at(self.labels[part], list(group.labels), 1)


def _rarest_first(groups: Sequence[LabelledGroup], order: Sequence[int]) -> Iterator[int]:
    """Groups by the label that the fewest of those left have; at the end those without labels."""
    having: dict[int, list[int]] = defaultdict(list)
    for place in order:
        for label in set(groups[place].labels):
            having[label].append(place)
    left = Counter({label: len(places) for label, places in having.items()})
    given: set[int] = set()
    while left:
        rarest = min(left, key=lambda label: (left[label], label))
        for place in having[rarest]:
            if place not in given:
                given.add(place)
                yield place
                left.subtract(set(groups[place].labels))
        left = +left
    yield from (place for place in order if place not in given)
