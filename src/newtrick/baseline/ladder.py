"""The cheap models that an encoder has to beat, each dearer than the one before."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from newtrick.baseline.linear import Model, Shares
from newtrick.baseline.nb import nb_logistic
from newtrick.baseline.tfidf import tfidf_logistic
from newtrick.baseline.wordmodel import WordModel
from newtrick.baseline.words import WordCounts, count_words
from newtrick.data.dataset import Dataset, Targets, all_label_ids, targets
from newtrick.evaluation.task import Task

MAJORITY, TFIDF, RATIOS = "majority", "tfidf-logistic", "nb-logistic"

_MANY_CLASSES = 50  # each is a model of its own for the ratios


@dataclass(frozen=True)
class Baseline:
    """A cheap model, and what it says.

    Attributes:
        name: What it is called in results.
        validation: Probabilities for the validation rows, shape (rows, labels).
        test: For the test rows.
        seconds: What fitting it and asking it took, from the texts on.
    """

    name: str
    validation: Shares
    test: Shares
    seconds: float


@dataclass(frozen=True)
class WordBaseline(Baseline):
    """One that counts words.

    Attributes:
        words: The model itself.
    """

    words: WordModel


BaselineT = TypeVar("BaselineT", bound=Baseline)


def run_baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Fit all on the training rows, and ask them for the validation and test rows.

    Raises:
        DataError: The training texts hold no words.
    """
    counts = count_words(dataset)
    labels = targets(dataset.train, dataset.labels)
    models: dict[str, Model] = {TFIDF: tfidf_logistic}
    if len(dataset.labels) <= _MANY_CLASSES:
        models[RATIOS] = nb_logistic
    fitted = (_of_words(name, model, counts, labels) for name, model in models.items())
    return _majority(dataset), *fitted


def best_of(baselines: Iterable[BaselineT], truth: Targets, task: Task) -> BaselineT:
    """The one that is best on the validation rows; of equals, the cheaper.

    Args:
        baselines: From the cheapest to the dearest.
        truth: What the validation rows are labelled with.
        task: By what figure.
    """
    return max(baselines, key=lambda each: task.worth(task.decide_by(each.validation), truth))


def _majority(dataset: Dataset) -> Baseline:
    """How frequent each label is in training, whatever the text."""
    started = time.monotonic()
    rows = np.bincount(all_label_ids(dataset.train), minlength=len(dataset.labels))
    shares: npt.NDArray[np.float64] = rows / dataset.train.height
    validation, test = (
        np.tile(shares, (split.height, 1)) for split in (dataset.validation, dataset.test)
    )
    return Baseline(MAJORITY, validation, test, time.monotonic() - started)


def _of_words(name: str, model: Model, counts: WordCounts, labels: Targets) -> WordBaseline:
    started = time.monotonic()
    with threadpool_limits(1, "blas"):  # on vectors as short as these, threads only wait
        fitted = model(counts.train, labels)
    validation, test = fitted.shares(counts.validation), fitted.shares(counts.test)
    seconds = counts.seconds + time.monotonic() - started
    return WordBaseline(name, validation, test, seconds, WordModel(counts.terms, fitted))
