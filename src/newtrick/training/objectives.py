"""What training makes small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from newtrick.data.dataset import LabelSet, Targets
from newtrick.encoder.batches import Batch
from newtrick.encoder.forward import Forward
from newtrick.evaluation.metrics.probability import entropy
from newtrick.recipe import TrainingSettings


class Objective(Protocol):
    """What a step makes small: a weighted mean over rows."""

    def loss_sum(self, forward: Forward, batch: Batch) -> torch.Tensor:
        """The weighted sum of the losses of a batch: a scalar.

        A sum rather than a mean, so that a step over several small batches equals one over a large
        batch once it is divided by the `weight` of all its rows.
        """

    def weight(self, rows: npt.NDArray[np.int64]) -> float:
        """The total weight of some rows: what their loss sum is divided by."""

    @property
    def base_loss(self) -> float:
        """The least loss of a model that gives every text the same answer."""


def objective_of(targets: Targets, labels: LabelSet, settings: TrainingSettings) -> Objective:
    """The objective for training rows with these targets."""
    if labels.multi_label:
        return MultiLabelClassification.of(targets.astype(np.bool_, copy=False), settings)
    return Classification.of(targets.astype(np.int64, copy=False), len(labels), settings)


@dataclass(frozen=True)
class Classification:
    """Cross-entropy of the true class, each row weighed by the weight of its class.

    Attributes:
        labels: Class id of each training row; int64, shape (rows,).
        class_weights: Weight of each class; float32, shape (classes,).
    """

    labels: torch.Tensor
    class_weights: torch.Tensor

    @classmethod
    def of(
        cls, labels: npt.NDArray[np.int64], classes: int, settings: TrainingSettings
    ) -> Classification:
        """The objective for training rows with these class ids, shape (rows,).

        `balanced` weights, rows / (classes × rows of the class), make each class count the same.
        """
        weights = np.ones(classes)
        if settings.class_weights == "balanced":
            weights = len(labels) / (classes * np.bincount(labels, minlength=classes))
        return cls(torch.from_numpy(labels), torch.tensor(weights, dtype=torch.float32))

    def loss_sum(self, forward: Forward, batch: Batch) -> torch.Tensor:
        """The weighted sum of the losses of a batch."""
        targets = self.labels[torch.from_numpy(batch.rows)]
        return cross_entropy(forward(batch).float(), targets, self.class_weights, reduction="sum")

    @property
    def base_loss(self) -> float:
        """The least loss of a model that gives every text the same answer."""
        rows = torch.bincount(self.labels, minlength=len(self.class_weights))
        return entropy((rows * self.class_weights).numpy().astype(np.float64))

    def weight(self, rows: npt.NDArray[np.int64]) -> float:
        """The total weight of some rows: what their loss sum is divided by."""
        return float(self.class_weights[self.labels[torch.from_numpy(rows)]].sum())


@dataclass(frozen=True)
class MultiLabelClassification:
    """Binary cross-entropy of each label, the mean over the labels of a row.

    Attributes:
        flags: Whether each training row has each label; bool, shape (rows, labels).
        positive_weights: What a label counts where a row has it; float32, shape (labels,).
    """

    flags: torch.Tensor
    positive_weights: torch.Tensor

    @classmethod
    def of(
        cls, flags: npt.NDArray[np.bool_], settings: TrainingSettings
    ) -> MultiLabelClassification:
        """The objective for training rows with these labels, shape (rows, labels).

        `balanced` weights, rows without the label / rows with it, make both count the same; a label
        that no row has keeps a weight of 1.
        """
        weights = np.ones(flags.shape[1])
        if settings.class_weights == "balanced":
            having = flags.sum(axis=0)
            np.divide(len(flags) - having, having, out=weights, where=having > 0)
        return cls(torch.from_numpy(flags), torch.tensor(weights, dtype=torch.float32))

    def loss_sum(self, forward: Forward, batch: Batch) -> torch.Tensor:
        """The sum of the losses of a batch."""
        targets = self.flags[torch.from_numpy(batch.rows)].float()
        losses = binary_cross_entropy_with_logits(
            forward(batch).float(), targets, pos_weight=self.positive_weights, reduction="sum"
        )
        return losses / self.flags.shape[1]

    @property
    def base_loss(self) -> float:
        """The least loss of a model that gives every text the same answer."""
        having = self.flags.sum(dim=0).numpy() * self.positive_weights.numpy().astype(np.float64)
        without = (~self.flags).sum(dim=0).numpy().astype(np.float64)
        pairs = np.stack([having, without], axis=1)
        sums = [entropy(pair) * pair.sum() for pair in pairs]
        return float(np.mean(sums) / len(self.flags))

    def weight(self, rows: npt.NDArray[np.int64]) -> float:
        """How many rows there are: a row's own weight is that of any other."""
        return float(len(rows))
