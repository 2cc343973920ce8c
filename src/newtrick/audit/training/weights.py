"""Checks of what moved, and of what the choice of a checkpoint rests on."""

from __future__ import annotations

from collections.abc import Iterator

from newtrick.audit.check import Check
from newtrick.audit.finding import Finding, Severity
from newtrick.audit.training.learning import USUAL_RATE
from newtrick.audit.training.subject import TrainingSubject
from newtrick.evaluation.intervals import wilson_interval

_STILL = 2e-4
"""A relative change of the encoder's weights below which it is the one that was loaded."""

_LEARNED = 0.95


class FrozenEncoder(Check[TrainingSubject]):
    """An encoder whose weights did not move."""

    code = "frozen-encoder"
    why = "The model is the pretrained one; whatever it scores, fine-tuning has no part in it."
    fix = "raise the learning rate, or let the encoder's weights be trained"

    def look(self, subject: TrainingSubject) -> Iterator[Finding]:
        """Compare the weights at the last evaluation with those at the start."""
        tells = subject.is_over or subject.had_its_chance
        if tells and _is_still(subject) and not _head_learned(subject):
            last = subject.evaluations[-1]
            rate = subject.plan.peak_learning_rate
            yield self.found(
                Severity.WARNING,
                f"the encoder's weights changed by {100 * last.encoder_change:.2g} % in"
                f" {last.step:,} steps, those of the head by {100 * last.head_change:.2g} %",
                {
                    "encoder_change": last.encoder_change,
                    "head_change": last.head_change,
                    "learning_rate": rate,
                },
                fix=f"raise the learning rate: {USUAL_RATE}" if last.encoder_change else self.fix,
            )


class HeadAlone(Check[TrainingSubject]):
    """A model whose head learned while its encoder stood still."""

    code = "head-alone"
    why = "That is a logistic regression on fixed features; fine-tuning gives more."
    fix = "let the encoder's weights be trained, or raise the learning rate"

    def look(self, subject: TrainingSubject) -> Iterator[Finding]:
        """Look for a loss that fell without the encoder."""
        if subject.is_over and _is_still(subject) and _head_learned(subject):
            last = subject.evaluations[-1]
            yield self.found(
                Severity.WARNING,
                f"the training loss fell to {last.training_loss:.4f}, and the encoder's weights"
                f" changed by {100 * last.encoder_change:.2g} %: only the head learned",
                {
                    "encoder_change": last.encoder_change,
                    "head_change": last.head_change,
                    "training_loss": last.training_loss,
                },
            )


class IndistinguishableCheckpoints(Check[TrainingSubject]):
    """Checkpoints that too few validation rows cannot tell apart."""

    code = "indistinguishable-checkpoints"
    why = "Which of them is the best is luck, and its validation score is the luckiest of several."
    fix = "take more rows for validation: --set data.validation_share=0.2"
    fewest = 3
    wanted_points = 0.03

    def look(self, subject: TrainingSubject) -> Iterator[Finding]:
        """Count the last evaluations whose lead on the best is within twice its error."""
        kept = subject.kept
        if kept is None or not subject.is_over:
            return
        alike = 0
        for event in reversed(subject.evaluations):
            if event.lead is None or event.lead_error is None:
                break
            if abs(event.lead) > 1.96 * event.lead_error:
                break
            alike += 1
        rows = subject.plan.validation_rows
        low, high = wilson_interval(round(kept.accuracy * rows), rows)
        margin = (high - low) / 2
        if alike >= self.fewest - 1 and margin > self.wanted_points:
            yield self.found(
                Severity.INFO,
                f"{rows:,} validation rows cannot tell the last {alike + 1} checkpoints apart"
                f" (accuracy is known to ±{100 * margin:.1f} points)",
                {"checkpoints": alike + 1, "rows": rows, "margin": round(margin, 4)},
            )


def _is_still(subject: TrainingSubject) -> bool:
    return bool(subject.evaluations) and subject.evaluations[-1].encoder_change < _STILL


def _head_learned(subject: TrainingSubject) -> bool:
    return subject.evaluations[-1].training_loss < _LEARNED * subject.plan.base_loss
