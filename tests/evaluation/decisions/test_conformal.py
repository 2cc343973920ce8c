from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evaluation.decisions.worlds import draw, shares

from newtrick.evaluation.decisions.conformal import least_probability, prediction_sets


@pytest.mark.parametrize("classes", [2, 5, 20, 500])
@pytest.mark.parametrize("coverage", [0.8, 0.9])
@pytest.mark.parametrize("overconfidence", [1.0, 4.0])
def test_sets_cover_what_they_state_on_a_fresh_half(
    classes: int, coverage: float, overconfidence: float
) -> None:
    rows = 40_000 if classes < 500 else 8_000
    world = draw(rows, classes, spread=1.0, overconfidence=overconfidence)
    said = shares(world)
    own = said[np.arange(rows), world.labels]
    least = least_probability(own[: rows // 2], coverage)
    sets = prediction_sets(said[rows // 2 :], least)
    covered = sets[np.arange(rows // 2), world.labels[rows // 2 :]].mean()
    assert covered == pytest.approx(coverage, abs=0.01)


def test_the_quantile_is_that_of_a_finite_sample() -> None:
    own = np.arange(1, 10) / 10  # nine rows: 90 % of ten is the least of them
    assert least_probability(own, 0.9) == 0.1
    assert least_probability(own, 0.8) == 0.2
    assert least_probability(own[1:], 0.9) == 0.0  # eight rows cannot leave a label out


def test_few_rows_cover_enough_on_average() -> None:
    covered = []
    for seed in range(400):
        world = draw(25, 3, seed=seed)
        said = shares(world)
        own = said[np.arange(25), world.labels]
        least = least_probability(own[:20], 0.8)
        covered.append(prediction_sets(said[20:], least)[np.arange(5), world.labels[20:]].mean())
    assert np.mean(covered) > 0.785


def test_a_set_is_never_empty_and_holds_the_most_probable_label() -> None:
    sets = prediction_sets(np.array([[0.6, 0.4], [0.95, 0.05]]), least=0.9)
    assert sets.tolist() == [[True, False], [True, False]]


@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.integers(2, 500))
def test_a_higher_coverage_never_has_a_smaller_set(seed: int, rows: int, classes: int) -> None:
    said = np.random.default_rng(seed).dirichlet(np.ones(classes), size=rows)
    own = said[:, 0]
    low, high = least_probability(own, 0.5), least_probability(own, 0.9)
    assert low >= high
    assert (prediction_sets(said, high) >= prediction_sets(said, low)).all()
