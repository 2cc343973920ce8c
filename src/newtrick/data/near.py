"""Texts that differ in a word or two, found in a time that grows with their number alone.

MinHash (Broder 1997): of each text's pairs of neighbouring words, the smallest under a random
order is the same for two texts with the probability of their Jaccard similarity. Texts that agree
in one of many bands of such minima are candidates, and each candidate is confirmed by its exact
similarity.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from newtrick.data.words import Words

Places = npt.NDArray[np.int64]
_Hashes = npt.NDArray[np.uint64]

ALIKE = 0.5
"""A changed word of five leaves half of the pairs of neighbours; of twenty, eight tenths."""

_FEWEST_WORDS = 5
_BANDS = 32
_MINIMA = 3  # in a band: of texts with a similarity of 0.5, all but 14 in 1,000 share one of 32
_REACH = 2  # in a crowded band, a text is compared with so many of those that follow
_PAIRS_AT_ONCE = 20_000
_SEED = 1997


def near_groups(words: Words) -> Places:
    """The group of each text, shape (texts,): texts that are alike, or joined by such, share one.

    A group is called by the place of its first text. Texts of fewer than five words stay alone:
    with one of those changed, it is another text. Give each text once; copies only cost time.
    """
    groups = np.arange(len(words))
    long = np.flatnonzero(words.lengths >= _FEWEST_WORDS)
    if not len(long):
        return groups
    shingles = _Shingles(words, long)
    edges: list[npt.NDArray[np.int64]] = []
    component = np.arange(len(long))
    for keys in _bands(shingles):
        pairs = _candidates(keys)
        pairs = pairs[:, component[pairs[0]] != component[pairs[1]]]
        alike = pairs[:, shingles.similarity(pairs) >= ALIKE]
        if alike.size:
            edges.append(alike)
            component = _components(len(long), np.concatenate(edges, axis=1))
    firsts = np.unique(component, return_index=True)[1]
    groups[long] = long[firsts[component]]
    return groups


class _Shingles:
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
        self.hashes = _mix(_mix(padded[:-1]) + padded[1:])
        self.table = self._table()

    def minima(self, salt: np.uint64) -> _Hashes:
        """The smallest hash of each text, in an order that the salt decides; shape (texts,)."""
        return np.minimum.reduceat(_mix(self.hashes ^ salt), self.starts)

    def similarity(self, pairs: Places) -> npt.NDArray[np.float64]:
        """The exact Jaccard similarity of pairs of texts, shape (2, pairs); shape (pairs,)."""
        sizes = np.diff(self.table.indptr)
        shared = np.zeros(pairs.shape[1], dtype=np.int64)
        for start in range(0, pairs.shape[1], _PAIRS_AT_ONCE):
            part = slice(start, start + _PAIRS_AT_ONCE)
            both = self.table[pairs[0, part]].multiply(self.table[pairs[1, part]])
            shared[part] = np.diff(both.indptr)
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


def _bands(shingles: _Shingles) -> Iterator[_Hashes]:
    salts = np.random.default_rng(_SEED).integers(2**63, size=(_BANDS, _MINIMA), dtype=np.uint64)
    for band in salts:
        key = np.zeros(len(shingles.ends), dtype=np.uint64)
        for salt in band:
            key = _mix(key + shingles.minima(salt))
        yield key


def _candidates(keys: _Hashes) -> Places:
    """Pairs of texts with the same key, shape (2, pairs): at most `_REACH` for each text."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = [(gap, np.flatnonzero(ordered[gap:] == ordered[:-gap])) for gap in range(1, _REACH + 1)]
    return np.concatenate([[order[at], order[at + gap]] for gap, at in same], axis=1)


def _components(size: int, edges: Places) -> Places:
    graph = coo_array((np.ones(edges.shape[1], dtype=np.int8), tuple(edges)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    return np.asarray(component, dtype=np.int64)


def _mix(values: _Hashes) -> _Hashes:
    """Scatter numbers over 64 bits (the finaliser of SplitMix64, Steele and others 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
