"""What the baseline says of the test rows, kept on disk, so that it is not fitted twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from newtrick.baseline.tfidf import NAME, BaselinePredictions, run_baseline
from newtrick.data.dataset import Dataset
from newtrick.data.shelf import Shelf, code_hash, key_of

_CLASSES, _SECONDS = "classes.npy", "seconds.npy"


def baseline_of(dataset: Dataset) -> BaselinePredictions:
    """Fit on the training rows and decide on the test rows, once; `seconds` is what that took.

    Raises:
        DataError: The training texts hold no words.
    """
    hashes = dataset.content_hashes
    key = key_of("baseline", NAME, hashes["train"], hashes["test"], code_hash())
    return _BASELINES.find_or_make(key, lambda: run_baseline(dataset))


def _write(predictions: BaselinePredictions, folder: Path) -> None:
    np.save(folder / _CLASSES, predictions.classes)
    np.save(folder / _SECONDS, predictions.seconds)


def _read(folder: Path) -> BaselinePredictions:
    return BaselinePredictions(
        classes=np.load(folder / _CLASSES), seconds=float(np.load(folder / _SECONDS))
    )


_BASELINES = Shelf(
    "prepared", "The baseline", _write, _read, told="The baseline was fitted to it before."
)
