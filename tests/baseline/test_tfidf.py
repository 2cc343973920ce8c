from __future__ import annotations

from collections.abc import Iterable

import polars as pl
import pytest
from tests.tiny import make_reviews

from newtrick.baseline.tfidf import run_baseline
from newtrick.data.dataset import SCHEMA, Dataset, LabelSet, label_ids
from newtrick.errors import DataError


def frame(rows: Iterable[tuple[str, str]]) -> pl.DataFrame:
    texts, labels = zip(*rows, strict=True)
    ids = [("neg", "pos").index(label) for label in labels]
    columns = {"file": ["f"] * len(ids), "row": range(1, len(ids) + 1), "text": texts, "label": ids}
    return pl.DataFrame(columns, schema=SCHEMA)


def dataset(train: list[tuple[str, str]]) -> Dataset:
    test = frame(make_reviews(100, seed=2))
    return Dataset("reviews", LabelSet(("neg", "pos"), "pos"), frame(train), test, test)


@pytest.mark.parametrize("rows", [100, 2000])
def test_counting_words_learns_words_that_tell(rows: int) -> None:
    data = dataset(make_reviews(rows))
    predictions = run_baseline(data)
    assert (predictions.classes == label_ids(data.test)).mean() > 0.95
    assert 0 < predictions.seconds < 5


def test_a_word_of_one_letter_counts() -> None:
    train = [("x film", "pos"), ("y film", "neg")] * 20
    data = dataset(train)
    letters = Dataset(
        data.name, data.labels, data.train, data.train, frame([("y", "neg"), ("x", "pos")])
    )
    assert run_baseline(letters).classes.tolist() == [0, 1]


def test_texts_without_words_are_refused() -> None:
    with pytest.raises(DataError, match="no words to count"):
        run_baseline(dataset([("!!!", "pos"), ("???", "neg")] * 5))
