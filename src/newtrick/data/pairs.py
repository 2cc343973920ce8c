"""A text, or two that are read together: a question and its answer, a sentence and its paraphrase.

In a frame of rows the first is in the column `text`, and the second, if there is one, in
`text_pair`. A row has both, or it has no text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

PAIR = "text_pair"
"""The column of the second texts."""

SECOND = "second_"
"""What marks a word of a second text where words are counted."""

Pair = tuple[str, str]
Text = str | Pair

_WORD = re.compile(r"\w+")


def are_pairs(texts: Sequence[Text]) -> bool:
    """Whether texts are pairs; either all of them are or none is."""
    return bool(texts) and not isinstance(texts[0], str)


def parts_of(text: Text) -> tuple[str, ...]:
    """The one text, or the two of a pair."""
    return (text,) if isinstance(text, str) else text


def text_columns(rows: pl.DataFrame) -> list[str]:
    """The columns of the texts: one or two."""
    return [name for name in ("text", PAIR) if name in rows.columns]


def whole(text: Text) -> str:
    """All that a text or a pair says, as `whole_text` has it."""
    return "\n".join(parts_of(text))


def whole_text(rows: pl.DataFrame) -> pl.Expr:
    """All that a row says, as a column `text`: of a pair the second text is on a line of its own.

    A clean text is one line, so no two pairs say the same.
    """
    return pl.concat_str(text_columns(rows), separator="\n").alias("text")


def countable(text: Text) -> str:
    """One string of all words, for counting them; those of a second text are other words.

    >>> countable(("is it far", "it is"))
    'is it far second_it second_is'
    """
    first, *others = parts_of(text)
    return " ".join((first, *(_WORD.sub(rf"{SECOND}\g<0>", other) for other in others)))
