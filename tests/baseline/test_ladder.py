from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
import pytest
from tests.tiny import make_reviews

from newtrick.baseline.ladder import Baseline, best_of, run_baselines
from newtrick.data.dataset import SCHEMA, Dataset, LabelSet, label_ids, label_matrix
from newtrick.errors import DataError
from newtrick.evaluation.task import task_of

BINARY = ("neg", "pos")
OF_WORDS = ("tfidf-logistic", "nb-logistic")


def frame(rows: Iterable[tuple[str, str]], names: Sequence[str] = BINARY) -> pl.DataFrame:
    texts, labels = zip(*rows, strict=True)
    ids = [names.index(label) for label in labels]
    columns = {"file": ["f"] * len(ids), "row": range(1, len(ids) + 1), "text": texts, "label": ids}
    return pl.DataFrame(columns, schema=SCHEMA)


def dataset(train: list[tuple[str, str]], test: list[tuple[str, str]] | None = None) -> Dataset:
    rows = frame(test or make_reviews(100, seed=2))
    return Dataset("reviews", LabelSet(BINARY, "pos"), frame(train), rows, rows)


def by_name(data: Dataset) -> dict[str, Baseline]:
    return {baseline.name: baseline for baseline in run_baselines(data)}


@pytest.mark.parametrize("rows", [100, 2000])
def test_counting_words_learns_words_that_tell(rows: int) -> None:
    data = dataset(make_reviews(rows))
    baselines = by_name(data)
    for name in OF_WORDS:
        assert (baselines[name].test.argmax(axis=1) == label_ids(data.test)).mean() > 0.95
        assert 0 < baselines[name].seconds < 5


def test_they_come_from_the_cheapest_to_the_dearest_with_probabilities_of_every_class() -> None:
    data = dataset(make_reviews(100))
    baselines = run_baselines(data)
    assert [each.name for each in baselines] == ["majority", *OF_WORDS]
    for each in baselines:
        assert each.validation.shape == each.test.shape == (100, 2)
        np.testing.assert_allclose(each.test.sum(axis=1), 1)


def test_the_majority_names_the_most_frequent_label_of_training_whatever_the_text() -> None:
    data = dataset([("good", "pos")] * 3 + [("bad", "neg")] * 5)
    majority = by_name(data)["majority"]
    assert set(majority.test.argmax(axis=1)) == {0}
    np.testing.assert_allclose(majority.test[0], [5 / 8, 3 / 8])


def test_a_word_of_one_letter_counts() -> None:
    train = [("x film", "pos"), ("y film", "neg")] * 20
    baselines = by_name(dataset(train, [("y", "neg"), ("x", "pos")]))
    for name in OF_WORDS:
        assert baselines[name].test.argmax(axis=1).tolist() == [0, 1]


def test_of_three_classes_each_is_told_by_its_words() -> None:
    names = ("a", "b", "c")
    rows = frame([(f"{name}{name} film", name) for name in names] * 20, names)
    data = Dataset("letters", LabelSet(names), rows, rows, rows)
    for name in OF_WORDS:
        baseline = by_name(data)[name]
        assert baseline.test.argmax(axis=1).tolist() == label_ids(rows).tolist()
        np.testing.assert_allclose(baseline.test.sum(axis=1), 1)


def test_texts_without_words_are_refused() -> None:
    with pytest.raises(DataError, match="no words to count"):
        run_baselines(dataset([("!!!", "pos"), ("???", "neg")] * 5))


def test_the_one_to_beat_is_chosen_on_the_validation_rows_and_of_equals_the_cheaper() -> None:
    right, wrong = np.array([[0.9, 0.1]]), np.array([[0.1, 0.9]])
    cheap, equal = (Baseline(name, right, wrong, 0.0) for name in ("cheap", "equal"))
    luck = Baseline("good on the test row only", wrong, right, 0.0)
    task = task_of(LabelSet(BINARY, "pos"))
    assert best_of([cheap, luck, equal], np.array([0]), task) is cheap


def test_of_several_labels_each_has_a_model_and_those_without_rows_stay_so() -> None:
    names = ("plot", "music", "never")
    rows = [("a plot", [0]), ("some music", [1]), ("plot and music", [0, 1]), ("film", [])] * 20
    texts, ids = zip(*rows, strict=True)
    split = pl.DataFrame(
        {"file": "f", "row": range(1, len(rows) + 1), "text": texts, "label": ids},
        schema={**SCHEMA, "label": pl.List(pl.Int32)},
    )
    data = Dataset("films", LabelSet.of_several(names), split, split, split)
    baselines = by_name(data)
    for name in OF_WORDS:
        decided = baselines[name].test > 0.5
        assert decided.tolist() == label_matrix(split, 3).tolist()
    np.testing.assert_allclose(baselines["majority"].test[0], [0.5, 0.5, 0])
