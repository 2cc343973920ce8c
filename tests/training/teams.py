"""Trainings of a tiny encoder by several processes, which meet as those of torchrun do."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.tiny import make_reviews
from tests.training.killing import START

from newtrick.data.dataset import LabelSet
from newtrick.encoder.load import load_encoder
from newtrick.errors import Interrupted, WorkerLost
from newtrick.hashing import file_sha256
from newtrick.journal import Event, Step, append_event, read_events
from newtrick.recipe import Recipe
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.follow import follow
from newtrick.training.interrupt import StopRequest
from newtrick.training.loop import train
from newtrick.training.objectives import objective_of
from newtrick.training.ranks import Place, Ranks
from newtrick.training.team import Alone, Rows
from newtrick.training.validation import LabelledTokens

LABELS = LabelSet.of(("neg", "pos"))


@dataclass(frozen=True)
class Death:
    """A process of a team is killed in a step."""

    rank: int
    step: int


@dataclass(frozen=True)
class Training:
    """A training that any number of processes can take up where it stands in its folder.

    Attributes:
        encoder: A folder.
        folder: Of the journal and the checkpoints.
        dropout: In the hidden layers.
        precision: What the model computes with.
        stop_after: The step after which the leader is asked to stop.
        death: Of one of the processes.
    """

    encoder: Path
    folder: Path
    dropout: float = 0.0
    precision: str = "float32"
    stop_after: int | None = None
    death: Death | None = None

    def run(self, workers: int) -> list[int | None]:
        """The exit code of each process: 0, 75 as for a run that can go on, -9 if it was killed."""
        meeting = self.folder / f"meeting-{len(list(self.folder.glob('meeting-*')))}"
        processes = [
            START.Process(target=_train, args=(self, rank, workers, meeting))
            for rank in range(workers)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        return [process.exitcode for process in processes]

    @property
    def checkpoints(self) -> Checkpoints:
        """Beside the journal."""
        return Checkpoints(self.folder / "checkpoints", 2, self.folder / "journal.jsonl")

    @property
    def events(self) -> list[Event]:
        """What happened so far."""
        return read_events(self.folder / "journal.jsonl")

    @property
    def steps(self) -> list[Step]:
        """Those that were taken."""
        return [event for event in self.events if isinstance(event, Step)]

    @property
    def weights(self) -> str:
        """The hash of those that were saved last."""
        newest = self.checkpoints.newest()
        assert newest is not None
        return file_sha256(newest / "model.safetensors")


def _train(training: Training, rank: int, size: int, meeting: Path) -> None:
    torch.set_num_threads(1)
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    team = Ranks(Place(rank, size, f"file://{meeting}")) if size > 1 else Alone()
    if training.death is not None and training.death.rank == rank:
        _die_in(training.death.step)
    try:
        if isinstance(team, Ranks) and team.rank > 0:
            follow(team)
        else:
            _lead(training, team)
    except (Interrupted, WorkerLost) as error:
        raise SystemExit(error.exit_code) from None
    finally:
        if isinstance(team, Ranks):
            team.leave()


def _lead(training: Training, team: Ranks | Alone) -> None:
    recipe = Recipe().with_settings(
        {
            "model.name": str(training.encoder),
            "data.max_tokens": 32,
            "training.learning_rate": 0.005,
            "training.train_batch_size": 16,
            "training.epochs": 3,
            "training.checkpoint_every_steps": 4,
            "training.precision": training.precision,
        }
    )
    encoder = load_encoder(recipe, LABELS)
    for module in encoder.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = training.dropout
    texts, names = zip(*make_reviews(162), strict=True)
    rows, ids = encoder.tokenize(texts), np.array([LABELS.label2id[name] for name in names])
    start = training.checkpoints.newest()
    training.checkpoints.go_back_to(start)
    stop = StopRequest()

    def tell(event: Event) -> None:
        append_event(training.folder / "journal.jsonl", event)
        if isinstance(event, Step) and event.step == training.stop_after:
            stop.made = signal.SIGTERM

    train(
        encoder,
        objective_of(ids, LABELS, recipe.training),
        rows,
        LabelledTokens(rows, ids),
        recipe.training,
        checkpoints=training.checkpoints,
        stop=stop,
        tell=tell,
        resume_from=start,
        team=team,
    )


def _die_in(fatal: int) -> None:
    begun = 0
    own = Ranks.own

    def counted(team: Ranks, *arguments: Rows) -> Rows:
        nonlocal begun
        begun += 1
        if begun == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return own(team, *arguments)

    pytest.MonkeyPatch().setattr(Ranks, "own", counted)
