"""What training makes small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy

from newtrick.encoder.batches import Batch
from newtrick.encoder.forward import Forward
from newtrick.evaluation.metrics.probability import entropy
from newtrick.recipe import TrainingSettings


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
        """The weighted sum of the losses of a batch: a scalar.

        A sum rather than a mean, so that a step over several small batches equals one over a large
        batch once it is divided by the `weight` of all its rows.
        """
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
