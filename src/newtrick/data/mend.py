"""Dropping training rows that a finding of the audit is about; never validation or test rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import polars as pl

from newtrick.data.dataset import Dataset, Note, all_label_ids, row_ids
from newtrick.data.near import near_groups
from newtrick.data.pairs import whole_text
from newtrick.data.split import text_key
from newtrick.data.tidy import MAX_NOTE_ROWS
from newtrick.data.words import find_words
from newtrick.errors import DataError
from newtrick.recipe import Fix


def mend(dataset: Dataset, fixes: Collection[Fix]) -> Dataset:
    """Drop training rows; how many and which is noted.

    Args:
        dataset: The rows in their splits.
        fixes: `duplicates`: rows that repeat an earlier one, label included. `leakage`: rows whose
            text is also a validation or test row. `near-duplicates`: those that differ from such a
            row in a word or two. A text under several labels keeps one row of each.

    Raises:
        DataError: A class has no training rows left.
    """
    mended = dataset
    for name, fix in _FIXES.items():
        if name in fixes:
            to_drop = fix.find(mended)
            dropped = mended.train.filter(to_drop)
            message = f"{name}: {fix.such_rows}, dropped: {dropped.height:,}."
            note = Note("fix", message, tuple(row_ids(dropped.head(MAX_NOTE_ROWS))))
            mended = replace(
                mended, train=mended.train.filter(~to_drop), notes=(*mended.notes, note)
            )
    _require_classes(dataset, mended, fixes)
    return mended


@dataclass(frozen=True)
class _Fix:
    """Which rows a fix drops: in words, and as a column of truth values for the training rows."""

    such_rows: str
    find: Callable[[Dataset], pl.Series]


def _copies(dataset: Dataset) -> pl.Series:
    rows = dataset.train.select(text_key(dataset.train), "label")
    return ~rows.to_struct().is_first_distinct()


def _leaked(dataset: Dataset) -> pl.Series:
    train, scored = dataset.train, _scored(dataset)
    keys = scored.select(text_key(scored))["key"]
    return train.select(text_key(train).is_in(keys.unique().implode())).to_series()


def _alike(dataset: Dataset) -> pl.Series:
    every = pl.concat([dataset.train, _scored(dataset)])
    rows = every.select(text_key(every), whole_text(every))
    texts = rows.unique("key", keep="first", maintain_order=True)
    near = texts.select("key", near=pl.Series(near_groups(find_words(texts["text"]))))
    groups = rows.join(near, on="key", maintain_order="left")["near"]
    training = dataset.train.height
    return groups[:training].is_in(groups[training:].unique().implode())


def _scored(dataset: Dataset) -> pl.DataFrame:
    return pl.concat([dataset.validation, dataset.test])


_FIXES: Mapping[Fix, _Fix] = {
    "duplicates": _Fix("training rows that repeat an earlier one, label included", _copies),
    "leakage": _Fix("training rows with the text of a validation or test row", _leaked),
    "near-duplicates": _Fix(
        "training rows that differ from a validation or test row in a word or two", _alike
    ),
}


def _require_classes(before: Dataset, after: Dataset, fixes: Collection[Fix]) -> None:
    lost = set(all_label_ids(before.train)) - set(all_label_ids(after.train))
    if lost:
        raise DataError(
            f"Without {' and '.join(fixes)} a class has no training rows left.",
            where=before.name,
            found=", ".join(repr(before.labels.names[label]) for label in sorted(lost)),
            fix="leave out the fix, or give test rows that are not copies of the training rows",
        )
