"""Data sets kept on disk as they were read, cleaned and split.

What decides one: the bytes of its files and what they are called, the settings and the seed, and
the code that reads them. So nothing is read again until one of these changes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
from pydantic import BaseModel

from newtrick.data.dataset import SPLITS, Dataset, LabelSet, Note
from newtrick.data.inputs import Inputs
from newtrick.data.shelf import Shelf, code_hash, key_of
from newtrick.errors import DataError
from newtrick.recipe import DataSettings

_OF_THE_MODEL = {"max_tokens", "truncation"}
_FRAMES = (*SPLITS, "dropped", "decided")
_WORDS = "words.json"


class _Words(BaseModel):
    """What a data set is beside its frames."""

    name: str
    labels: LabelSet
    notes: tuple[Note, ...]


def kept_dataset(
    inputs: Inputs, settings: DataSettings, seed: int, make: Callable[[], Dataset]
) -> Dataset:
    """A data set from disk if it was made before, else as `make` gives it.

    Args:
        inputs: The files.
        settings: What is done to the rows.
        seed: Of the cuts and samples.
        make: Reads and splits the rows; has not read them before.

    Raises:
        DataError: A file changed while it was read.
    """
    hashes = inputs.hashes()
    if hashes is None:
        return make()

    def make_of_these() -> Dataset:
        dataset = make()
        if inputs.hashes() != hashes:
            raise DataError(
                "The data changed while it was read.",
                where=inputs.source.name,
                fix="wait until it is written, and begin again",
            )
        return dataset

    told = settings.model_dump_json(exclude=_OF_THE_MODEL)
    key = key_of("dataset", repr(inputs), *hashes, told, str(seed), code_hash())
    return _DATASETS.find_or_make(key, make_of_these)


def _write(dataset: Dataset, folder: Path) -> None:
    for name in _FRAMES:
        getattr(dataset, name).write_ipc(folder / f"{name}.arrow")
    words = _Words(name=dataset.name, labels=dataset.labels, notes=dataset.notes)
    (folder / _WORDS).write_text(words.model_dump_json(), "utf-8")


def _read(folder: Path) -> Dataset:
    words = _Words.model_validate_json((folder / _WORDS).read_bytes())
    frames = {name: pl.read_ipc(folder / f"{name}.arrow") for name in _FRAMES}
    return Dataset(name=words.name, labels=words.labels, notes=words.notes, **frames)


_DATASETS = Shelf(
    "prepared", "The data", _write, _read, told="The data is as it was prepared before."
)
