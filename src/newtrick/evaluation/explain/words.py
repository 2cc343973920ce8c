"""The words of a text that effects are told of."""

from __future__ import annotations

import re

from newtrick.data.pairs import Text

# Scripts that put no space between words: each character is told of by itself.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_EMOJI = "\u200d\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
_MARKS = r"!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u206f\u20a0-\u20cf\u3000-\u303f\uff00-\uff20"
_LETTER = rf"[^\s{_UNSPACED}{_EMOJI}{_MARKS}]"

_WORD = re.compile(
    rf"{_LETTER}+(?:[/:.@'’_-]{_LETTER}+)*"  # letters and digits, with single marks inside
    rf"|[{_UNSPACED}]"
    rf"|[{_EMOJI}]+"
    r"|(\S)\1*"  # a mark, as often as it is repeated
)

Span = tuple[int, int]


def word_spans(text: str) -> list[Span]:
    """Where the words of a text begin and end; each character but white space is in one.

    >>> text = "Isn't it good?! 很好 👍🏽"
    >>> [text[start:end] for start, end in word_spans(text)]
    ["Isn't", 'it', 'good', '?', '!', '很', '好', '👍🏽']
    """
    return [found.span() for found in _WORD.finditer(text)]


def without_words(text: str, removed: list[Span]) -> Text:
    r"""A text with some of its words cut out, and single spaces where they stood.

    >>> without_words("a good film", [(2, 6)])
    'a film'
    >>> without_words("a good film\nits plot", [(2, 6)])
    ('a film', 'its plot')
    """
    kept, last = [], 0
    for start, end in sorted(removed):
        kept.append(text[last:start])
        last = end
    lines = "".join([*kept, text[last:]]).split("\n")
    first, *others = (" ".join(line.split()) for line in lines)
    return (first, others[0]) if others else first
