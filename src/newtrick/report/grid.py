"""The tables of a run as text cells, before a terminal, Markdown or HTML dresses them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newtrick.evaluation.result import Result, TrainingSummary
from newtrick.evaluation.scores import BaselineScores
from newtrick.journal import Evaluation
from newtrick.recipe import Recipe
from newtrick.report.measures import headline
from newtrick.report.wording import count, decimals, duration, percent, size
from newtrick.run import Environment

ABSENT = "—"
WIDEST = 20
"""A confusion matrix of more classes is told by its most frequent mistakes instead."""


@dataclass(frozen=True)
class Grid:
    """A table of text.

    Attributes:
        caption: What it shows, in a sentence.
        header: The names of the columns.
        rows: As many cells each as the header has.
        named: Whether the first cell names its row; all others are figures.
        marked: The numbers of the rows that stand out.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    named: bool = True
    marked: frozenset[int] = frozenset()


def best_index(evaluations: Sequence[Evaluation]) -> int | None:
    """The evaluation whose checkpoint is kept: the last that was the best when it came."""
    return max((i for i, event in enumerate(evaluations) if event.best), default=None)


def evaluation_header(event: Evaluation | None) -> tuple[str, ...]:
    """The columns of evaluations like this; F1 is that of the positive label of two."""
    f1 = "F1" if event is None or event.f1 is not None else "Macro F1"
    return (
        "Training Loss",
        "Epoch",
        "Step",
        "Validation Loss",
        "Accuracy",
        f1 if event is None or event.micro_f1 is None else "Micro F1",
    )


def evaluation_cells(event: Evaluation) -> tuple[str, ...]:
    """One evaluation as cells under `evaluation_header`."""
    f1 = event.f1 if event.micro_f1 is None else event.micro_f1
    return (
        decimals(event.training_loss),
        f"{event.epoch:.2f}",
        count(event.step),
        decimals(event.validation_loss),
        decimals(event.accuracy),
        decimals(event.macro_f1 if f1 is None else f1),
    )


def evaluation_grid(evaluations: Sequence[Evaluation]) -> Grid:
    """The course of training; the best evaluation is marked."""
    best = best_index(evaluations)
    return Grid(
        caption="Scores on the validation rows during training; the checkpoint in bold was kept.",
        header=evaluation_header(evaluations[0] if evaluations else None),
        rows=tuple(evaluation_cells(event) for event in evaluations),
        named=False,
        marked=frozenset() if best is None else frozenset({best}),
    )


def score_grid(result: Result) -> Grid:
    """The baselines and the encoder on the same test rows; what answers is marked.

    A step is what a model gains over the one above it, in points of the first figure.
    """
    rows = count(result.test.rows)
    caption = f"Scores on the {rows} test rows; {_f1_in_words(result)}."
    several, binary = result.task == "multi_label", result.positive_label is not None
    models = (*result.baselines, *_encoder_and_blend(result))
    scale = result.test.mean_absolute_error is not None
    if scale:
        caption += (
            " MAE is the mean absolute error on the scale of the labels, kappa is Cohen's with"
            " quadratic weights."
        )
    if result.test.groups is not None:
        caption += f" Intervals are by group: the rows are of {count(result.test.groups)} groups."
    return Grid(
        caption=caption,
        header=(
            *("Model", "Micro F1" if several else "Accuracy", "95 % interval", "Step"),
            *(["F1"] if binary else []),
            "Macro F1",
            *(["Accuracy"] if several else []),
            *(("MAE", "Kappa") if scale else ()),
            "Seconds",
        ),
        rows=tuple(
            _score_cells(model, before, several=several, binary=binary, scale=scale)
            for model, before in zip(models, (None, *models), strict=False)
        ),
        marked=frozenset({len(models) - 1}),
    )


def _encoder_and_blend(result: Result) -> tuple[BaselineScores, ...]:
    """The encoder; where its blend with a word count is used, both."""
    seconds, blend = result.training.seconds, result.blend
    if blend is None or not blend.used:
        return (BaselineScores.of(result.test, result.model, seconds),)
    words = sum(each.seconds for each in result.baselines if each.name == blend.words)
    return (
        BaselineScores.of(blend.encoder_test, result.model, seconds),
        BaselineScores.of(result.test, result.answerer, seconds + words),
    )


def _f1_in_words(result: Result) -> str:
    if result.task == "multi_label":
        return (
            "micro F1 is that of all decisions about a label together, macro F1 the mean over the"
            " labels, the accuracy the share of rows with all labels right"
        )
    if result.positive_label is None:
        return "macro F1 is the mean of F1 over all labels"
    return f"F1 is that of the label {result.positive_label}, macro F1 the mean over both labels"


