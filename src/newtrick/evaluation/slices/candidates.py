"""The groups of rows that are looked at: made of texts, origins and labels, never of mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import csc_array

from newtrick.data.dataset import EXTRA, LabelSet, extra_columns
from newtrick.data.pairs import whole_text
from newtrick.data.words import Words, find_words
from newtrick.evaluation.arrays import Ids

FEWEST_ROWS = 20
"""Of a group, and of the rest."""

_LEAST_SHARE, _MOST_SHARE = 0.02, 0.5  # of all rows, for a word
_MOST_VALUES = 50  # of a column
_PARTS = 4  # that rows are cut into by a number, each with as many of them
_MOST_PARTS = 10  # different numbers that are told apart

_NEGATION = (
    r"\b(?:not|no|never|none|nothing|nobody|nowhere|neither|nor|cannot|without|hardly|barely)\b"
    r"|n['’]t\b"
)
_SIGNS = {
    "with a question mark": r"[?？¿]",
    "with an exclamation mark": r"[!！¡]",
    "with a word in capitals": r"\b\p{Lu}{3,}\b",
    "with a digit": r"\p{Nd}",
    "with letters that are not Latin": r"[\p{L}&&[^\p{Latin}]]",
    "with an emoji": r"\p{Emoji_Presentation}",
    "with a negation": rf"(?i){_NEGATION}",
}

Named = tuple[str, Ids]
"""A group in words, and the places of its rows."""


@dataclass(frozen=True)
class Candidates:
    """Groups of rows.

    Attributes:
        names: Which rows, in words, such as `with a negation`.
        members: Ones for the rows of each; shape (rows, groups).
    """

    names: tuple[str, ...]
    members: csc_array

    @property
    def sizes(self) -> Ids:
        """How many rows each group has; shape (groups,)."""
        sizes: Ids = np.diff(self.members.indptr).astype(np.int64)
        return sizes

    def rows_of(self, group: int) -> Ids:
        """The places of the rows of one group."""
        start, end = self.members.indptr[group : group + 2]
        places: Ids = self.members.indices[start:end].astype(np.int64)
        return places


def find_candidates(rows: pl.DataFrame, labels: LabelSet) -> Candidates:
    """All groups of twenty rows or more, with as many left outside.

    Args:
        rows: With the columns of a split; more columns are `extra.NAME`.
        labels: The classes.
    """
    most = rows.height - FEWEST_ROWS
    named = [
        (name, places) for name, places in _all(rows, labels) if FEWEST_ROWS <= len(places) <= most
    ]
    places = np.concatenate([np.zeros(0, np.int64), *(places for _, places in named)])
    offsets = np.cumsum([0, *(len(places) for _, places in named)])
    members = csc_array((np.ones(len(places)), places, offsets), shape=(rows.height, len(named)))
    return Candidates(tuple(name for name, _ in named), members)


def _all(rows: pl.DataFrame, labels: LabelSet) -> Iterator[Named]:
    for index, label in enumerate(labels):
        yield f"labelled {label}", _places(rows["label"] == index)
    if rows["file"].n_unique() > 1:
        yield from _by_value(rows["file"], "from ")
    for name in extra_columns(rows):
        yield from _by_column(rows[name], f"with {name.removeprefix(EXTRA)} ")
    texts = rows.select(whole_text(rows)).to_series()
    for name, pattern in _SIGNS.items():
        yield name, _places(texts.str.contains(pattern))
    words = find_words(texts)
    yield from _by_number(pl.Series(words.lengths), "of ", " words")
    yield from _by_word(words)


def _by_column(column: pl.Series, before: str) -> Iterator[Named]:
    """Parts by size where all values are numbers and more than a few; else a group for each."""
    numbers = column.cast(pl.Float64, strict=False)
    if numbers.n_unique() > _MOST_PARTS and numbers.null_count() == column.null_count():
        return _by_number(numbers, before, "")
    return _by_value(column, before)


def _by_value(column: pl.Series, before: str) -> Iterator[Named]:
    """A group for each of the most frequent values."""
    counts = column.drop_nulls().value_counts(name="rows")
    often = counts.sort("rows", column.name, descending=[True, False]).head(_MOST_VALUES)
    for value in often[column.name].sort():
        yield f"{before}{value}", _places(column == value)


def _by_number(numbers: pl.Series, before: str, after: str) -> Iterator[Named]:
    """The rows cut into parts of like size by a number, as far as it tells them apart."""
    finite = numbers.filter(numbers.is_finite()).to_numpy()
    if not len(finite):
        return
    inner = np.quantile(finite, np.arange(1, _PARTS) / _PARTS, method="inverted_cdf")
    tops = np.unique([*inner, finite.max()])
    above = finite.min()
    for place, top in enumerate(tops):
        within = (numbers >= above) & (numbers <= top)
        if place == 0:
            size = f"up to {top:,g}"
        elif place == len(tops) - 1:
            size = f"{above:,g} and more"
        else:
            size = f"{above:,g} to {top:,g}"
        yield f"{before}{size}{after}", _places(within)
        above = min(finite[finite > top], default=top)


def _by_word(words: Words) -> Iterator[Named]:
    """The rows with each word that is neither rare nor everywhere."""
    least = max(FEWEST_ROWS, _LEAST_SHARE * len(words))
    often = np.bincount(words.ids, minlength=len(words.vocabulary)) >= least
    kept = often[words.ids]
    numbers = np.cumsum(often) - 1
    table = csc_array(
        (np.ones(int(kept.sum())), (words.places[kept], numbers[words.ids[kept]])),
        shape=(len(words), int(often.sum())),
    )  # a word that a row has twice is summed to one place
    for word, start, end in zip(
        words.vocabulary.filter(pl.Series(often)), table.indptr, table.indptr[1:], strict=False
    ):
        if least <= end - start <= _MOST_SHARE * len(words):
            yield f"with the word “{word}”", table.indices[start:end]


def _places(chosen: pl.Series) -> Ids:
    return np.flatnonzero(chosen.fill_null(value=False).to_numpy())
