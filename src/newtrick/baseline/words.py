"""Counting words: how often each word and each pair of neighbours is in a text.

All words count, one letter long or more, and pairs, seen in two training texts or more. The words
of the second text of a pair are other words than those of the first. The models of words share the
counts: counting takes ten times as long as any of them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import polars as pl
from scipy.sparse import csr_array

from newtrick.data.dataset import Dataset, texts
from newtrick.data.pairs import countable
from newtrick.errors import DataError

_FEW_ROWS = 1000  # below this a word seen once may still be all there is to go by


@dataclass(frozen=True)
class WordCounts:
    """The counts of each split.

    Attributes:
        train: float32, shape (rows, terms).
        validation: The same terms.
        test: The same terms.
        seconds: What counting took.
    """

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
    rows = _countable(dataset.train)
    counter = CountVectorizer(
        ngram_range=(1, 2),
        min_df=1 if len(rows) < _FEW_ROWS else 2,
        token_pattern=r"\w+",  # noqa: S106 (no password)
        dtype="float32",
    )
    try:
        train = counter.fit_transform(rows)
    except ValueError as error:
        raise DataError(
            "The training texts hold no words to count.",
            where=dataset.name,
            found=repr(rows[0][:60]),
            fix="check which column holds the text: --text-column",
        ) from error
    validation, test = (
        csr_array(counter.transform(_countable(split)))
        for split in (dataset.validation, dataset.test)
    )
    return WordCounts(csr_array(train), validation, test, time.monotonic() - started)


def _countable(split: pl.DataFrame) -> list[str]:
    return [countable(text) for text in texts(split)]
