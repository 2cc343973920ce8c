"""Labelled text ─► what is wrong with it, before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from newtrick.audit.check import audit
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding
from newtrick.audit.registry import DATA_CHECKS
from newtrick.data.dataset import LabelSet, Note, texts
from newtrick.data.labels import with_label_ids
from newtrick.data.load import Pool, read_pool, split_pool
from newtrick.data.rows import in_split
from newtrick.encoder.load import check_model_name, load_reader
from newtrick.encoder.save import read_trained_on
from newtrick.progress import Watcher
from newtrick.recipe import Recipe, input_settings


def audit_data(
    data: str | Path | Sequence[str | Path],
    *,
    test: str | Path | None = None,
    model: str | Path | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
    watcher: Watcher | None = None,
) -> tuple[Finding, ...]:
    """Look at labelled text as a training with the default settings would see it.

    Args:
        data: A catalogue name, a file, a folder, a hub id, or several files.
        test: Separate test data of the same kinds.
        model: A catalogue name, a folder or a hub id. With it, texts that the model would cut are
            counted, and test rows that it was trained on before are found.
        text_column: The column with the text; detected when not given.
        label_column: The column with the label; detected when not given.
        watcher: Sees it as it goes.

    Returns:
        What was found, the worst first.

    Raises:
        NewtrickError: Of one of its kinds, for data or a model that cannot be read.
    """
    watcher = watcher or Watcher()
    columns = {"data.text_column": text_column, "data.label_column": label_column}
    recipe = Recipe().with_settings(input_settings(data, test, model) | columns)
    if model is not None:
        check_model_name(recipe.model.name)
    watcher.stage("Reading the data")
    pool = read_pool(recipe.data)
    labels = pool.frame.filter(in_split("train"))["label"].unique()
    if len(labels) == 1:
        return _audit_one_class(pool, labels[0], watcher)
    dataset = split_pool(pool, recipe.data, seed=recipe.training.seed)
    _tell(dataset.notes, watcher)
    subject = DataSubject(dataset.labels, dataset.splits(), dropped=dataset.dropped)
    if model is not None:
        watcher.stage("Tokenising")
        reader = load_reader(recipe)
        tokens = reader.tokenize(texts(dataset.train))
        subject = replace(subject, tokens=tokens, trained_on=read_trained_on(reader.folder))
    watcher.stage("Auditing the data")
    return audit(subject, DATA_CHECKS)


def _audit_one_class(pool: Pool, label: str, watcher: Watcher) -> tuple[Finding, ...]:
    """Nothing can be trained on it, so it is not split; what else is wrong is told at once."""
    _tell(pool.notes, watcher)
    labels = LabelSet((label,))
    train = with_label_ids(pool.frame.filter(in_split("train")), labels, where=pool.name)
    watcher.stage("Auditing the data")
    return audit(DataSubject(labels, {"train": train}, dropped=pool.dropped), DATA_CHECKS)


def _tell(notes: Sequence[Note], watcher: Watcher) -> None:
    for note in notes:
        watcher.note(note)
