"""Learning from labels and, beside them, from what a teacher says of texts without labels.

A labelled row is one of which the teacher is sure. The others have the teacher's probabilities for
targets (Hinton and others 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, log_softmax

from newtrick.data.dataset import LabelSet, Targets
from newtrick.encoder.batches import Batch
from newtrick.encoder.forward import Forward
from newtrick.evaluation.metrics.probability import entropy
from newtrick.recipe import DistillationSettings, TrainingSettings
from newtrick.training.objectives import Classification, MultiLabelClassification

Shares = npt.NDArray[np.float32]

_EPSILON = 1e-7  # logarithms of 0 are not finite
_LEAST = 1e-3


@dataclass(frozen=True)
class Taught:
    """Cross-entropy with the probabilities that each row should have.

    Probabilities and logits of the taught rows are softened by a temperature, and their loss is
    multiplied by its square, so that their gradients keep their size beside those of the labels.

    Attributes:
        targets: Shape (rows, labels); float32.
        counts: What each row counts; shape (rows,).
        temperatures: That of each row, 1 where it is labelled; shape (rows,).
        label_weights: As `Classification` and `MultiLabelClassification` have them.
        multi_label: Whether each label has a probability by itself.
    """

    targets: torch.Tensor
    counts: torch.Tensor
    temperatures: torch.Tensor
    label_weights: torch.Tensor
    multi_label: bool

    @classmethod
    def of(
        cls,
        labelled: Targets,
        taught: Shares,
        labels: LabelSet,
        training: TrainingSettings,
        distillation: DistillationSettings,
    ) -> Taught:
        """The objective for labelled rows, and after them taught ones.

        Args:
            labelled: What the labelled rows are labelled with.
            taught: The teacher's probabilities for the others, shape (rows, labels).
            labels: The classes.
            training: How labels are weighed.
            distillation: How the taught rows are weighed.
        """
        if labels.multi_label:
            flags = labelled.astype(np.bool_, copy=False)
            label_weights = MultiLabelClassification.of(flags, training).positive_weights
            given = flags.astype(np.float32)
        else:
            ids = labelled.astype(np.int64, copy=False)
            label_weights = Classification.of(ids, len(labels), training).class_weights
            given = np.eye(len(labels), dtype=np.float32)[ids]
        temperature = distillation.temperature
        counts = np.full(len(taught), distillation.weight)
        if distillation.weigh_by == "confidence":
            counts *= confidence(taught, multi_label=labels.multi_label)
        soft = softened(taught, temperature, multi_label=labels.multi_label)
        return cls(
            targets=torch.from_numpy(np.concatenate([given, soft])),
            counts=_floats(np.ones(len(given)), counts),
            temperatures=_floats(np.ones(len(given)), np.full(len(soft), temperature)),
            label_weights=label_weights,
            multi_label=labels.multi_label,
        )

    def loss_sum(self, forward: Forward, batch: Batch) -> torch.Tensor:
        """The weighted sum of the losses of a batch."""
        rows = torch.from_numpy(batch.rows)
        temperatures = self.temperatures[rows]
        logits = forward(batch).float() / temperatures[:, None]
        losses = self._losses(logits, self.targets[rows])
        return (losses * self.counts[rows] * temperatures.square()).sum()

    def _losses(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Of each row, shape (rows,)."""
        if self.multi_label:
            return binary_cross_entropy_with_logits(
                logits, targets, pos_weight=self.label_weights, reduction="none"
            ).mean(dim=1)
        return -(self.label_weights * targets * log_softmax(logits, dim=1)).sum(dim=1)

    def weight(self, rows: npt.NDArray[np.int64]) -> float:
        """The total weight of some rows: what their loss sum is divided by."""
        places = torch.from_numpy(rows)
        counts = self.counts[places]
        if not self.multi_label:
            counts = counts * (self.targets[places] @ self.label_weights)
        return float(counts.sum())

    @property
    def base_loss(self) -> float:
        """The least loss of a model that gives all texts of one temperature the same answer."""
        everything = np.arange(len(self.targets))
        loss = 0.0
        for temperature in self.temperatures.unique():
            rows = self.temperatures == temperature
            weights = self.counts[rows, None] * self.targets[rows]
            against = self.counts[rows, None] * (1 - self.targets[rows])
            loss += float(temperature**2) * self._least(weights, against)
        return loss / self.weight(everything)

    def _least(self, weights: torch.Tensor, against: torch.Tensor) -> float:
        """The loss sum of rows with the best single answer.

        Args:
            weights: What each row has for each label, shape (rows, labels).
            against: What it has against it.
        """
        having = (weights.sum(dim=0) * self.label_weights).numpy().astype(np.float64)
        if not self.multi_label:
            return entropy(having) * float(having.sum())
        without = against.sum(dim=0).numpy().astype(np.float64)
        pairs = np.stack([having, without], axis=1)
        return float(np.mean([entropy(pair) * pair.sum() for pair in pairs]))


def softened(shares: Shares, temperature: float, *, multi_label: bool) -> Shares:
    """Probabilities, shape (rows, labels), as they are when their logits are divided."""
    if temperature == 1.0:
        return shares
    wide = np.clip(shares.astype(np.float64), _EPSILON, 1 - _EPSILON)
    powers = wide ** (1 / temperature)
    others = (1 - wide) ** (1 / temperature)
    whole = powers + others if multi_label else powers.sum(axis=1, keepdims=True)
    soft: Shares = (powers / whole).astype(np.float32)
    return soft


def confidence(shares: Shares, *, multi_label: bool) -> npt.NDArray[np.float64]:
    """From near 0, where a teacher guesses, to 1, where it is sure: 1 - entropy / its maximum.

    It is never 0, so that a batch of guesses has a weight to be divided by.

    Args:
        shares: Its probabilities, shape (rows, labels).
        multi_label: Whether each label has one by itself; then the mean over the labels.
    """
    wide = np.clip(shares.astype(np.float64), _EPSILON, 1 - _EPSILON)
    doubt = -wide * np.log(wide)
    if multi_label:
        doubt -= (1 - wide) * np.log(1 - wide)
        sure: npt.NDArray[np.float64] = 1 - doubt.mean(axis=1) / np.log(2)
    else:
        sure = 1 - doubt.sum(axis=1) / np.log(shares.shape[1])
    return np.clip(sure, _LEAST, 1)


def _floats(labelled: npt.NDArray[np.float64], taught: npt.NDArray[np.float64]) -> torch.Tensor:
    """What the labelled rows have, and after them the taught ones; float32, shape (rows,)."""
    return torch.from_numpy(np.concatenate([labelled, taught]).astype(np.float32))
