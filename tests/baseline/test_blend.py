"""The weights of a blend, fitted on few rows or many, good ones or bad."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import expit

from newtrick.baseline.blend import fit_blend, out_of_fold, word_logits
from newtrick.evaluation.arrays import Floats, Ids, Logits


@dataclass(frozen=True)
class Rows:
    """What an encoder and a word count say of rows."""

    encoder: Logits
    words: Logits
    truth: Ids


def draw(rows: int, *, words: float, seed: int = 0) -> Rows:
    """Two witnesses who err by themselves; the second speaks with so much sense."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(2, size=rows)
    side = np.where(truth, 1.0, -1.0)
    first = side + chance.normal(size=rows)
    second = words * side + chance.normal(size=rows)
    return Rows(_logits(3 * first), _logits(2 * second), truth)


def _logits(odds: Floats) -> Logits:
    return np.stack([-odds / 2, odds / 2], axis=1).astype(np.float32)


def right(logits: Logits, truth: Ids) -> float:
    return float((logits.argmax(axis=1) == truth).mean())


def test_two_that_err_differently_are_right_more_often_together() -> None:
    fitted, fresh = draw(2000, words=1), draw(5000, words=1, seed=1)
    blend = fit_blend(fitted.encoder, fitted.words, fitted.truth)
    together = right(blend.logits(fresh.encoder, fresh.words), fresh.truth)
    assert together > right(fresh.encoder, fresh.truth) + 0.05
    # The odds of a unit's step are 2; they were written three times and twice as large.
    assert blend.encoder == pytest.approx(2 / 3, rel=0.15)
    assert blend.words == pytest.approx(1, rel=0.15)


@pytest.mark.parametrize("sense", [0, -1])
def test_a_word_count_that_knows_nothing_or_lies_counts_nothing(sense: float) -> None:
    rows = draw(5000, words=sense)
    assert fit_blend(rows.encoder, rows.words, rows.truth).words < 0.05


def test_rows_that_are_all_right_make_no_certainty_and_no_rows_leave_the_encoder_alone() -> None:
    rows = draw(20, words=1)
    sure = _logits(np.where(rows.truth, 5.0, -5.0))
    blend = fit_blend(sure, sure, rows.truth)
    assert 0 <= blend.words < blend.encoder < 2
    nothing = fit_blend(sure[:0], sure[:0], rows.truth[:0])
    assert (nothing.encoder, nothing.words) == (1, 0)


def test_out_of_fold_no_row_has_a_say_in_its_own_answer() -> None:
    rows = draw(40, words=1)
    before = out_of_fold(rows.encoder, rows.words, rows.truth, None)
    for place in range(5):
        truth = rows.truth.copy()
        truth[place] = 1 - truth[place]
        after = out_of_fold(rows.encoder, rows.words, truth, None)
        np.testing.assert_array_equal(after[place], before[place])
        assert (after != before).any()


def test_nor_has_any_row_of_its_group() -> None:
    rows, groups = draw(40, words=1), np.arange(40) // 4
    before = out_of_fold(rows.encoder, rows.words, rows.truth, groups)
    truth = np.where(groups == 3, 1 - rows.truth, rows.truth)
    after = out_of_fold(rows.encoder, rows.words, truth, groups)
    np.testing.assert_array_equal(after[groups == 3], before[groups == 3])
    assert (after != before).any()


def test_a_single_row_is_answered_by_the_encoder_alone() -> None:
    rows = draw(1, words=1)
    alone = out_of_fold(rows.encoder, rows.words, rows.truth, None)
    np.testing.assert_allclose(alone, rows.encoder)


def test_of_several_labels_the_odds_are_weighed_for_all_labels_alike() -> None:
    chance = np.random.default_rng(0)
    odds = chance.normal(size=(4000, 3))
    truth = chance.random((4000, 3)) < expit(3 * odds)
    halves = (odds + chance.normal(size=odds.shape) * sign for sign in (0.5, -0.5))
    encoder, words = (half.astype(np.float32) for half in halves)
    blend = fit_blend(encoder, words, truth)
    assert blend.encoder == pytest.approx(blend.words, rel=0.2)


def test_probabilities_of_nought_and_one_have_finite_logits() -> None:
    shares = np.array([[0.0, 1.0], [0.25, 0.75]])
    one, several = (word_logits(shares, several=several) for several in (False, True))
    assert np.isfinite(one).all()
    assert np.isfinite(several).all()
    assert one[1, 1] - one[1, 0] == pytest.approx(np.log(3))
    assert several[1].tolist() == pytest.approx([-np.log(3), np.log(3)])
