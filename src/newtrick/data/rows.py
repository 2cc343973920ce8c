"""The files of a source ─► one frame of all their rows, texts and labels as they are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from newtrick.data.columns import Columns, choose_columns
from newtrick.data.dataset import EXTRA, GROUP, Note, rows_by_value
from newtrick.data.encoding import open_text
from newtrick.data.extras import extra_value, likely_extras, with_few_values
from newtrick.data.labelcells import LabelReader, flag_columns, label_reader, several_note
from newtrick.data.pairs import PAIR
from newtrick.data.rawfile import RawFile
from newtrick.data.read import Record, Table, open_table
from newtrick.data.source import UNLABELLED, ClassFolder, DataFile, Source, split_of, text_files
from newtrick.data.table import Fault
from newtrick.data.values import group_name, text_of
from newtrick.errors import DataError, UsageError

RAW_SCHEMA = pl.Schema(
    {
        "file": pl.String,
        "row": pl.UInt32,
        "split": pl.String,
        "text": pl.String,
        "label": pl.String,
    }
)
"""`split` is null where nothing names one; a null text or label is missing. The labels of a row
that may have several are one text, as `labelcells.py` writes it. Beside these columns there may be
others, as in a split."""

_RawRow = tuple[str | int | None, ...]
"""The values of `RAW_SCHEMA`, then those of the other columns."""


@dataclass(frozen=True)
class Rows:
    """All rows of a source.

    Attributes:
        frame: With the columns of `RAW_SCHEMA`, in the order of the files.
        class_names: The classes in their order, where the source or its files name them.
        notes: How the files were read.
        label_column: The column of the labels, if they are in one.
        multi_label: Whether a row may have several labels, or none.
    """

    frame: pl.DataFrame
    class_names: tuple[str, ...]
    notes: tuple[Note, ...]
    label_column: str | None = None
    multi_label: bool = False


def read_rows(
    source: Source,
    *,
    text_column: str | None = None,
    pair_column: str | None = None,
    label_column: str | None = None,
    label_separator: str | None = None,
    multi_label: bool | None = None,
    group_column: str | None = None,
) -> Rows:
    """Read all files of a source into memory.

    Args:
        source: The files.
        text_column: The column of the text in every file; detected when None.
        pair_column: The column of a second text; there is none when None.
        label_column: The column of the label; detected when None. Or several of 0 and 1, with
            commas between.
        label_separator: What stands between the labels of a row in one text.
        multi_label: Whether a row may have several labels; None if the cells are to tell.
        group_column: The column of what rows share; there is none when None.

    Raises:
        UsageError: A column is asked of a folder of texts, or one column for two ends.
        DataError: A file or a row cannot be read, a column is not found, a column `split` names
            splits in a part of the rows alone, or there are no rows.
    """
    if source.folders and (named := pair_column or group_column):
        raise UsageError(
            "A folder of texts has no columns.",
            where=source.name,
            found=named,
            fix="give a table with a column for each text, for the label and the group",
        )
    reading = _Reading(
        source.base,
        text_column,
        pair_column,
        label_column,
        label_separator,
        multi_label,
        group_column,
    )
    for file in source.files:
        reading.read_table(file)
    for folder in source.folders:
        reading.read_folder(folder)
    if reading.faults:
        count = len(reading.faults)
        raise DataError(
            "A row cannot be read." if count == 1 else f"{count:,} rows cannot be read.",
            details=reading.faults,
            fix="; ".join(("correct or remove what is listed", *reading.fixes)),
        )
    frame = pl.concat(reading.frames, how="diagonal")
    frame = with_few_values(frame.filter(pl.col("split").ne_missing(UNLABELLED)))
    if frame.is_empty():
        raise DataError("There are no data rows.", where=source.name)
    notes = (*source.notes, *reading.notes)
    class_names = source.labels or reading.class_names
    return Rows(frame, class_names, notes, reading.labelled_by, bool(reading.multi_label))


def in_split(*splits: str) -> pl.Expr:
    """Whether a row is of one of these splits; what nothing assigns to one is there to train on."""
    return pl.col("split").fill_null("train").is_in(splits)


@dataclass
class _Reading:
    """What is collected while one file after the other is read."""

    base: str
    text_column: str | None
    pair_column: str | None
    label_column: str | None
    label_separator: str | None
    multi_label: bool | None
    group_column: str | None
    frames: list[pl.DataFrame] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    fixes: dict[str, None] = field(default_factory=dict)  # each once, in order
    notes: list[Note] = field(default_factory=list)
    class_names: tuple[str, ...] = ()
    labelled_by: str | None = None
    choices: set[tuple[str, str]] = field(default_factory=set)

    def read_table(self, file: DataFile) -> None:
        name = f"{self.base.rstrip('/')}/{file.name}" if self.base else file.name
        table = open_table(file.path, name=name)
        flags = flag_columns(table, self.label_column, self.label_separator)
        columns = choose_columns(
            table,
            text=self.text_column,
            pair=self.pair_column,
            label=flags[0] if flags else self.label_column,
            group=self.group_column,
        )
        labels = label_reader(
            table,
            columns.label,
            flags=flags,
            separator=self.label_separator,
            multi_label=self.multi_label,
        )
        self.multi_label = labels.multi_label
        self._tell(table, columns, labels)
        self.labelled_by = columns.label
        self.class_names = self.class_names or labels.class_names
        split = split_column(table) if file.split is None else None
        named = (*columns.texts, *labels.columns, columns.group, split)
        wanted = dict.fromkeys(name for name in named if name is not None)
        extras = likely_extras(table, besides=wanted)
        rows: list[_RawRow] = []
        for record in table.records([*wanted, *extras]):
            try:
                raw = _raw_row(file, record, columns, labels, split)
                further = (
                    extra_value(record.fields.get(name), table.class_names.get(name, ()))
                    for name in extras
                )
                rows.append((*raw, *further))
            except Fault as fault:
                self._collect(f"{file.name}, row {record.row}", fault)
        if not rows and not self.faults:
            raise DataError("There are no data rows.", where=table.name)
        frame = pl.DataFrame(rows, _raw_schema(columns, extras), orient="row")
        self.frames.append(self._with_split_names(frame, split, table.name) if split else frame)

    def read_folder(self, folder: ClassFolder) -> None:
        rows: list[_RawRow] = []
        for path in text_files(folder):
            name = f"{folder.name}/{path.name}"
            try:
                text = text_of(read_text(RawFile(name, path)))
            except Fault as fault:
                self._collect(name, fault)
            except DataError as error:
                self._collect(name, Fault(error.what, error.fix))
            else:
                rows.append((name, 1, folder.split, text, folder.label))
        self.frames.append(pl.DataFrame(rows, RAW_SCHEMA, orient="row"))

    def _collect(self, place: str, fault: Fault) -> None:
        self.faults.append(f"{place}: {fault}")
        if fault.fix:
            self.fixes[fault.fix] = None

    def _tell(self, table: Table, columns: Columns, labels: LabelReader) -> None:
        """Of many files with the same columns, one speaks for all."""
        self.notes += table.notes
        if (columns.text, columns.label) not in self.choices:
            self.choices.add((columns.text, columns.label))
            several = several_note(table.name, columns.text, labels)
            self.notes.append(several if labels.multi_label else columns.note)

    def _with_split_names(self, frame: pl.DataFrame, column: str, where: str) -> pl.DataFrame:
        """Take the column `split` for what it is when its values name splits, all of them."""
        names = {value: split_of(value or "") for value in frame["split"].unique()}
        named = any(names.values())
        others = [value for value, name in names.items() if name is None]
        if named and others:
            raise DataError(
                f"The column {column!r} names a split in some rows and none in others.",
                where=where,
                details=rows_by_value(
                    frame.filter(pl.col("split").is_in(others, nulls_equal=True)), "split"
                ),
                fix="write train, validation or test in each row, or give the column another name",
            )
        if not named:
            self.notes.append(
                Note("split", f"The column {column!r} of {where} names no splits; it is not used.")
            )
        return frame.with_columns(pl.col("split").replace_strict(names, return_dtype=pl.String))


def _raw_schema(columns: Columns, extras: Sequence[str]) -> pl.Schema:
    others = [PAIR] if columns.pair is not None else []
    others += [GROUP] if columns.group is not None else []
    others += [f"{EXTRA}{name}" for name in extras]
    return pl.Schema({**RAW_SCHEMA, **dict.fromkeys(others, pl.String())})


def split_column(table: Table) -> str | None:
    """The column that may name the split of each row."""
    return next((name for name in table.columns if name.casefold() == "split"), None)


def _raw_row(
    file: DataFile,
    record: Record,
    columns: Columns,
    labels: LabelReader,
    split: str | None,
) -> _RawRow:
    if record.fault:
        raise record.fault
    text, *pair = (text_of(record.fields[name]) for name in columns.texts)
    label = labels.read(record.fields)
    written_split = file.split if split is None else _written(record.fields[split])
    group = [] if columns.group is None else [group_name(record.fields[columns.group])]
    return file.name, record.row, written_split, text, label, *pair, *group


def _written(value: object) -> str:
    return "" if value is None else str(value).strip()


def read_text(raw: RawFile) -> str:
    """All of a text file.

    Raises:
        DataError: Its encoding cannot be told.
        Fault: It is damaged.
    """
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
        raise fault
    return text
