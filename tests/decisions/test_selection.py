from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from tests.decisions.worlds import draw, shares

from newtrick.decisions.selection import lower_bound, select


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    for hits, rows in ((0, 1), (1, 1), (37, 50), (100, 100)):
        exact = binomtest(hits, rows, alternative="greater").proportion_ci(0.95, method="exact")
        assert lower_bound(hits, rows, 0.05) == pytest.approx(exact.low)


def test_the_promise_holds_on_fresh_rows_in_19_of_20_draws() -> None:
    fresh = draw(200_000, seed=1)
    confidence = shares(fresh).max(axis=1)
    right = fresh.logits.argmax(axis=1) == fresh.labels
    kept, coverages = [], []
    for seed in range(300):
        world = draw(1_000, seed=seed + 2)
        found = select(
            shares(world).max(axis=1), world.logits.argmax(axis=1) == world.labels, wanted=0.9
        )
        assert found.threshold is not None
        answered = confidence >= found.threshold
        coverages.append(answered.mean())
        kept.append(right[answered].mean() >= 0.9)
    best = 1 - np.flatnonzero(np.cumsum(right[np.argsort(confidence)][::-1])[::-1] / np.arange(
        len(right), 0, -1
    ) >= 0.9)[0] / len(right)
    assert np.mean(kept) >= 0.95
    assert np.mean(coverages) > 0.75 * best  # and little is withheld for it


def test_all_rows_are_selected_where_enough_of_all_are_right() -> None:
    scores = np.linspace(0.5, 1, 1000)
    found = select(scores, np.ones(1000, dtype=bool), wanted=0.95)
    assert found.threshold == 0.5
    assert found.assured > 0.99


def test_what_cannot_be_promised_is_said_with_what_can() -> None:
    world = draw(300, seed=3)
    scores, right = shares(world).max(axis=1), world.logits.argmax(axis=1) == world.labels
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
    world = draw(1_000_000)
    found = select(
        shares(world).max(axis=1), world.logits.argmax(axis=1) == world.labels, wanted=0.95
    )
    assert found.threshold is not None
    assert 0.95 <= found.assured < 0.9505
