"""The processes that take the steps of one training together. Usually it is one, and no more.

The first of a team leads: it alone reads, decides, scores, and writes. The others compute their
part of the gradient of each step, and make the same update.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from newtrick.encoder.encoder import Pretrained
from newtrick.encoder.tokens import TokenIds
from newtrick.recipe import TrainingSettings
from newtrick.training.checkpoint import Snapshot
from newtrick.training.objectives import Objective
from newtrick.training.pace import Pace

Rows = npt.NDArray[np.int64]
"""Places of training rows, or a number for each."""


@dataclass(frozen=True)
class Work:
    """A training, as those who take its steps know it.

    Attributes:
        encoder: The model as it was before training.
        objective: What is made small.
        rows: The training texts.
        settings: How to train.
        start: The checkpoint to go on from.
    """

    encoder: Pretrained
    objective: Objective
    rows: TokenIds
    settings: TrainingSettings
    start: Snapshot | None


class Team(Protocol):
    """What a training needs of the others.

    Attributes:
        size: How many processes there are.
        here: How many of them share this machine.
        options: Of the command line, that start as many again.
    """

    size: int
    here: int
    options: tuple[str, ...]

    def training(self, work: Work) -> contextlib.AbstractContextManager[None]:
        """Inside the block, the others are there to take steps."""

    def begin_step(self, pace: Pace) -> None:
        """Have all take the next step."""

    def own(self, rows: Rows, lengths: Rows) -> Rows:
        """Those rows of a step that this process computes; `lengths` are of all training rows."""

    def sum_gradients(self, weights: Sequence[torch.nn.Parameter]) -> None:
        """Give all processes the sum of their gradients."""

    def sums(self, *figures: float) -> list[float]:
        """The sums of some figures over all processes; with this a step is through."""

    def resting(self) -> contextlib.AbstractContextManager[None]:
        """Inside the block the others rest, and their threads are free."""


class Alone:
    """A team of one, which has nothing to say to anyone."""

    size = here = 1
    options: tuple[str, ...] = ()

    def training(self, work: Work) -> contextlib.AbstractContextManager[None]:  # noqa: ARG002
        """Nobody has to be told."""
        return contextlib.nullcontext()

    def begin_step(self, pace: Pace) -> None:
        """Nobody has to be told."""

    def own(self, rows: Rows, lengths: Rows) -> Rows:  # noqa: ARG002
        """All of them."""
        return rows

    def sum_gradients(self, weights: Sequence[torch.nn.Parameter]) -> None:
        """They are the sum."""

    def sums(self, *figures: float) -> list[float]:
        """They are the sums."""
        return list(figures)

    def resting(self) -> contextlib.AbstractContextManager[None]:
        """There are no others."""
        return contextlib.nullcontext()


ALONE = Alone()


def share(rows: Rows, lengths: Rows, rank: int, size: int) -> Rows:
    """One of so many parts of a step's rows: of like many tokens, and of like length.

    Sorted by length, the rows are cut where the sum of tokens passes each share; so no part wastes
    more on padding than the whole would. A part is empty where there are fewer rows than parts.

    Args:
        rows: Of the step.
        lengths: Tokens of each training row.
        rank: Which part.
        size: How many parts.
    """
    ordered = rows[np.argsort(-lengths[rows], kind="stable")]
    tokens = lengths[ordered]
    middles = np.cumsum(tokens) - tokens / 2
    mine: Rows = ordered[(middles * size // tokens.sum()) == rank]
    return mine
