"""DATA ─► a `Dataset`: found, read, cleaned, labelled and split, with a note of every choice."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from newtrick.counted import counted
from newtrick.data.corrections import as_decided, correct, decided_rows
from newtrick.data.dataset import (
    DECIDED_SCHEMA,
    GROUP,
    SPLITS,
    Dataset,
    LabelSet,
    Note,
    rows_by_value,
)
from newtrick.data.decisions import read_decisions
from newtrick.data.groupcut import cut_by_group
from newtrick.data.inputs import Inputs, find_inputs
from newtrick.data.kept import kept_dataset
from newtrick.data.labellists import make_multi_label_set
from newtrick.data.labels import label_note, make_label_set, with_label_ids
from newtrick.data.mend import mend
from newtrick.data.rows import Rows, in_split, read_rows
from newtrick.data.scale import known_order, with_scale
from newtrick.data.source import Source, find_source
from newtrick.data.split import ClassTooSmall, Cut, Cutter, cut, largest_lump
from newtrick.data.testrows import read_scored_rows
from newtrick.data.tidy import (
    clean_texts,
    drop_incomplete,
    drop_unlabelled_splits,
    dropped_rows,
    require_groups,
)
from newtrick.errors import DataError, RecipeError, UsageError
from newtrick.recipe import DataSettings


@dataclass(frozen=True)
class Pool:
    """The clean rows of DATA, before they are labelled by ids and split.

    Attributes:
        name: A short name for the data.
        frame: With the columns of `RAW_SCHEMA`, each row with text and label.
        class_names: The classes in their order, where the data names them.
        notes: What reading and cleaning did.
        dropped: The rows that could not be used, with the columns of `DROPPED_SCHEMA`.
        label_column: The column of the labels, if they are in one.
        multi_label: Whether a row may have several labels, or none.
    """

    name: str
    frame: pl.DataFrame
    class_names: tuple[str, ...]
    notes: tuple[Note, ...]
    dropped: pl.DataFrame
    label_column: str | None = None
    multi_label: bool = False


@dataclass(frozen=True)
class Labelled:
    """Labelled text to score a model on.

    Attributes:
        name: A short name for the data.
        frame: With the columns of `SCHEMA`.
        split: `test` or `validation`; None where nothing names splits, and all rows are taken.
        notes: What reading, choosing and cleaning did.
    """

    name: str
    frame: pl.DataFrame
    split: str | None
    notes: tuple[Note, ...] = ()


def load_dataset(settings: DataSettings, *, seed: int) -> Dataset:
    """Read DATA and make it ready for training, once: `read_pool`, then `split_pool`.

    Args:
        settings: Where the rows are and what to do with them.
        seed: Of the cuts and samples.

    Raises:
        DataError: The data cannot be found, read, or used as it is.
        FetchError: The data has to be fetched, and no source gave it.
        UsageError: The settings contradict the data or each other.
    """
    _refuse_windows_of_pairs(settings)
    inputs = find_inputs(settings)
    return kept_dataset(
        inputs,
        settings,
        seed,
        lambda: split_pool(read_pool(settings, inputs), settings, seed=seed),
    )


def read_pool(settings: DataSettings, inputs: Inputs | None = None) -> Pool:
    """Read and clean DATA. `test_source` takes the place of the data's own test split.

    Args:
        settings: Where the rows are and what to do with them.
        inputs: The files that `settings` names, if they are found already.

    Raises:
        DataError: The data cannot be found or read, or has no training or test rows.
        FetchError: The data has to be fetched, and no source gave it.
        UsageError: The test data is the training data.
    """
    inputs = inputs or find_inputs(settings)
    source = inputs.source
    _require_training_files(source)
    rows = read_rows(
        source,
        text_column=settings.text_column,
        pair_column=settings.pair_column,
        label_column=settings.label_column,
        label_separator=settings.label_separator,
        group_column=settings.group_column,
    )
    _refuse_corrections(rows, settings)
    frame, unlabelled_notes = drop_unlabelled_splits(rows.frame)
    notes = [*rows.notes, *unlabelled_notes]
    if inputs.test is not None:
        test_rows = _test_rows(inputs.test, source, settings, multi_label=rows.multi_label)
        notes += [*_unused_test_notes(frame, source), *test_rows.notes]
        parts = [frame.filter(in_split("train", "validation")), test_rows.frame]
        frame = pl.concat(parts, how="diagonal")  # of extra columns, one may have more
    tidy = _tidied(frame, settings)
    _require_rows(tidy, "training", source.name, splits=("train",))
    if settings.test_source is not None:
        _require_rows(tidy, "test", settings.test_source, splits=("test",))
    return Pool(
        source.name,
        tidy.frame,
        rows.class_names,
        (*notes, *tidy.notes),
        tidy.dropped,
        rows.label_column,
        rows.multi_label,
    )


def split_pool(pool: Pool, settings: DataSettings, *, seed: int) -> Dataset:
    """Put the classes in order, split the rows, and then mend them as the settings say.

    Splits that the data names are used as they are; those of validation and test that it does not
    name are cut from its training rows. Mending comes last: it moves no row to another split. Only
    where a class is too small to be split are the rows cut by the labels that a person decided on.

    Raises:
        DataError: The labels cannot be those of classes, a class is too small to be split, or the
            corrections cannot be used.
        RecipeError: The settings contradict the data.
    """
    labels = _label_set(pool, settings)
    frame = pool.frame
    splits = {
        split: with_label_ids(frame.filter(in_split(split)), labels, where=f"the {split} split")
        for split in SPLITS
    }
    decisions, decided = None, DECIDED_SCHEMA.to_frame()
    if settings.corrections is not None:
        decisions = read_decisions(Path(settings.corrections), labels.names)
        decided = decided_rows(pool.frame, decisions)
    parts, split_note = _fill_splits(splits, labels, settings, decided, seed=seed, where=pool.name)
    dataset = Dataset(
        name=pool.name,
        labels=labels,
        train=parts.train,
        validation=parts.validation,
        test=parts.test,
        notes=(*pool.notes, label_note(labels, splits.values(), pool.class_names), split_note),
        dropped=pool.dropped,
    )
    if decisions is not None:
        dataset = correct(dataset, decisions, decided, positive=settings.positive_label)
    scaled, scale_notes = with_scale(dataset.labels, settings, pool.label_column)
    dataset = replace(dataset, labels=scaled, notes=(*dataset.notes, *scale_notes))
    return mend(dataset, settings.fix)


def load_labelled(source: str, labels: LabelSet, settings: DataSettings) -> Labelled:
    """Read labelled text to score a model on.

    It is the test split if DATA names one, else the validation split; all rows if it names none.

    Args:
        source: DATA.
        labels: Those of the model.
        settings: The columns and `strict` are used.

    Raises:
        DataError: The data cannot be used, names training rows only, or has a label that the model
            does not know.
        FetchError: The data has to be fetched, and no source gave it.
    """
    found = find_source(source)
    scored = read_scored_rows(found, settings, multi_label=labels.multi_label)
    tidy = _tidied(scored.rows.frame, settings)
    _require_rows(tidy, "test", found.name, splits=SPLITS)
    frame = with_label_ids(tidy.frame, labels, where=found.name)
    return Labelled(found.name, frame, scored.split, (*scored.rows.notes, *tidy.notes))


def _refuse_windows_of_pairs(settings: DataSettings) -> None:
    if settings.pair_column is not None and settings.truncation == "windows":
        raise RecipeError(
            "A pair of texts is not read in windows: each would need the whole of the other text.",
            where="data.truncation, data.pair_column",
            fix="--set data.truncation=head, tail or head+tail, perhaps with more data.max_tokens",
        )


def _label_set(pool: Pool, settings: DataSettings) -> LabelSet:
    train = pool.frame.filter(in_split("train"))
    positive = settings.positive_label if settings.corrections is None else None
    if pool.multi_label:
        return make_multi_label_set(
            train, known=pool.class_names, positive=positive, where=pool.name
        )
    return make_label_set(
        Counter(train["label"].to_list()),
        known=known_order(settings, pool.class_names),
        positive=positive,
        where=pool.name,
    )


def _refuse_corrections(rows: Rows, settings: DataSettings) -> None:
    if rows.multi_label and settings.corrections is not None:
        raise UsageError(
            "Corrections are for rows that have one label each; these may have several.",
            where="--corrections",
            fix="correct the file itself",
        )


def _test_rows(
    source: Source, train_source: Source, settings: DataSettings, *, multi_label: bool
) -> Rows:
    """The rows of separate test data, named so that they differ from rows of the training data."""
    scored = read_scored_rows(source, settings, multi_label=multi_label)
    trained_on = {part.path.resolve() for part in train_source.parts if part.split != "test"}
    tested = [part for part in source.parts if part.split in (None, scored.split)]
    if same := [part.name for part in tested if part.path.resolve() in trained_on]:
        raise UsageError(
            "The test data is the training data.",
            found=", ".join(same),
            fix="give other rows, or leave out --test to have a test split cut from these",
        )
    base = f"{source.base.rstrip('/')}/" if source.base else ""
    name = pl.concat_str(pl.lit(base), "file")
    frame = scored.rows.frame.with_columns(file=name, split=pl.lit("test"))
    return replace(scored.rows, frame=frame)


def _unused_test_notes(frame: pl.DataFrame, source: Source) -> list[Note]:
    """Says that separate test data took the place of the data's own."""
    rows = frame.filter(in_split("test")).height
    message = (
        f"Not used of {source.name}: {counted(rows, 'test row')}, for other test data is given."
    )
    return [Note("split", message)] if rows else []


