"""What every evaluation of a training looks at."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newtrick.encoder.encoder import Encoder
from newtrick.encoder.tokens import TokenIds
from newtrick.evaluation.metrics.decisions import Counts, accuracy, f1_by_class, macro_f1
from newtrick.evaluation.metrics.probability import log_loss
from newtrick.evaluation.predict import predict_logits
from newtrick.journal import Evaluation
from newtrick.training.interrupt import StopRequest
from newtrick.training.movement import Movement


@dataclass(frozen=True)
class LabelledTokens:
    """Tokenised texts and the class id of each; int64, shape (texts,)."""

    tokens: TokenIds
    labels: npt.NDArray[np.int64]


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
    ) -> tuple[Evaluation, npt.NDArray[np.float32]]:
        """The scores as an event of the journal, and the logits; shape (rows, classes).

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
        labels = self.encoder.labels
        answers = logits.argmax(axis=1)
        counts = Counts.of(self.rows.labels, answers, len(labels))
        positive = labels.positive_id
        change = self.movement.change()
        evaluation = Evaluation(
            step=step,
            epoch=epoch,
            training_loss=training_loss,
            validation_loss=log_loss(logits, self.rows.labels),
            accuracy=float(accuracy(counts)),
            f1=None if positive is None else float(f1_by_class(counts)[positive]),
            macro_f1=float(macro_f1(counts)),
            top_answer=labels.names[counts.predicted.argmax()],
            top_answer_share=float(counts.predicted.max() / len(answers)),
            encoder_change=change.encoder,
            head_change=change.head,
            seconds=time.monotonic() - started,
        )
        return evaluation, logits