def _score_cells(
    model: BaselineScores,
    before: BaselineScores | None,
    *,
    several: bool,
    binary: bool,
    scale: bool,
) -> tuple[str, ...]:
    head = headline(model)
    step = "" if before is None else f"{100 * (head.value - headline(before).value):+.1f}"
    return (
        model.name,
        decimals(head.value),
        " – ".join(map(decimals, head.interval)),
        step,
        *([optional(model.f1)] if binary else []),
        decimals(model.macro_f1),
        *([decimals(model.accuracy)] if several else []),
        *([optional(model.mean_absolute_error), optional(model.quadratic_kappa)] if scale else []),
        f"{model.seconds:,.1f}",
    )


def optional(value: float | None) -> str:
    """A figure, or that there is none."""
    return ABSENT if value is None else decimals(value)


def confusion_grid(labels: Sequence[str], confusion: npt.NDArray[np.int64]) -> Grid:
    """Where the model was wrong on the test rows.

    Args:
        labels: The names of the classes.
        confusion: Shape (classes, classes): rows are true labels, columns predicted ones.

    Returns:
        All counts, with each label's recall at the right and its precision below; or the most
        frequent mistakes, where there are more than `WIDEST` classes.
    """
    if len(labels) > WIDEST:
        return _mistakes_grid(labels, confusion)
    hits = np.diag(confusion)
    recall = [_share(hit, of) for hit, of in zip(hits, confusion.sum(axis=1), strict=True)]
    precision = [_share(hit, of) for hit, of in zip(hits, confusion.sum(axis=0), strict=True)]
    rows = [
        (label, *(count(int(cell)) for cell in line), share)
        for label, line, share in zip(labels, confusion, recall, strict=True)
    ]
    return Grid(
        caption="Counts of test rows: a line for each true label, a column for each predicted one.",
        header=("True label", *labels, "Recall"),
        rows=(*rows, ("Precision", *precision, "")),
    )


def _mistakes_grid(labels: Sequence[str], confusion: npt.NDArray[np.int64]) -> Grid:
    mistakes = confusion.copy()
    np.fill_diagonal(mistakes, 0)
    order = np.argsort(-mistakes, axis=None, kind="stable")[:WIDEST]
    pairs = zip(*np.unravel_index(order, mistakes.shape), strict=True)
    return Grid(
        caption=f"The most frequent mistakes on the test rows among {len(labels)} labels.",
        header=("True label", "Predicted label", "Rows"),
        rows=tuple(
            (labels[true], labels[predicted], count(int(mistakes[true, predicted])))
            for true, predicted in pairs
            if mistakes[true, predicted]
        ),
    )


def _share(part: np.int64, whole: np.int64) -> str:
    return f"{percent(float(part / whole))} %" if whole else ABSENT


_STOPPED = {
    "epochs": "all epochs were done",
    "patience": "no better evaluation came",
    "max_minutes": "the time was up",
}


def training_grid(result: Result) -> Grid:
    """What training did and what it took."""
    training = result.training
    memory = training.peak_memory_bytes
    return Grid(
        caption="What training did and what it took.",
        header=("Training", "Measured"),
        rows=(
            ("Best step", count(training.best_step)),
            ("Last step", count(training.last_step)),
            ("Epochs", f"{training.epochs:.2f}"),
            ("Ended because", _STOPPED[training.stopped_by]),
            ("Time", duration(training.seconds)),
            ("Useful tokens", count(training.useful_tokens)),
            ("Useful tokens per second", count(round(training.useful_tokens_per_second))),
            ("Share of padding", f"{percent(training.padding_share)} %"),
            ("Peak memory", ABSENT if memory is None else size(memory)),
            *_energy(training),
        ),
    )


def _energy(training: TrainingSummary) -> tuple[tuple[str, str], ...]:
    """What the processors used, where that was measured."""
    if training.energy_joules is None:
        return ()
    return (("Energy of the processors", f"{training.energy_joules / 3600:,.1f} Wh"),)


def settings_grid(recipe: Recipe) -> Grid:
    """Every setting by its full name; those that differ from their default are marked."""
    default = dict(_settings(Recipe()))
    settings = _settings(recipe)
    return Grid(
        caption="Every setting; those in bold differ from their default.",
        header=("Setting", "Value"),
        rows=tuple((name, ABSENT if value is None else str(value)) for name, value in settings),
        marked=frozenset(
            index for index, (name, value) in enumerate(settings) if value != default[name]
        ),
    )


def environment_grid(environment: Environment) -> Grid:
    """What the run ran on."""
    return Grid(
        caption="What it ran on.",
        header=("Environment", "Version"),
        rows=(
            ("Processor", environment.processor),
            ("Cores", count(environment.cores)),
            ("Workers", count(environment.workers)),
            ("Platform", environment.platform),
            ("Git revision", environment.git_revision or ABSENT),
            ("python", environment.python),
            *environment.packages.items(),
        ),
    )


def _settings(recipe: Recipe) -> list[tuple[str, object]]:
    return [
        (f"{section}.{name}", value)
        for section, settings in recipe.model_dump().items()
        for name, value in settings.items()
    ]
