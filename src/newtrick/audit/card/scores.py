"""Checks of scores: whether they can be, and what they were measured on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from newtrick.audit.card.agreement import contradictions
from newtrick.audit.card.classes import ClassScores
from newtrick.audit.card.confusion import f1_bounds, fits_rows, highest_f1, true_negatives
from newtrick.audit.card.figures import Figure
from newtrick.audit.card.names import SCORES, Measure
from newtrick.audit.card.subject import CardSubject, Figures, Origin
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


class ImpossibleMetric(Check[CardSubject]):
    """Scores that no confusion matrix gives."""

    code = "impossible-metric"
    why = "At least one of these figures is wrong, or is not what its name says."
    fix = "compute the scores again from the predictions, and say which average F1 is"

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Hold every score to its range, F1 to accuracy, and accuracy to the number of rows."""
        scored = [headline.figures for headline in subject.headlines]
        scored += [row.figures for row in subject.course]
        outside = [
            (measure, figures[measure])
            for figures in scored
            for measure in SCORES
            if measure in figures and (figures[measure].low > 1 or figures[measure].high < 0)
        ]
        if outside:
            measure, figure = outside[0]
            yield self.found(
                Severity.ERROR,
                f"{measure} {figure.shown} is not between 0 and 1",
                {"figures": len(outside), "measure": measure.value, "value": figure.value},
            )
            return
        yield from self._f1_too_high(subject, scored)
        yield from self._not_of_this_data(subject, scored)
        yield from self._not_of_so_many_rows(subject, scored)
        for report in subject.reports:
            found = list(contradictions(report))
            if found:
                yield self.found(
                    Severity.WARNING,
                    found[0].title,
                    {"contradictions": len(found)},
                    [subject.at(contradiction.line) for contradiction in found],
                )

    def _f1_too_high(self, subject: CardSubject, scored: Sequence[Figures]) -> Iterator[Finding]:
        for accuracy, f1 in _pairs(scored):
            bound = highest_f1(accuracy.high)
            if f1.low > bound + _CLOSE:
                is_sure = subject.is_binary or any(
                    figures.get(Measure.WEIGHTED_F1) is f1 for figures in scored
                )
                yield self.found(
                    Severity.ERROR if is_sure else Severity.WARNING,
                    f"F1 {f1.shown} is more than any confusion matrix with accuracy"
                    f" {accuracy.shown} gives, {bound:.4f}"
                    + (
                        ""
                        if is_sure
                        else ", unless it is a macro average or texts have several labels"
                    ),
                    {"accuracy": accuracy.value, "f1": f1.value, "highest_f1": round(bound, 4)},
                )
                return

    def _not_of_this_data(
        self, subject: CardSubject, scored: Sequence[Figures]
    ) -> Iterator[Finding]:
        data = subject.data
        if data is None or data.positive_share is None:
            return
        for figures in scored:
            accuracy, f1 = figures.get(Measure.ACCURACY), figures.get(Measure.F1)
            if accuracy is None or f1 is None:
                continue
            least = f1_bounds(accuracy.low, data.positive_share)[0]
            most = f1_bounds(accuracy.high, data.positive_share)[1]
            if not f1.low - _CLOSE <= most or not least <= f1.high + _CLOSE:
                yield self.found(
                    Severity.WARNING,
                    f"with accuracy {accuracy.shown} on {data.name}, whose test rows are"
                    f" {100 * data.positive_share:.0f} % {data.labels[-1]!r}, F1 is {least:.4f} to"
                    f" {most:.4f}, never {f1.shown}",
                    {
                        "accuracy": accuracy.value,
                        "f1": f1.value,
                        "least_f1": round(least, 4),
                        "most_f1": round(most, 4),
                    },
                )
                return

    def _not_of_so_many_rows(
        self, subject: CardSubject, scored: Sequence[Figures]
    ) -> Iterator[Finding]:
        for figures in scored if subject.sizes else ():
            accuracy = figures.get(Measure.ACCURACY)
            f1 = figures.get(Measure.F1) if subject.is_binary else None
            if accuracy and not any(fits_rows(accuracy, f1, rows) for rows in subject.sizes):
                rows = max(subject.sizes)
                beside = f" with F1 {f1.shown}" if f1 else ""
                yield self.found(
                    Severity.WARNING,
                    f"no number of right answers among {rows:,} rows is accuracy"
                    f" {accuracy.shown}{beside}",
                    {"accuracy": accuracy.value, "rows": rows},
                )
                return


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
    """Accuracy and F1, that of one class or weighted, of all that have both."""
    pairs = []
    for figures in scored:
        accuracy = figures.get(Measure.ACCURACY)
        f1 = figures.get(Measure.F1) or figures.get(Measure.WEIGHTED_F1)
        if accuracy and f1:
            pairs.append((accuracy, f1))
    return pairs


def _has_false_positives(subject: CardSubject) -> bool:
    precisions = [row.figures.get(Measure.PRECISION) for row in subject.course]
    return any(precision is not None and precision.high < 1 for precision in precisions)
