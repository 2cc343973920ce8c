"""What the cheap models say, kept on disk, so that they are not fitted twice to the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from newtrick.baseline.frozen import run_frozen
from newtrick.baseline.ladder import Baseline, WordBaseline, run_baselines
from newtrick.baseline.wordmodel import WordModel
from newtrick.data.dataset import Dataset, targets
from newtrick.data.shelf import Shelf, code_hash, key_of
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.tokens import TokenIds


def baselines_of(dataset: Dataset) -> tuple[Baseline, ...]:
    """Those that count words, and the majority; `seconds` is what fitting them took, once.

    Raises:
        DataError: The training texts hold no words.
    """
    key = key_of("baselines", *dataset.content_hashes.values(), code_hash())
    return _BASELINES.find_or_make(key, lambda: run_baselines(dataset))


def frozen_of(
    encoder: Encoder,
    weights: str,
    tokens: Mapping[str, TokenIds],
    dataset: Dataset,
    progress: Callable[[int], None],
) -> Baseline:
    """The untrained encoder with a logistic regression; see `run_frozen`.

    Args:
        encoder: As it came.
        weights: A hash of it.
        tokens: The texts of the splits by name.
        dataset: Their labels.
        progress: Called with the number of texts done.
    """
    reading = repr(encoder.truncation)
    key = key_of("frozen", weights, reading, *dataset.content_hashes.values(), code_hash())
    labels = targets(dataset.train, dataset.labels)
    made = _FROZEN.find_or_make(key, lambda: (run_frozen(encoder, tokens, labels, progress),))
    return made[0]


def _write(baselines: tuple[Baseline, ...], folder: Path) -> None:
    for number, each in enumerate(baselines):
        np.savez(
            folder / f"{number}.{each.name}.npz",
            validation=each.validation,
            test=each.test,
            seconds=each.seconds,
        )
        if isinstance(each, WordBaseline):
            each.words.save(folder / f"{number}.{each.name}.parquet")


def _read(folder: Path) -> tuple[Baseline, ...]:
    return tuple(map(_read_one, sorted(folder.glob("*.npz"))))


def _read_one(path: Path) -> Baseline:
    name, words = path.name.split(".")[1], path.with_suffix(".parquet")
    with np.load(path) as arrays:
        validation, test, seconds = arrays["validation"], arrays["test"], float(arrays["seconds"])
    if words.exists():
        return WordBaseline(name, validation, test, seconds, WordModel.read(words))
    return Baseline(name, validation, test, seconds)


_BASELINES = Shelf(
    "prepared", "The baselines", _write, _read, told="The baselines were fitted to it before."
)
_FROZEN = Shelf(
    "prepared", "The baselines", _write, _read, told="The untrained encoder was asked before."
)
