"""Defects to plant in clean data, each known by the rows that it is in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

FLIPPED_SHARE = 0.05
LEAKS = 200
MARK = "ref:7/31"
MARKED_SHARE = 0.9
BROKEN = 50

_BROKEN_CHARACTERS = ("é", "ü", "ñ", "’", "“", "…", "£")


@dataclass(frozen=True)
class Planted:
    """Data with a defect.

    Attributes:
        code: That of the finding that should name it.
        frame: Columns `id` (a number of its own for each row), `text`, `label` and `split`.
        ids: The rows that the finding should name; empty for a defect of their order.
    """

    code: str
    frame: pl.DataFrame
    ids: frozenset[int]


Planting = Callable[[pl.DataFrame, np.random.Generator], Planted]


def leak(frame: pl.DataFrame, chance: np.random.Generator) -> Planted:
    """Put training texts into the test rows, one word of each changed."""
    texts = frame.filter(pl.col("text").str.contains(r"\pL"))
    vocabulary = texts["text"].str.split(" ").explode()
    train = texts.filter(pl.col("split") == "train")
    chosen = train[chance.choice(train.height, LEAKS, replace=False)]
    first = int(frame["id"].max()) + 1  # type: ignore[arg-type]  # a number: the column has rows
    copies = chosen.with_columns(
        id=pl.Series(range(first, first + LEAKS), dtype=frame.schema["id"]),
        text=pl.Series([_one_word_changed(text, vocabulary, chance) for text in chosen["text"]]),
        split=pl.lit("test"),
    )
    return Planted("near-duplicates", pl.concat([frame, copies]), frozenset(copies["id"]))


def flip_labels(frame: pl.DataFrame, chance: np.random.Generator) -> Planted:
    """Give a share of the rows, in all splits, another label."""
    places = chance.choice(frame.height, round(FLIPPED_SHARE * frame.height), replace=False)
    names = frame["label"].unique().sort().to_list()
    labels = frame["label"].to_list()
    for place in places:
        labels[place] = str(chance.choice([name for name in names if name != labels[place]]))
    flipped = frame.with_columns(label=pl.Series(labels))
    return Planted("label-noise", flipped, frozenset(frame["id"].gather(places)))


def give_away(frame: pl.DataFrame, chance: np.random.Generator) -> Planted:
    """Add a mark to most texts of one class; the finding names those of training."""
    label = frame["label"].max()
    marked = pl.Series(chance.random(frame.height) < MARKED_SHARE) & (frame["label"] == label)
    with_mark = pl.when(marked).then(pl.col("text") + f" {MARK}").otherwise("text")
    rows = frame.filter(marked).filter(pl.col("split") == "train")
    return Planted("give-away", frame.with_columns(text=with_mark), frozenset(rows["id"]))


def break_characters(frame: pl.DataFrame, chance: np.random.Generator) -> Planted:
    """Put characters into texts that were written as UTF-8 and read as Windows-1252."""
    places = chance.choice(frame.height, BROKEN, replace=False)
    texts = frame["text"].to_list()
    for place in places:
        broken = str(chance.choice(_BROKEN_CHARACTERS)).encode().decode("cp1252", "ignore")
        at = int(chance.integers(len(texts[place])))
        texts[place] = f"{texts[place][:at]}{broken}{texts[place][at:]}"
    changed = frame.with_columns(text=pl.Series(texts))
    return Planted("mojibake", changed, frozenset(frame["id"].gather(places)))


def sort_test(frame: pl.DataFrame, _: np.random.Generator) -> Planted:
    """Sort the test rows by label."""
    is_test = pl.col("split") == "test"
    parts = [frame.filter(~is_test), frame.filter(is_test).sort("label", maintain_order=True)]
    return Planted("sorted-by-label", pl.concat(parts), frozenset())


PLANTINGS: Sequence[Planting] = (leak, flip_labels, give_away, break_characters, sort_test)
"""In an order in which they can all be planted one after the other."""


def _one_word_changed(text: str, vocabulary: pl.Series, chance: np.random.Generator) -> str:
    words = text.split(" ")
    places = [place for place, word in enumerate(words) if _letters(word)]
    place = int(chance.choice(places))
    while True:
        other = str(vocabulary[int(chance.integers(len(vocabulary)))])
        if _letters(other) and _letters(other) != _letters(words[place]):
            return " ".join([*words[:place], other, *words[place + 1 :]])


def _letters(word: str) -> str:
    return re.sub(r"[\W_]+", "", word.casefold())
