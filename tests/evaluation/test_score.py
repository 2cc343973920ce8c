from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from sklearn import metrics as sk
from tests.evaluation.drawn import CLASSES, Drawn, drawn

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.metrics.probability import softmax
from newtrick.evaluation.score import score, score_decisions
from newtrick.evaluation.scores import BaselineScores, Scores

TWO = LabelSet.of(("neg", "pos"))
FOUR = LabelSet.of(("a", "b", "c", "d"))


def logits_of(rows: Drawn) -> npt.NDArray[np.float32]:
    return np.log(rows.shares + 1e-9).astype(np.float32)


def some_rows(
    rows: int, classes: int = 2, seed: int = 0
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    chance = np.random.default_rng(seed)
    labels = chance.integers(0, classes, rows)
    logits = chance.normal(size=(rows, classes)) + 2 * np.eye(classes)[labels]
    return logits.astype(np.float32), labels


def test_a_score_names_f1_only_for_two_classes() -> None:
    logits = np.eye(3, dtype=np.float32)
    labels = np.arange(3)
    three = score(logits, labels, LabelSet(("a", "b", "c")))
    two = score(logits[:2, :2], labels[:2], LabelSet(("a", "b"), "a"))
    assert three.f1 is None
    assert two.f1 == 1.0
    assert "f1" not in three.model_dump(exclude_none=True)


def test_f1_precision_and_recall_are_those_of_the_positive_label() -> None:
    logits = np.array([[2, 0], [2, 0], [0, 2], [2, 0]], dtype=np.float32)
    labels = np.array([0, 0, 1, 1])
    first = score(logits, labels, LabelSet(("a", "b"), "a"))
    second = score(logits, labels, LabelSet(("a", "b"), "b"))
    assert [first.f1, second.f1] == pytest.approx([0.8, 2 / 3])
    assert [first.precision, first.recall] == pytest.approx([2 / 3, 1.0])
    assert second.by_label["a"].model_dump() == {
        "precision": pytest.approx(2 / 3),
        "recall": 1.0,
        "f1": pytest.approx(0.8),
        "support": 2,
    }


def test_areas_of_many_classes_are_the_means_of_scikit_learn() -> None:
    logits, labels = some_rows(300, classes=4)
    scores = score(logits, labels, FOUR)
    shares = softmax(logits)
    assert scores.roc_auc == pytest.approx(sk.roc_auc_score(labels, shares, multi_class="ovr"))
    truth = np.eye(4)[labels]
    assert scores.average_precision == pytest.approx(sk.average_precision_score(truth, shares))


@settings(max_examples=50, deadline=None)
@given(drawn())
def test_every_figure_is_finite_and_inside_its_interval(rows: Drawn) -> None:
    scores = score(logits_of(rows), rows.labels, LabelSet.of(("1", "2", "3", "4")))
    named = json.loads(scores.to_json())
    for name, (low, high) in scores.intervals.items():
        assert low <= named[name] <= high
        assert low < high
    assert scores.accuracy_interval[0] <= scores.accuracy <= scores.accuracy_interval[1]
    assert Scores.model_validate_json(scores.to_json()) == scores
    assert len(scores.by_label) == CLASSES


def test_one_row_has_figures_but_no_area() -> None:
    one = score(np.array([[0, 1]], dtype=np.float32), np.array([1]), TWO)
    assert one.accuracy == one.macro_f1 == one.f1 == 1.0
    assert one.roc_auc is None
    assert one.average_precision == 1.0
    assert one.accuracy_interval == pytest.approx((0.2065, 1.0), abs=1e-4)
    low, high = one.intervals["macro_f1"]
    assert low < 0.6
    assert high == 1
    assert "loss" not in one.intervals  # one row says nothing of the spread


def test_rows_without_the_positive_label_have_no_area() -> None:
    logits, _ = some_rows(20)
    none = score(logits, np.zeros(20, dtype=np.int64), TWO)
    assert none.roc_auc is None
    assert none.average_precision is None
    assert {"roc_auc", "average_precision"}.isdisjoint(json.loads(none.to_json()))


def test_a_class_that_is_never_predicted_has_figures_of_zero() -> None:
    logits, labels = some_rows(200, classes=3)
    logits[:, 2] = -50
    scores = score(logits, labels, LabelSet.of(("a", "b", "c")))
    assert scores.by_label["c"].precision == scores.by_label["c"].recall == 0
    assert scores.by_label["c"].support > 0


def test_a_scale_of_numbers_has_figures_of_distance() -> None:
    logits, labels = some_rows(300, classes=5)
    names = ("1", "2", "3", "4", "5")
    stars = score(logits, labels, LabelSet.of(names, scale=(1, 2, 3, 4, 5)))
    answers = logits.argmax(axis=1)
    assert stars.mean_absolute_error == pytest.approx(np.abs(answers - labels).mean())
    expected = sk.cohen_kappa_score(labels, answers, weights="quadratic")
    assert stars.quadratic_kappa == pytest.approx(expected)
    assert {"mean_absolute_error", "quadratic_kappa"} <= stars.intervals.keys()
    named = score(logits, labels, LabelSet.of(names))  # numbers may be codes
    assert named.mean_absolute_error is named.quadratic_kappa is None


def test_the_same_rows_have_the_same_intervals() -> None:
    logits, labels = some_rows(500)
    assert score(logits, labels, TWO) == score(logits, labels, TWO)


def test_rows_of_few_groups_have_wider_intervals() -> None:
    logits, labels = some_rows(500)
    groups = np.arange(500) // 25
    logits = np.repeat(logits[::25], 25, axis=0)  # a group has one text
    labels = np.repeat(labels[::25], 25)
    alone, grouped = score(logits, labels, TWO), score(logits, labels, TWO, groups=groups)
    assert alone.accuracy == grouped.accuracy
    assert alone.intervals.keys() == grouped.intervals.keys()
    for name in ("macro_f1", "loss", "roc_auc"):
        narrow, wide = (np.ptp(scores.intervals[name]) for scores in (alone, grouped))
        assert wide > 2 * narrow
    assert np.ptp(grouped.accuracy_interval) > 2 * np.ptp(alone.accuracy_interval)


def test_five_hundred_labels_are_scored() -> None:
    names = tuple(f"label {number}" for number in range(500))
    logits, labels = some_rows(1500, classes=500)
    scores = score(logits, labels, LabelSet.of(names))
    assert scores.roc_auc is not None
    assert "roc_auc" not in scores.intervals
    assert "macro_f1" in scores.intervals


def test_a_baseline_has_the_figures_of_its_decisions() -> None:
    logits, labels = some_rows(100)
    counted = score_decisions(logits.argmax(axis=1), labels, TWO)
    baseline = BaselineScores.of(counted, "tfidf-logistic", seconds=1.5)
    assert baseline.macro_f1 == counted.macro_f1
    assert baseline.intervals.keys() == {"balanced_accuracy", "f1", "macro_f1", "mcc"}
