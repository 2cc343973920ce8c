"""A fitted count of words as a value: it scores texts, and is kept in one file.

The file is parquet, so that it loads in a blink and any tool reads it: a row for each term, with
its weights.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl

from newtrick.baseline.linear import Linear, Link, Shares
from newtrick.baseline.words import WordCounter
from newtrick.data.pairs import Text
from newtrick.errors import ModelError
from newtrick.storage import atomic_path, full_disk_as_oserror

_TERM, _RARITY, _WEIGHT = "term", "rarity", "weight_"


@dataclass(frozen=True)
class WordModel:
    """What words say of a text.

    Attributes:
        terms: Words and neighbours that count, as strings.
        linear: What each of them weighs.
    """

    terms: pl.Series
    linear: Linear

    @cached_property
    def _count(self) -> WordCounter:
        return WordCounter(self.terms)

    def shares(self, texts: Sequence[Text]) -> Shares:
        """The probability of each label; shape (texts, labels). Texts are clean."""
        return self.linear.shares(self._count(texts))

    def save(self, path: Path) -> None:
        """Write the file.

        Raises:
            StorageError: The disk is full or the folder cannot be written.
        """
        linear = self.linear
        columns = {f"{_WEIGHT}{place}": column for place, column in enumerate(linear.weights.T)}
        if linear.rarity is not None:
            columns[_RARITY] = linear.rarity
        frame = pl.DataFrame([self.terms.alias(_TERM)]).with_columns(**columns)
        known = {"link": linear.link, "bias": json.dumps(linear.bias.tolist())}
        with atomic_path(path) as temporary, full_disk_as_oserror():
            frame.write_parquet(temporary, metadata=known)

    @classmethod
    def read(cls, path: Path) -> WordModel:
        """Read the file.

        Raises:
            ModelError: It is not there, or damaged.
        """
        try:
            known = pl.read_parquet_metadata(path)
            frame = pl.read_parquet(path)
            link = next(name for name in get_args(Link) if name == known["link"])
            bias = np.array(json.loads(known["bias"]), dtype=np.float64)
            weights = frame.select(f"{_WEIGHT}{place}" for place in range(len(bias)))
            linear = Linear(
                link,
                np.ascontiguousarray(weights.to_numpy(), dtype=np.float32),
                bias,
                frame[_RARITY].to_numpy() if _RARITY in frame.columns else None,
            )
            return cls(frame[_TERM], linear)
        except (pl.exceptions.PolarsError, OSError, KeyError, ValueError, StopIteration) as error:
            raise ModelError(
                "The count of words is missing or damaged.",
                where=path,
                found=repr(error),
                fix="remove blend.json beside it: the encoder then answers alone",
            ) from error
