"""Whether the scores of single classes agree with each other, with their rows and the accuracy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from newtrick.audit.card.classes import ClassReport, ClassScores
from newtrick.audit.card.confusion import fits_rows
from newtrick.audit.card.figures import Figure
from newtrick.audit.card.names import Measure

_SLACK = 1e-9


@dataclass(frozen=True)
class Contradiction:
    """Figures of a class report that cannot all be right.

    Attributes:
        title: What they say, with the figures.
        line: The number of the line of the first.
    """

    title: str
    line: int


def contradictions(report: ClassReport) -> Iterator[Contradiction]:
    """Hold each class to its own figures, and all classes to those of the whole."""
    for scores in report.classes:
        yield from _in_a_class(scores)
    rows = report.class_rows
    if rows and report.stated_rows and report.one_label and sum(rows) != report.stated_rows:
        yield Contradiction(
            f"the rows of the classes add up to {sum(rows):,}, and {report.stated_rows:,} are"
            " stated",
            report.line,
        )
    accuracy = report.overall.get(Measure.ACCURACY)
    if accuracy and rows and report.one_label:
        yield from _of_accuracy(report, accuracy)


def f1_between(precision: Figure, recall: Figure) -> tuple[float, float]:
    """The least and the most F1 beside this precision and recall, all averaged in one way.

    Of a class F1 is the harmonic mean of p and r, which is concave, hence the most for an average
    of classes; and it is at least p + r - 1, which is linear, hence the least.
    """
    least = max(0.0, _least(precision) + _least(recall) - 1)
    return least, _harmonic_mean(_most(precision), _most(recall))


def _in_a_class(scores: ClassScores) -> Iterator[Contradiction]:
    figures = scores.figures
    precision, recall, f1 = (
        figures.get(measure) for measure in (Measure.PRECISION, Measure.RECALL, Measure.F1)
    )
    if precision and recall and f1:
        least = _harmonic_mean(_least(precision), _least(recall))
        most = _harmonic_mean(_most(precision), _most(recall))
        if _most(f1) < least - _SLACK or f1.low > most + _SLACK:
            yield Contradiction(
                f"precision {precision.shown} and recall {recall.shown} of {scores.name!r} give an"
                f" F1 of {least:.4f} to {most:.4f}, never {f1.shown}",
                scores.line,
            )
    if recall and scores.rows and not fits_rows(recall, None, scores.rows):
        yield Contradiction(
            f"no number of right answers among {scores.rows:,} rows of {scores.name!r} is recall"
            f" {recall.shown}",
            scores.line,
        )


def _of_accuracy(report: ClassReport, accuracy: Figure) -> Iterator[Contradiction]:
    """Accuracy is the mean of the recalls, each weighed by the rows of its class."""
    recalls = [scores.figures.get(Measure.RECALL) for scores in report.classes]
    total = sum(report.class_rows)
    told = [
        (recall, rows)
        for recall, rows in zip(recalls, report.class_rows, strict=True)
        if recall is not None
    ]
    if len(told) < len(recalls) or not total:
        return
    least = sum(_least(recall) * rows for recall, rows in told) / total
    most = sum(_most(recall) * rows for recall, rows in told) / total
    if _most(accuracy) < least - _SLACK or accuracy.low > most + _SLACK:
        yield Contradiction(
            f"the recalls of the classes give an accuracy of {least:.4f} to {most:.4f}, never"
            f" {accuracy.shown}",
            report.line,
        )


def _least(figure: Figure) -> float:
    return max(0.0, figure.low)


def _most(figure: Figure) -> float:
    """The most that it can have been, if its further digits were cut off, too."""
    return min(1.0, figure.high + figure.half)


def _harmonic_mean(precision: float, recall: float) -> float:
    """F1 from precision and recall; 0 where both are."""
    both = precision + recall
    return 2 * precision * recall / both if both > 0 else 0.0
