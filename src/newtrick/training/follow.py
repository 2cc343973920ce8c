"""What a process does in a training that another one leads: its part of each step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from newtrick.encoder.encoder import Encoder
from newtrick.encoder.tokens import TokenIds
from newtrick.recipe import TrainingSettings
from newtrick.training.checkpoint import read_checkpoint
from newtrick.training.horizon import Horizon
from newtrick.training.objectives import Objective
from newtrick.training.state import TrainingState
from newtrick.training.step import Stepper

if TYPE_CHECKING:
    from newtrick.training.ranks import Ranks


def follow(
    encoder: Encoder,
    objective: Objective,
    rows: TokenIds,
    settings: TrainingSettings,
    *,
    team: Ranks,
    resume_from: Path | None,
) -> None:
    """Take the steps of a training with the leader, which is in `loop.train` with the same.

    What is dropped out is drawn anew for each step and process: so a resumed training drops the
    same, and no state of the followers has to be saved.

    Raises:
        OutOfMemory: The memory does not hold a single text.
        WorkerLost: The leader, or another process, has ended.
    """
    with (
        torch.random.fork_rng(devices=[]),
        team.sharing_threads(),
        Stepper(encoder, objective, rows, settings, team) as stepper,
    ):
        state = TrainingState(stepper, rows, Horizon.begin(len(rows), settings), settings)
        if resume_from is not None:
            state.restore(read_checkpoint(resume_from))
        encoder.model.train()
        team.meet()
        while (rate := team.next_step()) is not None:
            state.step += 1
            torch.manual_seed(_seed(settings.seed, team.rank, state.step))
            stepper.take(state.order.take(), rate)


def _seed(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])
