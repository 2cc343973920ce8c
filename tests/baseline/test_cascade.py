"""When a word count may answer alone."""

from __future__ import annotations

import numpy as np
from tests.baseline.test_blend import Rows, draw

from newtrick.baseline.cascade import Cascade, fit_cascade
from newtrick.evaluation.predict import probabilities


def fit(rows: Rows, most_lost: float = 0.002) -> Cascade | None:
    return fit_cascade(
        probabilities(rows.words).astype(np.float64),
        rows.words,
        rows.encoder,
        rows.encoder,
        rows.truth,
        groups=None,
        most_lost=most_lost,
    )


def test_it_answers_what_it_is_sure_of_and_the_rest_is_left() -> None:
    cascade = fit(draw(5000, words=0.9))
    assert cascade is not None
    assert 0.1 < cascade.share < 1
    assert cascade.assured_loss <= 0.002


def test_what_is_assured_holds_on_fresh_rows() -> None:
    cascade = fit(draw(5000, words=0.9))
    assert cascade is not None
    fresh = draw(20000, words=0.9, seed=1)
    sure = cascade.sure(probabilities(fresh.words).astype(np.float64))
    merged = cascade.merge(sure, fresh.words, fresh.encoder[~sure])
    right, alone = (each.argmax(axis=1) == fresh.truth for each in (merged, fresh.encoder))
    assert alone.mean() - right.mean() <= cascade.assured_loss
    np.testing.assert_array_equal(merged[~sure], fresh.encoder[~sure])


def test_more_may_be_lost_if_that_is_allowed() -> None:
    rows = draw(1000, words=0.9)
    careful, careless = fit(rows), fit(rows, most_lost=0.2)
    assert careless is not None
    assert careless.share == 1
    assert careful is None or careful.share < 1


def test_a_word_count_that_knows_nothing_answers_nothing() -> None:
    assert fit(draw(5000, words=0)) is None


def test_few_rows_assure_nothing() -> None:
    rows = draw(60, words=5)
    truthful = Rows(rows.words, rows.words, rows.truth)  # the two are right alike
    assert fit(truthful) is None
