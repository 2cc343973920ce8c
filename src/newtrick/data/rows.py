"""The files of a source ─► one frame of all their rows, texts and labels as they are written."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import polars as pl

from newtrick.data.columns import Columns, choose_columns
from newtrick.data.dataset import Note
from newtrick.data.encoding import MAX_LINE, open_text
from newtrick.data.labels import label_name
from newtrick.data.rawfile import RawFile
from newtrick.data.read import Record, Table, open_table
from newtrick.data.source import UNLABELLED, ClassFolder, DataFile, Source, split_of
from newtrick.errors import DataError

RAW_SCHEMA = pl.Schema(
    {
        "file": pl.String,
        "row": pl.UInt32,
        "split": pl.String,
        "text": pl.String,
        "label": pl.String,
    }
)
"""`split` is null where nothing names one; a null text or label is missing."""

_RawRow = tuple[str, int, str | None, str | None, str | None]


@dataclass(frozen=True)
class Rows:
    """All rows of a source.

    Attributes:
        frame: With the columns of `RAW_SCHEMA`, in the order of the files.
        class_names: The classes in their order, where the source or its files name them.
        notes: How the files were read.
    """

    frame: pl.DataFrame
    class_names: tuple[str, ...]
    notes: tuple[Note, ...]


def read_rows(
    source: Source, *, text_column: str | None = None, label_column: str | None = None
) -> Rows:
    """Read all files of a source into memory.

    Args:
        source: The files.
        text_column: The column of the text in every file; detected when None.
        label_column: The column of the label, likewise.

    Raises:
        DataError: A file or a row cannot be read, a column is not found, or there are no rows.
    """
    reading = _Reading(source.base, text_column, label_column)
    for file in source.files:
        reading.read_table(file)
    for folder in source.folders:
        reading.read_folder(folder)
    if reading.faults:
        count = len(reading.faults)
        raise DataError(
            "A row cannot be read." if count == 1 else f"{count:,} rows cannot be read.",
            details=reading.faults,
            fix="correct or remove what is listed; texts with delimiters or line breaks are quoted",
        )
    frame = pl.DataFrame(reading.rows, RAW_SCHEMA, orient="row")
    frame = frame.filter(pl.col("split").ne_missing(UNLABELLED))
    if frame.is_empty():
        raise DataError("There are no data rows.", where=source.name)
    notes = (*source.notes, *reading.notes)
    return Rows(frame, source.labels or reading.class_names, notes)


@dataclass
class _Reading:
    """What is collected while one file after the other is read."""

    base: str
    text_column: str | None
    label_column: str | None
    rows: list[_RawRow] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    class_names: tuple[str, ...] = ()
    choices: set[tuple[str, str]] = field(default_factory=set)

    def read_table(self, file: DataFile) -> None:
        name = f"{self.base.rstrip('/')}/{file.name}" if self.base else file.name
        table = open_table(file.path, name=name)
        columns = choose_columns(table, text=self.text_column, label=self.label_column)
        self._tell(table, columns)
        class_names = table.class_names.get(columns.label, ())
        self.class_names = self.class_names or class_names
        split = _split_column(table) if file.split is None else None
        wanted = [columns.text, columns.label, *([split] if split else [])]
        rows = []
        for record in table.records(wanted):
            try:
                rows.append(_raw_row(file, record, columns, class_names, split))
            except DataError as error:
                self.faults.append(f"{file.name}, row {record.row}: {error.what}")
        if not rows and not self.faults:
            raise DataError("There are no data rows.", where=table.name)
        self.rows += _with_split_names(rows) if split else rows

    def read_folder(self, folder: ClassFolder) -> None:
        for path in sorted(folder.path.glob("*.txt")):
            name = f"{folder.name}/{path.name}"
            try:
                text = _read_text(RawFile(name, path))
            except DataError as error:
                self.faults.append(f"{name}: {error.what}")
            else:
                self.rows.append((name, 1, folder.split, text, folder.label))

    def _tell(self, table: Table, columns: Columns) -> None:
        """Of many files with the same columns, one speaks for all."""
        self.notes += table.notes
        if (columns.text, columns.label) not in self.choices:
            self.choices.add((columns.text, columns.label))
            self.notes.append(columns.note)


def _split_column(table: Table) -> str | None:
    return next((name for name in table.columns if name.casefold() == "split"), None)


def _raw_row(
    file: DataFile,
    record: Record,
    columns: Columns,
    class_names: tuple[str, ...],
    split: str | None,
) -> _RawRow:
    if record.fault:
        raise DataError(record.fault)
    text = _text(record.fields[columns.text])
    label = label_name(record.fields[columns.label], class_names)
    written_split = file.split if split is None else str(record.fields[split])
    return file.name, record.row, written_split, text, label


def _with_split_names(rows: list[_RawRow]) -> list[_RawRow]:
    """Take the column `split` for what it is if all its values name splits, else for some other."""
    names = {row[2]: split_of(row[2] or "") for row in rows}
    meant = None not in names.values()
    return [
        (file, row, names[split] if meant else None, text, label)
        for file, row, split, text, label in rows
    ]


def _text(value: object) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, list | dict | bytes):
        raise DataError(f"the text is a {type(value).__name__}, where a string is needed")
    text = str(value)
    if len(text) > MAX_LINE:
        raise DataError(f"a text of {len(text):,} characters; at most {MAX_LINE:,} are read")
    return text


def _read_text(raw: RawFile) -> str:
    content = b"".join(raw.blocks())
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return text
    file = open_text(raw)
    with file.open() as stream:
        text = stream.read()
    if fault := file.fault(text, 1):
        raise DataError(fault)
    return text
