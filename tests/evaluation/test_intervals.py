from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from newtrick.evaluation.arrays import Floats, Weights
from newtrick.evaluation.intervals import (
    FEWEST_RESAMPLES,
    MOST_RESAMPLES,
    Resampling,
    design_effect,
    percentile_interval,
    share_interval,
    unseen_rows,
    wilson_interval,
    with_unseen_rows,
)
from newtrick.evaluation.metrics.decisions import Counts, macro_f1
from newtrick.evaluation.metrics.weighting import mean


@pytest.mark.parametrize(("hits", "rows"), [(0, 1), (1, 1), (0, 50), (37, 50), (99, 100)])
def test_it_is_the_interval_of_wilson(hits: int, rows: int) -> None:
    expected = binomtest(hits, rows).proportion_ci(0.95, method="wilson")
    assert wilson_interval(hits, rows) == pytest.approx((expected.low, expected.high))


def test_it_covers_the_truth_in_19_of_20_draws() -> None:
    hits = np.random.default_rng(0).binomial(500, 0.87, size=2000)
    intervals = [wilson_interval(int(count), 500) for count in hits]
    covered = np.mean([low <= 0.87 <= high for low, high in intervals])
    assert 0.935 < covered < 0.965


def test_a_mean_has_the_interval_of_its_standard_error() -> None:
    values = np.random.default_rng(0).normal(size=(2000, 1))
    resampling = Resampling(2000)
    draws = resampling.draw(lambda weights: {"mean": mean(values, weights)[..., 0]})["mean"]
    found = percentile_interval(draws, values.mean())
    half = 1.96 * values.std() / np.sqrt(2000)
    assert found == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)


def test_rows_of_a_group_share_their_weight() -> None:
    groups = np.array([0, 1, 1, 0])
    weights = next(Resampling(4, groups).weights())
    assert (weights[:, 0] == weights[:, 3]).all()
    assert (weights[:, 1] == weights[:, 2]).all()
    assert (weights[:, 0] != weights[:, 1]).all()


def test_a_million_rows_get_fewer_resamples_a_few_at_once() -> None:
    assert Resampling(300).count == Resampling(25_000).count == MOST_RESAMPLES
    million = Resampling(1_000_000)
    assert million.count == FEWEST_RESAMPLES
    assert next(million.weights()).nbytes < 2**23


def test_resamples_that_are_all_alike_are_no_interval() -> None:
    assert percentile_interval(np.ones(100), 1.0) is None


def test_a_model_without_a_mistake_could_make_one() -> None:
    labels, chance = np.array([0, 1] * 20), np.random.default_rng(0)

    def figures(weights: Weights) -> dict[str, Floats]:
        counts = Counts.of(labels, labels, 2, weights)
        return {"f1": macro_f1(with_unseen_rows(counts, unseen_rows(counts, chance, 1.0)))}

    draws = Resampling(40).draw(figures)["f1"]
    low, high = percentile_interval(draws, 1.0) or (1.0, 1.0)
    assert 0.85 < low < 0.97
    assert high == 1.0


def test_copies_of_a_row_are_worth_one_row() -> None:
    right = np.random.default_rng(0).random(400) < 0.8
    groups = np.repeat(np.arange(400), 5)
    copies = np.repeat(right, 5)
    assert design_effect(copies, groups) == pytest.approx(5, rel=0.01)
    assert share_interval(copies, groups) == pytest.approx(share_interval(right, None), abs=1e-3)
    assert design_effect(np.ones(2000, dtype=np.bool_), groups) == pytest.approx(5, rel=0.01)
    assert design_effect(copies, None) == 1
