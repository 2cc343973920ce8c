"""A fitted count of words is a value: it scores texts, and is the same when it has been saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from tests.baseline.test_ladder import BINARY, dataset, frame
from tests.tiny import make_reviews, make_topics

from newtrick.baseline.ladder import TFIDF, WordBaseline, run_baselines
from newtrick.baseline.linear import Shares
from newtrick.baseline.wordmodel import WordModel
from newtrick.data.dataset import SCHEMA, Dataset, LabelSet, texts
from newtrick.errors import ModelError

WORD = r"\w+"


def fitted(data: Dataset) -> dict[str, WordBaseline]:
    return {each.name: each for each in run_baselines(data) if isinstance(each, WordBaseline)}


def three_classes() -> Dataset:
    names = ("a", "b", "c")
    rows = frame([(f"{name}{name} film", name) for name in names] * 20, names)
    return Dataset("letters", LabelSet(names), rows, rows, rows)


def several_labels() -> Dataset:
    names = ("acting", "blame", "never", "praise", "rare")
    column, ids = zip(*make_topics(120), strict=True)
    rows = pl.DataFrame(
        {
            "file": "f",
            "row": range(1, 121),
            "text": column,
            "label": [sorted(map(names.index, each)) for each in ids],
        },
        schema={**SCHEMA, "label": pl.List(pl.Int32)},
    )
    return Dataset("topics", LabelSet.of_several(names), rows, rows, rows)


@pytest.mark.parametrize("data", [dataset(make_reviews(100)), three_classes(), several_labels()])
def test_a_saved_one_says_what_the_baseline_said(data: Dataset, tmp_path: Path) -> None:
    for name, baseline in fitted(data).items():
        baseline.words.save(tmp_path / f"{name}.parquet")
        again = WordModel.read(tmp_path / f"{name}.parquet")
        np.testing.assert_allclose(again.shares(texts(data.test)), baseline.test, atol=1e-9)


def test_tfidf_is_that_of_scikit_learn() -> None:
    train, test = make_reviews(300), make_reviews(100, seed=5)
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), token_pattern=WORD, sublinear_tf=True, dtype=np.float32
    )
    model = LogisticRegression(C=10, max_iter=1000)
    column, labels = zip(*train, strict=True)
    model.fit(vectorizer.fit_transform(column), labels)
    expected: Shares = model.predict_proba(vectorizer.transform([text for text, _ in test]))
    found = fitted(dataset(train, test))[TFIDF].test
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_texts_without_a_known_word_and_no_texts_at_all_have_an_answer() -> None:
    for baseline in fitted(dataset(make_reviews(100))).values():
        shares = baseline.words.shares(["", "quite another language"])
        np.testing.assert_allclose(shares.sum(axis=1), 1)
        assert baseline.words.shares([]).shape == (0, len(BINARY))


@pytest.mark.parametrize("content", [None, b"no parquet"])
def test_a_file_that_is_missing_or_damaged_is_told(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "words.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match="missing or damaged"):
        WordModel.read(path)


def test_another_table_in_its_place_is_told(tmp_path: Path) -> None:
    pl.DataFrame({"term": ["a"]}).write_parquet(tmp_path / "words.parquet")
    with pytest.raises(ModelError, match="missing or damaged"):
        WordModel.read(tmp_path / "words.parquet")
