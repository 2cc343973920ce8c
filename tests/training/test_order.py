from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import numpy.typing as npt
import pytest

from newtrick.recipe import TrainingSettings
from newtrick.training.order import Position, RowOrder

LENGTHS = np.random.default_rng(0).integers(3, 40, size=103)
SETTINGS = TrainingSettings(train_batch_size=8, accumulation_steps=3, seed=5)
STEPS = 5  # an epoch has 13 batches, its last step has one


def rows(order: RowOrder) -> npt.NDArray[np.int64]:
    return np.concatenate(order.take())


def test_every_row_is_seen_once_an_epoch() -> None:
    order = RowOrder(LENGTHS, SETTINGS)
    for _ in range(3):
        epoch = np.concatenate([rows(order) for _ in range(STEPS)])
        assert sorted(epoch) == list(range(len(LENGTHS)))


@pytest.mark.parametrize("taken", [0, 1, 4, 5, 6, 13])
def test_it_goes_on_from_a_position_that_was_written_down(taken: int) -> None:
    order = RowOrder(LENGTHS, SETTINGS)
    for _ in range(taken):
        order.take()
    written = json.dumps(asdict(order.position))
    later = RowOrder(LENGTHS, SETTINGS)
    later.go_to(Position(**json.loads(written)))
    for _ in range(3 * STEPS):
        np.testing.assert_array_equal(rows(order), rows(later))
