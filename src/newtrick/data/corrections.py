"""A data set, and a person's decisions on some of its rows ─► the data set that follows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from newtrick.counted import one_or_many
from newtrick.data.dataset import DECIDED_SCHEMA, SPLITS, Dataset, Note, row_ids
from newtrick.data.decisions import DROP, RELABEL, Decisions, with_keys
from newtrick.data.labels import label_note, make_label_set, with_label_ids
from newtrick.data.tidy import MAX_NOTE_ROWS
from newtrick.errors import DataError

_CHANGES = ("relabelled", "dropped", "kept")


def correct(
    dataset: Dataset, decisions: Decisions, decided: pl.DataFrame, *, positive: str | None
) -> Dataset:
    """Relabel and drop rows of any split, as a person has decided; a note counts them by split.

    Args:
        dataset: The rows in their splits.
        decisions: All that the review file has.
        decided: The rows that they are on, as `decided_rows` gives them.
        positive: The label whose F1 is reported, as the settings name it.

    Raises:
        DataError: Too little is left of the data.
    """
    names = pl.col("label").replace_strict(dataset.labels.id2label, return_dtype=pl.String)
    marked = {
        name: _marked(rows.with_columns(names), decided) for name, rows in dataset.splits().items()
    }
    corrected = _relabelled(dataset, marked, decisions.file, positive)
    of_all = decided["key"].str.extract("([^-]+)")  # may be outdone by decisions on each copy
    unmatched = len(decisions.by_key.keys() - set(decided["key"]) - set(of_all))
    notes = [*dataset.notes, *_notes(decisions, marked, unmatched)]
    if corrected.labels != dataset.labels:
        splits = corrected.splits().values()
        notes.append(label_note(corrected.labels, splits, dataset.labels.names))
    return replace(corrected, notes=tuple(notes), decided=decided)


def decided_rows(pool: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    """The rows that decisions are on; one on a single copy goes before one on all.

    Args:
        pool: All rows of the data as it has them, with the columns of `RAW_SCHEMA`.
        decisions: By the keys of the rows in the pool.

    Returns:
        With the columns of `DECIDED_SCHEMA`.

    Raises:
        DataError: No decision is on a row of this data.
    """
    key = (
        pl.when(pl.col("copy_key").is_in(list(decisions.by_key)))
        .then("copy_key")
        .when(pl.col("content_key").is_in(list(decisions.by_key)))
        .then("content_key")
    )
    keyed = with_keys(pool).with_columns(key=key).drop_nulls("key")
    decision = pl.col("key").replace_strict(decisions.by_key, return_dtype=pl.String)
    decided = keyed.with_columns(decision=decision).select(DECIDED_SCHEMA.names())
    if decisions.by_key and decided.is_empty():
        raise DataError(
            "No decision is on a row of this data.",
            where=decisions.file,
            found=f"{len(decisions.by_key):,} decisions, {pool.height:,} rows",
            fix="give the data that was reviewed, or review this: newtrick audit --write-review",
        )
    return decided


def as_decided(rows: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """The rows that are left, with the names of their new labels."""
    return _left(_marked(rows, decided)).select(rows.columns)


def _left(marked: pl.DataFrame) -> pl.DataFrame:
    return marked.filter(pl.col("change").ne_missing("dropped"))


def _marked(rows: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """Rows with the names of their new labels, and what changes about them."""
    decision = pl.col("decision")
    is_relabelled = decision.str.starts_with(RELABEL)
    label = pl.when(is_relabelled).then(decision.str.strip_prefix(RELABEL)).otherwise("label")
    change = (
        pl.when(decision == DROP)
        .then(pl.lit("dropped"))
        .when(label != pl.col("label"))
        .then(pl.lit("relabelled"))
        .when(decision.is_not_null())
        .then(pl.lit("kept"))
    )
    marked = rows.join(decided, on=["file", "row"], how="left", maintain_order="left")
    return marked.with_columns(label=label, change=change)


def _relabelled(
    dataset: Dataset, marked: Mapping[str, pl.DataFrame], file: str, positive: str | None
) -> Dataset:
    """The data set with the rows that are left, and the classes that these have."""
    left = {name: _left(rows) for name, rows in marked.items()}
    if gone := [name for name, rows in left.items() if rows.is_empty()]:
        raise DataError(f"The corrections leave no {' and no '.join(gone)} rows.", where=file)
    labels = make_label_set(
        Counter(left["train"]["label"].to_list()),
        known=dataset.labels.names,
        positive=positive,
        where=file,
    )
    train, validation, test = (
        with_label_ids(left[name], labels, where=f"the corrected {name} rows") for name in SPLITS
    )
    return replace(dataset, labels=labels, train=train, validation=validation, test=test)


def _notes(
    decisions: Decisions, marked: Mapping[str, pl.DataFrame], unmatched: int
) -> Iterator[Note]:
    if not decisions.by_key:
        yield Note("corrections", f"There are no decisions in {decisions.file}.")
        return
    rows = pl.concat(
        split.select("file", "row", "change", split=pl.lit(name)) for name, split in marked.items()
    ).drop_nulls("change")
    changed = rows.filter(pl.col("change") != "kept")
    counts = Counter(rows.select("change", "split").iter_rows())
    parts = []
    for change in _CHANGES:
        by_split = [f"{counts[change, name]:,} {name}" for name in SPLITS if counts[change, name]]
        noun = one_or_many(sum(counts[change, name] for name in SPLITS), "row", "rows")
        parts.append(f"{change} {', '.join(by_split)} {noun}" if by_split else f"{change} none")
    yield Note(
        "corrections",
        f"Decisions of {decisions.file} (sha256 {decisions.sha256}): {'; '.join(parts)}.",
        tuple(row_ids(changed.head(MAX_NOTE_ROWS))),
    )
    if "test" in changed["split"]:
        yield Note(
            "corrections",
            "The test rows are not those of the data any more: their score does not compare with"
            " one from before the corrections.",
        )
    if unmatched:
        yield Note(
            "corrections",
            f"{unmatched:,} of {len(decisions.by_key):,} decisions are on no row of this data: it"
            " has changed since the review.",
        )
