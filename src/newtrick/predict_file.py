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
from newtrick.data.table import Fault
from newtrick.data.values import text_of
from newtrick.errors import SHOWN_DETAILS, UsageError
from newtrick.evaluation.writers import PredictedRow, writer_for
from newtrick.progress import Watcher
from newtrick.storage import atomic_path

_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class FilePredictions:
    """What predicting a file came to.

    Attributes:
        rows: All rows written.
        without_prediction: Those of them that could not be read or held no text.
        faults: A line for each of the first of these.
    """

    rows: int
    without_prediction: int
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
    decided = classifier.decisions.columns if classifier.decisions else ()
    faults: list[str] = []
    rows = without = 0
    with (
        atomic_path(destination, way="with --output") as temporary,
        writer_type(temporary, classifier.labels, decided) as writer,
    ):
        for records in _chunks(table.records((column.text,))):
            read = [_read(record, column.text) for record in records]
            writer.write(_predict(classifier, read))
            bad = [f"row {row.number}: {row.fault}" for row in read if row.fault]
            faults += bad[: SHOWN_DETAILS - len(faults)]
            without += len(bad)
            rows += len(read)
            watcher.advance(rows)
    return FilePredictions(rows, without, tuple(faults))


@dataclass(frozen=True)
class _Row:
    """A row as it was read: with a fault, there is nothing to classify."""

    number: int
    text: str | None
    fault: str | None = None


def _read(record: Record, column: str) -> _Row:
    try:
        if record.fault is not None:
            raise record.fault
        text = text_of(record.fields.get(column))
    except Fault as fault:
        return _Row(record.row, None, str(fault))
    if text is None or not clean_text(text):
        return _Row(record.row, text, "no text")
    return _Row(record.row, text)


def _predict(classifier: Classifier, rows: Sequence[_Row]) -> list[PredictedRow]:
    texts = [row.text for row in rows if row.text is not None and row.fault is None]
    answers = iter(classifier.answer(texts)) if texts else iter(())
    predicted = []
    for row in rows:
        if row.fault is not None:
            predicted.append(PredictedRow(row.number, row.text))
            continue
        answer = next(answers)
        share = answer.probabilities
        predicted.append(
            PredictedRow(row.number, row.text, answer.label, max(share), share, answer.decision)
        )
    return predicted


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while chunk := list(islice(records, _ROWS_AT_ONCE)):
        yield chunk
