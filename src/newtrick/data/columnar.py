"""Parquet and xlsx."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fastexcel
import pyarrow as pa
import pyarrow.parquet as pq

from newtrick.data.dataset import Note
from newtrick.data.table import Record, Table, named_columns
from newtrick.errors import DataError

_BATCH_ROWS = 1024
_SAMPLE_ROWS = 20


def open_parquet(name: str, path: Path) -> Table:
    """A parquet file, read a batch at a time; class names are taken from Hugging Face metadata.

    Raises:
        DataError: The file is damaged, cut short, or no parquet; also while its rows are read.
    """
    with _parquet_errors(name), pq.ParquetFile(path) as file:
        schema = file.schema_arrow
    named_columns(schema.names, name)

    def records(columns: tuple[str, ...]) -> Iterator[Record]:
        number = 0
        with _parquet_errors(name), pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH_ROWS, columns=list(columns)):
                for fields in batch.to_pylist():
                    number += 1
                    yield Record(number, fields)

    return Table(name, tuple(schema.names), records, class_names=_class_names(schema.metadata))


def open_xlsx(name: str, path: Path) -> Table:
    """The first sheet of an Excel workbook; its first row is the header, every cell a string.

    Raises:
        DataError: The file is no workbook, or its sheet is empty.
    """
    try:
        book = fastexcel.read_excel(path)
        sheet = book.load_sheet(0, header_row=None, dtypes="string")
    except fastexcel.FastExcelError as error:
        raise DataError(
            "The file is not an Excel workbook, or it is damaged.",
            where=name,
            found=str(error).splitlines()[0],
            fix="save it again as .xlsx, or export it as csv",
        ) from error
    # Blank rows are no records, but they count: a row is found in Excel by its number.
    filled = [(place, row) for place, row in enumerate(sheet.to_polars().iter_rows()) if any(row)]
    if not filled:
        raise _empty_sheet(name, book.sheet_names)
    header_place, header = filled[0]
    _refuse_title(name, [sum(map(bool, row)) for _, row in filled[:_SAMPLE_ROWS]], header)
    places = named_columns(header, name)

    def records(columns: tuple[str, ...]) -> Iterator[Record]:
        for place, row in filled[1:]:
            fields = {column: row[places[column]] for column in columns}
            yield Record(place - header_place, fields)

    return Table(name, tuple(places), records, tuple(_sheet_notes(name, book.sheet_names)))


def _empty_sheet(name: str, sheets: list[str]) -> DataError:
    where = f"{name}, sheet {sheets[0]}"
    if len(sheets) == 1:
        return DataError("The file is empty.", where=where)
    return DataError(
        "The first sheet is empty, and only the first is read.",
        where=where,
        found=f"other sheets: {', '.join(sheets[1:])}",
        fix="move the sheet with the data to the front, or save it by itself",
    )


def _refuse_title(name: str, filled_cells: list[int], header: tuple[str | None, ...]) -> None:
    """A row of one cell above rows that all have more is a title, and names no columns."""
    first, *others = filled_cells
    if first == 1 and others and min(others) > 1:
        raise DataError(
            "The first row has one cell, a title perhaps, where the names of the columns are"
            " needed.",
            where=name,
            found=next(filter(None, header)),
            fix="remove what stands above the names of the columns",
        )


def _sheet_notes(name: str, sheets: list[str]) -> Iterator[Note]:
    if len(sheets) > 1:
        yield Note(
            "sheet", f"Of the {len(sheets)} sheets of {name} the first is read: {sheets[0]}."
        )


def _class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, tuple[str, ...]]:
    """The names of every column of `ClassLabel`, or of lists, as the library `datasets` writes."""
    try:
        features: Any = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        inner = {column: _of_values(feature) for column, feature in features.items()}
        return {
            column: tuple(map(str, feature["names"]))
            for column, feature in inner.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (AttributeError, KeyError, TypeError, ValueError):  # no such metadata: ids stay ids
        return {}


def _of_values(feature: Any) -> Any:
    """The feature of what a list holds; others as they are."""
    if isinstance(feature, list) and feature:
        return feature[0]
    return feature.get("feature", feature) if isinstance(feature, dict) else feature


@contextmanager
def _parquet_errors(name: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(
            "The file is not parquet, or it is damaged or cut short.",
            where=name,
            found=str(error).splitlines()[0],
            fix="download or write it again",
        ) from error
