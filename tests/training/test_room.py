from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.test_loop import Training
from torch import nn

from newtrick.encoder.batches import TOKENS_AT_ONCE, make_batch
from newtrick.encoder.forward import forward_of
from newtrick.training.objectives import objective_of
from newtrick.training.room import kept_for_backward, tokens_that_fit

WEIGHTS = [nn.Parameter(torch.ones(100))]
NUMBERS = 1000
EACH = 4 * NUMBERS
"""What the loss below keeps in bytes: the input of the square, in float32."""
TOKENS = 10
NEEDED = TOKENS_AT_ONCE // TOKENS * EACH
STANDING = 3 * 400


def loss() -> torch.Tensor:
    twice = 2 * WEIGHTS[0][:1].expand(NUMBERS)
    return twice.square().sum()


def fitting(usable: float | None) -> int:
    return tokens_that_fit(loss, TOKENS, WEIGHTS, None if usable is None else int(usable))


def test_with_room_enough_or_unknown_the_usual_budget_is_taken() -> None:
    assert fitting(None) == TOKENS_AT_ONCE
    assert fitting((NEEDED + STANDING) * 1.2) == TOKENS_AT_ONCE


@pytest.mark.parametrize("halves", [1, 2, 3])
def test_with_less_room_fewer_tokens_are_computed_at_once_and_this_is_told(
    halves: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert fitting((NEEDED / 2**halves + STANDING) * 1.2) == TOKENS_AT_ONCE // 2**halves
    assert "The memory is short" in caplog.text
    assert "the steps stay the same" in caplog.text


def test_a_single_text_is_tried_whatever_is_left() -> None:
    assert TOKENS / 2 < fitting(0) <= TOKENS


def test_what_a_loss_keeps_grows_with_its_batch_and_leaves_weights_out(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    job = Training(tiny_encoder, tmp_path)
    encoder, rows = job.encoder, job.rows
    objective = objective_of(rows.labels, encoder.labels, job.recipe.training)
    forward = forward_of(encoder.model)

    def kept(texts: int) -> int:
        same = np.zeros(texts, dtype=np.int64)
        batch = make_batch(rows.tokens, same, encoder.pad_id)
        return kept_for_backward(lambda: objective.loss_sum(forward, batch))

    assert kept(16) == pytest.approx(2 * kept(8), rel=0.2)
    weights = sum(weight.nbytes for weight in encoder.model.parameters())
    assert kept(1) < weights
