"""What every evaluation of a training looks at."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol, TypeVar

from newtrick.data.dataset import Targets
from newtrick.encoder.encoder import Encoder, Pretrained
from newtrick.encoder.tokens import TokenIds
from newtrick.evaluation.predict import predict_logits
from newtrick.evaluation.task import Examined, task_of
from newtrick.journal import Evaluation, MaskedEvaluation
from newtrick.training.interrupt import StopRequest
from newtrick.training.movement import Movement
from newtrick.training.selection import Judged

EncoderT_contra = TypeVar("EncoderT_contra", bound=Pretrained, contravariant=True)


class Examiner(Protocol):
    """Examines a model in training on what is held back from it; the loop asks no more of it."""

    @property
    def rows(self) -> int:
        """How many it is examined on."""

    @property
    def base_loss(self) -> float:
        """The loss of a model that knows how frequent the answers are and nothing else, in nats."""

    @property
    def base_accuracy(self) -> float:
        """That of always giving the most frequent answer."""

    def evaluate(
        self, step: int, epoch: float, training_loss: float, stop: StopRequest
    ) -> tuple[Evaluation | MaskedEvaluation, Judged]:
        """The figures as an event of the journal, and what they were taken from.

        Raises:
            Interrupted: `stop` asked for it; nothing has changed.
            TrainingBrokeDown: An answer is not finite.
        """


class HeldOut(Protocol[EncoderT_contra]):
    """What is held back from training, to examine encoders of a kind on."""

    def examiner(self, encoder: EncoderT_contra, batch_size: int) -> Examiner:
        """An examiner of this encoder, which is as it was before training."""


@dataclass(frozen=True)
class LabelledTokens:
    """Tokenised texts and what each is labelled with."""

    tokens: TokenIds
    labels: Targets

    def examiner(self, encoder: Encoder, batch_size: int) -> Examiner:
        """One that has its labels guessed."""
        return Validation(encoder, self, batch_size, Movement(encoder.model))


@dataclass(frozen=True)
class Validation:
    """Scores a model in training.

    Attributes:
        encoder: The model.
        labelled: What it is scored on.
        batch_size: Texts of a batch.
        movement: Knows where its weights started.
    """

    encoder: Encoder
    labelled: LabelledTokens
    batch_size: int
    movement: Movement

    @property
    def rows(self) -> int:
        """How many it is scored on."""
        return len(self.labelled.labels)

    @property
    def base_loss(self) -> float:
        """The loss of a model that knows how frequent the labels are and nothing else, in nats."""
        return task_of(self.encoder.labels).base_loss(self.labelled.labels)

    @property
    def base_accuracy(self) -> float:
        """That of always giving the most frequent answer."""
        return task_of(self.encoder.labels).majority_accuracy(self.labelled.labels)

    def evaluate(
        self, step: int, epoch: float, training_loss: float, stop: StopRequest
    ) -> tuple[Evaluation, Examined]:
        """The scores as an event of the journal, and what they were taken from.

        Raises:
            Interrupted: `stop` asked for it; nothing has changed.
            TrainingBrokeDown: A logit is not finite.
        """
        started = time.monotonic()
        logits = predict_logits(
            self.encoder.model,
            self.labelled.tokens,
            pad_id=self.encoder.pad_id,
            batch_size=self.batch_size,
            progress=lambda _done: stop.raise_if_made(),
        )
        examined = task_of(self.encoder.labels).examine(logits, self.labelled.labels)
        change = self.movement.change()
        evaluation = Evaluation(
            step=step,
            epoch=epoch,
            training_loss=training_loss,
            validation_loss=float(examined.losses.mean()),
            accuracy=float(examined.right.mean()),
            f1=examined.f1,
            micro_f1=examined.micro_f1,
            macro_f1=examined.macro_f1,
            top_answer=examined.top_answer,
            top_answer_share=examined.top_answer_share,
            encoder_change=change.encoder,
            head_change=change.head,
            seconds=time.monotonic() - started,
        )
        return evaluation, examined
