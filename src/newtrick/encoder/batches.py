"""Token ids ─► batches of texts of like length, padded to the longest of their own batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from newtrick.encoder.tokens import TokenIds

_POOL = 50


@dataclass(frozen=True)
class Batch:
    """Some texts, padded on the right.

    Attributes:
        rows: Which texts; shape (texts,).
        input_ids: Token ids; int64, shape (texts, longest).
        attention_mask: 1 for tokens, 0 for padding; int64, shape (texts, longest).
    """

    rows: npt.NDArray[np.int64]
    input_ids: torch.Tensor
    attention_mask: torch.Tensor

    @property
    def useful_tokens(self) -> int:
        """Tokens that are not padding."""
        return int(self.attention_mask.sum())


def shuffled_rows(
    lengths: npt.NDArray[np.int64], batch_size: int, generator: np.random.Generator
) -> list[npt.NDArray[np.int64]]:
    """One epoch: every row once, in random batches of rows of like length.

    Rows are shuffled, each pool of 50 batches is sorted by length and cut into batches, and the
    batches are shuffled: so a batch wastes little on padding, and no length has a place in the
    epoch. The one batch that may be smaller comes last, as with plain shuffling.

    Args:
        lengths: Tokens of each row.
        batch_size: Rows of a batch.
        generator: The source of randomness.
    """
    order = generator.permutation(len(lengths))
    whole = len(order) - len(order) % batch_size
    batches: list[npt.NDArray[np.int64]] = []
    for start in range(0, whole, batch_size * _POOL):
        pool = order[start : min(start + batch_size * _POOL, whole)]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += np.split(pool, len(pool) // batch_size)
    shuffled = [batches[index] for index in generator.permutation(len(batches))]
    return shuffled + ([order[whole:]] if whole < len(order) else [])


def sorted_rows(lengths: npt.NDArray[np.int64], batch_size: int) -> Iterator[npt.NDArray[np.int64]]:
    """Every row once, longest first, so that a batch that needs too much memory is the first."""
    order = np.argsort(-lengths, kind="stable")
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def make_batch(tokens: TokenIds, rows: npt.NDArray[np.int64], pad_id: int) -> Batch:
    """Pad the given rows to the longest of them."""
    lengths = tokens.lengths[rows]
    longest = int(lengths.max())
    input_ids = np.full((len(rows), longest), pad_id, dtype=np.int64)
    for place, row in enumerate(rows):
        input_ids[place, : lengths[place]] = tokens[row]
    attention_mask = (np.arange(longest) < lengths[:, None]).astype(np.int64)
    return Batch(rows, torch.from_numpy(input_ids), torch.from_numpy(attention_mask))
