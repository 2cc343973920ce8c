"""Values of a label column ─► names of classes ─► a `LabelSet`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import polars as pl

from newtrick.data.dataset import LabelSet, row_ids
from newtrick.errors import DataError, RecipeError, did_you_mean

_WHOLE = re.compile(r"[+-]?\d+\.0+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_TOO_MANY = 20
_SHOWN_ROWS = 5


def label_name(value: object, class_names: Sequence[str] = ()) -> str | None:
    """The class that a value of a label column names; None when it names none.

    Args:
        value: A string, a number or a truth value. Null, NaN, and text of white space are no label.
        class_names: For a column of class ids, the names; an id below 0 is no label.

    Raises:
        DataError: The value is a list, an object, or bytes.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        return _class_name(value, class_names)
    if isinstance(value, list | tuple | dict | bytes):
        raise DataError(f"the label is a {type(value).__name__}, where one value is needed")
    text = str(value).strip()
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text or None


def make_label_set(
    counts: Mapping[str, int], *, known: Sequence[str], positive: str | None, where: str
) -> LabelSet:
    """Put the classes of the training rows in order.

    The order is that of `known` if it has all of them; else numbers go by size, and other names by
    the alphabet, so that false comes before true.

    Args:
        counts: Rows by class name.
        known: The names as the data set gives them, or none.
        positive: For two classes, the one whose F1 is reported; the last when None.
        where: The name of the data, for errors.

    Raises:
        DataError: There are fewer than two classes, or so many that they cannot be classes.
        RecipeError: `positive` is not one of two classes.
    """
    rows = sum(counts.values())
    if len(counts) < 2:  # noqa: PLR2004 - it takes two to tell apart
        raise DataError(
            "There is only one class; a classifier needs two or more.",
            where=where,
            found=", ".join(f"{name!r} in all {rows:,} rows" for name in counts) or "no label",
            fix="add rows of another class, or choose another --label-column",
        )
    if len(counts) > max(_TOO_MANY, rows / 2):
        raise DataError(
            "More than half of the labels differ: they look like ids, texts or measurements.",
            where=where,
            found=f"{len(counts):,} labels in {rows:,} rows, such as {next(iter(counts))!r}",
            fix="choose the column of the classes with --label-column",
        )
    names = _ordered(list(counts), known)
    two = len(names) == 2  # noqa: PLR2004
    if positive is not None and (not two or positive not in names):
        raise RecipeError(
            "The positive label has to be one of two classes.",
            where="data.positive_label",
            found=positive,
            fix=did_you_mean(positive, names) if two else f"leave it out for {len(names)} classes",
        )
    return LabelSet(names, positive or (names[-1] if two else None))


def with_label_ids(frame: pl.DataFrame, labels: LabelSet, *, where: str) -> pl.DataFrame:
    """The columns of `SCHEMA`, with the ids of the labels in place of their names.

    Raises:
        DataError: It has labels that `labels` does not have; with their counts and rows.
    """
    unknown = frame.filter(~pl.col("label").is_in(labels.names))
    if not unknown.is_empty():
        raise DataError(
            f"Labels of {where} are not among those of the training rows.",
            found=f"{unknown.height:,} of {frame.height:,} rows",
            details=[
                _unknown_label(str(name), rows)
                for (name,), rows in unknown.group_by("label", maintain_order=True)
            ],
            fix=f"the labels known are {', '.join(labels.names)}; rename or remove the others",
        )
    ids = pl.col("label").replace_strict(labels.label2id, return_dtype=pl.Int32)
    return frame.select("file", "row", "text", ids)


def _class_name(number: int, class_names: Sequence[str]) -> str | None:
    if not class_names:
        return str(number)
    if number < 0:
        return None
    return class_names[number] if number < len(class_names) else str(number)


def _ordered(names: list[str], known: Sequence[str]) -> tuple[str, ...]:
    if set(names) <= set(known):
        return tuple(name for name in known if name in names)
    if all(_NUMBER.fullmatch(name) for name in names):
        return tuple(sorted(names, key=float))
    return tuple(sorted(names, key=lambda name: (name.casefold(), name)))


def _unknown_label(name: str, rows: pl.DataFrame) -> str:
    ids = row_ids(rows)
    more = ", …" if len(ids) > _SHOWN_ROWS else ""
    return f"{name!r} in {len(ids):,} rows: {', '.join(ids[:_SHOWN_ROWS])}{more}"
