"""The check of scores that cannot be: out of range, or at odds with others or with their rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from newtrick.audit.card.agreement import contradictions, f1_between
from newtrick.audit.card.confusion import f1_bounds, fits_rows, highest_f1
from newtrick.audit.card.figures import Figure
from newtrick.audit.card.names import SCORES, Measure
from newtrick.audit.card.subject import CardSubject, Figures, accuracy_and_f1
from newtrick.audit.check import Check
from newtrick.audit.finding import Finding, Severity

_CLOSE = 1e-9
_MOST_SHOWN = 3


@dataclass(frozen=True)
class _Scored:
    """A line with scores, and the numbers of rows that it may be of; none where that is open."""

    line: int
    figures: Figures
    sizes: frozenset[int]


@dataclass(frozen=True)
class _Fault:
    """What cannot be about a line."""

    line: int
    title: str
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    is_sure: bool = False


class ImpossibleMetric(Check[CardSubject]):
    """Scores that no confusion matrix gives."""

    code = "impossible-metric"
    why = "At least one of these figures is wrong, or is not what its name says."
    fix = "compute the scores again from the predictions, and say which average F1 is"

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Hold every score to its range, to the others beside it, and to the number of rows."""
        scored = _scored(subject)
        if outside := [(line.line, told) for line in scored for told in _outside(line.figures)]:
            shown = ", ".join(told for _, told in outside[:_MOST_SHOWN])
            more = f" and {len(outside) - _MOST_SHOWN} more" * (len(outside) > _MOST_SHOWN)
            verb = "is" if len(outside) == 1 else "are"
            yield self.found(
                Severity.ERROR,
                f"{shown}{more} {verb} not between 0 and 1",
                {"figures": len(outside)},
                [subject.at(line) for line in dict.fromkeys(line for line, _ in outside)],
            )
            return
        for faults in (
            [fault for line in scored for fault in _f1_too_high(subject, line)],
            [fault for line in scored for fault in _f1_not_of_precision_and_recall(line)],
            [fault for line in scored for fault in _not_of_this_data(subject, line)],
            [fault for line in scored for fault in _not_of_so_many_rows(subject, line)],
        ):
            yield from self._told(subject, faults)
        for report in subject.reports:
            found = list(contradictions(report))
            yield from self._told(subject, [_Fault(each.line, each.title) for each in found])

    def _told(self, subject: CardSubject, faults: list[_Fault]) -> Iterator[Finding]:
        """One finding for faults of a kind: the first in words, the lines of all."""
        if not faults:
            return
        first, *others = faults
        more = f"; and {len(others)} more of this kind" if others else ""
        yield self.found(
            Severity.ERROR if any(fault.is_sure for fault in faults) else Severity.WARNING,
            f"{first.title}{more}",
            {**first.evidence, "contradictions": len(faults)},
            [subject.at(fault.line) for fault in faults],
        )


def _scored(subject: CardSubject) -> list[_Scored]:
    """All lines with scores. One of several in a table may be of other rows than the card's."""
    lines = []
    for headline in subject.headlines:
        sizes = frozenset[int]() if headline.origin == "table" else subject.sizes
        sizes = frozenset({headline.rows}) if headline.rows else sizes
        lines.append(_Scored(headline.line, headline.figures, sizes))
    lines += [_Scored(row.line, row.figures, subject.sizes) for row in subject.course]
    return lines


def _outside(figures: Figures) -> Iterator[str]:
    for measure in SCORES:
        figure = figures.get(measure)
        if figure and (figure.low > 1 or figure.high < 0):
            yield f"{measure} {figure.shown}"


def _f1_too_high(subject: CardSubject, line: _Scored) -> Iterator[_Fault]:
    pair = accuracy_and_f1(line.figures)
    if pair is None:
        return
    accuracy, f1 = pair
    bound = highest_f1(accuracy.high)
    if f1.low > bound + _CLOSE:
        is_sure = subject.is_binary or line.figures.get(Measure.WEIGHTED_F1) is f1
        doubt = "" if is_sure else ", unless it is a macro average or texts have several labels"
        yield _Fault(
            line.line,
            f"F1 {f1.shown} is more than any confusion matrix with accuracy {accuracy.shown}"
            f" gives, {bound:.{_places(f1)}f}{doubt}",
            {"accuracy": accuracy.value, "f1": f1.value, "highest_f1": round(bound, 6)},
            is_sure,
        )


def _f1_not_of_precision_and_recall(line: _Scored) -> Iterator[_Fault]:
    measures = (Measure.F1, Measure.MACRO_F1, Measure.WEIGHTED_F1)
    f1 = next((line.figures[measure] for measure in measures if measure in line.figures), None)
    precision = line.figures.get(Measure.PRECISION)
    recall = line.figures.get(Measure.RECALL)
    if f1 is None or precision is None or recall is None:
        return
    least, most = f1_between(precision, recall)
    if f1.high + f1.half < least - _CLOSE or f1.low > most + _CLOSE:
        yield _Fault(
            line.line,
            f"with precision {precision.shown} and recall {recall.shown}, F1 is {least:.4f} to"
            f" {most:.4f} in any average of classes, never {f1.shown}",
            {"precision": precision.value, "recall": recall.value, "f1": f1.value},
        )


def _not_of_this_data(subject: CardSubject, line: _Scored) -> Iterator[_Fault]:
    data = subject.data
    accuracy, f1 = line.figures.get(Measure.ACCURACY), line.figures.get(Measure.F1)
    if data is None or data.positive_share is None or accuracy is None or f1 is None:
        return
    least = f1_bounds(accuracy.low, data.positive_share)[0]
    most = f1_bounds(accuracy.high, data.positive_share)[1]
    if not f1.low - _CLOSE <= most or not least <= f1.high + _CLOSE:
        yield _Fault(
            line.line,
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


def _not_of_so_many_rows(subject: CardSubject, line: _Scored) -> Iterator[_Fault]:
    accuracy = line.figures.get(Measure.ACCURACY)
    f1 = line.figures.get(Measure.F1) if subject.is_binary else None
    if (
        accuracy is None
        or not line.sizes
        or any(fits_rows(accuracy, f1, rows) for rows in line.sizes)
    ):
        return
    rows = max(line.sizes)
    beside = f" with F1 {f1.shown}" if f1 else ""
    yield _Fault(
        line.line,
        f"no number of right answers among {rows:,} rows is accuracy {accuracy.shown}{beside}",
        {"accuracy": accuracy.value, "rows": rows},
    )


def _places(figure: Figure) -> int:
    """Decimals that tell a limit from the figure; four at least."""
    return max(4, round(-math.log10(2 * figure.half)))
