"""Files of reviews in the current folder, and what is read of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from newtrick.data.dataset import Dataset
from newtrick.data.load import load_dataset
from newtrick.recipe import DataSettings

NAMES = ("neg", "pos")


def reviews(rows: int, start: int = 0) -> list[tuple[str, object]]:
    return [(f"Review number {start + n}", NAMES[n % 2]) for n in range(rows)]


def write(path: str, rows: Iterable[tuple[object, ...]], header: str = "text,label") -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)


def load(source: str, *, seed: int = 1, **settings: object) -> Dataset:
    return load_dataset(DataSettings.model_validate({"source": source, **settings}), seed=seed)


def heights(dataset: Dataset) -> list[int]:
    return [frame.height for frame in dataset.splits().values()]


def said(dataset: Dataset, topic: str) -> list[str]:
    return [note.message for note in dataset.notes if note.topic == topic]
