"""A cheap model of words, and what it says of texts that it was not fitted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from newtrick.data.words import Words

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

_FOLDS = 3
_MOST_WORDS = 50_000
_FEWEST_TEXTS = 2  # a word seen in one text tells nothing of another


@dataclass(frozen=True)
class Features:
    """What a model of words sees.

    Attributes:
        table: A row for each text, a column for each word that more than one text has: log-scaled
            counts, weighed by how rare the word is (TF-IDF), each row of length one.
        words: The word of each column.
    """

    table: csr_array
    words: pl.Series


def tfidf_features(words: Words) -> Features:
    """Weigh the words of texts; of very many, the rarest are left out."""
    from sklearn.preprocessing import normalize  # noqa: PLC0415 (half a second to load)

    ones = np.ones(len(words.ids), dtype=np.float32)
    shape = (len(words), len(words.vocabulary))
    table = csr_array((ones, words.ids.astype(np.int32), words.offsets), shape=shape)
    table.sum_duplicates()
    texts_with = np.bincount(table.indices, minlength=shape[1])
    frequent = np.argsort(-texts_with, kind="stable")[:_MOST_WORDS]
    kept = np.sort(frequent[texts_with[frequent] >= _FEWEST_TEXTS])
    table = csr_array(table[:, kept])
    weights = np.log((1 + len(words)) / (1 + texts_with[kept])) + 1
    table.data = ((1 + np.log(table.data)) * weights[table.indices]).astype(np.float32)
    if len(kept):
        table = csr_array(normalize(table))
    return Features(table, words.vocabulary[kept])


def fit_words(table: csr_array, targets: npt.NDArray[np.int64]) -> LogisticRegression:
    """A logistic regression; `targets` has the class of each row."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (half a second to load)

    with threadpool_limits(1, "blas"):  # on vectors as short as these, threads only wait
        return LogisticRegression(C=10, max_iter=1000, tol=1e-3).fit(table, targets)


def out_of_fold(
    table: csr_array, targets: npt.NDArray[np.int64], keys: npt.NDArray[np.uint64]
) -> npt.NDArray[np.float64]:
    """The probabilities of the classes 0, 1, … for each row, by a model that never saw its text.

    Args:
        table: Shape (rows, words).
        targets: The class of each row.
        keys: Rows with the same key are held out together.

    Returns:
        Shape (rows, classes); a class that the other folds lack has probability 0.
    """
    folds = keys % np.uint64(_FOLDS)
    probabilities = np.zeros((len(targets), int(targets.max()) + 1))
    for fold in np.unique(folds):
        held = folds == fold
        model = fit_words(table[~held], targets[~held])
        probabilities[np.ix_(held, model.classes_)] = model.predict_proba(table[held])
    return probabilities
