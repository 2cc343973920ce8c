"""Texts ─► their words as numbers: what everything that compares texts counts."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array

Places = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

_LETTERS = r"[\p{L}\p{M}\p{N}]+"
_WORD = rf"{_LETTERS}(?:[/:.@'’_-]{_LETTERS})*"


_CACHED = 2**14
"""Numbers that stay in the processor's cache, where they are scattered eight times as quickly."""


@dataclass(frozen=True)
class Words:
    """The words of many texts, end to end, in lower case.

    Attributes:
        ids: Places in `vocabulary`, shape (words,).
        offsets: Where each text starts in `ids`, and the end; shape (texts + 1,).
        vocabulary: The different words, in the order in which they first occur.
    """

    ids: Places
    offsets: Places
    vocabulary: pl.Series

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """The words of each text; shape (texts,)."""
        return np.diff(self.offsets)

    @property
    def places(self) -> Places:
        """The text that each word is of; shape (words,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @functools.cached_property
    def rarity(self) -> npt.NDArray[np.float64]:
        """How rare each word of the vocabulary is: minus the logarithm of its share of all words.

        Summed over words, it is minus the logarithm of the chance to draw just these.
        """
        counts = np.bincount(self.ids, minlength=len(self.vocabulary))
        rarity: npt.NDArray[np.float64] = np.log(len(self.ids) / counts)
        return rarity

    def sets(self, texts: Places) -> csr_array:
        """Ones for the words that each of some texts has; shape (texts, vocabulary)."""
        table = self._table[texts]
        table.sum_duplicates()
        table.data[:] = 1
        return table

    @functools.cached_property
    def _table(self) -> csr_array:
        ones = np.ones(len(self.ids), dtype=np.int8)
        return csr_array((ones, self.ids, self.offsets), shape=(len(self), len(self.vocabulary)))


def find_words(texts: pl.Series) -> Words:
    """Letters and digits, with single marks inside: `9/10`, `don't` and `well-made` are words."""
    lists = texts.str.to_lowercase().str.extract_all(_WORD)
    flat = lists.explode().drop_nulls().rename("word")
    vocabulary = flat.unique(maintain_order=True)
    numbers = vocabulary.to_frame().with_row_index("id")
    ids = flat.to_frame().join(numbers, on="word", how="left", maintain_order="left")["id"]
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(lists.list.len().to_numpy(), out=offsets[1:])
    return Words(ids.to_numpy().astype(np.int64), offsets, vocabulary)


def scatter(values: Hashes) -> Hashes:
    """Scatter numbers over 64 bits (the finaliser of SplitMix64, Steele and others 2014)."""
    scattered = np.empty_like(values)
    for start in range(0, len(values), _CACHED):
        block = values[start : start + _CACHED]
        block = (block ^ (block >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        block = (block ^ (block >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        scattered[start : start + _CACHED] = block ^ (block >> np.uint64(31))
    return scattered
