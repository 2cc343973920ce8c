"""Texts ─► token ids, cut to the model's limit or read in windows, by a stated policy.

The two texts of a pair share the limit: the longer one is cut first, down to the length of the
other, then both alike. It is what plain transformers does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Self, TypeVar

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedTokenizerBase

from newtrick.data.pairs import Text, are_pairs, parts_of
from newtrick.encoder.template import Ids, Template, Types, template_of
from newtrick.errors import ModelError
from newtrick.recipe import DataSettings

_CHARACTERS_AT_ONCE = 1_000_000

_Number = TypeVar("_Number", np.int32, np.int8)

Keep = Literal["head", "tail", "head+tail", "windows"]


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

    def pair(self, first: Ids, second: Ids, special: int) -> tuple[Ids, Ids]:
        """What is read of two texts, without and beside `special` special tokens."""
        room = self.max_tokens - special
        shorter = min(len(first), len(second), room // 2)
        if len(first) > len(second):
            return self._cut(first, room - shorter), self._cut(second, shorter)
        return self._cut(first, shorter), self._cut(second, room - shorter)

    def inputs(self, texts: Sequence[Ids], special: int) -> Sequence[tuple[Ids, ...]]:
        """A text as its windows, or a pair as the one input that both are read in."""
        if len(texts) == 1:
            return [(window,) for window in self.windows(texts[0], special)]
        first, second = texts
        return [self.pair(first, second, special)]

    def _cut(self, ids: Ids, most: int) -> Ids:
        if len(ids) <= most:
            return ids
        from_tail = {"head": 0, "tail": most}.get(self.keep, most // 2)
        return np.concatenate([ids[: most - from_tail], ids[len(ids) - from_tail :]])


@dataclass(frozen=True)
class TokenIds:
    """The token ids of many texts, end to end; two texts that are read as a pair count as one.

    Attributes:
        flat: All ids, shape (tokens,).
        offsets: Where each text starts in `flat`, and the end; shape (texts + 1,).
        windows: In how many windows each text is read, which lie one after the other and differ in
            size by one at most, the larger ones first; shape (texts,).
        full_lengths: The tokens that each text has uncut and in one piece, special ones included;
            shape (texts,).
        special: The special tokens of each window.
        types: The token types of pairs, where the tokenizer gives any; shape (tokens,).
    """

    flat: Ids
    offsets: npt.NDArray[np.int64]
    windows: npt.NDArray[np.int64]
    full_lengths: npt.NDArray[np.int64]
    special: int
    types: Types | None = None

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
            flat=self._of_rows(self.flat, rows),
            offsets=np.concatenate([[0], np.cumsum(self.lengths[rows])]),
            windows=self.windows[rows],
            full_lengths=self.full_lengths[rows],
            special=self.special,
            types=None if self.types is None else self._of_rows(self.types, rows),
        )

    def followed_by(self, others: TokenIds) -> TokenIds:
        """These texts and after them others, which were tokenised alike; none of them pairs."""
        return TokenIds(
            flat=np.concatenate([self.flat, others.flat]),
            offsets=np.concatenate([self.offsets, self.offsets[-1] + others.offsets[1:]]),
            windows=np.concatenate([self.windows, others.windows]),
            full_lengths=np.concatenate([self.full_lengths, others.full_lengths]),
            special=self.special,
        )

    def _of_rows(
        self, values: npt.NDArray[_Number], rows: npt.NDArray[np.int64]
    ) -> npt.NDArray[_Number]:
        """The values of the tokens of some texts, end to end."""
        return np.concatenate([values[self.offsets[row] : self.offsets[row + 1]] for row in rows])

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """The tokens that are read of each text, those of all its windows; shape (texts,)."""
        return np.diff(self.offsets)


def tokenize(
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[Text],
    truncation: Truncation,
    progress: Callable[[int], None] | None = None,
) -> TokenIds:
    """Turn texts into ids, special tokens included.

    Args:
        tokenizer: Neither truncates nor pads by itself.
        texts: In their order; all of them single, or all pairs.
        truncation: How they are cut.
        progress: Called now and then with the number of texts done; what it raises ends the work.

    Raises:
        ModelError: The tokenizer's special tokens leave no room for text.
    """
    template = template_of(tokenizer, texts=2 if are_pairs(texts) else 1)
    special = template.special
    _require_room(truncation, template)
    pieces: list[Ids] = []
    types: list[Types] = []
    lengths, windows, full_lengths = [0], [], []
    for ids in _ids_together(tokenizer, texts, progress):
        inputs = truncation.inputs(ids, special)
        for parts in inputs:
            pieces += template.filled(parts)
            types += template.types(parts)
        lengths.append(sum(len(part) for parts in inputs for part in parts) + special * len(inputs))
        windows.append(len(inputs))
        full_lengths.append(sum(map(len, ids)) + special)
    return TokenIds(
        flat=np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int32),
        offsets=np.cumsum(lengths),
        windows=np.array(windows, dtype=np.int64),
        full_lengths=np.array(full_lengths, dtype=np.int64),
        special=special,
        types=np.concatenate(types) if types else None,
    )


def _require_room(truncation: Truncation, template: Template) -> None:
    """Refuse a limit that leaves no token to each of the texts that are read together."""
    least = template.special + len(template.around) - 1
    if truncation.max_tokens < least:
        what = "text" if len(template.around) == 2 else "two texts"  # noqa: PLR2004 (one between)
        raise ModelError(
            f"There is no room for {what} beside the model's special tokens.",
            where="data.max_tokens",
            found=truncation.max_tokens,
            fix=f"set it to more than {least - 1}",
        )


def _ids_together(
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[Text],
    progress: Callable[[int], None] | None,
) -> Iterator[tuple[Ids, ...]]:
    """The ids of each text, or of the two of each pair."""
    columns = list(zip(*map(parts_of, texts), strict=True))
    ids = [_plain_ids(tokenizer, column, None) for column in columns[1:]]
    if columns:
        yield from zip(_plain_ids(tokenizer, columns[0], progress), *ids, strict=True)


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
