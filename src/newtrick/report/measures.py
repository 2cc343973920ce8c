"""What the figures of scores are called: in the tables of a report, and by the Hub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from newtrick.evaluation.intervals import Interval
from newtrick.evaluation.scores import BaselineScores, Scores


@dataclass(frozen=True)
class Measure:
    """A figure of `Scores`.

    Attributes:
        field: What it is called there.
        name: What readers call it.
        hub: The name of its kind in the Hub's metadata.
        falls: Whether it is better the lower it is.
        many: Its name where there are more than two labels, if it is another one there.
    """

    field: str
    name: str
    hub: str
    falls: bool = False
    many: str | None = None

    def title(self, *, binary: bool) -> str:
        """What readers call it for so many labels."""
        return self.name if binary or self.many is None else self.many


MEASURES = (
    Measure("accuracy", "Accuracy", "accuracy"),
    Measure("balanced_accuracy", "Balanced accuracy", "balanced_accuracy"),
    Measure("f1", "F1", "f1"),
    Measure("micro_f1", "Micro F1", "f1"),
    Measure("micro_precision", "Micro precision", "precision"),
    Measure("micro_recall", "Micro recall", "recall"),
    Measure("precision", "Precision", "precision"),
    Measure("recall", "Recall", "recall"),
    Measure("macro_f1", "Macro F1", "f1"),
    Measure("macro_precision", "Macro precision", "precision"),
    Measure("macro_recall", "Macro recall", "recall"),
    Measure("weighted_f1", "Weighted F1", "f1"),
    Measure("mcc", "Matthews correlation", "matthews_correlation"),
    Measure("roc_auc", "ROC AUC", "roc_auc", many="ROC AUC, mean of the labels"),
    Measure(
        "average_precision",
        "Average precision",
        "average_precision",
        many="Average precision, mean of the labels",
    ),
    Measure("quadratic_kappa", "Quadratic kappa", "quadratic_kappa"),
    Measure("mean_absolute_error", "Mean absolute error", "mae", falls=True),
    Measure("hamming_loss", "Hamming loss", "hamming_loss", falls=True),
    Measure("loss", "Log loss", "log_loss", falls=True),
    Measure("brier_score", "Brier score", "brier_score", falls=True),
    Measure("calibration_error", "Calibration error", "expected_calibration_error", falls=True),
)
"""In the order in which they are shown: those that are better the lower they are come last."""


@dataclass(frozen=True)
class Headline:
    """The figure that models are judged by, and its 95 % interval."""

    value: float
    interval: Interval


def headline(scores: Scores | BaselineScores) -> Headline:
    """The accuracy; where a row may have several labels, the micro F1."""
    if scores.micro_f1 is None:
        return Headline(scores.accuracy, scores.accuracy_interval)
    alone = (scores.micro_f1, scores.micro_f1)
    return Headline(scores.micro_f1, scores.intervals.get("micro_f1", alone))


def measured(scores: Scores) -> Iterator[tuple[Measure, float]]:
    """The figures that scores have."""
    for measure in MEASURES:
        value = getattr(scores, measure.field)
        if value is not None:
            yield measure, value


def interval_of(scores: Scores | BaselineScores, measure: Measure) -> Interval | None:
    """The 95 % interval of a figure; None where it has none."""
    if measure.field == "accuracy":
        return scores.accuracy_interval
    return scores.intervals.get(measure.field)
