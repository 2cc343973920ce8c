"""Checks of what a card claims: whether it agrees with itself, and what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator

from newtrick.audit.card.names import SCORES, Measure
from newtrick.audit.card.subject import CardSubject, Headline, is_same
from newtrick.audit.check import Check
from newtrick.audit.finding import Finding, Severity
from newtrick.counted import one_or_many
from newtrick.evaluation.intervals import wilson_interval

_COMPARED = (Measure.LOSS, *SCORES)


class HeadlineMismatch(Check[CardSubject]):
    """Reported figures that the training table or the metadata does not have."""

    code = "headline-mismatch"
    why = "The card contradicts itself, so a reader cannot know which of its figures to believe."
    fix = "report the figures of one checkpoint on one set of rows, everywhere the same"

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Look for the headline in the table, and for the figures of the text in the metadata."""
        text = [headline for headline in subject.headlines if headline.origin == "text"]
        metadata = [headline for headline in subject.headlines if headline.origin == "metadata"]
        of_course = [line for line in text or metadata if line.split not in {"test", "train"}]
        if of_course and not any(
            is_same(row, headline) for row in subject.course for headline in of_course
        ):
            yield from self._not_in_table(subject, of_course[0])
        for measure in _COMPARED:
            said = [line.figures[measure] for line in text if measure in line.figures]
            declared = [entry.figures[measure] for entry in metadata if measure in entry.figures]
            if said and declared and not any(a.agrees(b) for a in said for b in declared):
                yield self.found(
                    Severity.WARNING,
                    f"{measure} is {said[0].shown} in the text and {declared[0].shown} in the"
                    " metadata",
                    {
                        "measure": measure.value,
                        "text": said[0].value,
                        "metadata": declared[0].value,
                    },
                )

    def _not_in_table(self, subject: CardSubject, headline: Headline) -> Iterator[Finding]:
        compared = [
            measure
            for measure in _COMPARED
            if measure in headline.figures and any(measure in row.figures for row in subject.course)
        ]
        if not compared:
            return
        missing = [
            measure
            for measure in compared
            if not any(
                row.figures[measure].agrees(headline.figures[measure])
                for row in subject.course
                if measure in row.figures
            )
        ]
        shown = missing or compared
        figures = ", ".join(f"{m} {headline.figures[m].shown}" for m in shown)
        where = "no row of the training table" if missing else "different rows, never in one"
        yield self.found(
            Severity.WARNING,
            f"the reported {figures} {one_or_many(len(shown), 'stands', 'stand')} in {where}",
            {m.lower().replace(" ", "_"): headline.figures[m].value for m in shown},
            [subject.at(headline.line)],
        )


class NoInterval(Check[CardSubject]):
    """Scores without an interval."""

    code = "no-interval"
    why = "Whether a point or two of difference to another model is luck cannot be told."
    fix = "give the 95 % interval, or the spread over several seeds"

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Compute the interval that is missing, where the card says how many rows there were."""
        accuracy = subject.claimed.get(Measure.ACCURACY)
        if subject.interval or accuracy is None:
            return
        evidence: dict[str, float | int | str] = {"accuracy": accuracy.value}
        title = f"accuracy {accuracy.shown} stands without an interval"
        if len(subject.sizes) == 1 and 0 <= accuracy.value <= 1:
            (rows,) = subject.sizes
            low, high = wilson_interval(round(accuracy.value * rows), rows)
            evidence |= {"rows": rows, "low": round(low, 4), "high": round(high, 4)}
            title += f"; on {rows:,} rows it is {low:.4f} to {high:.4f}"
        yield self.found(Severity.INFO, title, evidence)


class NoBaseline(Check[CardSubject]):
    """Scores without anything simple beside them."""

    code = "no-baseline"
    why = "A score is good or bad only beside what a word count or a blind guess reaches."
    fix = "score a word count on the same rows; newtrick train does so"

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Look for words for a simple model; count the largest class, if the classes are told."""
        if subject.baseline or not subject.claimed.keys() & set(SCORES):
            return
        title = "the scores stand without a baseline"
        evidence: dict[str, float | int | str] = {}
        severity = Severity.INFO
        accuracy = subject.claimed.get(Measure.ACCURACY)
        rows = next((report.class_rows for report in subject.reports if report.class_rows), ())
        if accuracy and max(rows, default=0) < sum(rows):
            blind = max(rows) / sum(rows)
            title += f"; always naming the largest class has accuracy {blind:.4f}"
            evidence = {"accuracy": accuracy.value, "majority_accuracy": round(blind, 4)}
            severity = Severity.WARNING if accuracy.low <= blind else Severity.INFO
        yield self.found(severity, title, evidence)


class NoTestSize(Check[CardSubject]):
    """Scores without the number of rows behind them."""

    code = "no-test-size"
    why = "The fewer rows were scored, the further the score can be from the truth."
    fix = "say how many rows were scored, and how many of each class"

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Look for a number of rows."""
        if not subject.sizes and subject.claimed.keys() & set(SCORES):
            yield self.found(Severity.INFO, "the number of scored rows is not told", {})


class WordCountWouldDo(Check[CardSubject]):
    """An accuracy that counting words reaches on the same data set."""

    code = "word-count-would-do"
    why = "A word count trains in seconds and explains itself; a larger model has to beat it."
    fix = "use the word count, or find out what holds the model back"

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Compare with what the catalogue has measured."""
        accuracy = subject.claimed.get(Measure.ACCURACY)
        data = subject.data
        if accuracy is None or data is None or data.baseline_accuracy is None:
            return
        if accuracy.high < data.baseline_accuracy:
            yield self.found(
                Severity.WARNING,
                f"a word count has accuracy {data.baseline_accuracy:.3f} on {data.name}, this"
                f" model {accuracy.shown}",
                {
                    "accuracy": accuracy.value,
                    "baseline_accuracy": data.baseline_accuracy,
                    "data": data.name,
                },
            )
