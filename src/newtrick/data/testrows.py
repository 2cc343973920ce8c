"""Which rows of a source a model may be scored on: never those that it names for training."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from newtrick.data.dataset import Note
from newtrick.data.rows import Rows, read_rows
from newtrick.data.source import Source
from newtrick.data.tidy import drop_unlabelled_splits
from newtrick.errors import DataError
from newtrick.recipe import DataSettings


@dataclass(frozen=True)
class ScoredRows:
    """Rows to score a model on, as they are written.

    Attributes:
        rows: With the notes of reading, and of the choice where it may surprise.
        split: `test` or `validation`; None where nothing names splits, and all rows are taken.
    """

    rows: Rows
    split: str | None


def read_scored_rows(
    source: Source, settings: DataSettings, *, multi_label: bool = False
) -> ScoredRows:
    """Read the test split of a source, else its validation split; all rows if it names no splits.

    Args:
        source: The files.
        settings: How they are read.
        multi_label: Whether a row may have several labels.

    Raises:
        DataError: It cannot be read, or names training rows only.
    """
    rows = read_rows(
        source,
        text_column=settings.text_column,
        pair_column=settings.pair_column,
        label_column=settings.label_column,
        label_separator=settings.label_separator,
        multi_label=multi_label,
        group_column=settings.group_column,
    )
    frame, notes = drop_unlabelled_splits(rows.frame)
    for split in ("test", "validation"):
        named = frame.filter(pl.col("split") == split)
        if not named.is_empty():
            notes += _validation_note(source) if split == "validation" else []
            return ScoredRows(_with(rows, named, notes), split)
    if frame["split"].is_not_null().any():
        raise _only_training_rows(source, frame)
    notes.append(Note("split", f"Nothing in {_shown(source)} names splits; all rows are scored."))
    return ScoredRows(_with(rows, frame, notes), None)


def _shown(source: Source) -> str:
    """A file by its own name: of one called test.csv the data set has that of its folder."""
    return source.files[0].path.name if len(source.files) == 1 else source.name


def _with(rows: Rows, frame: pl.DataFrame, notes: list[Note]) -> Rows:
    return replace(rows, frame=frame, notes=(*rows.notes, *notes))


def _validation_note(source: Source) -> list[Note]:
    message = (
        f"{source.name} has no labelled test rows. Its validation rows are scored; a model that "
        "was chosen by them does better on them than on others."
    )
    return [Note("split", message)]


def _only_training_rows(source: Source, frame: pl.DataFrame) -> DataError:
    if source.labels:  # it is in the catalogue
        return DataError(
            f"The test rows of {source.name} are cut from its training rows by `newtrick train "
            f"{source.name}`, and scored there.",
            where=source.name,
            fix="look into that run's result.json; to score a model that was trained on other "
            f"data, give the path of the rows (`newtrick fetch {source.name}` prints their folder)",
        )
    return DataError(
        "The data names only training rows; a score on those says nothing.",
        where=source.name,
        found=f"{frame.height:,} rows",
        fix="give the rows to score on; a file that is given by itself is taken whole",
    )
