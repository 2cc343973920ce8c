"""Names of classes ─► a `LabelSet`, and ids in place of the names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from newtrick.data.dataset import LabelSet, rows_by_value
from newtrick.data.values import label_name
from newtrick.errors import DataError, RecipeError, did_you_mean

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_TOO_MANY = 20


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
    return LabelSet.of(names, positive)


def with_label_ids(frame: pl.DataFrame, labels: LabelSet, *, where: str) -> pl.DataFrame:
    """The columns of `SCHEMA`, with the ids of the labels in place of their names.

    A model's labels may be written as no data writes them here, such as `True` or `1.0`.

    Raises:
        DataError: It has labels that `labels` does not have; with their counts and rows.
    """
    ids = {label_name(name) or name: index for name, index in labels.label2id.items()}
    ids |= labels.label2id
    unknown = frame.filter(~pl.col("label").is_in(list(ids)))
    if not unknown.is_empty():
        raise DataError(
            f"Labels of {where} are not among those of the training rows.",
            found=f"{unknown.height:,} of {frame.height:,} rows",
            details=rows_by_value(unknown, "label"),
            fix=f"the labels known are {', '.join(labels.names)}; rename or remove the others",
        )
    return frame.select(
        "file", "row", "text", pl.col("label").replace_strict(ids, return_dtype=pl.Int32)
    )


def _ordered(names: list[str], known: Sequence[str]) -> tuple[str, ...]:
    if set(names) <= set(known):
        return tuple(name for name in known if name in names)
    if all(_NUMBER.fullmatch(name) for name in names):
        return tuple(sorted(names, key=float))
    return tuple(sorted(names, key=lambda name: (name.casefold(), name)))
