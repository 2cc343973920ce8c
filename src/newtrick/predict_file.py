"""A file of texts ─► a file of predictions, a few thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path

from newtrick.classifier import Classifier, refuse_other_reading
from newtrick.data.clean import clean_text
from newtrick.data.columns import choose_text_column
from newtrick.data.pairs import Text
from newtrick.data.rawfile import STANDARD_INPUT, require_file
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
    pair_column: str | None = None,
    explain: bool = False,
    watcher: Watcher | None = None,
) -> FilePredictions:
    """Classify every row of a file; memory does not grow with its rows.

    Args:
        classifier: What to ask.
        source: A csv, tsv, jsonl, json, parquet or xlsx file, or `-` for standard input.
        destination: A csv, jsonl or parquet file; it appears when it is whole.
        text_column: The column with the text; detected when not given.
        pair_column: The column with a second text, for a model that was trained on pairs.
        explain: Whether to say of each word what it did to the decision.
        watcher: Sees the rows go by.

    Raises:
        DataError: The input cannot be read at all; single bad rows are kept, without prediction.
        UsageError: The output's format is not known, or it is the input. Or the model reads pairs
            and the input has none, or the other way round.
        StorageError: The output cannot be written.
    """
    watcher = watcher or Watcher()
    refuse_other_reading(classifier.encoder, pair_column)
    if source != STANDARD_INPUT:  # first: a folder misspelt has an output that would be no file's
        require_file(Path(source))
    writer_type = writer_for(destination)
    if destination.exists() and Path(source).exists() and destination.samefile(source):
        raise UsageError("The output would replace the input.", found=destination)
    table = open_table(source)
    column = choose_text_column(table, text=text_column, pair=pair_column)
    columns = (column.text,) if pair_column is None else (column.text, pair_column)
    for note in (*table.notes, column.note):
        watcher.note(note)
    watcher.stage("Predicting")
    decided = classifier.decisions.columns if classifier.decisions else ()
    faults: list[str] = []
    rows = without = 0
    with (
        atomic_path(destination, way="with --output") as temporary,
        writer_type(
            temporary,
            classifier.encoder.labels,
            decided,
            pairs=pair_column is not None,
            explained=explain,
        ) as writer,
    ):
        for records in _chunks(table.records(columns)):
            read = [_read(record, columns) for record in records]
            writer.write(_predict(classifier, read, explain=explain))
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
    texts: tuple[str | None, ...]
    fault: str | None = None


def _read(record: Record, columns: Sequence[str]) -> _Row:
    try:
        if record.fault is not None:
            raise record.fault
        texts = tuple(text_of(record.fields.get(name)) for name in columns)
    except Fault as fault:
        return _Row(record.row, (None,) * len(columns), str(fault))
    if not all(text and clean_text(text) for text in texts):
        return _Row(record.row, texts, "no text" if len(texts) == 1 else "a text is missing")
    return _Row(record.row, texts)


def _predict(classifier: Classifier, rows: Sequence[_Row], *, explain: bool) -> list[PredictedRow]:
    texts = [_text(row.texts) for row in rows if row.fault is None]
    answers = iter(classifier.answer(texts)) if texts else iter(())
    explanations = iter(classifier.explain(texts)) if texts and explain else repeat(None)
    several = classifier.encoder.labels.multi_label
    predicted = []
    for row in rows:
        text, pair = (*row.texts, None)[:2]
        if row.fault is not None:
            predicted.append(PredictedRow(row.number, text, pair))
            continue
        answer, explanation = next(answers), next(explanations)
        predicted.append(
            PredictedRow(
                row=row.number,
                text=text,
                text_pair=pair,
                label=answer.label,
                score=None if several else max(answer.probabilities),
                probabilities=answer.probabilities,
                decision=answer.decision,
                words=explanation.words if explanation else None,
            )
        )
    return predicted


def _text(texts: Sequence[str | None]) -> Text:
    first, *others = (text or "" for text in texts)
    return (first, others[0]) if others else first


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while chunk := list(islice(records, _ROWS_AT_ONCE)):
        yield chunk
