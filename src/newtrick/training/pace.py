"""How a single step of a training is to be taken."""

from __future__ import annotations

from dataclasses import dataclass

from newtrick.recipe import TrainingSettings
from newtrick.training.optimizer import learning_rate

_NEW_HEAD_RATE = 1e-3
"""The learning rate of a head that learns alone: there is nothing in it yet that could be lost."""


@dataclass(frozen=True)
class Pace:
    """What is asked of a step.

    Attributes:
        rate: The learning rate of the head; that of other layers may be a share of it.
        progress: The share of training that is done in its middle, in (0, 1].
        head_alone: Whether the encoder stands still.
    """

    rate: float
    progress: float
    head_alone: bool


def pace_of(progress: float, settings: TrainingSettings, head_first: float = 0.0) -> Pace:
    """The pace at some point of a training.

    Args:
        progress: The share of training that is done in the middle of the step, in (0, 1].
        settings: The peak of the learning rate, and how it rises and falls.
        head_first: The share of training in which the head alone moves, at its beginning.
    """
    if progress < head_first:
        return Pace(max(_NEW_HEAD_RATE, settings.learning_rate), progress, head_alone=True)
    since = (progress - head_first) / (1 - head_first)
    return Pace(learning_rate(since, settings), progress, head_alone=False)
