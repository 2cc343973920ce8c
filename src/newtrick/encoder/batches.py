"""Token ids ─► batches of texts of like length, padded to the longest of their own batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from newtrick.encoder.tokens import TokenIds

TOKENS_AT_ONCE = 2048
"""What a batch is computed in: enough for quick matrix products, few enough for the cache."""

_POOL = 50


@dataclass(frozen=True)
class Batch:
    """Some texts, padded on the right.

    Attributes:
        rows: Which texts; shape (texts,).
        input_ids: Token ids; int64, shape (texts, longest).
        attention_mask: 1 for tokens, 0 for padding; int64, shape (texts, longest).
        shortest: Tokens of the shortest text.
    """

    rows: npt.NDArray[np.int64]
    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    shortest: int

    @property
    def is_padded(self) -> bool:
        """Whether it has any padding."""
        return self.shortest < self.input_ids.shape[1]

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


def batches_by_length(
    lengths: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    max_rows: int,
    max_tokens: int = TOKENS_AT_ONCE,
) -> list[npt.NDArray[np.int64]]:
    """Cut rows into batches of like length, longest first, so that what needs most memory is first.

    Args:
        lengths: Tokens of every row there is.
        rows: Those wanted.
        max_rows: Of a batch.
        max_tokens: Of a batch, padding included; a row that alone has more is a batch of its own.
    """
    ordered = rows[np.argsort(-lengths[rows], kind="stable")]
    batches: list[npt.NDArray[np.int64]] = []
    while len(ordered):
        fit = max(1, min(max_rows, max_tokens // int(lengths[ordered[0]])))
        batches.append(ordered[:fit])
        ordered = ordered[fit:]
    return batches


def make_batch(tokens: TokenIds, rows: npt.NDArray[np.int64], pad_id: int) -> Batch:
    """Pad the given rows to the longest of them."""
    lengths = tokens.lengths[rows]
    longest = int(lengths.max())
    input_ids = np.full((len(rows), longest), pad_id, dtype=np.int64)
    for place, row in enumerate(rows):
        input_ids[place, : lengths[place]] = tokens[row]
    attention_mask = (np.arange(longest) < lengths[:, None]).astype(np.int64)
    return Batch(
        rows,
        torch.from_numpy(input_ids),
        torch.from_numpy(attention_mask),
        shortest=int(lengths.min()),
    )
