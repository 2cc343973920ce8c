"""The pairs of neighbouring words of texts, and how many of them two texts share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from newtrick.data.words import Hashes, Places, Words, scatter

_PAIRS_AT_ONCE = 20_000


class Shingles:
    """The pairs of neighbouring words of some texts; the edge of a text counts as a word."""

    def __init__(self, words: Words, chosen: Places) -> None:
        self.ends = np.cumsum(words.lengths[chosen] + 1)
        self.starts = np.concatenate([[0], self.ends[:-1]])
        # Each text with its edge before it: the pair across the border is that of its last word.
        is_edge = np.zeros(self.ends[-1] + 1, dtype=bool)
        is_edge[self.starts] = is_edge[-1] = True
        is_chosen = np.zeros(len(words), dtype=bool)
        is_chosen[chosen] = True
        padded = np.zeros(len(is_edge), dtype=np.uint64)
        padded[~is_edge] = words.ids[np.repeat(is_chosen, words.lengths)] + 1
        self.hashes = scatter(scatter(padded[:-1]) + padded[1:])
        self.table = self._table()

    def __len__(self) -> int:
        return len(self.ends)

    def minima(self, salt: np.uint64) -> Hashes:
        """The smallest hash of each text, in an order that the salt decides; shape (texts,)."""
        return np.minimum.reduceat(scatter(self.hashes ^ salt), self.starts)

    def similarity(self, pairs: Places) -> npt.NDArray[np.float64]:
        """The exact Jaccard similarity of pairs of texts, shape (2, pairs); shape (pairs,)."""
        sizes = np.diff(self.table.indptr)
        shared = np.concatenate(
            [
                np.diff(self.table[one].multiply(self.table[other]).indptr)
                for one, other in in_parts(pairs)
            ]
        )
        similarity: npt.NDArray[np.float64] = shared / (sizes[pairs].sum(axis=0) - shared)
        return similarity

    def _table(self) -> csr_array:
        """A row for each text, a column for each shingle, each pair once."""
        columns = (self.hashes >> np.uint64(33)).astype(np.int32)
        offsets = np.concatenate([[0], self.ends])
        ones = np.ones(len(columns), dtype=np.int8)
        table = csr_array((ones, columns, offsets), shape=(len(self.ends), 2**31 - 1))
        table.sum_duplicates()
        table.data[:] = 1
        return table


def in_parts(pairs: Places) -> Iterator[Places]:
    """Pairs of texts, shape (2, pairs), so many that they fit into memory; one part or more."""
    for start in range(0, max(1, pairs.shape[1]), _PAIRS_AT_ONCE):
        yield pairs[:, start : start + _PAIRS_AT_ONCE]
