"""Counting words: TF-IDF of words and word pairs, and logistic regression on top.

An encoder has to beat it. Its settings are fixed and good rather than tuned: log-scaled counts of
all words, one letter long or more, and of pairs, seen in two texts or more; C = 10.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from newtrick.data.dataset import Dataset, label_ids, texts
from newtrick.errors import DataError

NAME = "tfidf-logistic"
_FEW_ROWS = 1000  # below this a word seen once may still be all there is to go by


@dataclass(frozen=True)
class BaselinePredictions:
    """What the baseline says of the test rows: class ids, shape (rows,), and what that took."""

    classes: npt.NDArray[np.int64]
    seconds: float


def run_baseline(dataset: Dataset) -> BaselinePredictions:
    """Fit on the training rows, decide on the test rows.

    Raises:
        DataError: The training texts hold no words.
    """
    # Loading them takes half a second, and a baseline is seldom fitted twice.
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    started = time.monotonic()
    rows = texts(dataset.train)
    model = make_pipeline(
        TfidfVectorizer(
            ngram_range=(1, 2),
            min_df=1 if len(rows) < _FEW_ROWS else 2,
            sublinear_tf=True,
            token_pattern=r"\w+",  # noqa: S106 (no password)
        ),
        LogisticRegression(C=10, max_iter=1000),
    )
    try:
        with threadpool_limits(1, "blas"):  # on vectors as short as these, threads only wait
            model.fit(rows, label_ids(dataset.train))
    except ValueError as error:
        raise DataError(
            "The training texts hold no words to count.",
            where=dataset.name,
            found=repr(rows[0][:60]),
            fix="check which column holds the text: --text-column",
        ) from error
    classes = np.asarray(model.predict(texts(dataset.test)), dtype=np.int64)
    return BaselinePredictions(classes, time.monotonic() - started)
