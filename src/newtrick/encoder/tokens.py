"""Texts ─► token ids, cut to the model's limit or read in windows, by a stated policy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedTokenizerBase

from newtrick.errors import ModelError
from newtrick.recipe import DataSettings

_CHARACTERS_AT_ONCE = 1_000_000

Keep = Literal["head", "tail", "head+tail", "windows"]
Ids = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Truncation:
    """How long a text may be, and what is read of a longer one.

    Attributes:
        max_tokens: The most tokens of a text, or of each of its windows, special ones included.
        keep: Its head, its tail, half of the budget from each (the odd token to the head), or
            windows: all of it, in pieces of like size that the model reads one by one.
        max_windows: Into how many of them a text may be cut; of a longer one, both ends are read.
    """

    max_tokens: int
    keep: Keep
    max_windows: int = 1

    @classmethod
    def of(cls, settings: DataSettings, limit: float = math.inf) -> Self:
        """As the settings have it, for a model that reads at most `limit` tokens."""
        max_tokens = int(min(settings.max_tokens, limit))
        return cls(max_tokens, settings.truncation, settings.max_windows)

    @property
    def most_windows(self) -> int:
        """As many as a text may have under this policy."""
        return self.max_windows if self.keep == "windows" else 1

    def longest_whole(self, special: int) -> int:
        """The most tokens of a text of which nothing is cut off, `special` ones included once."""
        return self.most_windows * (self.max_tokens - special) + special

    def windows(self, ids: Ids, special: int) -> list[Ids]:
        """What is read of a text, without and beside `special` special tokens.

        Args:
            ids: All of the text.
            special: Special tokens of a window.

        Returns:
            One piece, or as many windows as it takes; their sizes differ by one at most.
        """
        room = self.max_tokens - special
        kept = self._cut(ids, self.longest_whole(special) - special)
        return np.array_split(kept, max(1, math.ceil(len(kept) / room)))

    def _cut(self, ids: Ids, most: int) -> Ids:
        if len(ids) <= most:
            return ids
        from_tail = {"head": 0, "tail": most}.get(self.keep, most // 2)
        return np.concatenate([ids[: most - from_tail], ids[len(ids) - from_tail :]])


@dataclass(frozen=True)
class TokenIds:
    """The token ids of many texts, end to end.

    Attributes:
        flat: All ids, shape (tokens,).
        offsets: Where each text starts in `flat`, and the end; shape (texts + 1,).
        windows: In how many windows each text is read, which lie one after the other and differ in
            size by one at most, the larger ones first; shape (texts,).
        full_lengths: The tokens that each text has uncut and in one piece, special ones included;
            shape (texts,).
        special: The special tokens of each window.
    """

    flat: Ids
    offsets: npt.NDArray[np.int64]
    windows: npt.NDArray[np.int64]
    full_lengths: npt.NDArray[np.int64]
    special: int

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> Ids:
        return self.flat[self.offsets[row] : self.offsets[row + 1]]

    def windows_of(self, row: int) -> list[Ids]:
        """The windows of a text, each a whole input of the model."""
        return np.array_split(self[row], self.windows[row])

    def some(self, rows: npt.NDArray[np.int64]) -> TokenIds:
        """Some of the texts, in the order of `rows`."""
        return TokenIds(
            flat=np.concatenate([self[row] for row in rows]),
            offsets=np.concatenate([[0], np.cumsum(self.lengths[rows])]),
            windows=self.windows[rows],
            full_lengths=self.full_lengths[rows],
            special=self.special,
        )

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """The tokens that are read of each text, those of all its windows; shape (texts,)."""
        return np.diff(self.offsets)


def tokenize(
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    truncation: Truncation,
    progress: Callable[[int], None] | None = None,
) -> TokenIds:
    """Turn texts into ids, special tokens included.

    Args:
        tokenizer: Neither truncates nor pads by itself.
        texts: In their order.
        truncation: How they are cut.
        progress: Called now and then with the number of texts done; what it raises ends the work.

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
    pieces: list[Ids] = []
    lengths, windows, full_lengths = [0], [], []
    for ids in _plain_ids(tokenizer, texts, progress):
        parts = truncation.windows(ids, special)
        for part in parts:
            pieces += (prefix, part, suffix)
        lengths.append(sum(map(len, parts)) + special * len(parts))
        windows.append(len(parts))
        full_lengths.append(len(ids) + special)
    return TokenIds(
        flat=np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int32),
        offsets=np.cumsum(lengths),
        windows=np.array(windows, dtype=np.int64),
        full_lengths=np.array(full_lengths, dtype=np.int64),
        special=special,
    )


def _plain_ids(
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    progress: Callable[[int], None] | None,
) -> Iterator[Ids]:
    done = 0
    for some in _lots(texts):
        for ids in _encode(tokenizer, some):
            yield np.array(ids, dtype=np.int32)
        done += len(some)
        if progress is not None:
            progress(done)


def _lots(texts: Sequence[str]) -> Iterator[list[str]]:
    """As many texts at a time as keep all cores busy, and few enough for the memory."""
    lot: list[str] = []
    size = 0
    for text in texts:
        lot.append(text)
        size += len(text)
        if size >= _CHARACTERS_AT_ONCE:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _encode(tokenizer: PreTrainedTokenizerBase, texts: list[str]) -> Iterator[list[int]]:
    if tokenizer.is_fast:  # the tokenizer's own call takes a quarter longer, to find offsets, too
        encode = tokenizer.backend_tokenizer.encode_batch_fast
        yield from (encoding.ids for encoding in encode(texts, add_special_tokens=False))
    else:
        yield from tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]


def _special_tokens(tokenizer: PreTrainedTokenizerBase) -> tuple[Ids, Ids]:
    """The ids that the tokenizer puts before and after a text, such as [CLS] and [SEP].

    A fast tokenizer neither truncates nor pads after these calls, whatever was asked of it before.
    """
    inside = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a", add_special_tokens=True)["input_ids"]
    for start in range(len(whole) - len(inside) + 1):
        end = start + len(inside)
        if whole[start:end] == inside:
            return np.array(whole[:start], dtype=np.int32), np.array(whole[end:], dtype=np.int32)
    raise ModelError(
        "The tokenizer changes a text when it adds its special tokens.", found=f"{inside} {whole}"
    )
