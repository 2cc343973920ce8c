"""What the checks of a data set look at."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from newtrick.audit.data.reading import Reading
from newtrick.audit.data.wordmodel import Features, tfidf_features
from newtrick.data.dataset import DECIDED_SCHEMA, DROPPED_SCHEMA, LabelSet, all_label_ids, has_label
from newtrick.data.pairs import whole_text
from newtrick.data.split import text_key_hashes
from newtrick.data.words import Words, find_words
from newtrick.encoder.save import TRAINED_ON_SCHEMA


@dataclass(frozen=True)
class DataSubject:
    """A data set, or the rows that a trained model is scored on.

    Attributes:
        labels: The classes.
        splits: The rows of each split there is, by its name.
        reading: How a model will read the texts, if there is one.
        trained_on: What the model was trained on before, as `TRAINED_ON_SCHEMA` has it.
        dropped: The rows without text or label, as `DROPPED_SCHEMA` has them.
        decided: The rows that a person has decided on, as `DECIDED_SCHEMA` has them.
    """

    labels: LabelSet
    splits: Mapping[str, pl.DataFrame]
    reading: Reading | None = None
    trained_on: pl.DataFrame = field(default_factory=TRAINED_ON_SCHEMA.to_frame)
    dropped: pl.DataFrame = field(default_factory=DROPPED_SCHEMA.to_frame)
    decided: pl.DataFrame = field(default_factory=DECIDED_SCHEMA.to_frame)

    @functools.cached_property
    def keyed(self) -> dict[str, pl.DataFrame]:
        """The splits with a column `key`: equal for texts that differ in case and marks alone.

        Of pairs, `text` has both: what is looked for in texts may be in either.
        """
        return {
            name: split.with_columns(text_key_hashes(split).alias("key"), whole_text(split))
            for name, split in self.splits.items()
        }

    @functools.cached_property
    def rows(self) -> pl.DataFrame:
        """All splits one after the other, with the columns `key` and `split`."""
        return pl.concat(rows.with_columns(split=pl.lit(name)) for name, rows in self.keyed.items())

    @functools.cached_property
    def words(self) -> Words:
        """The words of `rows`."""
        return find_words(self.rows["text"])

    @functools.cached_property
    def features(self) -> Features:
        """The words of `rows` as a model counts them."""
        return tfidf_features(self.words)

    def labelled(self, label_ids: Sequence[int]) -> pl.DataFrame:
        """Those of `rows` that have one of these labels."""
        return self.rows.filter(pl.any_horizontal(has_label(i, self.labels) for i in label_ids))

    @functools.cached_property
    def class_counts(self) -> dict[str, dict[str, int]]:
        """Rows of each class, by the split's name and the label's."""
        classes = len(self.labels)
        counts = {
            name: np.bincount(all_label_ids(split).to_numpy(), minlength=classes).tolist()
            for name, split in self.splits.items()
        }
        return {name: dict(zip(self.labels, count, strict=True)) for name, count in counts.items()}
