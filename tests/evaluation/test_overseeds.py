from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import ttest_rel
from sklearn.metrics import f1_score

from newtrick.evaluation.arrays import Floats
from newtrick.evaluation.overseeds import (
    OverSeeds,
    macro_f1_by_row,
    micro_f1_by_row,
    over_seeds,
)


def trained(ease: Floats, seeds: int, chance: np.random.Generator, luck: float = 0.0) -> Floats:
    """Which rows trainings get right, shape (seeds, rows)."""
    shape = (seeds, ease.shape[-1])
    own = chance.normal(0, luck, (seeds, 1)) + chance.normal(0, 0.5, shape)
    return (ease + own > 0).astype(np.float64)


def width(found: OverSeeds) -> float:
    return found.interval[1] - found.interval[0]


def test_the_difference_is_that_of_the_means() -> None:
    found = over_seeds(np.array([[1.0, 1, 0, 1], [1, 1, 1, 1]]), np.array([[1.0, 0, 0, 1]] * 2))
    assert found.first == (0.75, 1.0)
    assert found.other == (0.5, 0.5)
    assert found.difference == 0.375
    assert found.interval[0] < 0.375 < found.interval[1]


def test_the_interval_holds_the_truth_about_nineteen_times_in_twenty() -> None:
    chance = np.random.default_rng(0)
    held = []
    for _ in range(400):
        ease = chance.normal(1.5, 1, 300)
        found = over_seeds(trained(ease, 3, chance, 0.1), trained(ease, 3, chance, 0.1))
        held.append(found.interval[0] <= 0 <= found.interval[1])
        assert held[-1] == (found.p > 0.05)
    assert 0.92 <= np.mean(held) <= 0.985


def test_the_luck_of_the_seeds_widens_the_interval() -> None:
    chance = np.random.default_rng(0)
    ease = chance.normal(1.5, 1, 2000)
    calm, wild = (
        over_seeds(trained(ease, 3, chance, luck), trained(ease, 3, chance, luck))
        for luck in (0.0, 0.3)
    )
    assert width(wild) > 3 * width(calm)


def test_luck_that_a_seed_brings_to_both_recipes_does_not_widen_it() -> None:
    chance = np.random.default_rng(0)
    ease, shared = chance.normal(1.5, 1, 2000), chance.normal(0, 0.5, (8, 1))
    calm, both = (
        over_seeds(trained(ease + luck, 8, chance), trained(ease + luck, 8, chance))
        for luck in (np.zeros((8, 1)), shared)
    )
    assert np.std(both.first) > 5 * np.std(calm.first)
    assert width(both) < np.std(both.first) / 3


def test_where_all_rows_agree_it_is_the_test_of_pairs_of_seeds() -> None:
    first, other = np.array([0.9, 0.8, 0.85]), np.array([0.7, 0.75, 0.6])
    found = over_seeds(np.tile(first, (9, 1)).T, np.tile(other, (9, 1)).T, counts_rows=False)
    expected = ttest_rel(first, other)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.interval == pytest.approx(tuple(expected.confidence_interval()))


def test_where_all_seeds_agree_it_is_the_test_of_pairs_of_rows() -> None:
    chance = np.random.default_rng(0)
    first, other = chance.normal(0.1, 1, 5000), chance.normal(0, 1, 5000)
    found = over_seeds(np.tile(first, (2, 1)), np.tile(other, (2, 1)), counts_rows=False)
    expected = ttest_rel(first, other)
    assert found.p == pytest.approx(expected.pvalue, rel=0.05)
    assert found.interval == pytest.approx(tuple(expected.confidence_interval()), rel=0.01)


def test_rows_that_share_groups_count_as_groups() -> None:
    chance = np.random.default_rng(0)
    ease = chance.normal(1, 1, 100)
    easier = ease + chance.normal(0, 1, 100)
    first, other = trained(easier, 3, chance), trained(ease, 3, chance)
    copies = np.repeat(first, 10, axis=1), np.repeat(other, 10, axis=1)
    grouped = over_seeds(copies[0], copies[1], np.repeat(np.arange(100), 10))
    assert grouped.interval == pytest.approx(over_seeds(first, other).interval)
    assert width(over_seeds(copies[0], copies[1])) < 0.8 * width(grouped)


def test_answers_that_are_all_the_same_leave_room_for_rows_that_were_not_seen() -> None:
    same = np.ones((3, 50))
    found = over_seeds(same, same)
    assert found.interval[0] < 0 < found.interval[1] < 0.05
    assert found.p == 1
    losses = over_seeds(same, same, counts_rows=False)
    assert (losses.interval, losses.p) == ((0, 0), 1)


@pytest.fixture
def answers() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Flags of 120 rows with any of four labels, and of what they were given."""
    chance = np.random.default_rng(0)
    truth = chance.random((120, 4)) < (0.5, 0.3, 0.2, 0.05)
    return truth, truth ^ (chance.random((120, 4)) < 0.15)


def test_what_rows_add_to_an_f1_has_it_as_its_mean(
    answers: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
) -> None:
    micro = micro_f1_by_row(*answers).mean()
    macro = macro_f1_by_row(*answers, all_labels=True).mean()
    assert micro == pytest.approx(f1_score(*answers, average="micro"))
    assert macro == pytest.approx(f1_score(*answers, average="macro"))


def test_what_a_row_adds_to_an_f1_is_what_the_f1_loses_without_it(
    answers: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
) -> None:
    whole = f1_score(*answers, average="macro")
    without = [
        f1_score(*(np.delete(flags, row, axis=0) for flags in answers), average="macro")
        for row in range(120)
    ]
    jackknife = 120 * whole - 119 * np.array(without)
    added = macro_f1_by_row(*answers, all_labels=True)
    assert np.corrcoef(jackknife, added)[0, 1] > 0.99
    assert added.std() == pytest.approx(jackknife.std(), rel=0.1)


def test_a_class_that_no_row_has_and_none_was_given_is_no_part_of_the_macro_f1() -> None:
    truth, given = np.eye(3, dtype=bool)[[0, 0, 1, 1]], np.eye(3, dtype=bool)[[0, 0, 1, 0]]
    expected = f1_score([0, 0, 1, 1], [0, 0, 1, 0], average="macro")
    assert macro_f1_by_row(truth, given, all_labels=False).mean() == pytest.approx(expected)
