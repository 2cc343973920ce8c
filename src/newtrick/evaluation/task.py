"""What differs where rows have any number of labels instead of one; chosen once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from newtrick.data.dataset import LabelSet, Targets
from newtrick.evaluation import multilabel_score, score
from newtrick.evaluation.arrays import Flags, Floats, Ids, Logits
from newtrick.evaluation.metrics import multilabel
from newtrick.evaluation.metrics.decisions import Counts, f1_by_class, macro_f1
from newtrick.evaluation.metrics.probability import entropy, row_losses
from newtrick.evaluation.paired import Lead, Paired, micro_f1_lead
from newtrick.evaluation.predict import probabilities
from newtrick.evaluation.scores import Scores

TaskName = Literal["single_label", "multi_label"]


@dataclass(frozen=True)
class Examined:
    """What an evaluation in the course of a training looks at.

    Attributes:
        losses: Of each row, shape (rows,).
        right: Whether a row has the label that it should have, or just the labels; shape (rows,).
        f1: That of the positive label for two classes, else None.
        micro_f1: That of all labels together, where a row may have several; else None.
        macro_f1: The mean over the labels.
        top_answer: What is answered most often.
        top_answer_share: How often.
    """

    losses: Floats
    right: Flags
    f1: float | None
    micro_f1: float | None
    macro_f1: float
    top_answer: str
    top_answer_share: float


class Task(Protocol):
    """Targets are those of `newtrick.data.dataset.targets`, and so is what is decided."""

    @property
    def name(self) -> TaskName:
        """As `result.json` has it."""

    def probabilities(self, logits: Logits) -> npt.NDArray[np.float32]:
        """Those of plain transformers."""

    def decide(self, logits: Logits) -> Targets:
        """What the model answers."""

    def decide_by(self, shares: Floats) -> Targets:
        """The same from probabilities, shape (rows, labels)."""

    def right(self, decided: Targets, targets: Targets) -> Flags:
        """Whether a row has the label that it should have, or just the labels; shape (rows,)."""

    def worth(self, decided: Targets, targets: Targets) -> float:
        """The figure that models are judged by: the accuracy, or the micro F1."""

    def lead(
        self, first: Targets, other: Targets, targets: Targets, groups: Ids | None = None
    ) -> Lead:
        """How much higher that of other answers is; `groups` are those of rows, shape (rows,)."""

    def majority_accuracy(self, targets: Targets) -> float:
        """The accuracy of giving every row the label, or those labels, that most have."""

    def base_loss(self, targets: Targets) -> float:
        """The loss of a model that knows how frequent the labels are and nothing else, in nats."""

    def examine(self, logits: Logits, targets: Targets) -> Examined:
        """What is looked at in the course of a training."""

    def score(self, logits: Logits, targets: Targets, *, groups: Ids | None = None) -> Scores:
        """Score answers with their probabilities; `groups` are those of rows, shape (rows,)."""

    def score_decided(
        self,
        decided: Targets,
        targets: Targets,
        *,
        loss: float | None = None,
        groups: Ids | None = None,
    ) -> Scores:
        """Score answers without; `loss` is absent where there are no probabilities."""


def task_of(labels: LabelSet) -> Task:
    """The task that a label set stands for."""
    return _MultiLabel(labels) if labels.multi_label else _SingleLabel(labels)


@dataclass(frozen=True)
class _SingleLabel:
    """A row has one label: the most probable is the answer."""

    labels: LabelSet
    name: TaskName = "single_label"

    def probabilities(self, logits: Logits) -> npt.NDArray[np.float32]:
        return probabilities(logits)

    def decide(self, logits: Logits) -> Targets:
        answers: Ids = logits.argmax(axis=1)
        return answers

    def decide_by(self, shares: Floats) -> Targets:
        answers: Ids = shares.argmax(axis=1)
        return answers

    def right(self, decided: Targets, targets: Targets) -> Flags:
        right: Flags = decided == targets
        return right

    def worth(self, decided: Targets, targets: Targets) -> float:
        return float(self.right(decided, targets).mean())

    def lead(
        self, first: Targets, other: Targets, targets: Targets, groups: Ids | None = None
    ) -> Lead:
        return Paired(self.right(first, targets), self.right(other, targets), groups).lead()

    def majority_accuracy(self, targets: Targets) -> float:
        return float(np.bincount(targets).max() / len(targets))

    def base_loss(self, targets: Targets) -> float:
        return entropy(np.bincount(targets).astype(np.float64))

    def examine(self, logits: Logits, targets: Targets) -> Examined:
        ids, answers = targets.astype(np.int64, copy=False), logits.argmax(axis=1)
        counts = Counts.of(ids, answers, len(self.labels))
        positive = self.labels.positive_id
        return Examined(
            losses=row_losses(logits, ids),
            right=self.right(answers, ids),
            f1=None if positive is None else float(f1_by_class(counts)[positive]),
            micro_f1=None,
            macro_f1=float(macro_f1(counts)),
            top_answer=self.labels.names[counts.predicted.argmax()],
            top_answer_share=float(counts.predicted.max() / len(answers)),
        )

    def score(self, logits: Logits, targets: Targets, *, groups: Ids | None = None) -> Scores:
        return score.score(logits, targets.astype(np.int64, copy=False), self.labels, groups=groups)

    def score_decided(
        self,
        decided: Targets,
        targets: Targets,
        *,
        loss: float | None = None,
        groups: Ids | None = None,
    ) -> Scores:
        predicted, ids = (part.astype(np.int64, copy=False) for part in (decided, targets))
        return score.score_decisions(predicted, ids, self.labels, loss=loss, groups=groups)


@dataclass(frozen=True)
class _MultiLabel:
    """A row has any number of labels: each is answered that is more probable than not."""

    labels: LabelSet
    name: TaskName = "multi_label"

    def probabilities(self, logits: Logits) -> npt.NDArray[np.float32]:
        return multilabel.sigmoid(logits).astype(np.float32)

    def decide(self, logits: Logits) -> Targets:
        return logits > 0

    def decide_by(self, shares: Floats) -> Targets:
        return shares > 0.5  # noqa: PLR2004 (of two)

    def right(self, decided: Targets, targets: Targets) -> Flags:
        right: Flags = (decided == targets).all(axis=1)
        return right

    def worth(self, decided: Targets, targets: Targets) -> float:
        return multilabel.label_micro_f1(targets.astype(bool), decided.astype(bool))

    def lead(
        self, first: Targets, other: Targets, targets: Targets, groups: Ids | None = None
    ) -> Lead:
        ours, theirs = (
            np.stack(
                [2 * (decided & targets).sum(axis=1), decided.sum(axis=1) + targets.sum(axis=1)],
                axis=1,
            ).astype(np.float64)
            for decided in (first, other)
        )
        return micro_f1_lead(ours, theirs, groups)

    def majority_accuracy(self, targets: Targets) -> float:
        usual = targets.mean(axis=0) > 0.5  # noqa: PLR2004 (of two)
        return float((targets == usual).all(axis=1).mean())

    def base_loss(self, targets: Targets) -> float:
        return multilabel.base_loss(targets.mean(axis=0))

    def examine(self, logits: Logits, targets: Targets) -> Examined:
        flags, answers = targets.astype(np.bool_, copy=False), logits > 0
        kinds, counts = np.unique(answers, axis=0, return_counts=True)
        most = kinds[counts.argmax()]
        named = [name for name, is_in in zip(self.labels, most, strict=True) if is_in]
        return Examined(
            losses=multilabel.label_row_losses(logits, flags),
            right=self.right(answers, flags),
            f1=None,
            micro_f1=multilabel.label_micro_f1(flags, answers),
            macro_f1=multilabel.label_macro_f1(flags, answers),
            top_answer=", ".join(named) or "none of the labels",
            top_answer_share=float(counts.max() / len(answers)),
        )

    def score(self, logits: Logits, targets: Targets, *, groups: Ids | None = None) -> Scores:
        flags = targets.astype(np.bool_, copy=False)
        return multilabel_score.score_labels(logits, flags, self.labels, groups=groups)

    def score_decided(
        self,
        decided: Targets,
        targets: Targets,
        *,
        loss: float | None = None,
        groups: Ids | None = None,
    ) -> Scores:
        answers, flags = (part.astype(np.bool_, copy=False) for part in (decided, targets))
        return multilabel_score.score_label_decisions(
            answers, flags, self.labels, loss=loss, groups=groups
        )
