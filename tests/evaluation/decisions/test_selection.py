from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from tests.evaluation.decisions.worlds import World, draw, shares

from newtrick.evaluation.decisions.selection import lower_bound, select


def confidence_and_right(
    world: World,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    said = shares(world)
    return said.max(axis=1), said.argmax(axis=1) == world.labels


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    hits, rows = np.array([0, 1, 37, 100]), np.array([1, 1, 50, 100])
    exact = [
        binomtest(int(some), int(of), alternative="greater").proportion_ci(0.95, method="exact")
        for some, of in zip(hits, rows, strict=True)
    ]
    assert lower_bound(hits, rows) == pytest.approx([interval.low for interval in exact])


def test_the_promise_holds_on_fresh_rows_in_19_of_20_draws_and_withholds_little() -> None:
    fresh = draw(200_000, seed=1)
    confidence, right = confidence_and_right(fresh)
    order = np.argsort(-confidence)
    best = np.flatnonzero(np.cumsum(right[order]) >= 0.9 * np.arange(1, 200_001))[-1] / 200_000
    kept, answered = [], []
    for seed in range(400):
        found = select(*confidence_and_right(draw(1_000, seed=seed + 2)), wanted=0.9)
        assert found.threshold is not None
        given = confidence >= found.threshold
        kept.append(right[given].mean() >= 0.9)
        answered.append(given.mean())
    assert np.mean(kept) >= 0.94
    assert np.mean(answered) > 0.85 * best


def test_all_rows_are_selected_where_enough_of_all_are_right() -> None:
    scores = np.linspace(0.5, 1, 1000)
    found = select(scores, np.ones(1000, dtype=bool), wanted=0.95)
    assert found.threshold == 0.5
    assert found.assured > 0.99


def test_what_cannot_be_promised_is_said_with_what_can() -> None:
    scores, right = confidence_and_right(draw(300, seed=3))
    refused = select(scores, right, wanted=0.999)
    assert refused.threshold is None
    assert 0.5 < refused.assured < 0.999
    assert select(scores, right, wanted=refused.assured).threshold is not None


@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.sampled_from([1, 2, 1000]))
def test_any_rows_get_an_answer(seed: int, rows: int, values: int) -> None:
    chance = np.random.default_rng(seed)
    scores = chance.integers(0, values, size=rows) / values
    right = chance.random(rows) < 0.8
    found = select(scores, right, wanted=0.6)
    assert 0 <= found.assured <= 1
    if found.threshold is not None:
        assert right[scores >= found.threshold].mean() >= found.assured >= 0.6


def test_a_million_rows_take_seconds() -> None:
    found = select(*confidence_and_right(draw(1_000_000)), wanted=0.95)
    assert found.threshold is not None
    assert 0.95 <= found.assured < 0.9505
