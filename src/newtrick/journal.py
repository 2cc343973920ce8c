"""The journal of a run: one event a line, appended and closed, so a killed run keeps its past."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from newtrick.storage import storage_errors


@dataclass(frozen=True)
class Plan:
    """Training is about to start; `max_seconds` is absent without a limit of time.

    `base_loss` and `validation_base_loss` are the losses of a model that knows how frequent the
    classes are and nothing else: the entropy of their shares, in nats. The accuracy beside them is
    that of always giving the most frequent answer.
    """

    steps: int
    epochs: float
    steps_per_epoch: int
    evaluate_every_steps: int
    rows: int
    validation_rows: int
    base_loss: float
    validation_base_loss: float
    validation_base_accuracy: float
    peak_learning_rate: float
    parameters: int
    precision: str
    max_seconds: float | None = None


@dataclass(frozen=True)
class Step:
    """An optimizer step on so many rows is done; `seconds` counts from the start of training."""

    step: int
    epoch: float
    rows: int
    loss: float
    learning_rate: float
    gradient_norm: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Examination:
    """The model was looked at on what is held back from training: what every such event says.

    Attributes:
        step: After this optimizer step.
        epoch: How many times the training rows were seen.
        training_loss: The mean over the steps since the last evaluation.
        validation_loss: The mean over the rows, or over the tokens that were asked for.
        accuracy: The share of right answers; of rows that may have several labels, the share that
            has all of them right.
        encoder_change: How far the encoder's weights have moved since the start, relative to their
            size then.
        head_change: Likewise for the layers on top of the encoder.
        seconds: What the evaluation took.
        best: Whether it is the best one so far.
        lead: How far it is ahead of the best before it by the figure that decides, as a mean over
            the rows: of their losses, or of right answers; None in the first evaluation.
        lead_error: The standard error of `lead`; the rows are compared in pairs.
    """

    step: int
    epoch: float
    training_loss: float
    validation_loss: float
    accuracy: float
    encoder_change: float
    head_change: float
    seconds: float
    best: bool = False
    lead: float | None = None
    lead_error: float | None = None

    def merit(self, best_by: str) -> float:
        """The figure that decides which evaluation is the best; higher is better."""
        return {"loss": -self.validation_loss, "accuracy": self.accuracy}[best_by]


@dataclass(frozen=True, kw_only=True)
class Evaluation(Examination):
    """The model was scored on the validation split.

    Attributes:
        f1: That of the positive label for two classes, else None.
        macro_f1: The mean over the classes.
        top_answer: The class that the model answers most often.
        top_answer_share: How often.
        micro_f1: That of all labels together, where a row may have several; else None.
    """

    f1: float | None
    macro_f1: float
    top_answer: str
    top_answer_share: float
    micro_f1: float | None = None

    def merit(self, best_by: str) -> float:
        """The figure that decides which evaluation is the best; higher is better."""
        scores = {"f1": self.f1, "macro_f1": self.macro_f1, "micro_f1": self.micro_f1}
        return scores[best_by] or 0.0 if best_by in scores else super().merit(best_by)


@dataclass(frozen=True, kw_only=True)
class MaskedEvaluation(Examination):
    """The model was asked for the hidden tokens of held-out texts.

    Attributes:
        perplexity: The exponential of the loss: among so many tokens, all as likely, the model
            seems to choose.
    """

    perplexity: float


@dataclass(frozen=True)
class EncoderMoves:
    """Until this step a new head has learned alone; from the next one on, the encoder moves too."""

    step: int


@dataclass(frozen=True)
class NotFinite:
    """The numbers of a step, or those of the evaluation after it, are NaN or infinite.

    `found` says which, in words; `rows` are the places of its rows in the training split, none for
    an evaluation.
    """

    step: int
    found: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Checkpoint:
    """All that a training needs to go on from this step was saved."""

    step: int
    path: str


@dataclass(frozen=True)
class Resume:
    """A run that had been ended goes on after this step; what it did beyond is left out."""

    step: int


@dataclass(frozen=True)
class End:
    """Training is over."""

    step: int
    best_step: int
    stopped_by: str
    seconds: float


Event = (
    Plan
    | Step
    | Evaluation
    | MaskedEvaluation
    | EncoderMoves
    | NotFinite
    | Checkpoint
    | Resume
    | End
)

_KINDS: dict[str, type[Event]] = {
    "plan": Plan,
    "step": Step,
    "evaluation": Evaluation,
    "masked_evaluation": MaskedEvaluation,
    "encoder_moves": EncoderMoves,
    "not_finite": NotFinite,
    "checkpoint": Checkpoint,
    "resume": Resume,
    "end": End,
}
_NAMES: Mapping[type, str] = {kind: name for name, kind in _KINDS.items()}


def append_event(path: Path, event: Event) -> None:
    """Add one line to a journal.

    Raises:
        StorageError: The disk is full or the file cannot be written.
    """
    line = json.dumps(event_fields(event), allow_nan=False) + "\n"
    before = journal_size(path)
    with storage_errors(path, size=len(line)):
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError:
            cut_journal(path, before)
            raise


def event_fields(event: Event | Examination) -> dict[str, Any]:
    """An event as JSON has it."""
    return {"event": _NAMES[type(event)], **asdict(event)}


def event_of(fields: Mapping[str, Any]) -> Event:
    """Undo `event_fields`."""
    kind = _KINDS[fields["event"]]
    return kind(**{name: _frozen(value) for name, value in fields.items() if name != "event"})


def journal_size(path: Path) -> int:
    """The bytes of a journal, 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


def cut_journal(path: Path, size: int) -> None:
    """Leave out what comes after so many bytes of a journal."""
    if path.exists():
        os.truncate(path, size)


def read_events(path: Path) -> list[Event]:
    """All events of a journal; a last line that was torn off by a crash is left out."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    return [event_of(json.loads(line)) for line in lines if line.endswith("\n")]


def _frozen(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value
