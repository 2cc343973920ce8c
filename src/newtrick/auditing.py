"""Labelled text ─► what is wrong with it, before anything is trained."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from newtrick.audit.data.classes import OneClass, TooFewRows
from newtrick.audit.data.reading import Reading
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.audit.kept import audited
from newtrick.audit.review import check_review_file, review_table, write_review
from newtrick.data.corrections import as_decided, decided_rows
from newtrick.data.dataset import DECIDED_SCHEMA, Dataset, LabelSet, Note, texts
from newtrick.data.decisions import read_decisions
from newtrick.data.inputs import find_inputs
from newtrick.data.kept import kept_dataset
from newtrick.data.labels import with_label_ids
from newtrick.data.load import Pool, read_pool, split_pool
from newtrick.data.rows import in_split
from newtrick.data.split import ClassTooSmall, listed
from newtrick.encoder.find import check_model_name, is_at_hand
from newtrick.encoder.load import load_reader
from newtrick.encoder.save import read_trained_on
from newtrick.encoder.token_cache import tokenizer_hash
from newtrick.encoder.tokens import Truncation
from newtrick.errors import SHOWN_DETAILS, UsageError
from newtrick.progress import Watcher
from newtrick.recipe import Recipe, input_settings


def audit_data(
    data: str | Path | Sequence[str | Path],
    *,
    test: str | Path | None = None,
    model: str | Path | None = None,
    text_column: str | None = None,
    pair_column: str | None = None,
    label_column: str | None = None,
    group_column: str | None = None,
    label_separator: str | None = None,
    corrections: str | Path | None = None,
    review: Path | None = None,
    watcher: Watcher | None = None,
) -> tuple[Finding, ...]:
    """Look at labelled text as a training with the default settings would see it.

    Args:
        data: A catalogue name, a file, a folder, a hub id, or several files.
        test: Separate test data of the same kinds.
        model: A catalogue name, a folder or a hub id: which texts it would cut, and which test rows
            it was trained on before. By default that of a training, without fetching it.
        text_column: The column with the text; detected when not given.
        label_column: The column with the label; detected when not given. Or several columns of 0
            and 1, one for each label: "a,b,c".
        label_separator: What stands between the labels of a text in one cell, if it has several.
        pair_column: The column with a second text, if texts are read in pairs.
        group_column: The column of what rows share, if no group may be split.
        corrections: A review file, whose decisions are followed before the data is looked at.
        review: A new review file to write: .csv or .xlsx. It takes over the decisions of
            `corrections`.
        watcher: Sees it as it goes.

    Returns:
        What was found, the worst first.

    Raises:
        NewtrickError: Of one of its kinds, for data or a model that cannot be read.
    """
    watcher = watcher or Watcher()
    options = {
        "data.text_column": text_column,
        "data.pair_column": pair_column,
        "data.label_column": label_column,
        "data.group_column": group_column,
        "data.label_separator": label_separator,
        "data.corrections": None if corrections is None else str(corrections),
    }
    recipe = Recipe().with_settings(input_settings(data, test, model) | options)
    if review is not None:
        check_review_file(review)
    if model is not None:
        check_model_name(recipe.model.name)
    watcher.stage("Reading the data")
    inputs = find_inputs(recipe.data)
    pool = functools.cache(lambda: read_pool(recipe.data, inputs))
    unsplit: tuple[Finding, ...] = ()
    final = None
    try:
        dataset = kept_dataset(
            inputs, recipe.data, recipe.data.split_seed, lambda: _split(pool(), recipe)
        )
    except _OneClass:
        subject = _unsplit(pool(), recipe, watcher)
        final = OneClass.code
    except ClassTooSmall as error:
        subject = _unsplit(pool(), recipe, watcher)
        unsplit = (_too_small(error),)
        final = TooFewRows.code
    else:
        subject = _subject(dataset, recipe, watcher, fetch=model is not None)
    watcher.stage("Auditing the data")
    findings = tuple(
        replace(finding, final=finding.code == final) for finding in (*unsplit, *audited(subject))
    )
    if review is not None:
        _refuse_review(subject.labels)
        table = review_table(findings, pool().frame, subject.splits, subject.decided)
        write_review(review, table)
        watcher.note(_review_note(table, review))
    return findings


def _refuse_review(labels: LabelSet) -> None:
    if labels.multi_label:
        raise UsageError(
            "A review is of rows that have one label each; these may have several.",
            where="--write-review",
            fix="leave it out: every finding names its rows, and the file itself can be corrected",
        )


class _OneClass(Exception):
    """All training rows are of one class, so that nothing can be split for a training."""


def _split(pool: Pool, recipe: Recipe) -> Dataset:
    if not pool.multi_label and pool.frame.filter(in_split("train"))["label"].n_unique() == 1:
        raise _OneClass
    return split_pool(pool, recipe.data, seed=recipe.data.split_seed)


def _subject(dataset: Dataset, recipe: Recipe, watcher: Watcher, *, fetch: bool) -> DataSubject:
    """The data as a training would see it; with the model, if it is at hand or may be fetched."""
    _tell(dataset.notes, watcher)
    subject = DataSubject(
        dataset.labels,
        dataset.splits(),
        Reading(recipe.model.name, Truncation.of(recipe.data)),
        dropped=dataset.dropped,
        decided=dataset.decided,
    )
    if not fetch and not is_at_hand(recipe.model.name):
        return subject
    watcher.stage("Tokenising")
    reader = load_reader(recipe)
    tokens = {name: reader.tokenize(texts(split)) for name, split in dataset.splits().items()}
    identity = tokenizer_hash(reader.tokenizer)
    reading = Reading(recipe.model.name, reader.truncation, tokens, identity)
    return replace(subject, reading=reading, trained_on=read_trained_on(reader.folder))


def _unsplit(pool: Pool, recipe: Recipe, watcher: Watcher) -> DataSubject:
    """Nothing can be trained on it, so it is not split; what else is wrong is told at once."""
    _tell(pool.notes, watcher)
    rows = pool.frame.filter(in_split("train"))
    decided = DECIDED_SCHEMA.to_frame()
    if recipe.data.corrections is not None:
        classes = rows["label"].unique().sort().to_list()
        decisions = read_decisions(Path(recipe.data.corrections), classes)
        decided = decided_rows(pool.frame, decisions)
        rows = as_decided(rows, decided)
    labels = LabelSet(tuple(rows["label"].unique().sort()))
    train = with_label_ids(rows, labels, where=pool.name)
    return DataSubject(labels, {"train": train}, dropped=pool.dropped, decided=decided)


def _too_small(error: ClassTooSmall) -> Finding:
    """A class that stops a training, beside what else is wrong."""
    classes = error.details[:SHOWN_DETAILS]
    title = f"too few rows for {listed(error.parts)}: {'. '.join(classes)}"
    evidence = {"classes": len(error.details), "rows": len(error.rows)}
    return TooFewRows().found(Severity.ERROR, title, evidence, error.rows, fix=error.fix)


def _review_note(table: pl.DataFrame, path: Path) -> Note:
    undecided = table["decision"].null_count()
    message = f"Rows to decide on in {path}: {undecided:,}"
    if decided := table.height - undecided:
        message += f"; decided before: {decided:,}"
    message += "."
    if undecided:
        message += (
            " Write keep, drop or relabel:CLASS in the column decision, then:"
            f" newtrick train DATA --corrections {shlex.quote(str(path))}"
        )
    return Note("review", message)


def _tell(notes: Sequence[Note], watcher: Watcher) -> None:
    for note in notes:
        watcher.note(note)
