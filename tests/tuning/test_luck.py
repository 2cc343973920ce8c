from __future__ import annotations

import numpy as np
import pytest

from newtrick.tuning.luck import FEWEST, is_enough, optimism


def hits(
    share: float, rows: int = 400, seed: int = 0
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Right answers of a model that has them with this chance."""
    return (np.random.default_rng(seed).random(rows) < share).astype(np.float64)


def test_picking_one_of_many_equal_trials_flatters_it() -> None:
    trials = [hits(0.8, seed=seed) for seed in range(30)]
    lead = max(trial.mean() for trial in trials) - 0.8
    assert optimism(trials) == pytest.approx(lead, abs=0.015)
    assert optimism(trials) > 0.02


def test_one_trial_that_is_far_better_is_no_luck() -> None:
    trials = [hits(0.95), *(hits(0.6, seed=seed) for seed in range(1, 20))]
    assert optimism(trials) < 0.005


def test_the_more_trials_the_more_luck() -> None:
    trials = [hits(0.8, seed=seed) for seed in range(40)]
    assert optimism(trials[:3]) < optimism(trials)


def test_a_search_ends_when_twice_the_trials_bring_nothing() -> None:
    good, worse = hits(0.8), hits(0.7, seed=1)
    assert is_enough([good] + [worse] * (FEWEST - 1))
    assert not is_enough([good] + [worse] * (FEWEST - 2))
    assert is_enough([good, worse] + [None] * FEWEST)


def test_a_search_goes_on_where_the_second_half_brought_much() -> None:
    worse, good = hits(0.6), hits(0.8, seed=1)
    half = FEWEST // 2
    assert not is_enough([worse] * half + [good] + [None] * (half - 1))


def test_a_search_without_a_whole_trial_in_its_first_half_goes_on() -> None:
    assert not is_enough([None] * FEWEST + [hits(0.8)])
