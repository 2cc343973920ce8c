"""A file of texts ─► a file of predictions, a few thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from newtrick.classifier import Classifier
from newtrick.data.clean import clean_text
from newtrick.data.columns import choose_text_column
from newtrick.data.read import Record, open_table
from newtrick.errors import UsageError
from newtrick.evaluation.writers import PredictedRow, writer_for
from newtrick.progress import Watcher
from newtrick.storage import atomic_path

_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class FilePredictions:
    """What predicting a file came to; `faults` has a line for each row without a prediction."""

    rows: int
    faults: tuple[str, ...]


def predict_file(
    classifier: Classifier,
    source: Path | str,
    destination: Path,
    *,
    text_column: str | None = None,
    watcher: Watcher | None = None,
) -> FilePredictions:
    """Classify every row of a file; memory does not grow with its rows.

    Args:
        classifier: What to ask.
        source: A csv, tsv, jsonl, json, parquet or xlsx file, or `-` for standard input.
        destination: A csv, jsonl or parquet file; it appears when it is whole.
        text_column: The column with the text; detected when not given.
        watcher: Sees the rows go by.

    Raises:
        DataError: The input cannot be read at all; single bad rows are kept, without prediction.
        UsageError: The output's format is not known, or it is the input.
        StorageError: The output cannot be written.
    """
    watcher = watcher or Watcher()
    writer_type = writer_for(destination)
    if destination.exists() and Path(source).exists() and destination.samefile(source):
        raise UsageError("The output would replace the input.", found=destination)
    table = open_table(source)
    column = choose_text_column(table, text=text_column)
    for note in (*table.notes, column.note):
        watcher.note(note)
    watcher.stage("Predicting")
    faults: list[str] = []
    rows = 0
    with (
        atomic_path(destination) as temporary,
        writer_type(temporary, classifier.labels) as writer,
    ):
        for records in _chunks(table.records((column.text,))):
            predicted = _predict_chunk(classifier, records, column.text, faults)
            writer.write(predicted)
            rows += len(predicted)
            watcher.advance(rows)
    return FilePredictions(rows, tuple(faults))


def _predict_chunk(
    classifier: Classifier, records: Sequence[Record], column: str, faults: list[str]
) -> list[PredictedRow]:
    texts = [_text(record, column) for record in records]
    for record, text in zip(records, texts, strict=True):
        if text is None:
            faults.append(f"row {record.row}: {record.fault or 'no text'}")
    usable = [text for text in texts if text is not None]
    shares = iter(classifier.predict_proba(usable).tolist()) if usable else iter(())
    rows = []
    for record, text in zip(records, texts, strict=True):
        if text is None:
            found = record.fields.get(column)
            rows.append(PredictedRow(record.row, None if found is None else str(found)))
        else:
            share = tuple(next(shares))
            best = max(range(len(share)), key=share.__getitem__)
            rows.append(PredictedRow(record.row, text, classifier.labels[best], share[best], share))
    return rows


def _text(record: Record, column: str) -> str | None:
    """The text of a row, or None if there is a fault or nothing left of it after cleaning."""
    value = record.fields.get(column)
    if record.fault is not None or value is None or not clean_text(str(value)):
        return None
    return str(value)


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while chunk := list(islice(records, _ROWS_AT_ONCE)):
        yield chunk
