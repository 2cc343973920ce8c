"""The order in which training sees its rows, which can be taken up again where it was left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newtrick.encoder.batches import shuffled_rows
from newtrick.recipe import TrainingSettings


@dataclass(frozen=True)
class Position:
    """A place in the order of rows.

    Attributes:
        epoch: Whole epochs before this one.
        batch: Batches that are taken of it.
        generator: The state of the NumPy generator before the epoch was shuffled.
    """

    epoch: int
    batch: int
    generator: Mapping[str, Any]


class RowOrder:
    """The batches of each optimizer step, epoch after epoch without end.

    Args:
        lengths: Tokens of each training row.
        settings: Seed and sizes.
    """

    def __init__(self, lengths: npt.NDArray[np.int64], settings: TrainingSettings) -> None:
        self._lengths = lengths
        self._batch_size = settings.train_batch_size
        self._at_once = settings.accumulation_steps
        self._generator = np.random.default_rng(settings.seed)
        self._shuffle(epoch=0)

    def take(self) -> Sequence[npt.NDArray[np.int64]]:
        """The batches of the next step; the last step of an epoch may have fewer."""
        if self._batch >= len(self._batches):
            self._shuffle(self._epoch + 1)
        start = self._batch
        self._batch += self._at_once
        return self._batches[start : self._batch]

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(self._epoch, self._batch, self._before)

    def go_to(self, position: Position) -> None:
        """Stand where another order of the same rows stood."""
        self._generator.bit_generator.state = position.generator
        self._shuffle(position.epoch)
        self._batch = position.batch

    def _shuffle(self, epoch: int) -> None:
        self._before = self._generator.bit_generator.state
        self._batches = shuffled_rows(self._lengths, self._batch_size, self._generator)
        self._epoch, self._batch = epoch, 0
