"""Counting words: how often each word and each pair of neighbours is in a text.

All words count, one letter long or more, and pairs, seen in two training texts or more. The words
of the second text of a pair are other words than those of the first. The models of words share the
counts: counting takes ten times as long as any of them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from newtrick.data.dataset import Dataset, texts
from newtrick.data.pairs import Text, countable
from newtrick.errors import DataError

_FEW_ROWS = 1000  # below this a word seen once may still be all there is to go by
_WORD = re.compile(r"\w+")


class WordCounter:
    """Counts terms that are known.

    Args:
        terms: Words, and neighbours with a space between.
    """

    def __init__(self, terms: Sequence[str] | pl.Series) -> None:
        self._places = dict(zip(terms, range(len(terms)), strict=True))

    def __call__(self, rows: Sequence[Text]) -> csr_array:
        """How often each is in each text; float32, shape (texts, terms)."""
        places: list[int] = []
        ends = [0]
        for row in rows:
            known = map(self._places.get, terms_of(row))
            places += [place for place in known if place is not None]
            ends.append(len(places))
        shape = (len(rows), len(self._places))
        ones = np.ones(len(places), dtype=np.float32)
        table = csr_array((ones, np.array(places, dtype=np.int64), ends), shape=shape)
        table.sum_duplicates()
        return table


@dataclass(frozen=True)
class WordCounts:
    """The counts of each split.

    Attributes:
        terms: Those of the training texts, in the order of the columns.
        train: float32, shape (rows, terms).
        validation: The same terms.
        test: The same terms.
        seconds: What counting took.
    """

    terms: pl.Series
    train: csr_array
    validation: csr_array
    test: csr_array
    seconds: float


def count_words(dataset: Dataset) -> WordCounts:
    """Count those of the training texts in all splits.

    Raises:
        DataError: The training texts hold no words.
    """
    # Loading it takes half a second.
    from sklearn.feature_extraction.text import CountVectorizer  # noqa: PLC0415

    started = time.monotonic()
    rows = texts(dataset.train)
    finder = CountVectorizer(
        analyzer=terms_of, min_df=1 if len(rows) < _FEW_ROWS else 2, dtype="float32"
    )
    try:
        train = finder.fit_transform(rows)
    except ValueError as error:
        raise DataError(
            "The training texts hold no words to count.",
            where=dataset.name,
            found=repr(rows[0][:60]),
            fix="check which column holds the text: --text-column",
        ) from error
    terms = pl.Series("term", finder.get_feature_names_out(), dtype=pl.String)
    count = WordCounter(terms)
    validation, test = (count(texts(split)) for split in (dataset.validation, dataset.test))
    return WordCounts(terms, csr_array(train), validation, test, time.monotonic() - started)


def terms_of(text: Text) -> Iterator[str]:
    """The words of a text, in small letters, and its pairs of neighbours."""
    words = _WORD.findall(countable(text).lower())
    return chain(words, map(" ".join, pairwise(words)))
