"""What every evaluation of a training looks at."""

from __future__ import annotations

import time
from dataclasses import dataclass

from newtrick.data.dataset import Targets
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.tokens import TokenIds
from newtrick.evaluation.predict import predict_logits
from newtrick.evaluation.task import Examined, task_of
from newtrick.journal import Evaluation
from newtrick.training.interrupt import StopRequest
from newtrick.training.movement import Movement


@dataclass(frozen=True)
class LabelledTokens:
    """Tokenised texts and what each is labelled with."""

    tokens: TokenIds
    labels: Targets


@dataclass(frozen=True)
class Validation:
    """Scores a model in training.

    Attributes:
        encoder: The model.
        rows: What it is scored on.
        batch_size: Texts of a batch.
        movement: Knows where its weights started.
    """

    encoder: Encoder
    rows: LabelledTokens
    batch_size: int
    movement: Movement

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
            self.rows.tokens,
            pad_id=self.encoder.pad_id,
            batch_size=self.batch_size,
            progress=lambda _done: stop.raise_if_made(),
        )
        examined = task_of(self.encoder.labels).examine(logits, self.rows.labels)
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
