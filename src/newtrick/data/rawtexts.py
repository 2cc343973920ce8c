"""What the user calls TEXTS ─► the texts in it as they are written; labels are left unread.

TEXTS is what DATA can be (see `source.py`): then the unlabelled files of a folder or a catalogue
name are read, or if there are none its training files. Or it is a .txt file with a text on each
line, or a folder of .txt files with one text each. Files and rows that are named for validation or
testing are read as such, to be kept out; a file given by itself is read whatever it is called.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from newtrick.data.catalogue import catalogue
from newtrick.data.columns import choose_text_column
from newtrick.data.dataset import Note
from newtrick.data.fetch import fetch_data, is_data_name
from newtrick.data.rawfile import STANDARD_INPUT, RawFile, exists, no_such_input, require_file
from newtrick.data.read import Record, open_table
from newtrick.data.rows import read_text, split_column
from newtrick.data.source import (
    UNLABELLED,
    DataFile,
    common_name,
    files_like,
    is_data,
    is_pattern,
    name_of,
    paths_in,
    split_of,
    split_of_path,
)
from newtrick.data.table import Fault
from newtrick.data.values import text_of
from newtrick.errors import SHOWN_DETAILS, DataError, UsageError

TEXT_SCHEMA = pl.Schema({"file": pl.String, "row": pl.UInt32, "text": pl.String})
"""A null text is missing; `row` counts from 1 as in `SCHEMA`."""

_TO_READ = {None, "train", UNLABELLED}
SCORED = ("validation", "test")
"""Splits whose texts are scored."""

_SCHEMA = {**TEXT_SCHEMA, "split": pl.String()}


@dataclass(frozen=True)
class TextSource:
    """The files of TEXTS.

    Attributes:
        name: A short name for all of them.
        files: Tables and .txt files; of the latter, those found in a folder hold one text each.
        of_lines: Whether a .txt file has a text on each line.
        notes: What was left aside, and what fetching had to say.
        scored: Files that are named for validation or testing.
    """

    name: str
    files: tuple[DataFile, ...]
    of_lines: bool
    notes: tuple[Note, ...] = ()
    scored: tuple[DataFile, ...] = ()


@dataclass(frozen=True)
class RawTexts:
    """The texts of a source as they are written.

    Attributes:
        frame: Those to learn from, with the columns of `TEXT_SCHEMA`.
        scored: Those named for validation or testing, with the column `split` beside.
        notes: How they were read.
    """

    frame: pl.DataFrame
    scored: pl.DataFrame
    notes: tuple[Note, ...]


def find_texts(data: str | Sequence[str]) -> TextSource:
    """Find out what TEXTS means. What exists on disk goes before a catalogue name.

    Raises:
        UsageError: It is empty.
        DataError: There is no such thing, or it holds nothing that can be read.
        FetchError: It has to be fetched, and no source gave it.
    """
    if not isinstance(data, str):
        paths = list(dict.fromkeys(map(Path, data)))
        if len(paths) > 1:
            return _given(common_name(paths) or "texts", paths)
        data = data[0] if data else ""
    if not data.strip():
        raise UsageError("No texts are named.", fix="name a file, a folder or a catalogue name")
    path = Path(data)
    if data == STANDARD_INPUT:
        return TextSource("standard-input", (DataFile(path, STANDARD_INPUT),), of_lines=True)
    if exists(path) and path.is_dir():
        return _folder(path, path.resolve().name, data)
    if exists(path):
        return TextSource(name_of(path), (DataFile(path, data),), of_lines=True)
    if is_data_name(data):
        fetched = fetch_data(data)
        found = _folder(fetched.folder, fetched.name, data)
        return replace(found, name=data, notes=(*fetched.notes, *found.notes))
    if is_pattern(data):
        return _given(path.name.strip("*?[]-_. ") or "texts", files_like(path))
    raise no_such_input(data, "There is no such file, folder or catalogue name.", catalogue().data)


def read_texts(source: TextSource, text_column: str | None = None) -> RawTexts:
    """Read all files of a source into memory.

    Args:
        source: The files.
        text_column: The column of the text in every table; detected when None.

    Raises:
        DataError: A file or a row cannot be read, or the column of the text is not clear.
    """
    frames = [pl.DataFrame(schema=_SCHEMA)]
    scored = [pl.DataFrame(schema=_SCHEMA)]
    notes: dict[str, Note] = {}
    faults: list[str] = []
    for file in (*source.files, *source.scored):
        read = _read_txt if file.path.suffix == ".txt" else _read_table
        frame, told = read(file, source, text_column, faults)
        wanted = _preferred(frame["split"]) if file in source.files else set()
        frames.append(frame.filter(pl.col("split").is_in(list(wanted), nulls_equal=True)))
        scored.append(frame.filter(pl.col("split").is_in(list(SCORED))))
        notes |= {note.message: note for note in told}  # of many files alike, one speaks for all
    if faults:
        count = len(faults)
        raise DataError(
            "A row cannot be read." if count == 1 else f"{count:,} rows cannot be read.",
            details=faults,
            fix="correct or remove what is listed",
        )
    frame = pl.concat(frames).select(TEXT_SCHEMA.names())
    return RawTexts(frame, pl.concat(scored), (*source.notes, *notes.values()))


def _given(name: str, paths: Sequence[Path]) -> TextSource:
    for path in paths:
        require_file(path)
    files = [DataFile(path, str(path), split_of(path.name)) for path in paths]
    return _chosen(name, files, _TO_READ, of_lines=True)


def _folder(folder: Path, name: str, data: str) -> TextSource:
    """The tables of a folder, or if it has none its .txt files, by the splits that they name."""
    inside = paths_in(folder)
    base = data.rstrip("/")
    files = [
        DataFile(folder / path, f"{base}/{path.as_posix()}", split_of_path(path))
        for path in inside
        if is_data(path)
    ] or [
        # Their own names are no splits: they are often numbers, or lists such as urls_unsup.txt.
        DataFile(folder / path, f"{base}/{path.as_posix()}", split_of_path(path.parent))
        for path in inside
        if path.suffix == ".txt"
    ]
    if not files:
        raise DataError(
            "The folder holds nothing that can be read.",
            where=folder,
            fix="give it files such as texts.csv, or .txt files with a text each",
        )
    return _chosen(name, files, _preferred([file.split for file in files]), of_lines=False)


def _preferred(splits: Collection[str | None]) -> Collection[str | None]:
    return {UNLABELLED} if UNLABELLED in splits else _TO_READ


def _chosen(
    name: str, files: Sequence[DataFile], splits: Collection[str | None], *, of_lines: bool
) -> TextSource:
    used = tuple(file for file in files if file.split in splits)
    scored = tuple(file for file in files if file.split in SCORED)
    left = [file.name for file in files if file.split not in splits]
    shown = ", ".join(left[:SHOWN_DETAILS]) + (", …" if len(left) > SHOWN_DETAILS else "")
    notes = (Note("split", f"Left aside in {name}: {shown}."),) if left else ()
    return TextSource(name, used, of_lines, notes, scored)


def _read_txt(
    file: DataFile, source: TextSource, _column: str | None, faults: list[str]
) -> tuple[pl.DataFrame, list[Note]]:
    try:
        content = text_of(read_text(RawFile(file.name, file.path))) or ""
    except Fault as fault:
        faults.append(f"{file.name}: {fault}")
        content = ""
    texts = content.splitlines() if source.of_lines else [content]
    rows = [(file.name, number, text, file.split) for number, text in enumerate(texts, 1)]
    told = f"of {file.name}, each line" if source.of_lines else f"of {source.name}, each .txt file"
    note = Note("texts", f"Read as a text: {told}.")
    return pl.DataFrame(rows, _SCHEMA, orient="row"), [note]


def _read_table(
    file: DataFile, _source: TextSource, text_column: str | None, faults: list[str]
) -> tuple[pl.DataFrame, list[Note]]:
    table = open_table(file.path, name=file.name)
    column = choose_text_column(table, text=text_column)
    notes = [*table.notes, column.note]
    if column.label is not None:
        message = f"The column {column.label!r} looks like labels, which are not read here."
        notes.append(Note("columns", message))
    split = split_column(table) if file.split is None else None
    rows: list[tuple[str, int, str | None, str | None]] = []
    for record in table.records([column.text, *([split] if split else [])]):
        try:
            named = split_of(str(record.fields[split] or "")) if split else file.split
            rows.append((file.name, record.row, _text(record, column.text), named))
        except Fault as fault:
            faults.append(f"{file.name}, row {record.row}: {fault}")
    frame = pl.DataFrame(rows, _SCHEMA, orient="row")
    if split and frame["split"].is_not_null().any():
        message = f"Of {file.name}, the column {split!r} tells which texts are read."
        notes.append(Note("split", message))
    return frame, notes


def _text(record: Record, column: str) -> str | None:
    if record.fault:
        raise record.fault
    return text_of(record.fields[column])
