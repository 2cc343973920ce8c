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
into `LabelSet.names`, or for multi-label data the sorted list of those that the row has. Beside
them there may be the columns `text_pair`, for the second text of a pair, `group`, and those of
`extra_columns`, all of strings."""

GROUP = "group"
"""The column that names what rows share, such as a film or an author, if they share anything."""

EXTRA = "extra."
"""Before the name of a further column of the user's file that has few values, to find slices by."""

Targets = npt.NDArray[np.int64] | npt.NDArray[np.bool_]
"""What rows are labelled with: class ids of shape (rows,), or flags of shape (rows, labels)."""

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
        multi_label: Whether a row may have several of the names, or none; else it has one.
    """

    names: tuple[str, ...]
    positive: str | None = None
    scale: tuple[float, ...] | None = None
    multi_label: bool = False

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

    @classmethod
    def of_several(cls, names: Iterable[str]) -> LabelSet:
        """The labels in this order, of which a row may have any number."""
        return cls(tuple(names), multi_label=True)

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
    """The label ids of a split whose rows have one label, in its order; shape (rows,)."""
    return split["label"].to_numpy().astype(np.int64)


def group_ids(split: pl.DataFrame) -> npt.NDArray[np.int64] | None:
    """The group of each row as a number from 0 on, shape (rows,); None if there are no groups."""
    if GROUP not in split.columns:
        return None
    return split[GROUP].rank("dense").to_numpy().astype(np.int64) - 1


def label_matrix(split: pl.DataFrame, classes: int) -> npt.NDArray[np.bool_]:
    """Which of the labels each row of a multi-label split has; shape (rows, classes)."""
    flags = np.zeros((split.height, classes), dtype=np.bool_)
    rows = np.repeat(np.arange(split.height), split["label"].list.len().to_numpy())
    flags[rows, all_label_ids(split).to_numpy()] = True
    return flags


def targets(split: pl.DataFrame, labels: LabelSet) -> Targets:
    """The labels of a split as training and scoring want them."""
    return label_matrix(split, len(labels)) if labels.multi_label else label_ids(split)


def label_odds(split: pl.DataFrame, labels: LabelSet) -> npt.NDArray[np.float64] | None:
    """The logarithm of the odds that a row has each label, shape (labels,); None if it has one.

    Half a row is added with each label and half a row without (Haldane 1956): all are finite.
    """
    if not labels.multi_label:
        return None
    having = np.bincount(all_label_ids(split).to_numpy(), minlength=len(labels)) + 0.5
    odds: npt.NDArray[np.float64] = np.log(having / (split.height + 1 - having))
    return odds


def all_label_ids(split: pl.DataFrame) -> pl.Series:
    """The label ids of all rows one after the other, each row's own as often as it has any."""
    column = split["label"]
    return column.explode(empty_as_null=False) if column.dtype == pl.List else column


def has_label(label: int, labels: LabelSet) -> pl.Expr:
    """Whether a row has a label, or has it among others."""
    column = pl.col("label")
    return column.list.contains(label) if labels.multi_label else column == label


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
