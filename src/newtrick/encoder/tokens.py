"""Texts ─► token ids, cut to the model's limit by a stated policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedTokenizerBase

from newtrick.errors import ModelError

_TEXTS_AT_ONCE = 1000

Keep = Literal["head", "tail", "head+tail"]


@dataclass(frozen=True)
class Truncation:
    """How long a text may be, and which part of a longer one is kept.

    Attributes:
        max_tokens: The most tokens of a text, special ones included.
        keep: Its head, its tail, or half of the budget from each (the odd token to the head).
    """

    max_tokens: int
    keep: Keep

    def cut(self, ids: Sequence[int], special: int) -> Sequence[int]:
        """The part that is kept of a text's ids, without and beside `special` special tokens."""
        room = self.max_tokens - special
        if len(ids) <= room:
            return ids
        if self.keep == "head":
            return ids[:room]
        if self.keep == "tail":
            return ids[len(ids) - room :]
        tail = room // 2
        return [*ids[: room - tail], *ids[len(ids) - tail :]]


@dataclass(frozen=True)
class TokenIds:
    """The token ids of many texts, end to end.

    Attributes:
        flat: All ids, shape (tokens,).
        offsets: Where each text starts in `flat`, and the end; shape (texts + 1,).
        full_lengths: The tokens that each text has uncut, special ones included; shape (texts,).
    """

    flat: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    full_lengths: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> npt.NDArray[np.int32]:
        return self.flat[self.offsets[row] : self.offsets[row + 1]]

    def some(self, rows: npt.NDArray[np.int64]) -> TokenIds:
        """Some of the texts, in the order of `rows`."""
        offsets = np.concatenate([[0], np.cumsum(self.lengths[rows])])
        flat = np.concatenate([self[row] for row in rows])
        return TokenIds(flat, offsets, self.full_lengths[rows])

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """The tokens of each text as cut; shape (texts,)."""
        return np.diff(self.offsets)


def tokenize(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], truncation: Truncation
) -> TokenIds:
    """Turn texts into ids, special tokens included.

    Raises:
        ModelError: The tokenizer's special tokens leave no room for text.
    """
    prefix, suffix = _special_tokens(tokenizer)
    special = len(prefix) + len(suffix)
    if truncation.max_tokens <= special:
        raise ModelError(
            "There is no room for text beside the model's special tokens.",
            where="data.max_tokens",
            found=truncation.max_tokens,
            fix=f"set it to more than {special}",
        )
    pieces: list[npt.NDArray[np.int32]] = []
    full_lengths: list[int] = []
    for ids in _plain_ids(tokenizer, texts):
        full_lengths.append(len(ids) + special)
        pieces.append(np.array([*prefix, *truncation.cut(ids, special), *suffix], dtype=np.int32))
    offsets = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
    flat = np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int32)
    return TokenIds(flat, offsets, np.array(full_lengths, dtype=np.int64))


def _plain_ids(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> Iterator[list[int]]:
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        yield from tokenizer(
            list(texts[start : start + _TEXTS_AT_ONCE]),
            add_special_tokens=False,
            truncation=False,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )["input_ids"]


def _special_tokens(tokenizer: PreTrainedTokenizerBase) -> tuple[list[int], list[int]]:
    """The ids that the tokenizer puts before and after a text, such as [CLS] and [SEP]."""
    inside = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a", add_special_tokens=True)["input_ids"]
    for start in range(len(whole) - len(inside) + 1):
        if whole[start : start + len(inside)] == inside:
            return whole[:start], whole[start + len(inside) :]
    raise ModelError(
        "The tokenizer changes a text when it adds its special tokens.", found=f"{inside} {whole}"
    )
