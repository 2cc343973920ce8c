from __future__ import annotations

import numpy as np
import pytest
from tests.evaluation.decisions.worlds import draw, shares

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.decisions.costs import cheapest, cost_matrix
from newtrick.evaluation.decisions.thresholds import precision_threshold, recall_threshold


@pytest.mark.parametrize("wanted", [0.8, 0.95])
def test_a_wanted_recall_is_reached_on_fresh_rows_in_19_of_20_draws(wanted: float) -> None:
    fresh = draw(100_000, seed=1)
    own = shares(fresh)[fresh.labels == 1, 1]
    kept = []
    for seed in range(400):
        world = draw(400, seed=seed + 2)
        found = recall_threshold(shares(world)[:, 1], world.labels == 1, wanted)
        assert found.threshold is not None
        kept.append((own >= found.threshold).mean() >= wanted)
    assert 0.93 <= np.mean(kept) <= 1.0


def test_a_wanted_precision_is_reached_on_fresh_rows() -> None:
    fresh, world = draw(100_000, 3, seed=1), draw(4_000, 3, seed=2)
    found = precision_threshold(shares(world)[:, 2], world.labels == 2, 0.9)
    assert found.threshold is not None
    named = shares(fresh)[:, 2] >= found.threshold
    assert (fresh.labels == 2)[named].mean() >= 0.9


def test_too_few_rows_of_a_label_promise_no_recall() -> None:
    few = recall_threshold(np.linspace(0.1, 0.9, 9), np.ones(9, dtype=bool), 0.9)
    assert few.threshold is None
    assert few.assured == pytest.approx(0.05 ** (1 / 9))
    assert recall_threshold(np.array([0.5]), np.array([False]), 0.9).assured == 0


def test_a_label_that_no_row_has_promises_no_precision() -> None:
    found = precision_threshold(np.linspace(0, 1, 50), np.zeros(50, dtype=bool), 0.9)
    assert (found.threshold, found.assured) == (None, 0.0)


def test_the_dearer_mistake_is_made_less_often() -> None:
    labels = LabelSet(("ham", "spam"))
    costs = cost_matrix([("ham", "spam", 9.0)], labels)
    said = np.array([[0.2, 0.8], [0.05, 0.95], [0.6, 0.4]])
    assert cheapest(said, costs).tolist() == [0, 1, 0]
    assert cheapest(said, cost_matrix([], labels)).tolist() == [1, 1, 0]


def test_no_other_rule_is_cheaper_on_calibrated_probabilities() -> None:
    world = draw(50_000, 3)
    costs = cost_matrix([("a", "b", 5.0), ("c", "a", 0.2)], LabelSet(("a", "b", "c")))
    said = shares(world)
    chosen = costs[world.labels, cheapest(said, costs)].mean()
    assert chosen < costs[world.labels, said.argmax(axis=1)].mean()
