"""The journal of a run: one event a line, appended and closed, so a killed run keeps its past."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from newtrick.storage import storage_errors


@dataclass(frozen=True)
class Plan:
    """Training is about to start; `max_seconds` is absent without a limit of time."""

    steps: int
    epochs: float
    steps_per_epoch: int
    evaluate_every_steps: int
    parameters: int
    precision: str
    max_seconds: float | None = None


@dataclass(frozen=True)
class Step:
    """An optimizer step is done; `seconds` counts from the start of training."""

    step: int
    epoch: float
    loss: float
    learning_rate: float
    gradient_norm: float
    seconds: float


@dataclass(frozen=True)
class Evaluation:
    """The model was scored on the validation split.

    `training_loss` is the mean over the steps since the last evaluation. `f1` is that of the
    positive label for two classes, else None. `best` says whether it is the best one so far.
    """

    step: int
    epoch: float
    training_loss: float
    validation_loss: float
    accuracy: float
    f1: float | None
    macro_f1: float
    seconds: float
    best: bool


@dataclass(frozen=True)
class Checkpoint:
    """Weights were saved."""

    step: int
    path: str


@dataclass(frozen=True)
class End:
    """Training is over."""

    step: int
    best_step: int
    stopped_by: str
    seconds: float


Event = Plan | Step | Evaluation | Checkpoint | End

_KINDS: dict[str, type[Event]] = {
    "plan": Plan,
    "step": Step,
    "evaluation": Evaluation,
    "checkpoint": Checkpoint,
    "end": End,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def append_event(path: Path, event: Event) -> None:
    """Add one line to a journal.

    Raises:
        StorageError: The disk is full or the file cannot be written.
    """
    line = json.dumps({"event": _NAMES[type(event)], **asdict(event)}, allow_nan=False)
    with storage_errors(path, size=len(line) + 1), path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def read_events(path: Path) -> list[Event]:
    """All events of a journal; a last line that was torn off by a crash is left out."""
    events: list[Event] = []
    for line in path.read_text("utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            fields: dict[str, Any] = json.loads(line)
            events.append(_KINDS[fields.pop("event")](**fields))
    return events
