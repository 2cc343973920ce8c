"""What every stage after `data` sees: three splits of labelled text, each row with its origin."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from newtrick.counted import counted
from newtrick.data.pairs import PAIR, Text, whole_text

SCHEMA = pl.Schema({"file": pl.String, "row": pl.UInt32, "text": pl.String, "label": pl.Int32})
"""The columns of a split: `row` counts from 1, the first data row of `file`; `label` is an index
into `LabelSet.names`. Beside them there may be the columns `text_pair`, for the second text of a
pair, `group`, and those of `extra_columns`, all of strings."""

GROUP = "group"
"""The column that names what rows share, such as a film or an author, if they share anything."""

EXTRA = "extra."
"""Before the name of a further column of the user's file that has few values, to find slices by."""

DROPPED_SCHEMA = pl.Schema(
    {"file": pl.String, "row": pl.UInt32, "split": pl.String, "reason": pl.String}
)
"""Rows that cleaning left out: `reason` is `missing-text`, `missing-label`, `empty-text` (white
space) or `markup-only`; `split` is null where the data names none."""

DECIDED_SCHEMA = pl.Schema(
    {"file": pl.String, "row": pl.UInt32, "key": pl.String, "decision": pl.String}
)
"""Rows that a person has decided on, found by `key`: `decision` is `keep`, `drop` or
`relabel:CLASS`."""

SPLITS = ("train", "validation", "test")
_SHOWN_ROWS = 5


@dataclass(frozen=True)
class LabelSet:
    """The classes in their order: the index of a name is the id that the model learns.

    Attributes:
        names: Two or more different names.
        positive: For two classes, the name whose F1 is reported as `f1`; else None.
        scale: What each class counts, where they are a scale such as one to five stars; else None.
    """

    names: tuple[str, ...]
    positive: str | None = None
    scale: tuple[float, ...] | None = None

    @classmethod
    def of(
        cls,
        names: Iterable[str],
        positive: str | None = None,
        scale: tuple[float, ...] | None = None,
    ) -> LabelSet:
        """The classes in this order; of two, the last is positive unless the other is named."""
        ordered = tuple(names)
        binary = len(ordered) == 2  # noqa: PLR2004
        return cls(ordered, positive or (ordered[-1] if binary else None), scale)

    @property
    def id2label(self) -> dict[int, str]:
        """As `config.json` of a model wants it."""
        return dict(enumerate(self.names))

    @property
    def label2id(self) -> dict[str, int]:
        """The inverse of `id2label`."""
        return {name: index for index, name in enumerate(self.names)}

    @property
    def positive_id(self) -> int | None:
        """The index of the positive label, or None for three and more classes."""
        return None if self.positive is None else self.names.index(self.positive)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)


@dataclass(frozen=True)
class Note:
    """Something that reading, cleaning or splitting chose or changed, told to the user.

    Attributes:
        topic: One word: `columns`, `encoding`, `labels`, `cleaning`, `dropped`, `split`, ...
        message: One sentence.
        rows: The rows concerned as `file:row`, at most a few hundred.
    """

    topic: str
    message: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """Labelled text, ready for training. Each split is a frame with the columns of `SCHEMA`.

    `dropped` has the rows that could not be used, with the columns of `DROPPED_SCHEMA`; `decided`
    those that a person has decided on, with the columns of `DECIDED_SCHEMA`.
    """

    name: str
    labels: LabelSet
    train: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame
    notes: tuple[Note, ...] = ()
    dropped: pl.DataFrame = field(default_factory=DROPPED_SCHEMA.to_frame)
    decided: pl.DataFrame = field(default_factory=DECIDED_SCHEMA.to_frame)

    def splits(self) -> dict[str, pl.DataFrame]:
        """The splits by name, in the order of `SPLITS`."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    @functools.cached_property
    def content_hashes(self) -> dict[str, str]:
        """The `content_hash` of each split, by its name."""
        return {name: content_hash(split) for name, split in self.splits().items()}


def texts(split: pl.DataFrame) -> list[Text]:
    """The texts of a split, in its order; pairs where it has those."""
    if PAIR in split.columns:
        return list(split.select("text", PAIR).iter_rows())
    return list(split["text"])


def label_ids(split: pl.DataFrame) -> npt.NDArray[np.int64]:
    """The label ids of a split, in its order; shape (rows,)."""
    return split["label"].to_numpy().astype(np.int64)


def group_ids(split: pl.DataFrame) -> npt.NDArray[np.int64] | None:
    """The group of each row as a number from 0 on, shape (rows,); None if there are no groups."""
    if GROUP not in split.columns:
        return None
    return split[GROUP].rank("dense").to_numpy().astype(np.int64) - 1


def row_ids(split: pl.DataFrame) -> list[str]:
    """`file:row` of each row of a split: unique within a data set."""
    return split.select(pl.concat_str("file", pl.lit(":"), "row")).to_series().to_list()


def extra_columns(split: pl.DataFrame) -> list[str]:
    """The columns `extra.NAME` of a split: those of the user's file that have 2 to 50 values."""
    return [name for name in split.columns if name.startswith(EXTRA)]


def row_columns(rows: pl.DataFrame) -> list[str]:
    """The columns of rows that a split has: those of `SCHEMA`, and the others that it may have."""
    optional = [name for name in (PAIR, GROUP) if name in rows.columns]
    return [*SCHEMA, *optional, *extra_columns(rows)]


def rows_by_value(frame: pl.DataFrame, column: str) -> list[str]:
    """One line for each value of a column, in the rows' order: how many have it, and which."""
    return [
        f"{value!r} in {counted(rows.height, 'row')}: {', '.join(row_ids(rows.head(_SHOWN_ROWS)))}"
        + (", …" if rows.height > _SHOWN_ROWS else "")
        for (value,), rows in frame.group_by(column, maintain_order=True)
    ]


def content_hash(split: pl.DataFrame) -> str:
    """SHA-256 over texts and label ids in their order; file names do not count."""
    digest = hashlib.sha256()
    rows = split.select(whole_text(split), "label")
    for text, label in rows.iter_rows():
        digest.update(f"{len(text)}:{label}:".encode())
        digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
