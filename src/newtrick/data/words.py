"""Texts ─► their words as numbers: what everything that compares texts counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

_LETTERS = r"[\p{L}\p{M}\p{N}]+"
_WORD = rf"{_LETTERS}(?:[/:.@'’_-]{_LETTERS})*"


@dataclass(frozen=True)
class Words:
    """The words of many texts, end to end, in lower case.

    Attributes:
        ids: Places in `vocabulary`, shape (words,).
        offsets: Where each text starts in `ids`, and the end; shape (texts + 1,).
        vocabulary: The different words, in the order in which they first occur.
    """

    ids: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    vocabulary: pl.Series

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """The words of each text; shape (texts,)."""
        return np.diff(self.offsets)

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """The text that each word is of; shape (words,)."""
        return np.repeat(np.arange(len(self)), self.lengths)


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
