"""Logits and labels ─► Scores."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.intervals import wilson_interval
from newtrick.evaluation.metrics import (
    Ids,
    accuracy,
    confusion_matrix,
    f1_by_class,
    log_loss,
    macro_f1,
)
from newtrick.evaluation.result import Scores


def score(logits: npt.NDArray[np.float32], labels: Ids, label_set: LabelSet) -> Scores:
    """Score predictions against labels.

    Args:
        logits: Shape (rows, classes), at least one row.
        labels: True class ids, shape (rows,).
        label_set: The classes in the order of the logits.
    """
    return score_decisions(
        np.argmax(logits, axis=1), labels, label_set, loss=log_loss(logits, labels)
    )


def score_decisions(
    predicted: Ids, labels: Ids, label_set: LabelSet, *, loss: float | None = None
) -> Scores:
    """Score decided classes; `loss` is absent where there are no logits."""
    confusion = confusion_matrix(labels, predicted, len(label_set))
    positive = label_set.positive_id
    return Scores(
        rows=len(labels),
        loss=loss,
        accuracy=accuracy(confusion),
        accuracy_interval=wilson_interval(int(np.trace(confusion)), len(labels)),
        f1=None if positive is None else float(f1_by_class(confusion)[positive]),
        macro_f1=macro_f1(confusion),
    )
