"""Masked language modelling: what training makes small, and what held-out texts are asked."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy

from newtrick.encoder.batches import Batch, batches_by_length, make_batch
from newtrick.encoder.encoder import Pretrained
from newtrick.encoder.forward import Forward, forward_of
from newtrick.encoder.memory import spare_memory
from newtrick.encoder.tokens import TokenIds
from newtrick.errors import TrainingBrokeDown
from newtrick.evaluation.arrays import Flags, Floats, Ids
from newtrick.evaluation.metrics.probability import entropy
from newtrick.journal import MaskedEvaluation
from newtrick.training.interrupt import StopRequest
from newtrick.training.masking import Hidden, Masking
from newtrick.training.movement import Movement
from newtrick.training.validation import Examiner


@dataclass(frozen=True)
class Frequencies:
    """How often each token of a vocabulary occurs in the training texts, special ones never.

    Attributes:
        counts: Shape (vocabulary,).
    """

    counts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, tokens: TokenIds, masking: Masking) -> Frequencies:
        """Count the tokens of texts."""
        counts = np.bincount(tokens.flat, minlength=len(masking.never)).astype(np.int64)
        counts[masking.never.numpy()] = 0
        return cls(counts)

    @property
    def log_shares(self) -> Floats:
        """The logarithm of the share of each token, had each occurred once more."""
        smooth = self.counts + 1.0
        shares: Floats = np.log(smooth / smooth.sum())
        return shares


@dataclass(frozen=True)
class MaskedLanguage:
    """Cross-entropy of hidden tokens, hidden anew in each step.

    Attributes:
        masking: How they are hidden.
        asked: How many are asked for of each training text; int64, shape (rows,).
        frequencies: Of the tokens of the training texts.
    """

    masking: Masking
    asked: Ids
    frequencies: Frequencies

    def loss_sum(self, forward: Forward, batch: Batch) -> torch.Tensor:
        """The sum of the losses of a batch; the tokens are drawn by torch's global generator."""
        hidden = self.masking.hide(batch)
        losses = cross_entropy(forward(hidden.batch).float(), hidden.targets, reduction="none")
        return (losses * hidden.weights).sum()

    def weight(self, rows: npt.NDArray[np.int64]) -> float:
        """How many tokens are asked for."""
        return float(self.asked[rows].sum())

    @property
    def base_loss(self) -> float:
        """The least loss of a model that knows how frequent each token is and nothing else."""
        return entropy(self.frequencies.counts.astype(np.float64))


@dataclass(frozen=True)
class HeldOutTexts:
    """Texts held back from training, of which the same tokens are hidden each time.

    Attributes:
        tokens: The texts.
        masking: How their tokens are hidden.
        frequencies: Of the tokens of the training texts.
        seed: Of what is hidden.
    """

    tokens: TokenIds
    masking: Masking
    frequencies: Frequencies
    seed: int

    def examiner(self, encoder: Pretrained, batch_size: int) -> MaskedExaminer:
        """One that asks an encoder for the hidden tokens."""
        generator = torch.Generator().manual_seed(self.seed)
        all_rows = np.arange(len(self.tokens))
        hidden = [
            self.masking.hide(make_batch(self.tokens, rows, encoder.pad_id), generator)
            for rows in batches_by_length(self.tokens, all_rows, batch_size)
        ]
        return MaskedExaminer(encoder, tuple(hidden), self.frequencies, Movement(encoder.model))


@dataclass(frozen=True)
class MaskedAnswers:
    """What a model makes of hidden tokens.

    Attributes:
        losses: Of each token, shape (tokens,).
        right: Whether the most probable token is the true one, shape (tokens,).
        texts: Which text each token is of, shape (tokens,).
    """

    losses: Floats
    right: Flags
    texts: Ids


@dataclass(frozen=True)
class MaskedExaminer(Examiner):
    """Asks a model in training for hidden tokens.

    Attributes:
        encoder: The model.
        hidden: Texts with hidden tokens.
        frequencies: Of the tokens of the training texts.
        movement: Knows where the weights started.
    """

    encoder: Pretrained
    hidden: tuple[Hidden, ...]
    frequencies: Frequencies
    movement: Movement

    @property
    def rows(self) -> int:
        """How many tokens are asked for."""
        return sum(len(hidden.targets) for hidden in self.hidden)

    @property
    def base_loss(self) -> float:
        """The loss of a model that knows how frequent each token is in the training texts."""
        return float(-self.frequencies.log_shares[self._targets].mean())

    @property
    def base_accuracy(self) -> float:
        """That of always answering with the most frequent token."""
        return float((self._targets == self.frequencies.counts.argmax()).mean())

    @property
    def _targets(self) -> Ids:
        return torch.cat([hidden.targets for hidden in self.hidden]).numpy()

    def ask(self, stop: StopRequest) -> MaskedAnswers:
        """Have the model answer for each hidden token, in the format of its weights.

        Raises:
            Interrupted: `stop` asked for it; nothing has changed.
            TrainingBrokeDown: An answer is not finite.
        """
        spare_memory()
        model = self.encoder.model
        forward, was_training = forward_of(model), model.training
        model.eval()
        losses, right, texts = [], [], []
        try:
            for hidden in self.hidden:
                stop.raise_if_made()
                with torch.inference_mode():
                    logits = forward(hidden.batch).float()
                    losses.append(cross_entropy(logits, hidden.targets, reduction="none"))
                    right.append(logits.argmax(dim=1) == hidden.targets)
                texts.append(_texts_of(hidden))
        finally:
            model.train(was_training)
        answers = MaskedAnswers(
            torch.cat(losses).double().numpy(), torch.cat(right).numpy(), np.concatenate(texts)
        )
        broken = int((~np.isfinite(answers.losses)).sum())
        if broken:
            raise TrainingBrokeDown(
                "The model's answers are not finite numbers.",
                found=f"{broken:,} of {len(answers.losses):,} hidden tokens",
                fix="train it again with a lower learning rate",
            )
        return answers

    def evaluate(
        self, step: int, epoch: float, training_loss: float, stop: StopRequest
    ) -> tuple[MaskedEvaluation, MaskedAnswers]:
        """The figures as an event of the journal, and what they were taken from."""
        started = time.monotonic()
        answers = self.ask(stop)
        loss = float(answers.losses.mean())
        change = self.movement.change()
        evaluation = MaskedEvaluation(
            step=step,
            epoch=epoch,
            training_loss=training_loss,
            validation_loss=loss,
            perplexity=math.exp(loss),
            accuracy=float(answers.right.mean()),
            encoder_change=change.encoder,
            head_change=change.head,
            seconds=time.monotonic() - started,
        )
        return evaluation, answers


def _texts_of(hidden: Hidden) -> Ids:
    """The row of each token that is asked for."""
    asked = hidden.batch.asked
    if asked is None:
        raise ValueError("no tokens are asked for")
    per_window = asked.are_there.sum(dim=1).numpy()
    windows = np.repeat(hidden.batch.rows, hidden.batch.windows)
    texts: Ids = np.repeat(windows, per_window)
    return texts
