"""Checks of whether the model learns, and what."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import fmean

from newtrick.audit.check import Check
from newtrick.audit.finding import Finding, Severity
from newtrick.audit.training.subject import TrainingSubject
from newtrick.journal import Evaluation
from newtrick.recipe import TrainingSettings

_NEARLY = 0.98
"""A loss above this share of what class frequencies alone give has learned nothing."""

_BY_CHANCE = 3
"""Standard errors that answers have to be better than the most frequent one."""

_GENTLE = 1e-5
"""Learning rates below it are too small for most encoders."""

USUAL_RATE = f"--set training.learning_rate={TrainingSettings().learning_rate:g}"


class Collapsed(Check[TrainingSubject]):
    """A model that gives every text the same answer."""

    code = "collapsed"
    why = "It scores what the most frequent class scores and tells nothing apart."
    fix = "lower the learning rate"

    def look(self, subject: TrainingSubject) -> Iterator[Finding]:
        """Look at the last evaluation; one with no loss to show for it is an error."""
        if not subject.evaluations:
            return
        last = subject.evaluations[-1]
        if not _is_collapsed(last):
            return
        lost = subject.had_its_chance and _knows_nothing(subject, last)
        if lost or subject.is_over:
            yield self.found(
                Severity.ERROR if lost else Severity.WARNING,
                f"at step {last.step:,} every validation row gets the answer"
                f" {last.top_answer!r} (accuracy {last.accuracy:.4f}); {_loss(subject, last)}",
                {
                    "step": last.step,
                    "answer": last.top_answer,
                    "accuracy": last.accuracy,
                    "validation_loss": last.validation_loss,
                    "base_loss": subject.plan.validation_base_loss,
                },
                fix=_change(subject)
                if lost
                else "train longer; or, with rare classes, weigh them:"
                " --set training.class_weights=balanced",
            )


class NotLearning(Check[TrainingSubject]):
    """A loss that stays where class frequencies alone put it, with answers that are no better."""

    code = "not-learning"
    why = "The texts have told the model nothing about the labels so far."
    fix = "check that texts and labels belong together, or change the learning rate"
    window = 30

    def look(self, subject: TrainingSubject) -> Iterator[Finding]:
        """Compare training and validation loss with the entropy of the classes."""
        if not subject.evaluations or _is_collapsed(subject.evaluations[-1]):
            return
        last = subject.evaluations[-1]
        training = fmean(step.loss for step in subject.steps[-self.window :])
        stuck = training > _NEARLY * subject.plan.base_loss and _knows_nothing(subject, last)
        stuck = stuck and not _tells_apart(subject, last)
        if stuck and (subject.had_its_chance or subject.is_over):
            yield self.found(
                Severity.ERROR if subject.had_its_chance else Severity.WARNING,
                f"after {last.step:,} steps the training loss is {training:.4f}, and class"
                f" frequencies alone give {subject.plan.base_loss:.4f}; {_loss(subject, last)}",
                {
                    "step": last.step,
                    "training_loss": round(training, 4),
                    "base_loss": subject.plan.base_loss,
                    "validation_loss": last.validation_loss,
                    "validation_base_loss": subject.plan.validation_base_loss,
                },
                fix=_change(subject) if subject.had_its_chance else "train longer",
            )


class OverFitting(Check[TrainingSubject]):
    """A validation loss that rises while the training loss falls."""

    code = "over-fitting"
    why = "From there on the model learned its training rows by heart, at the cost of new texts."
    fix = "stop there: --set training.patience=2; or train for fewer epochs"
    noticeable, of_base, harmless = 1.25, 0.15, 1.05

    def look(self, subject: TrainingSubject) -> Iterator[Finding]:
        """Compare the least validation loss with the last one.

        The rise has to be large beside the least loss, and beside what guessing gives: a loss near
        zero may double without any answer being worse.
        """
        course = subject.evaluations
        if not course or not subject.is_over:
            return
        best = min(course, key=lambda event: event.validation_loss)
        last, kept = course[-1], subject.kept or course[-1]
        rise = last.validation_loss - best.validation_loss
        least = max(
            (self.noticeable - 1) * best.validation_loss,
            self.of_base * subject.plan.validation_base_loss,
        )
        if rise > least and last.training_loss < best.training_loss:
            harmless = kept.validation_loss <= self.harmless * best.validation_loss
            yield self.found(
                Severity.INFO if harmless else Severity.WARNING,
                f"since step {best.step:,} the validation loss rises, from"
                f" {best.validation_loss:.4f} to {last.validation_loss:.4f} at step"
                f" {last.step:,}, while the training loss falls from {best.training_loss:.4f} to"
                f" {last.training_loss:.4f}; step {kept.step:,} is kept",
                {
                    "since": best.step,
                    "best_loss": best.validation_loss,
                    "last_loss": last.validation_loss,
                    "best_accuracy": best.accuracy,
                    "last_accuracy": last.accuracy,
                    "kept": kept.step,
                },
            )


def _is_collapsed(evaluation: Evaluation) -> bool:
    return evaluation.top_answer_share == 1 and evaluation.accuracy < 1


def _knows_nothing(subject: TrainingSubject, evaluation: Evaluation) -> bool:
    return evaluation.validation_loss > _NEARLY * subject.plan.validation_base_loss


def _tells_apart(subject: TrainingSubject, evaluation: Evaluation) -> bool:
    """Of many classes, answers can be right long before their probabilities are far from even."""
    base = subject.plan.validation_base_accuracy
    error = math.sqrt(base * (1 - base) / subject.plan.validation_rows)
    return evaluation.accuracy > base + _BY_CHANCE * error


def _loss(subject: TrainingSubject, evaluation: Evaluation) -> str:
    return (
        f"the validation loss is {evaluation.validation_loss:.4f}, and class frequencies alone"
        f" give {subject.plan.validation_base_loss:.4f}"
    )


def _change(subject: TrainingSubject) -> str:
    """The one thing to try first."""
    rate = subject.plan.peak_learning_rate
    if rate < _GENTLE:
        return f"raise the learning rate: {USUAL_RATE}"
    if subject.evaluations[-1].encoder_change > 0:
        return f"lower the learning rate: --set training.learning_rate={rate / 5:.2g}"
    return "let the encoder's weights be trained"
