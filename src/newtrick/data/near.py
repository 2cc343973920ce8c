"""Texts that differ in a word or two, found in a time that grows with their number alone.

MinHash (Broder 1997): of each text's pairs of neighbouring words, the smallest under a random
order is the same for two texts with the probability of their Jaccard similarity. Texts that agree
in one of many bands of such minima are candidates, and each candidate is confirmed by its exact
similarity. In a short text one word changes most of the pairs: see `one_word_apart`.

What two short texts share also has to be so rare that no two would share it by chance. "A good
film" and "a bad film" have two words of three in common, "what are you doing here?" and "what are
you doing now?" four of five; but so have many others, and who knows the one does not know the
answer to the other. "Lavishly embroidered nonsense" and "lavishly embroidered rubbish" are no such
accident.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from newtrick.data.oneword import MOST_WORDS, one_word_apart
from newtrick.data.shingles import Shingles, in_parts
from newtrick.data.words import Hashes, Places, Words, scatter

ALIKE = 0.5
"""A changed word of five leaves half of the pairs of neighbours; of twenty, eight tenths."""

_FEWEST_WORDS = 5  # of fewer, a changed word leaves less than half of the pairs
_FEWEST_TEXTS = 10_000  # fewer do not tell which words are rare
_BANDS = 32
_MINIMA = 3  # in a band: of texts with a similarity of 0.5, all but 14 in 1,000 share one of 32
_REACH = 2  # in a crowded band, a text is compared with so many of those that follow
_SEED = 1997


def near_groups(words: Words) -> Places:
    """The group of each text, shape (texts,): texts that are alike, or joined by such, share one.

    A group is called by the place of its first text. Texts of one or two words stay alone. Give
    each text once; copies only cost time.
    """
    rare = _beyond_chance(len(words))
    groups = _joined(np.arange(len(words)), one_word_apart(words, rare=rare))
    long = np.flatnonzero(words.lengths >= _FEWEST_WORDS)
    if len(long):
        shingles = Shingles(words, long)
        for keys in _bands(shingles):
            pairs = _candidates(keys)
            pairs = pairs[:, groups[long[pairs[0]]] != groups[long[pairs[1]]]]
            alike = long[pairs[:, shingles.similarity(pairs) >= ALIKE]]
            groups = _joined(groups, alike[:, ~_by_chance(words, alike, rare=rare)])
    firsts = np.unique(groups, return_index=True)[1]
    return np.asarray(firsts[groups], dtype=np.int64)


def _beyond_chance(texts: int) -> float:
    """How rare shared words have to be, summed, for texts that have them not by chance.

    The sum is minus the logarithm of the chance that one text has the words of another. Among the
    pairs of n texts, which are n² at most, less than one is then expected.
    """
    return 2 * math.log(max(texts, _FEWEST_TEXTS))


def _by_chance(words: Words, pairs: Places, *, rare: float) -> npt.NDArray[np.bool_]:
    """Which pairs have a short text, and share only what others have as well; shape (pairs,)."""
    short: npt.NDArray[np.bool_] = words.lengths[pairs].min(axis=0) <= MOST_WORDS
    shared = [
        words.sets(one).multiply(words.sets(other)) @ words.rarity
        for one, other in in_parts(pairs[:, short])
    ]
    short[short] = np.concatenate(shared) < rare
    return short


def _bands(shingles: Shingles) -> Iterator[Hashes]:
    salts = np.random.default_rng(_SEED).integers(2**63, size=(_BANDS, _MINIMA), dtype=np.uint64)
    for band in salts:
        key = np.zeros(len(shingles), dtype=np.uint64)
        for salt in band:
            key = scatter(key + shingles.minima(salt))
        yield key


def _candidates(keys: Hashes) -> Places:
    """Pairs of texts with the same key, shape (2, pairs): at most `_REACH` for each text."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = [(gap, np.flatnonzero(ordered[gap:] == ordered[:-gap])) for gap in range(1, _REACH + 1)]
    return np.concatenate([[order[at], order[at + gap]] for gap, at in same], axis=1)


def _joined(groups: Places, pairs: Places) -> Places:
    """Number the groups anew, those of each pair of texts made one; shape (texts,)."""
    if not pairs.size:
        return groups
    size = int(groups.max()) + 1
    ones = np.ones(pairs.shape[1], dtype=np.int8)
    graph = coo_array((ones, tuple(groups[pairs])), shape=(size, size))
    _, number = connected_components(graph, directed=False)
    return np.asarray(number[groups], dtype=np.int64)
