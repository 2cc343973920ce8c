"""Checks of single steps: their numbers, gradients, sizes and learning rates."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean, median

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from newtrick.audit.check import Check
from newtrick.audit.finding import Finding, Severity
from newtrick.audit.training.subject import TrainingSubject
from newtrick.counted import counted
from newtrick.journal import Step

_MANY = 20


class BrokenNumbers(Check[TrainingSubject]):
    """A loss, gradient or answer that is NaN or infinite."""

    code = "not-finite"
    why = "Such numbers spread to all weights; nothing can be learned from there on."
    fix = "lower the learning rate"

    def look(self, subject: TrainingSubject) -> Iterator[Finding]:
        """Look for the event that says so; its rows are those of the step's batch."""
        broken = subject.broken
        if broken is None:
            return
        rows = [subject.row_names[row] for row in broken.rows if row < len(subject.row_names)]
        rate = subject.plan.peak_learning_rate
        yield self.found(
            Severity.ERROR,
            f"at step {broken.step:,} the numbers are not finite: {broken.found}",
            {"step": broken.step, "found": broken.found},
            rows,
            fix=f"lower the learning rate: --set training.learning_rate={rate / 5:.2g}",
        )


class ExplodingGradient(Check[TrainingSubject]):
    """Gradients that have grown far beyond those of the first steps."""

    code = "exploding-gradient"
    why = "Steps of such a size undo what was learned; clipping hides it and does not heal it."
    fix = "lower the learning rate, or warm up longer: --set training.warmup_share=0.2"
    times, large = 20.0, 100.0

    def look(self, subject: TrainingSubject) -> Iterator[Finding]:
        """Compare the gradient norms of the first steps with the largest typical ones later."""
        norms = [step.gradient_norm for step in subject.steps]
        if len(norms) < 2 * _MANY:
            return
        first = median(norms[:_MANY])
        medians = np.median(sliding_window_view(norms[_MANY:], _MANY), axis=1)
        worst = float(medians.max())
        if worst > max(self.large, self.times * first):
            at = subject.steps[_MANY + int(medians.argmax())].step
            yield self.found(
                Severity.WARNING,
                f"the gradient norm was {first:.3g} in the first {_MANY} steps and {worst:.3g}"
                f" from step {at:,} on",
                {"first": round(first, 4), "worst": round(worst, 4), "step": at},
            )


class LastBatch(Check[TrainingSubject]):
    """A small last batch of each epoch that moves the weights more than a whole one."""

    code = "last-batch"
    why = "Its few rows weigh as much as all rows of another batch."
    fix = "choose a batch size that leaves no small rest"
    small, times = 0.25, 3.0

    def look(self, subject: TrainingSubject) -> Iterator[Finding]:
        """Compare the gradient norms of the epochs' last steps with the others."""
        per_epoch = subject.plan.steps_per_epoch
        last = [step for step in subject.steps if step.step % per_epoch == 0]
        others = [step for step in subject.steps if step.step % per_epoch]
        if not last or not others:
            return
        rows, whole = last[0].rows, others[0].rows
        norm, usual = (median(s.gradient_norm for s in steps) for steps in (last, others))
        if rows <= self.small * whole and norm > self.times * usual:
            yield self.found(
                Severity.WARNING,
                f"the last batch of an epoch has {counted(rows, 'row')} instead of {whole:,}, and"
                f" {norm / usual:.1f} times the gradient norm of the others",
                {
                    "rows": rows,
                    "batch": whole,
                    "gradient_norm": round(norm, 4),
                    "usual_gradient_norm": round(usual, 4),
                },
                fix=f"--set training.train_batch_size={_even_size(subject.plan.rows, whole)}",
            )


class LearningRate(Check[TrainingSubject]):
    """A learning rate that the model cannot follow, or that never reached its peak."""

    code = "learning-rate"
    why = "Too large a rate throws away what the encoder knew; too short a rise leaves it unused."
    fix = "lower the learning rate, or warm up longer: --set training.warmup_share=0.2"
    times = 1.15

    def look(self, subject: TrainingSubject) -> Iterator[Finding]:
        """Compare the loss before the peak with that after it."""
        steps = subject.steps
        if not steps or not subject.is_over:
            return
        peak = max(steps, key=lambda step: step.learning_rate)
        if peak is steps[-1] and peak.learning_rate > steps[0].learning_rate:
            yield self.found(
                Severity.WARNING,
                f"training ended at step {peak.step:,} while the learning rate was still rising",
                {"step": peak.step, "learning_rate": peak.learning_rate},
                fix="train longer, or warm up for a smaller share: --set training.warmup_share=0.1",
            )
            return
        at = steps.index(peak)
        if at < _MANY or len(steps) - at <= _MANY:
            return
        least = min(_loss(steps[start : start + _MANY]) for start in range(at - _MANY + 1))
        after = _loss(steps[at + 1 : at + 1 + _MANY])
        if after > self.times * least:
            yield self.found(
                Severity.WARNING,
                f"the training loss rose from {least:.4f} to {after:.4f} as the learning rate"
                f" reached its peak of {peak.learning_rate:.2g}",
                {
                    "before": round(least, 4),
                    "after": round(after, 4),
                    "learning_rate": peak.learning_rate,
                    "step": peak.step,
                },
                fix=f"--set training.learning_rate={subject.plan.peak_learning_rate / 3:.2g}",
            )


def _loss(steps: list[Step]) -> float:
    return fmean(step.loss for step in steps)


def _even_size(rows: int, batch_size: int) -> int:
    """The batch size nearest to the given one whose last batch is at least half full."""
    sizes = sorted(range(1, 2 * batch_size), key=lambda size: abs(size - batch_size))
    return next(size for size in sizes if rows % size == 0 or 2 * (rows % size) >= size)
