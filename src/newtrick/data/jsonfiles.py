"""JSON lines, and JSON documents: a list of objects, or one object with a list for each column."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any

from newtrick.data.encoding import LineTooLong, TextFile, read_line
from newtrick.data.table import Fault, Record, Table
from newtrick.errors import DataError

_SAMPLE_ROWS = 1000
_KINDS = {list: "a list", str: "a string", dict: "an object", type(None): "null"}


@dataclass(frozen=True, slots=True)
class _Item:
    fields: dict[str, Any] = field(default_factory=dict)
    fault: Fault | None = None


def open_json(file: TextFile) -> Table:
    """A JSON document; or JSON lines, when the first line is a whole object.

    Raises:
        DataError: It is not valid JSON, or holds no table.
    """
    return open_json_lines(file) if _first_line_is_object(file) else _open_document(file)


def open_json_lines(file: TextFile) -> Table:
    """A text file with one JSON object a line. Its columns are the keys of the first 1,000.

    Raises:
        DataError: None of these lines holds an object.
    """
    return _table(file, lambda: _read_lines(file))


def _first_line_is_object(file: TextFile) -> bool:
    """An object of nothing but lists is a table by columns, though it may stand in one line."""
    item = next(_read_lines(file), _Item())
    return any(not isinstance(value, list) for value in item.fields.values())


def _read_lines(file: TextFile) -> Iterator[_Item]:
    with file.open() as stream:
        for number in count(1):
            try:
                line = read_line(stream)
            except LineTooLong as error:
                yield _Item(fault=error.at(number))
                continue
            if not line:
                return
            if not line.isspace():
                yield _read_line(file, line, number)


def _read_line(file: TextFile, line: str, number: int) -> _Item:
    if fault := file.fault(line, number):
        return _Item(fault=fault)
    try:
        value = json.loads(line.rstrip())
    except json.JSONDecodeError as error:
        return _Item(fault=Fault(f"line {number}, column {error.colno}: {error.msg}"))
    except (ValueError, RecursionError) as error:  # a number too long, or too many brackets
        return _Item(fault=Fault(f"line {number}: {error}"))
    return _item(value, f"line {number}", escapes="\\u" in line)


def _open_document(file: TextFile) -> Table:
    with file.open() as stream:
        text = stream.read()
    if fault := file.fault(text, 1):
        raise DataError("The file is not valid JSON.", where=file.name, found=fault, fix=fault.fix)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(
            "The file is not valid JSON.",
            where=f"{file.name}, line {error.lineno}, column {error.colno}",
            found=error.msg,
            fix="a file with one object a line is given the ending .jsonl",
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError("The JSON cannot be read.", where=file.name, found=error) from error
    rows = _rows_of(document, file.name)
    escapes = "\\u" in text
    items = [_item(row, f"item {number}", escapes=escapes) for number, row in enumerate(rows, 1)]
    return _table(file, lambda: iter(items))


def _rows_of(document: object, where: str) -> list[Any]:
    if isinstance(document, list):
        return document
    if not isinstance(document, dict) or not all(isinstance(v, list) for v in document.values()):
        raise DataError(
            "The JSON is neither a list of objects nor an object of lists.",
            where=where,
            found=_kind(document),
            fix='write it as [{"text": "...", "label": "..."}, ...]',
        )
    lengths = {name: len(values) for name, values in document.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(
            "The columns of the JSON object differ in length.",
            where=where,
            details=[f"{name}: {length} values" for name, length in lengths.items()],
        )
    return [
        dict(zip(document, values, strict=True)) for values in zip(*document.values(), strict=True)
    ]


def _item(value: object, place: str, *, escapes: bool) -> _Item:
    if not isinstance(value, dict):
        return _Item(fault=Fault(f"{place}: {_kind(value)}, where an object is needed"))
    if escapes and _has_half_character(value):
        half = "half of a surrogate pair (an escape such as \\ud83d alone)"
        return _Item(fault=Fault(f"{place}: {half}"))
    return _Item(value)


def _has_half_character(value: dict[str, Any]) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _table(file: TextFile, read: Callable[[], Iterator[_Item]]) -> Table:
    sample = list(islice(read(), _SAMPLE_ROWS))
    names = tuple(dict.fromkeys(name for item in sample for name in item.fields))
    if not names:
        raise DataError(
            "The file holds no objects.",
            where=file.name,
            details=[str(item.fault) for item in sample if item.fault],
        )

    def records(columns: tuple[str, ...]) -> Iterator[Record]:
        for number, item in enumerate(read(), start=1):
            yield Record(number, {name: item.fields.get(name) for name in columns}, item.fault)

    return Table(file.name, names, records, file.notes)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a number or truth value")
