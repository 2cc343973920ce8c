"""Checks of scores: whether they can be, and what they were measured on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from newtrick.audit.card.classes import ClassScores
from newtrick.audit.card.confusion import true_negatives
from newtrick.audit.card.figures import Figure
from newtrick.audit.card.names import Measure
from newtrick.audit.card.subject import CardSubject, Figures, Origin, accuracy_and_f1
from newtrick.audit.check import Check
from newtrick.audit.finding import Finding, Severity

_CLOSE = 1e-9


class OneClassEvaluation(Check[CardSubject]):
    """Scores from an evaluation set with one class, given away by F1 = 2a/(1+a)."""

    code = "one-class-evaluation"
    why = (
        "Where no row of a second class is ever recognised, F1 repeats the accuracy a in another"
        " form, and how often the model is wrong about the other class is not measured."
    )
    fix = "score it again on rows of every class; a file sorted by label must not be cut"
    telling = 0.02
    """A row counts when rounding leaves room for at most this share of true negatives."""

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Look at the rows of each class; else ask how many true negatives there can have been."""
        for report in subject.reports:
            with_rows = [scores for scores in report.classes if scores.rows]
            others_told = report.stated_rows or len(report.classes) > 1
            if len(with_rows) == 1 and report.class_rows and others_told:
                yield self._of_report(subject, with_rows[0])
                return
        pairs = _pairs([row.figures for row in subject.course])
        pairs = pairs or _pairs([headline.figures for headline in subject.headlines])
        rooms = [true_negatives(accuracy, f1) for accuracy, f1 in pairs]
        if any(room and not room[0] <= _CLOSE <= room[1] + 2 * _CLOSE for room in rooms):
            return
        told = [
            (accuracy, f1, room[1])
            for (accuracy, f1), room in zip(pairs, rooms, strict=True)
            if room and room[1] <= self.telling
        ]
        if not told:
            return
        accuracy, f1, _ = told[-1]
        # An accuracy that never changes can be that of a model which always names one class.
        is_sure = len({a.value for a, *_ in told}) > 1 and not _has_false_positives(subject)
        if not is_sure and len(told) < len(pairs):
            return  # it named one class at first, and rows where all is right tell nothing
        tie = f"F1 is 2a/(1+a) of the accuracy a in all {len(pairs)} rows: the evaluation rows"
        yield self.found(
            Severity.ERROR if is_sure else Severity.WARNING,
            f"{tie} had one class, and {accuracy.shown} is the recall of that class"
            if is_sure
            else f"{tie} had one class, or the model named one class throughout"
            f" (accuracy {accuracy.shown}, F1 {f1.shown})",
            {
                "rows": len(pairs),
                "accuracy": accuracy.value,
                "f1": f1.value,
                "most_true_negatives": round(max(room for *_, room in told), 4),
            },
            [subject.at(row.line) for row in subject.course],
        )

    def _of_report(self, subject: CardSubject, only: ClassScores) -> Finding:
        return self.found(
            Severity.ERROR,
            f"all {only.rows:,} rows of the evaluation are {only.name!r}: the scores are of that"
            " class alone",
            {"rows": only.rows or 0, "label": only.name},
            [subject.at(only.line)],
        )


class EvaluatedOnTrain(Check[CardSubject]):
    """Scores on the rows that the model was trained on."""

    code = "evaluated-on-train"
    why = "A model can know its training rows by heart; their score says little about new texts."
    fix = "score it on rows held out; if these were a held-out part of the split, say which"

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Read which rows the headlines are of; metadata often names the split they came from."""
        origins: Sequence[tuple[Origin, Severity]] = (
            ("text", Severity.ERROR),
            ("metadata", Severity.WARNING),
        )
        for origin, severity in origins:
            of_origin = [line for line in subject.headlines if line.origin == origin]
            trained = [headline for headline in of_origin if headline.split == "train"]
            if trained and not any(line.split in {"evaluation", "test"} for line in of_origin):
                yield self.found(
                    severity,
                    f"by the {origin} of the card its scores are of the training split",
                    {"origin": origin},
                    [subject.at(trained[0].line)],
                )
                return


def _pairs(scored: Sequence[Figures]) -> list[tuple[Figure, Figure]]:
    """Accuracy and F1 of all that have both."""
    return [pair for figures in scored if (pair := accuracy_and_f1(figures))]


def _has_false_positives(subject: CardSubject) -> bool:
    precisions = [row.figures.get(Measure.PRECISION) for row in subject.course]
    return any(precision is not None and precision.high < 1 for precision in precisions)
