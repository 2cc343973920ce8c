"""A trained classifier that says of texts without labels what it thinks of them.

A teacher hands on what it has learned, the rows that it is not to be scored on among it. So one
that has seen rows which the run scores its own model on is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from newtrick.classifier import Classifier, load
from newtrick.counted import counted
from newtrick.data.dataset import Dataset, LabelSet, Note, row_ids
from newtrick.data.shelf import Shelf, code_hash, key_of
from newtrick.data.split import text_key_hashes
from newtrick.encoder.save import read_trained_on
from newtrick.errors import ModelError
from newtrick.hashing import file_sha256
from newtrick.machine.products import Precision
from newtrick.training.taught import Shares

_TEXTS_AT_ONCE = 1024


@dataclass(frozen=True)
class Teacher:
    """A classifier that may teach.

    Attributes:
        name: As the user gave it.
        digest: SHA-256 of all its files.
        columns: Where its probabilities have each label of the student.
        notes: What is not known of it.
    """

    name: str
    digest: str
    columns: tuple[int, ...]
    notes: tuple[Note, ...]

    @classmethod
    def find(cls, name: str, dataset: Dataset) -> Teacher:
        """Look at a teacher.

        Args:
            name: A run folder, a model folder or a hub id.
            dataset: What its student is trained and scored on.

        Raises:
            ModelError: It cannot be loaded, reads pairs, knows other labels, or knows scored rows.
            FetchError: A hub id could not be fetched.
        """
        classifier = load(name)
        _refuse_pairs(name, classifier)
        _refuse_other_labels(name, classifier.encoder.labels, dataset.labels)
        folder = classifier.encoder.folder
        return cls(
            name=name,
            digest=_digest(folder),
            columns=tuple(classifier.labels.index(label) for label in dataset.labels),
            notes=_look_at_rows(name, read_trained_on(folder), dataset),
        )

    def shares(
        self, texts: Sequence[str], precision: Precision, progress: Callable[[int], None]
    ) -> Shares:
        """Its probabilities for some texts, shape (texts, labels); kept on disk.

        Args:
            texts: In their order.
            precision: What to compute in, unless they are on disk.
            progress: Called with the number of texts done.
        """
        key = key_of("teacher", self.digest, *texts, code_hash())
        answers = _ANSWERS.find_or_make(
            key, lambda: _ask(load(self.name, precision=precision), texts, progress)
        )
        chosen: Shares = answers[:, list(self.columns)]
        return chosen


def _ask(classifier: Classifier, texts: Sequence[str], progress: Callable[[int], None]) -> Shares:
    parts = []
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        parts.append(classifier.predict_proba(texts[start : start + _TEXTS_AT_ONCE]))
        progress(min(start + _TEXTS_AT_ONCE, len(texts)))
    return np.concatenate(parts)


def _digest(folder: Path) -> str:
    """Of all files, for what a classifier says may depend on others than the encoder's own."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    told = [f"{path.relative_to(folder).as_posix()} {file_sha256(path)}" for path in files]
    return key_of(*told)


def _refuse_pairs(name: str, classifier: Classifier) -> None:
    if classifier.encoder.reads_pairs:
        raise ModelError(
            "The teacher reads pairs of texts.",
            where=name,
            fix="give a teacher that was trained on single texts",
        )


def _refuse_other_labels(name: str, theirs: LabelSet, ours: LabelSet) -> None:
    if theirs.multi_label != ours.multi_label:
        kinds = {False: "one label", True: "any number of labels"}
        raise ModelError(
            f"The teacher gives a text {kinds[theirs.multi_label]}, and the data"
            f" {kinds[ours.multi_label]}.",
            where=name,
            fix="give a teacher that was trained on data such as this",
        )
    if {*theirs.names} != {*ours.names}:
        raise ModelError(
            "The teacher knows other labels than the data.",
            where=name,
            found=", ".join(theirs.names),
            fix=f"give a teacher of {', '.join(ours.names)}",
        )


def _look_at_rows(name: str, known: pl.DataFrame, dataset: Dataset) -> tuple[Note, ...]:
    """Refuse a teacher that has seen scored rows which its student has not seen before.

    The validation rows may have chosen its checkpoint, as they will choose that of its student.
    Where rows of the run's own splits are copies of each other, the audit has said so.
    """
    if known.is_empty():
        message = f"It is not known whether {name} was trained on rows that this run is scored on."
        return (Note("teacher", message),)
    train, validation = text_key_hashes(dataset.train), text_key_hashes(dataset.validation)
    seen_by_it = {
        "validation": (known.filter(pl.col("split") == "train")["hash"], train),
        "test": (known["hash"], pl.concat([train, validation])),
    }
    for split, (theirs, own) in seen_by_it.items():
        rows = dataset.splits()[split]
        hashes = text_key_hashes(rows)
        seen = rows.filter(hashes.is_in(theirs.implode()) & ~hashes.is_in(own.implode()))
        if seen.height:
            raise ModelError(
                f"The teacher was trained on rows of this run's {split} split.",
                where=name,
                found=f"{counted(seen.height, 'row')}, {row_ids(seen.head(1))[0]} among them",
                fix="give one that was trained with the same data, data.split_seed and sizes",
            )
    return ()


def _write(answers: Shares, folder: Path) -> None:
    np.save(folder / "shares.npy", answers)


def _read(folder: Path) -> Shares:
    answers: Shares = np.load(folder / "shares.npy")
    return answers


_ANSWERS = Shelf(
    "prepared", "A teacher's answers", _write, _read, told="A teacher was asked before."
)
