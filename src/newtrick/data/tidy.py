"""Cleaning a frame of rows, and dropping those without text or label; every change is counted."""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from newtrick.data.clean import CHANGES, clean
from newtrick.data.dataset import DROPPED_SCHEMA, GROUP, Note, row_ids
from newtrick.data.pairs import text_columns
from newtrick.data.rows import in_split
from newtrick.errors import DataError

MAX_NOTE_ROWS = 200
"""A note names no more rows than these."""


def clean_texts(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Note]]:
    """Clean the texts, with a note for each kind of change."""
    columns = []
    found: dict[str, set[int]] = defaultdict(set)
    for name in text_columns(frame):
        texts: list[str | None] = []
        for index, text in enumerate(frame[name].to_list()):
            cleaned = clean(text or "")
            texts.append(cleaned.text or None)
            for change in cleaned.changes:
                found[change].add(index)
        columns.append(pl.Series(name, texts, pl.String))
    changed = {change: sorted(rows) for change, rows in found.items()}
    notes = [
        Note(
            "cleaning", f"In {_texts(len(changed[change]))} {effect}.", _ids(frame, changed[change])
        )
        for change, effect in CHANGES.items()
        if change in changed
    ]
    return frame.with_columns(columns), notes


def dropped_rows(written: pl.DataFrame, cleaned: pl.DataFrame) -> pl.DataFrame:
    """The rows without text or label, with the columns of `DROPPED_SCHEMA`.

    Args:
        written: The rows as they are in the files.
        cleaned: The same rows, their texts clean.
    """
    texts = text_columns(written)
    nothing = cleaned.select(_no_text(cleaned)).to_series()
    reason = (
        pl.when(_no_text(written))
        .then(pl.lit("missing-text"))
        .when(nothing & pl.any_horizontal(pl.col(texts).str.strip_chars() == ""))
        .then(pl.lit("empty-text"))
        .when(nothing)
        .then(pl.lit("markup-only"))
        .when(pl.col("label").is_null())
        .then(pl.lit("missing-label"))
    )
    marked = written.with_columns(reason.alias("reason"))
    return marked.select(DROPPED_SCHEMA.names()).filter(pl.col("reason").is_not_null())


def drop_incomplete(frame: pl.DataFrame, *, strict: bool) -> tuple[pl.DataFrame, list[Note]]:
    """Drop the rows whose text or label is null, with a note for each of the two.

    Raises:
        DataError: There are such rows and `strict` asks to refuse them.
    """
    without_text = _no_text(frame)
    without_label = pl.col("label").is_null() & ~without_text
    faults = {"text": frame.filter(without_text), "a label": frame.filter(without_label)}
    if strict and any(not rows.is_empty() for rows in faults.values()):
        raise DataError(
            "There are rows without text or label, and --strict refuses them.",
            details=[
                f"{row_id}: no {what.removeprefix('a ')}"
                for what, rows in faults.items()
                for row_id in row_ids(rows)
            ],
            fix="fill or remove them, or leave out --strict to have them dropped",
        )
    notes = [
        Note("dropped", f"Rows without {what}, dropped: {rows.height:,}.", _ids(rows))
        for what, rows in faults.items()
        if not rows.is_empty()
    ]
    return frame.drop_nulls([*text_columns(frame), "label"]), notes


def require_groups(frame: pl.DataFrame) -> None:
    """Refuse rows without a group where the others have one.

    Raises:
        DataError: With the rows.
    """
    without = frame.filter(pl.col(GROUP).is_null()) if GROUP in frame.columns else frame.clear()
    if not without.is_empty():
        raise DataError(
            "There are rows without a group.",
            where="--group-column",
            found=f"{without.height:,} of {frame.height:,} rows",
            details=row_ids(without),
            fix="fill them in; a row that shares nothing gets a group of its own",
        )


def drop_unlabelled_splits(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Note]]:
    """Drop published test splits that come without labels: null, or -1 in place of a class id."""
    notes = []
    trained = frame.filter(in_split("train"))["label"]
    no_label = [None] if (trained == "-1").any() else [None, "-1"]
    for split in ("validation", "test"):
        labels = frame.filter(pl.col("split") == split)["label"]
        if not labels.is_empty() and labels.is_in(no_label, nulls_equal=True).all():
            frame = frame.filter(pl.col("split").ne_missing(split))
            message = (
                f"The {len(labels):,} rows of the {split} split have no labels; it is not used."
            )
            notes.append(Note("split", message))
    return frame, notes


def _no_text(rows: pl.DataFrame) -> pl.Expr:
    """Whether a row has no text; a pair needs both."""
    return pl.any_horizontal(pl.col(text_columns(rows)).is_null())


def _texts(count: int) -> str:
    return "1 text" if count == 1 else f"{count:,} texts"


def _ids(frame: pl.DataFrame, rows: list[int] | None = None) -> tuple[str, ...]:
    chosen = frame if rows is None else frame[rows[:MAX_NOTE_ROWS]]
    return tuple(row_ids(chosen.head(MAX_NOTE_ROWS)))
