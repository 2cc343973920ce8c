from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn import metrics as sk

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.metrics import (
    accuracy,
    confusion_matrix,
    f1_by_class,
    log_loss,
    macro_f1,
)
from newtrick.evaluation.predict import probabilities
from newtrick.evaluation.score import score

Ids = npt.NDArray[np.int64]
CLASSES = 4


@st.composite
def labels_and_predictions(draw: st.DrawFn) -> tuple[Ids, Ids]:
    rows = draw(st.integers(1, 60))
    ids = st.lists(st.integers(0, CLASSES - 1), min_size=rows, max_size=rows)
    return np.array(draw(ids)), np.array(draw(ids))


@given(labels_and_predictions())
def test_scores_of_decisions_are_those_of_scikit_learn(pair: tuple[Ids, Ids]) -> None:
    labels, predicted = pair
    confusion = confusion_matrix(labels, predicted, CLASSES)
    everything = list(range(CLASSES))
    assert (confusion == sk.confusion_matrix(labels, predicted, labels=everything)).all()
    assert accuracy(confusion) == pytest.approx(sk.accuracy_score(labels, predicted))
    assert f1_by_class(confusion) == pytest.approx(
        sk.f1_score(labels, predicted, labels=everything, average=None, zero_division=0)
    )
    assert macro_f1(confusion) == pytest.approx(
        sk.f1_score(labels, predicted, average="macro", zero_division=0)
    )


@given(st.integers(0, 2**32 - 1), st.integers(1, 50))
def test_log_loss_is_that_of_scikit_learn(seed: int, rows: int) -> None:
    chance = np.random.default_rng(seed)
    logits = chance.normal(scale=3, size=(rows, CLASSES)).astype(np.float32)
    labels = chance.integers(0, CLASSES, size=rows)
    shares = softmax(logits.astype(np.float64), axis=1)
    expected = sk.log_loss(labels, shares, labels=range(CLASSES))
    assert log_loss(logits, labels) == pytest.approx(expected)


def test_huge_logits_stay_finite() -> None:
    logits = np.array([[1e30, -1e30]], dtype=np.float32)
    assert np.isfinite(log_loss(logits, np.array([1])))
    assert probabilities(logits).tolist() == [[1.0, 0.0]]


def test_a_score_names_f1_only_for_two_classes() -> None:
    logits = np.eye(3, dtype=np.float32)
    labels = np.arange(3)
    three = score(logits, labels, LabelSet(("a", "b", "c")))
    two = score(logits[:2, :2], labels[:2], LabelSet(("a", "b"), "a"))
    assert three.f1 is None
    assert two.f1 == 1.0
    assert "f1" not in three.model_dump(exclude_none=True)


def test_f1_is_that_of_the_positive_label() -> None:
    logits = np.array([[2, 0], [2, 0], [0, 2], [2, 0]], dtype=np.float32)
    labels = np.array([0, 0, 1, 1])
    assert score(logits, labels, LabelSet(("a", "b"), "a")).f1 == pytest.approx(0.8)
    assert score(logits, labels, LabelSet(("a", "b"), "b")).f1 == pytest.approx(2 / 3)
