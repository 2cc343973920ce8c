from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax as scipy_softmax
from sklearn import metrics as sk
from tests.evaluation.drawn import CLASSES, Drawn, cases, drawn, quietly

from newtrick.evaluation.figures import Areas
from newtrick.evaluation.metrics.probability import (
    calibration_error,
    log_loss,
    row_brier_scores,
    softmax,
)
from newtrick.evaluation.metrics.ranking import Ranking
from newtrick.evaluation.predict import probabilities


@cases
@given(st.integers(0, 2**32 - 1), st.integers(1, 50))
def test_log_loss_is_that_of_scikit_learn(seed: int, rows: int) -> None:
    chance = np.random.default_rng(seed)
    logits = chance.normal(scale=3, size=(rows, CLASSES)).astype(np.float32)
    labels = chance.integers(0, CLASSES, size=rows)
    shares = scipy_softmax(logits.astype(np.float64), axis=1)
    assert softmax(logits) == pytest.approx(shares)
    expected = sk.log_loss(labels, shares, labels=range(CLASSES))
    assert log_loss(logits, labels) == pytest.approx(expected)


def test_huge_logits_stay_finite() -> None:
    logits = np.array([[1e30, -1e30]], dtype=np.float32)
    assert np.isfinite(log_loss(logits, np.array([1])))
    assert probabilities(logits).tolist() == softmax(logits).tolist() == [[1.0, 0.0]]


@cases
@given(drawn())
def test_the_brier_score_is_that_of_scikit_learn_for_many_classes(rows: Drawn) -> None:
    expected = sk.brier_score_loss(rows.labels, rows.shares, labels=range(CLASSES))
    assert row_brier_scores(rows.shares, rows.labels).mean() == pytest.approx(expected)


@cases
@given(drawn(classes=2))
def test_the_brier_score_is_that_of_scikit_learn_for_two(rows: Drawn) -> None:
    expected = sk.brier_score_loss(rows.labels, rows.shares[:, 1], labels=[0, 1])
    assert row_brier_scores(rows.shares, rows.labels).mean() == pytest.approx(expected)


@cases
@given(drawn(classes=2))
def test_areas_under_curves_are_those_of_scikit_learn(rows: Drawn) -> None:
    scores, positive = rows.shares[:, 1], rows.labels == 1
    if not positive.any():
        return
    areas = Areas(Ranking.of(scores, positive))(np.ones(rows.rows))
    expected = quietly(sk.average_precision_score, positive, scores)
    assert areas["average_precision"] == pytest.approx(expected)
    if positive.all():
        assert "roc_auc" not in areas
    else:
        assert areas["roc_auc"] == pytest.approx(sk.roc_auc_score(positive, scores))


@cases
@given(drawn(classes=2), st.integers(0, 1000))
def test_areas_of_weighted_rows_are_those_of_scikit_learn(rows: Drawn, seed: int) -> None:
    scores, positive = rows.shares[:, 1], rows.labels == 1
    weights = np.random.default_rng(seed).exponential(size=(2, rows.rows)).astype(np.float32)
    if positive.all() or not positive.any():
        return
    curve = Ranking.of(scores, positive).curve(weights)
    assert curve.roc_auc() == pytest.approx(
        [sk.roc_auc_score(positive, scores, sample_weight=line) for line in weights], abs=1e-5
    )
    assert curve.average_precision() == pytest.approx(
        [sk.average_precision_score(positive, scores, sample_weight=line) for line in weights],
        abs=1e-5,
    )


def test_the_calibration_error_is_the_mean_gap_of_its_bins() -> None:
    shares = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.4, 0.6]])
    labels = np.array([0, 0, 1, 1])
    gap = 3 * abs(0.9 - 2 / 3) / 4 + abs(0.6 - 1) / 4
    assert calibration_error(shares, labels) == pytest.approx(gap)


@cases
@given(drawn())
def test_the_calibration_error_is_that_of_its_definition(rows: Drawn) -> None:
    top, right = rows.shares.max(axis=1), rows.shares.argmax(axis=1) == rows.labels
    edges = np.linspace(0, 1, 16)
    expected = 0.0
    for low, high in itertools.pairwise(edges):
        inside = (top > low) & (top <= high)
        if inside.any():
            expected += abs(top[inside].mean() - right[inside].mean()) * inside.mean()
    assert calibration_error(rows.shares, rows.labels) == pytest.approx(expected)


def test_a_model_that_knows_how_sure_to_be_has_almost_no_calibration_error() -> None:
    chance = np.random.default_rng(0)
    shares = chance.dirichlet([1, 1, 1], size=50_000)
    labels = (chance.random((50_000, 1)) > shares.cumsum(axis=1)[:, :-1]).sum(axis=1)
    assert calibration_error(shares, labels) < 0.01
