"""Scores of rows that have any number of labels."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.multilabel_score import score_label_decisions, score_labels
from newtrick.evaluation.task import task_of

Flags = npt.NDArray[np.bool_]


def labels_of(count: int) -> LabelSet:
    return LabelSet.of_several(f"label {number}" for number in range(count))


def drawn(rows: int, labels: int, seed: int) -> tuple[npt.NDArray[np.float32], Flags]:
    """Logits and the truth: some labels may be in no row, in all, or never named."""
    chance = np.random.default_rng(seed)
    truth = chance.random((rows, labels)) < chance.choice([0, 0.1, 0.5, 1], labels)
    logits = chance.normal(size=truth.shape).round(1) + truth * chance.choice([0, 3], labels)
    return (logits - chance.choice([0, 9], labels)).astype(np.float32), truth


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(2, 7), st.integers(0, 10**6))
def test_figures_are_those_of_scikit_learn(rows: int, labels: int, seed: int) -> None:
    logits, truth = drawn(rows, labels, seed)
    decided = logits > 0
    scores = score_labels(logits, truth, labels_of(labels))
    zero: Any = {"zero_division": 0}
    expected = {
        "accuracy": metrics.accuracy_score(truth, decided),
        "hamming_loss": metrics.hamming_loss(truth, decided),
        "micro_precision": metrics.precision_score(truth, decided, average="micro", **zero),
        "micro_recall": metrics.recall_score(truth, decided, average="micro", **zero),
        "macro_precision": metrics.precision_score(truth, decided, average="macro", **zero),
        "macro_recall": metrics.recall_score(truth, decided, average="macro", **zero),
        **{
            f"{kind}_f1": metrics.f1_score(truth, decided, average=kind, **zero)
            for kind in ("micro", "macro", "weighted")
        },
    }
    found = scores.model_dump()
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    by_label = metrics.f1_score(truth, decided, average=None, **zero)
    assert [label.f1 for label in scores.by_label.values()] == pytest.approx(by_label.tolist())


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 40), st.integers(2, 7), st.integers(0, 10**6))
def test_areas_are_means_over_the_labels_that_have_one(rows: int, labels: int, seed: int) -> None:
    logits, truth = drawn(rows, labels, seed)
    scores = score_labels(logits, truth, labels_of(labels))
    pairs = list(zip(truth.T, logits.T, strict=True))
    some = [metrics.average_precision_score(t, s) for t, s in pairs if t.any()]
    mixed = [metrics.roc_auc_score(t, s) for t, s in pairs if t.any() and not t.all()]
    assert scores.average_precision == (pytest.approx(np.mean(some)) if some else None)
    assert scores.roc_auc == (pytest.approx(np.mean(mixed)) if mixed else None)


def test_the_loss_is_that_of_torch() -> None:
    import torch  # noqa: PLC0415 (for one test)

    logits, truth = drawn(50, 4, seed=1)
    loss = torch.nn.BCEWithLogitsLoss()(torch.from_numpy(logits), torch.from_numpy(truth).float())
    assert score_labels(logits, truth, labels_of(4)).loss == pytest.approx(float(loss), rel=1e-5)


def test_every_interval_holds_its_figure_and_is_finite() -> None:
    for seed in range(20):
        logits, truth = drawn(30, 5, seed)
        scores = score_labels(logits, truth, labels_of(5))
        values = scores.model_dump()
        for name, (low, high) in scores.intervals.items():
            assert low <= values[name] <= high
        assert scores.accuracy_interval[0] <= scores.accuracy <= scores.accuracy_interval[1]


@pytest.mark.parametrize("truth", [np.zeros((1, 3), bool), np.ones((1, 3), bool), np.eye(3) > 0])
def test_rows_without_labels_and_with_all_of_them_have_scores(truth: Flags) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = score_labels(np.where(truth, 2, -2).astype(np.float32), truth, labels_of(3))
    assert scores.accuracy == 1
    assert scores.hamming_loss == 0
    assert scores.micro_f1 == (1 if truth.any() else 0)


def test_five_hundred_labels_are_scored_without_intervals_of_their_areas() -> None:
    logits, truth = drawn(300, 500, seed=3)
    scores = score_labels(logits, truth, labels_of(500))
    assert {"micro_f1", "macro_f1", "loss"} <= set(scores.intervals)
    assert "roc_auc" not in scores.intervals
    assert scores.roc_auc is not None


def test_rows_that_share_groups_widen_the_intervals() -> None:
    chance = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 15)
    truth = chance.random((300, 4)) < 0.4
    wrong = np.repeat(chance.random((20, 1)) < 0.5, 15, axis=0)
    decided = np.where(wrong, ~truth, truth)
    alone = score_label_decisions(decided, truth, labels_of(4))
    together = score_label_decisions(decided, truth, labels_of(4), groups=groups)
    assert (alone.groups, together.groups) == (None, 20)
    for name in ("micro_f1", "macro_f1", "hamming_loss"):
        widths = [high - low for low, high in (alone.intervals[name], together.intervals[name])]
        assert widths[1] > 2 * widths[0]


def test_intervals_of_the_f1s_hold_the_truth_as_often_as_they_say() -> None:
    chance = np.random.default_rng(0)
    shares, hits = np.array([0.05, 0.2, 0.5]), np.array([0.5, 0.7, 0.9])

    def sample(rows: int) -> tuple[Flags, Flags]:
        truth = chance.random((rows, 3)) < shares
        return truth, np.where(
            truth, chance.random((rows, 3)) < hits, chance.random((rows, 3)) < 0.1
        )

    truth, decided = sample(400_000)
    true = {kind: metrics.f1_score(truth, decided, average=kind) for kind in ("micro", "macro")}
    held = {"micro": 0, "macro": 0}
    for _ in range(30):
        truth, decided = sample(300)
        intervals = score_label_decisions(decided, truth, labels_of(3)).intervals
        for kind in held:
            low, high = intervals[f"{kind}_f1"]
            held[kind] += low <= true[kind] <= high
    assert min(held.values()) >= 25  # 28.5 are expected of 30


def test_the_majority_gives_each_label_as_most_rows_have_it() -> None:
    task = task_of(labels_of(2))
    truth = np.array([[1, 0], [1, 0], [1, 1], [0, 0]], dtype=np.bool_)
    assert task.majority_accuracy(truth) == 0.5
    entropies = [-p * np.log(p) - (1 - p) * np.log(1 - p) for p in (0.75, 0.25)]
    assert task.base_loss(truth) == pytest.approx(np.mean(entropies))
