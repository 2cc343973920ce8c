"""Names of classes ─► a `LabelSet`, and ids in place of the names."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from newtrick.counted import one_or_many
from newtrick.data.dataset import LabelSet, Note, all_label_ids, row_columns, rows_by_value
from newtrick.data.labellists import label_names, with_label_lists
from newtrick.data.scale import number_of
from newtrick.data.values import label_name
from newtrick.errors import DataError, RecipeError, did_you_mean

_TOO_MANY = 20
_MOST_COUNTS = 20
_SEPARATOR = "; if a cell holds several in one text, say what is between them: --label-separator"
_EDGES = " \t_\"'`´‘’“”„«».,;:!?*()[]{}"
_MARKS = "|;,/+&"
_LETTER = r"[^\W\d_]"
_JOINTS = re.compile(rf"(?<!\d) | (?!\d)|(?<={_LETTER})-+(?={_LETTER})")


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
    places = one_or_many(rows, "the only row", f"all {rows:,} rows")
    if len(counts) < 2:  # noqa: PLR2004 - it takes two to tell apart
        raise DataError(
            "There is only one class; a classifier needs two or more.",
            where=where,
            found=", ".join(f"{name!r} in {places}" for name in counts) or "no label",
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
    """The columns of a split, with the ids of the labels in place of their names.

    A model's labels may be written as no data writes them here, such as `True` or `1.0`.

    Args:
        frame: With the columns of `RAW_SCHEMA`.
        labels: The classes; of multi-label ones a row may have several.
        where: The name of the rows, for errors.

    Raises:
        DataError: It has labels that `labels` does not have; with their counts and rows.
    """
    ids = {label_name(name) or name: index for name, index in labels.label2id.items()}
    ids |= labels.label2id
    named = frame
    if labels.multi_label:
        named = frame.with_columns(label_names(frame)).explode("label", empty_as_null=False)
    unknown = named.filter(~pl.col("label").is_in(list(ids)))
    if not unknown.is_empty():
        names = unknown["label"].unique(maintain_order=True)
        raise DataError(
            f"Labels of {where} are not among those of the training rows.",
            found=f"{unknown.select('file', 'row').n_unique():,} of {frame.height:,} rows",
            details=[
                line + meant(name, labels)
                for name, line in zip(names, rows_by_value(unknown, "label"), strict=True)
            ],
            fix=f"the labels known are {', '.join(labels.names)}; rename or remove the others"
            + _SEPARATOR * labels.multi_label,
        )
    if labels.multi_label:
        return with_label_lists(frame, ids).select(row_columns(frame))
    label = pl.col("label").replace_strict(ids, return_dtype=pl.Int32)
    return frame.with_columns(label).select(row_columns(frame))


def label_note(labels: LabelSet, splits: Iterable[pl.DataFrame], known: Sequence[str]) -> Note:
    """Says the order of the classes and their rows, the positive one, and those without any.

    Args:
        labels: The classes.
        splits: All rows, with the columns of `SCHEMA`.
        known: The names as the data set gives them, or none.
    """
    splits = tuple(splits)
    rows = Counter(label for split in splits for label in all_label_ids(split).to_list())
    counts = [f"{name} {rows[label]:,}" for label, name in enumerate(labels)]
    message = f"The labels in their order, with their rows: {', '.join(counts[:_MOST_COUNTS])}"
    if len(counts) > _MOST_COUNTS:
        message += f" and {len(counts) - _MOST_COUNTS} more"
    if labels.positive is not None:
        message += f"; f1 is that of {labels.positive}"
    joined = [name for name in labels.names if joined_by(name, labels.names)]
    if joined:
        mark = joined_by(joined[0], labels.names)
        which = f"{joined[0]!r} and {len(joined) - 1} more look"
        which = one_or_many(len(joined), f"{joined[0]!r} looks", which)
        message += f"; {which} like several labels: --label-separator {mark!r}"
    if labels.multi_label:
        message += f"; none of them {sum(_without(split) for split in splits):,}"
    if absent := [name for name in known if name not in labels.names]:
        message += f"; no training row has {', '.join(absent)}"
    return Note("labels", f"{message}.")


def _without(split: pl.DataFrame) -> int:
    """How many rows of a multi-label split have no label."""
    return int((split["label"].list.len() == 0).sum())


def name_key(name: str) -> str:
    """What is left of a class's name without case, spaces and the marks that hold words together.

    >>> name_key("Very_Good!"), name_key("very-good"), name_key("C++"), name_key("-1")
    ('verygood', 'verygood', 'c++', '-1')
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    if not any(char.isalpha() for char in plain):
        return name
    words = re.split(r"[\s_]+", plain.strip(_EDGES))
    return _JOINTS.sub("", " ".join(words))


def meant(name: str, names: Iterable[str]) -> str:
    """`; did you mean 'pos'?` with the nearest of the other names, or nothing if none is near.

    A name that is several of them asks for the separator.
    """
    others = [other for other in names if other != name]
    if mark := joined_by(name, others):
        return f"; several labels? --label-separator {mark!r}"
    same = [other for other in others if name_key(other) == name_key(name)]
    near = same or difflib.get_close_matches(name, others, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def joined_by(name: str, others: Iterable[str]) -> str | None:
    """The mark between the parts of a name that are all names themselves, or None.

    >>> joined_by("plot|music", ["music", "plot"]), joined_by("AC/DC", ["music", "plot"])
    ('|', None)
    """
    known = set(others)
    marks = (mark for mark in _MARKS if mark in name)
    return next((m for m in marks if {part.strip() for part in name.split(m)} <= known), None)


def _ordered(names: list[str], known: Sequence[str]) -> tuple[str, ...]:
    if set(names) <= set(known):
        return tuple(name for name in known if name in names)
    numbers = [number_of(name) for name in names]
    if None not in numbers:
        return tuple(name for _, name in sorted(zip(numbers, names, strict=True)))
    return tuple(sorted(names, key=lambda name: (name.casefold(), name)))
