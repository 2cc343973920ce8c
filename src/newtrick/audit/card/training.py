"""Checks of the course of training: which checkpoint is reported, and how training went on."""

from __future__ import annotations

from collections.abc import Iterator

from newtrick.audit.card.figures import Figure
from newtrick.audit.card.names import Measure
from newtrick.audit.card.subject import CardSubject, Checkpoint
from newtrick.audit.check import Check
from newtrick.audit.finding import Finding, Severity

_DECIDING = (
    Measure.LOSS,
    Measure.ACCURACY,
    Measure.F1,
    Measure.MACRO_F1,
    Measure.WEIGHTED_F1,
)
"""Measures that people choose a checkpoint by."""


class NotBestCheckpoint(Check[CardSubject]):
    """A reported checkpoint that is not the best of its training table."""

    code = "not-best-checkpoint"
    why = "The figures, and the weights if they are of the same step, are worse than need be."
    fix = "keep and report the best checkpoint by one measure, chosen beforehand"
    noticeable_loss, noticeable_score = 1.1, 0.01

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Compare the reported checkpoint with the best by each measure."""
        if len(subject.candidates) != 1:
            return  # the digits of the headline do not tell which one it is
        (reported,) = subject.candidates
        measures = [measure for measure in _DECIDING if measure in reported.figures]
        best = {measure: _best(subject, measure) for measure in measures}
        behind = [m for m in measures if _is_better(best[m], reported, m)]
        if not behind:
            return
        better = [
            row for row in subject.course if all(_is_better(row, reported, m) for m in measures)
        ]
        other = min(better, key=_rank) if better else best[behind[0]]
        shown = [m for m in behind if _is_better(other, reported, m)]
        figures = ", ".join(
            f"{m} {other.figures[m].shown} against {reported.figures[m].shown}" for m in shown
        )
        if len(behind) < len(measures):
            severity = Severity.INFO
        elif better and len(measures) > 1 and self._is_noticeable(other, reported):
            severity = Severity.ERROR
        else:
            severity = Severity.WARNING
        evidence: dict[str, float | int | str] = {"reported": reported.name, "better": other.name}
        for measure in shown:
            name = measure.lower().replace(" ", "_")
            evidence[f"reported_{name}"] = reported.figures[measure].value
            evidence[f"better_{name}"] = other.figures[measure].value
        yield self.found(
            severity,
            f"{reported.name} is reported, and {other.name} is better: {figures}",
            evidence,
            [subject.at(reported.line), subject.at(other.line)],
        )

    def _is_noticeable(self, other: Checkpoint, reported: Checkpoint) -> bool:
        if other.loss and reported.loss:
            return reported.loss.value >= self.noticeable_loss * other.loss.value
        gains = (
            other.figures[measure].value - reported.figures[measure].value
            for measure in _DECIDING
            if measure in reported.figures
        )
        return max(gains) >= self.noticeable_score


class CardOverFitting(Check[CardSubject]):
    """A validation loss that rises while the training loss falls."""

    code = "over-fitting"
    why = "From there on the model learned its training rows by heart, at the cost of new texts."
    fix = "keep the checkpoint before the rise, and stop there: --set training.patience=3"
    noticeable = 1.05

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Compare the least validation loss with the last one."""
        course = [row for row in subject.course if row.loss is not None]
        losses = [row.loss.value for row in course if row.loss]
        if not losses or losses[-1] < self.noticeable * min(losses):
            return
        turn = losses.index(min(losses))
        training = [
            figure for row in course[turn:] if (figure := row.figures.get(Measure.TRAINING_LOSS))
        ]
        if len(training) < 2 or training[-1].value >= training[0].value:  # noqa: PLR2004
            return
        best, last = course[turn], course[-1]
        reported = subject.reported
        is_kept = (
            reported is not None
            and reported.loss is not None
            and (reported.loss.value < self.noticeable * losses[turn])
        )
        yield self.found(
            Severity.INFO if is_kept else Severity.WARNING,
            f"since {best.name} the validation loss rises, from {_shown(best.loss)} to"
            f" {_shown(last.loss)} at {last.name}, while the training loss falls from"
            f" {training[0].shown} to {training[-1].shown}",
            {
                "since": best.name,
                "best_loss": losses[turn],
                "last_loss": losses[-1],
                "times": round(losses[-1] / losses[turn], 2) if losses[turn] > 0 else "inf",
            },
            [subject.at(best.line), subject.at(last.line)],
        )


class EpochsNotTrained(Check[CardSubject]):
    """Training that ended long before the epochs that it was configured for."""

    code = "epochs-not-trained"
    why = (
        "Whoever trains with these settings gets another model: the learning rate followed a"
        " schedule of that length, and what ended training is not told."
    )
    fix = "say what ended training, or give the epochs that were trained"

    def look(self, subject: CardSubject) -> Iterator[Finding]:
        """Compare the last epoch of the table with the settings; the next may not be shown."""
        epochs = [
            row.figures[Measure.EPOCH].value
            for row in subject.course
            if Measure.EPOCH in row.figures
        ]
        if subject.epochs is None or not epochs:
            return
        between = epochs[-1] - epochs[-2] if len(epochs) > 1 else epochs[-1]
        if subject.epochs > epochs[-1] + max(1, 1.5 * between):
            yield self.found(
                Severity.INFO if subject.early_stop else Severity.WARNING,
                f"{subject.epochs:g} epochs are configured, and the training table ends at"
                f" {epochs[-1]:g}",
                {"configured": subject.epochs, "trained": epochs[-1]},
                [subject.at(subject.course[-1].line)],
            )


def _best(subject: CardSubject, measure: Measure) -> Checkpoint:
    """The first of the best checkpoints by a measure."""
    rows = [row for row in subject.course if measure in row.figures]
    sign = 1 if measure is Measure.LOSS else -1
    return min(rows, key=lambda row: sign * row.figures[measure].value)


def _is_better(row: Checkpoint, than: Checkpoint, measure: Measure) -> bool:
    if measure not in row.figures:
        return False
    ours, theirs = row.figures[measure], than.figures[measure]
    return theirs.is_over(ours) if measure is Measure.LOSS else ours.is_over(theirs)


def _rank(row: Checkpoint) -> tuple[float, ...]:
    """Smaller is better: by loss, or by the scores where there is none."""
    loss = row.loss.value if row.loss else 0.0
    return (loss, *(-row.figures[m].value for m in _DECIDING[1:] if m in row.figures))


def _shown(figure: Figure | None) -> str:
    return "" if figure is None else figure.shown
