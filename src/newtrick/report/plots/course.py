"""How the model learned: its losses and its scores against the steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from newtrick.journal import Step
from newtrick.report.grid import best_index
from newtrick.report.plots.look import ACCENT, INK, MUTED
from newtrick.report.record import RunRecord

_SMOOTH = 40
"""The training loss of single steps jumps about; its line is the mean of this part of them all."""


def plot_loss(record: RunRecord, figure: Figure) -> None:
    """Draw the losses of training and validation; the kept checkpoint has a ring."""
    axes = figure.subplots()
    axes.set_title("Loss")
    if record.steps:
        _plot_training_loss(record.steps, axes)
    steps = [event.step for event in record.evaluations]
    losses = [event.validation_loss for event in record.evaluations]
    axes.plot(steps, losses, "o-", color=ACCENT, label="validation")
    best = best_index(record.evaluations)
    if best is not None:
        _ring(axes, steps[best], losses[best])
    _finish(axes)


def plot_scores(record: RunRecord, figure: Figure) -> None:
    """Draw the scores on the validation rows, and what the kept checkpoint has on the test rows."""
    result, events = record.result, record.evaluations
    axes = figure.subplots()
    axes.set_title("Scores")
    steps = [event.step for event in events]
    accuracies = [event.accuracy for event in events]
    binary = all(event.f1 is not None for event in events)
    several = any(event.micro_f1 is not None for event in events)
    own = [event.micro_f1 if several else event.f1 for event in events]
    f1 = [e.macro_f1 if value is None else value for e, value in zip(events, own, strict=True)]
    name = "micro F1" if several else "F1" if binary else "macro F1"
    axes.plot(steps, accuracies, "o-", color=ACCENT, label="accuracy")
    axes.plot(steps, f1, "s--", color=MUTED, label=name, linewidth=1.2)
    best = best_index(events)
    if best is not None:
        _ring(axes, steps[best], accuracies[best])
    kept = result.training.best_step
    axes.plot([kept, kept], result.test.accuracy_interval, "_-", color=INK, markersize=8)
    axes.plot(kept, result.test.accuracy, "D", color=INK, label="test accuracy")
    _finish(axes)


def _plot_training_loss(points: Sequence[Step], axes: Axes) -> None:
    steps = np.array([point.step for point in points])
    losses = np.array([point.loss for point in points])
    window = max(1, len(losses) // _SMOOTH)
    if window > 1:
        axes.plot(steps, losses, color=MUTED, linewidth=0.5, alpha=0.3)
    axes.plot(
        steps[window - 1 :],
        np.convolve(losses, np.full(window, 1 / window), mode="valid"),
        color=MUTED,
        linewidth=1.2,
        label="training" if window == 1 else f"training, mean of {window} steps",
    )


def _ring(axes: Axes, step: int, value: float) -> None:
    axes.plot(step, value, "o", markersize=10, color=ACCENT, fillstyle="none", label="kept")


def _finish(axes: Axes) -> None:
    axes.set_xlabel("step")
    axes.xaxis.set_major_locator(
        MaxNLocator(nbins=5, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
    )
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axes.figure.legend(loc="outside lower center", ncols=2)