@dataclass(frozen=True)
class _Tidied:
    """Clean and complete rows, what was done, and the rows left out."""

    frame: pl.DataFrame
    notes: list[Note]
    dropped: pl.DataFrame


def _tidied(written: pl.DataFrame, settings: DataSettings) -> _Tidied:
    cleaned, cleaning = clean_texts(written)
    frame, dropped = drop_incomplete(cleaned, strict=settings.strict)
    require_groups(frame)
    return _Tidied(frame, [*cleaning, *dropped], dropped_rows(written, cleaned))


def _require_training_files(source: Source) -> None:
    """Refuse files that are all named as validation or test rows."""
    if all(part.split in {"validation", "test"} for part in source.parts):
        raise DataError(
            "None of the files is for training, by their names.",
            where=source.name,
            found=", ".join(part.name for part in source.parts),
            details=[note.message for note in source.notes],
            fix="name the file with the training rows train, such as train.csv; or give its path"
            " as DATA, and the test rows with --test",
        )


def _require_rows(tidy: _Tidied, kind: str, where: str, *, splits: Sequence[str]) -> None:
    """Refuse to go on without a row of these splits, and tell what became of their rows."""
    if tidy.frame.filter(in_split(*splits)).is_empty():
        raise DataError(
            f"There are no {kind} rows with text and label.",
            where=where,
            details=rows_by_value(tidy.dropped.filter(in_split(*splits)), "reason"),
            fix="choose other columns with --text-column and --label-column, or mend the file",
        )


