"""Rows with any number of labels: their `LabelSet`, and lists of ids in place of the names.

The labels of a row are one text before, as `labelcells.py` writes it.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from newtrick.data.dataset import LabelSet
from newtrick.errors import DataError, RecipeError

_TOO_MANY = 20


def make_multi_label_set(
    train: pl.DataFrame, *, known: Sequence[str], positive: str | None, where: str
) -> LabelSet:
    """Put the labels in order: as `known` has them, whether a row has them or not, else sorted.

    Args:
        train: The training rows, with the columns of `RAW_SCHEMA`.
        known: The names as the data set gives them, or none.
        positive: The label whose F1 is reported, as the settings name it.
        where: The name of the data, for errors.

    Raises:
        DataError: There are fewer than two labels, or so many that they cannot be labels.
        RecipeError: A positive label is named.
    """
    if positive is not None:
        raise RecipeError(
            "A positive label is for rows that have one of two; these may have several.",
            where="data.positive_label",
            found=positive,
            fix="leave it out: every label has an F1 of its own",
        )
    given = label_names(train).explode(empty_as_null=False)
    names = sorted(given.unique(), key=lambda name: (name.casefold(), name))
    if set(names) <= set(known):
        names = list(known)
    elif len(names) > max(_TOO_MANY, len(given) / 2):
        raise DataError(
            "More than half of the labels differ: they look like ids, texts or measurements.",
            where=where,
            found=f"{len(names):,} labels, given {len(given):,} times, such as {names[0]!r}",
            fix="choose the column of the labels with --label-column; if a cell holds several in"
            " one text, say what is between them with --label-separator",
        )
    if len(names) < 2:  # noqa: PLR2004 - one label, or not, is two classes
        raise DataError(
            "There are fewer than two labels that a row could have.",
            where=where,
            found=", ".join(map(repr, names)) or "no label in any row",
            fix="name all columns of 0 and 1; a single one is a label by itself: --label-column"
            " NAME; or check --label-separator",
        )
    return LabelSet.of_several(names)


def label_names(frame: pl.DataFrame) -> pl.Series:
    """The names of each row's labels, as lists."""
    return frame["label"].str.json_decode(pl.List(pl.String))


def with_label_lists(frame: pl.DataFrame, ids: dict[str, int]) -> pl.DataFrame:
    """The rows with sorted lists of ids in place of the names of their labels."""
    numbers = pl.element().replace_strict(ids, return_dtype=pl.Int32)
    return frame.with_columns(label_names(frame).alias("label")).with_columns(
        pl.col("label").list.eval(numbers).list.sort()
    )
