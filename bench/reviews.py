"""IMDb's reviews, for the programs in this folder."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from newtrick.data.dataset import LabelSet, label_ids
from newtrick.data.labels import with_label_ids
from newtrick.data.load import Pool, read_pool
from newtrick.recipe import DataSettings

_BESIDE = Path(__file__).parents[2] / "shared" / "data" / "imdb"
_SEED = 42


def add_data_argument(parser: argparse.ArgumentParser) -> None:
    """The option that says where the reviews are."""
    parser.add_argument(
        "--data",
        default=os.environ.get("NEWTRICK_IMDB") or str(_BESIDE if _BESIDE.is_dir() else "imdb"),
        help="a folder with train.parquet and test.parquet, or a catalogue name (%(default)s)",
    )


@dataclass(frozen=True)
class Reviews:
    """Labelled texts in random order.

    Attributes:
        classes: Their labels.
        texts: The reviews.
        labels: The id of the class of each; int64, shape (reviews,).
    """

    classes: LabelSet
    texts: Sequence[str]
    labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.texts)

    def head(self, many: int) -> Reviews:
        """The first of them."""
        return Reviews(self.classes, self.texts[:many], self.labels[:many])


def read_reviews(data: str) -> Pool:
    """Read and clean all splits."""
    return read_pool(DataSettings(source=data))


def draw(pool: Pool, split: Literal["train", "test"], rows: int) -> Reviews:
    """A random sample of a split, always the same."""
    classes = LabelSet.of(pool.frame["label"].unique().sort())
    frame = pool.frame.filter(pl.col("split") == split)
    return sampled(with_label_ids(frame, classes, where=pool.name), classes, rows)


def sampled(frame: pl.DataFrame, classes: LabelSet, rows: int) -> Reviews:
    """A random sample of a split of a `Dataset`, always the same."""
    sample = frame.sample(rows, shuffle=True, seed=_SEED)
    return Reviews(classes, sample["text"].to_list(), label_ids(sample))
