"""newtrick's training as the programs in this folder run it: the steps of its loop, and no more."""

from __future__ import annotations

from collections.abc import Callable

import torch

from newtrick.encoder.encoder import Encoder
from newtrick.recipe import TrainingSettings
from newtrick.training.horizon import Horizon
from newtrick.training.objectives import objective_of
from newtrick.training.order import RowOrder
from newtrick.training.pace import pace_of
from newtrick.training.step import Stepper, Tally
from newtrick.training.validation import LabelledTokens
from work import Counts


def train_with_engine(
    encoder: Encoder,
    rows: LabelledTokens,
    settings: TrainingSettings,
    see: Callable[[int], None],
) -> Counts:
    """Train in place; evaluate nothing and select nothing, so that the last weights stay.

    Args:
        encoder: Its model is trained.
        rows: What on.
        settings: How, and for how long.
        see: Told the useful tokens so far, after each step.
    """
    objective = objective_of(rows.labels, encoder.labels, settings)
    horizon = Horizon.begin(len(rows.tokens), settings)
    tally = Tally()
    torch.manual_seed(settings.seed)
    with Stepper(encoder, objective, rows.tokens, settings) as stepper:
        encoder.model.train()
        order = RowOrder(rows.tokens.lengths, settings)
        for step in range(1, horizon.steps + 1):
            pace = pace_of(horizon.progress(step), settings)
            tally.add(stepper.take(order.take(), pace))
            see(tally.useful_tokens)
    return Counts(tally.useful_tokens, tally.computed_tokens)
