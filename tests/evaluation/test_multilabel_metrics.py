from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk
from tests.evaluation.drawn import cases

from newtrick.evaluation.metrics import multilabel
from newtrick.evaluation.metrics.decisions import f1_by_class, precision_by_class, recall_by_class

Flags = npt.NDArray[np.bool_]


@st.composite
def flags(draw: st.DrawFn) -> tuple[Flags, npt.NDArray[np.float64]]:
    """Truth and scores of up to four labels; some that every row has, or none."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(1, 40)), draw(st.integers(2, 4))
    share = draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))
    truth = chance.random(shape) < share
    scores: npt.NDArray[np.float64] = chance.random(shape) + 0.3 * truth
    scores = scores.round(draw(st.sampled_from([1, 8])))
    return truth, scores


@cases
@given(flags())
def test_figures_of_many_labels_are_those_of_scikit_learn(
    drawn: tuple[Flags, npt.NDArray[np.float64]],
) -> None:
    truth, scores = drawn
    decided = scores > 0.6
    for average, figure in (
        ("micro", multilabel.label_micro_f1),
        ("macro", multilabel.label_macro_f1),
    ):
        expected = sk.f1_score(truth, decided, average=average, zero_division=0)
        assert figure(truth, decided) == pytest.approx(expected)


@cases
@given(flags())
def test_figures_of_each_label_are_those_of_scikit_learn(
    drawn: tuple[Flags, npt.NDArray[np.float64]],
) -> None:
    truth, scores = drawn
    counts = multilabel.count_flags(truth, scores > 0.6)
    precision, recall, f1, _ = sk.precision_recall_fscore_support(
        truth, scores > 0.6, average=None, zero_division=0
    )
    assert precision_by_class(counts) == pytest.approx(precision)
    assert recall_by_class(counts) == pytest.approx(recall)
    assert f1_by_class(counts) == pytest.approx(f1)
