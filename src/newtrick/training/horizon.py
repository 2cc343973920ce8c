"""How long a training will be, in steps and in minutes."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

from newtrick.recipe import TrainingSettings


@dataclass(frozen=True)
class Horizon:
    """The length of a training, counted from its start; time between two sessions of it is not.

    Attributes:
        steps: Optimizer steps of the whole training.
        steps_per_epoch: Optimizer steps that see every row once.
        evaluate_every: Steps from one evaluation to the next.
        max_seconds: When to stop, whatever the step; infinite without a limit.
        started: `time.monotonic()` at the start, had it run without a break.
    """

    steps: int
    steps_per_epoch: int
    evaluate_every: int
    max_seconds: float
    started: float

    @classmethod
    def begin(cls, rows: int, settings: TrainingSettings) -> Horizon:
        """Start the clock of a training on so many rows."""
        batches = math.ceil(rows / settings.train_batch_size)
        steps_per_epoch = math.ceil(batches / settings.accumulation_steps)
        return cls(
            steps=max(1, round(settings.epochs * steps_per_epoch)),
            steps_per_epoch=steps_per_epoch,
            evaluate_every=settings.evaluate_every_steps or steps_per_epoch,
            max_seconds=math.inf if settings.max_minutes is None else settings.max_minutes * 60,
            started=time.monotonic(),
        )

    def resumed(self, seconds: float) -> Horizon:
        """The same with so many seconds on the clock."""
        return replace(self, started=time.monotonic() - seconds)

    @property
    def seconds(self) -> float:
        """Wall-clock time since the start."""
        return time.monotonic() - self.started

    @property
    def time_is_up(self) -> bool:
        """Whether the limit of minutes is reached."""
        return self.seconds >= self.max_seconds

    def epoch(self, step: int) -> float:
        """How many times the training rows were seen after a step."""
        return step / self.steps_per_epoch

    def progress(self, step: int) -> float:
        """The share of training that is done in the middle of a step, in (0, 1).

        It follows the clock where that runs out before the steps do: so a training that is cut
        short by `max_minutes` still ends with a small learning rate.
        """
        return min(1.0, max((step - 0.5) / self.steps, self.seconds / self.max_seconds))
