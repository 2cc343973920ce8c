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
class Asked:
    """The positions of a batch whose tokens a masked-language head is asked for.

    Attributes:
        positions: Shape (texts × windows, most); those of a text come first, in their order.
        are_there: Which of them there are, for one text may have fewer than another; same shape.
    """

    positions: torch.Tensor
    are_there: torch.Tensor


@dataclass(frozen=True)
class Batch:
    """Some texts, padded on the right.

    Attributes:
        rows: Which texts; shape (texts,).
        windows: In how many windows each of them is read, which lie one after the other.
        input_ids: Token ids; int64, shape (texts × windows, longest).
        attention_mask: 1 for tokens, 0 for padding; int64, shape (texts × windows, longest).
        shortest: Tokens of the shortest window.
        token_types: Those of pairs, where the tokenizer gives any; shape of `input_ids`.
        asked: For masked language modelling, what is asked for.
    """

    rows: npt.NDArray[np.int64]
    windows: int
    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    shortest: int
    token_types: torch.Tensor | None = None
    asked: Asked | None = None

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
    tokens: TokenIds,
    rows: npt.NDArray[np.int64],
    max_rows: int,
    max_tokens: int = TOKENS_AT_ONCE,
) -> list[npt.NDArray[np.int64]]:
    """Cut rows into batches of like length, longest first, so that what needs most memory is first.

    The texts of a batch are read in equally many windows, which therefore are of like length, too.

    Args:
        tokens: Every text there is.
        rows: Those wanted.
        max_rows: Of a batch.
        max_tokens: Of a batch, padding included; a row that alone has more is a batch of its own.
    """
    lengths = tokens.lengths
    ordered = rows[np.argsort(-lengths[rows], kind="stable")]
    batches: list[npt.NDArray[np.int64]] = []
    while len(ordered):
        fit = max(1, min(max_rows, max_tokens // int(lengths[ordered[0]])))
        windows = tokens.windows[ordered[:fit]]
        fit = int(np.count_nonzero(windows == windows[0]))  # a longer text has no fewer of them
        batches.append(ordered[:fit])
        ordered = ordered[fit:]
    return batches


def make_batch(tokens: TokenIds, rows: npt.NDArray[np.int64], pad_id: int) -> Batch:
    """Pad the windows of some texts, of which each has equally many, to the longest of them."""
    (windows,) = set(tokens.windows[rows].tolist())
    pieces = [window for row in rows for window in tokens.windows_of(row)]
    lengths = np.array([len(piece) for piece in pieces])
    longest = int(lengths.max())
    input_ids = np.full((len(pieces), longest), pad_id, dtype=np.int64)
    for place, piece in enumerate(pieces):
        input_ids[place, : len(piece)] = piece
    attention_mask = (np.arange(longest) < lengths[:, None]).astype(np.int64)
    return Batch(
        rows=rows,
        windows=windows,
        input_ids=torch.from_numpy(input_ids),
        attention_mask=torch.from_numpy(attention_mask),
        shortest=int(lengths.min()),
        token_types=_token_types(tokens, rows, longest),
    )


def _token_types(
    tokens: TokenIds, rows: npt.NDArray[np.int64], longest: int
) -> torch.Tensor | None:
    """The types of pairs, which are read in one window each; padding has type 0."""
    if tokens.types is None:
        return None
    padded = np.zeros((len(rows), longest), dtype=np.int64)
    for place, row in enumerate(rows):
        types = tokens.types[tokens.offsets[row] : tokens.offsets[row + 1]]
        padded[place, : len(types)] = types
    return torch.from_numpy(padded)