def _fill_splits(
    splits: Mapping[str, pl.DataFrame],
    labels: LabelSet,
    settings: DataSettings,
    decided: pl.DataFrame,
    *,
    seed: int,
    where: str,
) -> tuple[Cut, Note]:
    """Use the splits that are given, and cut those that are empty from the training rows."""
    pool = splits["train"]
    missing = [split for split in ("validation", "test") if splits[split].is_empty()]
    cutter = functools.partial(
        cut_by_group if GROUP in pool.columns else cut,
        validation_share=settings.validation_share if "validation" in missing else 0,
        test_share=settings.test_share if "test" in missing else 0,
        max_train_rows=settings.max_train_rows,
        seed=seed,
        where=where,
    )
    try:
        parts = cutter(pool, labels)
    except ClassTooSmall:
        if decided.is_empty():
            raise
        parts = _cut_as_decided(pool, labels, decided, cutter)
    unused = pool.height - parts.train.height - parts.validation.height - parts.test.height
    if "validation" not in missing:
        parts = replace(parts, validation=splits["validation"])
    if "test" not in missing:
        parts = replace(parts, test=splits["test"])

    message = (
        f"{parts.train.height:,} rows for training, {parts.validation.height:,} for validation, "
        f"{parts.test.height:,} for testing"
    )
    if missing:
        message += f"; {' and '.join(missing)} cut from {pool.height:,} rows (seed {seed})"
        if GROUP in pool.columns:
            message += (
                f", the rows of each of {pool[GROUP].n_unique():,} groups together, and groups with"
                " a text in common unless they have more than a tenth of the rows"
            )
        else:
            lump = largest_lump(pool.height)
            message += f", copies and lumps of up to {lump:,} near-duplicates together"
    if unused:
        message += f"; {unused:,} rows not used, for max_train_rows is {settings.max_train_rows:,}"
    return parts, Note("split", f"{message}.")


def _cut_as_decided(
    pool: pl.DataFrame, labels: LabelSet, decided: pl.DataFrame, cutter: Cutter
) -> Cut:
    """Cut by the labels that were decided on; the rows keep those that they have."""
    names = pl.col("label").replace_strict(labels.id2label, return_dtype=pl.String)
    rows = as_decided(pool.with_columns(names), decided)
    present = set(rows["label"])
    left = LabelSet.of(name for name in labels if name in present)
    parts = cutter(with_label_ids(rows, left, where="the corrected rows"), left)

    def as_before(part: pl.DataFrame) -> pl.DataFrame:
        return pool.join(part, on=["file", "row"], how="semi", maintain_order="left")

    dropped = pool.join(rows, on=["file", "row"], how="anti", maintain_order="left")
    return Cut(
        as_before(pl.concat([frame.select("file", "row") for frame in (parts.train, dropped)])),
        as_before(parts.validation),
        as_before(parts.test),
    )
