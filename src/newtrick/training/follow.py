"""What a process does in the trainings that another one leads: its part of each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from newtrick.training.horizon import Horizon
from newtrick.training.state import TrainingState
from newtrick.training.step import Stepper

if TYPE_CHECKING:
    from newtrick.training.ranks import Ranks
    from newtrick.training.team import Work


def follow(team: Ranks) -> None:
    """Take part in one training after the other, until the leader, in `loop.train`, has no more.

    Raises:
        OutOfMemory: The memory does not hold a single text.
        WorkerLost: The leader, or another process, has ended.
    """
    while (work := team.next_training()) is not None:
        with torch.random.fork_rng(devices=[]), team.sharing_threads():
            team.meet()
            _take_steps(work, team)


def _take_steps(work: Work, team: Ranks) -> None:
    """Take the steps of a training, from wherever it stands.

    What is dropped out is drawn anew for each step and process: so a resumed training drops the
    same, and no state of the followers has to be saved.
    """
    settings = work.settings
    with Stepper(work.encoder, work.objective, work.rows, settings, team) as stepper:
        horizon = Horizon.begin(len(work.rows), settings)
        state = TrainingState(stepper, work.rows, horizon, settings)
        if work.start is not None:
            state.restore(work.start)
        work.encoder.model.train()
        while (pace := team.next_step()) is not None:
            state.step += 1
            torch.manual_seed(_seed(settings.seed, team.rank, state.step))
            stepper.take(state.order.take(), pace)


def _seed(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])
