from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk
from tests.evaluation.drawn import CLASSES, Drawn, cases, drawn, quietly

from newtrick.evaluation.metrics import decisions
from newtrick.evaluation.metrics.decisions import Counts
from newtrick.evaluation.metrics.ordinal import mean_absolute_error, quadratic_kappa

EVERYTHING = list(range(CLASSES))


def counts_of(rows: Drawn) -> Counts:
    return Counts.of(rows.labels, rows.predicted, CLASSES)


@cases
@given(drawn())
def test_the_confusion_matrix_is_that_of_scikit_learn(rows: Drawn) -> None:
    found = decisions.confusion_matrix(rows.labels, rows.predicted, CLASSES)
    assert (found == sk.confusion_matrix(rows.labels, rows.predicted, labels=EVERYTHING)).all()


@cases
@given(drawn())
def test_accuracy_and_balanced_accuracy_are_those_of_scikit_learn(rows: Drawn) -> None:
    counts, pair = counts_of(rows), (rows.labels, rows.predicted)
    assert decisions.accuracy(counts) == pytest.approx(sk.accuracy_score(*pair))
    balanced = quietly(sk.balanced_accuracy_score, *pair)
    assert decisions.balanced_accuracy(counts) == pytest.approx(balanced)


@cases
@given(drawn())
def test_precision_recall_and_f1_of_each_class_are_those_of_scikit_learn(rows: Drawn) -> None:
    counts = counts_of(rows)
    precision, recall, f1, support = sk.precision_recall_fscore_support(
        rows.labels, rows.predicted, labels=EVERYTHING, zero_division=0
    )
    assert decisions.precision_by_class(counts) == pytest.approx(precision)
    assert decisions.recall_by_class(counts) == pytest.approx(recall)
    assert decisions.f1_by_class(counts) == pytest.approx(f1)
    assert counts.true.tolist() == support.tolist()


@cases
@given(drawn())
def test_averages_over_classes_are_those_of_scikit_learn(rows: Drawn) -> None:
    counts = counts_of(rows)
    by_class = (
        decisions.precision_by_class(counts),
        decisions.recall_by_class(counts),
        decisions.f1_by_class(counts),
    )
    for average, over in (("macro", decisions.macro), ("weighted", decisions.weighted)):
        expected = sk.precision_recall_fscore_support(
            rows.labels, rows.predicted, average=average, zero_division=0
        )
        assert [over(figure, counts) for figure in by_class] == pytest.approx(expected[:3])
    micro = sk.f1_score(rows.labels, rows.predicted, average="micro", zero_division=0)
    assert decisions.micro_f1(counts) == pytest.approx(micro)
    assert decisions.macro_f1(counts) == decisions.macro(by_class[2], counts)


@cases
@given(drawn())
def test_the_correlation_of_matthews_is_that_of_scikit_learn(rows: Drawn) -> None:
    expected = quietly(sk.matthews_corrcoef, rows.labels, rows.predicted)
    assert decisions.matthews_correlation(counts_of(rows)) == pytest.approx(expected, abs=1e-12)


@cases
@given(drawn(), st.integers(0, 1000))
def test_weighted_rows_are_those_of_scikit_learn(rows: Drawn, seed: int) -> None:
    weights = np.random.default_rng(seed).exponential(size=(3, rows.rows))
    counts = Counts.of(rows.labels, rows.predicted, CLASSES, weights)
    expected = [
        sk.f1_score(rows.labels, rows.predicted, average="macro", sample_weight=w, zero_division=0)
        for w in weights
    ]
    assert decisions.macro_f1(counts) == pytest.approx(expected)


@cases
@given(drawn())
def test_figures_of_a_scale_are_those_of_scikit_learn(rows: Drawn) -> None:
    scale = np.array([1.0, 2.0, 4.0, 5.0])
    expected = sk.mean_absolute_error(scale[rows.labels], scale[rows.predicted])
    assert mean_absolute_error(rows.labels, rows.predicted, scale) == pytest.approx(expected)
    kappa = quadratic_kappa(rows.labels, rows.predicted)
    found = quietly(
        sk.cohen_kappa_score, rows.labels, rows.predicted, labels=EVERYTHING, weights="quadratic"
    )
    if kappa is None:
        assert np.isnan(found)
    else:
        assert kappa == pytest.approx(found, abs=1e-9)
