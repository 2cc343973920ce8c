"""Comma, semicolon, tab or bar separated values; quoted as RFC 4180 says, or not at all.

Python's csv module does the parsing, strictly, so that a row that is not well formed is found where
it begins. A quote that does not close costs one row: the lines that it swallowed are read again.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from newtrick.data.dataset import Note
from newtrick.data.encoding import MAX_LINE, LineTooLong, TextFile, read_line, readable
from newtrick.data.table import Fault, Record, Table, named_columns
from newtrick.errors import DataError

MAX_LINES_OF_ROW = 1000
"""A quoted field that goes on for longer is taken for one whose quote was never closed."""

MAX_ROWS_IN_ROW = 10
"""So is one that spans more lines than these, when each of them would make a row by itself."""

_DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_SAMPLE_CHARACTERS = 1 << 20
_SAMPLE_ROWS = 500
_OPEN_QUOTE = "a quote opens here and does not close"
_TEXT_AFTER_QUOTE = "text follows a closing quote; inside a quoted field a quote is written twice"
_QUOTING = "put texts that hold delimiters or line breaks in quotes, each quote in them twice"
_QUOTED_AFTER_TAB = re.compile(r'(?:^|\t)"', re.MULTILINE)


@dataclass(frozen=True)
class _Style:
    delimiter: str
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class _Row:
    line: int  # the first of its lines
    text: str
    values: list[str]
    fault: Fault | None = None


def open_delimited(file: TextFile) -> Table:
    """A text file with a header and delimited values.

    Raises:
        DataError: There is no header, or it cannot be used.
    """
    with file.open() as stream:
        sample = stream.read(_SAMPLE_CHARACTERS)
    style = _style_of(sample, prefers_tab=_is_tsv(file))
    header = _header(file, style)
    places = named_columns(header, file.name)
    needed = 1 + max(places.values())

    def records(columns: tuple[str, ...]) -> Iterator[Record]:
        wanted = [(name, places[name]) for name in columns]
        with file.open() as stream:
            rows = _rows(stream, style)
            next(rows)  # the header
            for number, row in enumerate(rows, start=1):
                values = row.values
                fault = row.fault or file.fault(row.text, row.line)
                if fault is None and len(values) != len(header):
                    fault = _ragged(row, needed, len(header))
                if fault is None:
                    yield Record(number, {name: values[place] for name, place in wanted})
                else:
                    some = {name: readable(values[i]) for name, i in wanted if i < len(values)}
                    yield Record(number, some, fault)

    notes = (*file.notes, *_style_notes(file, style), *_unnamed_notes(file, header))
    return Table(file.name, tuple(places), records, notes)


def _is_tsv(file: TextFile) -> bool:
    return file.name.lower().removesuffix(".gz").endswith(".tsv")


def _style_of(sample: str, *, prefers_tab: bool) -> _Style:
    """The style that divides the header, and most rows into as many fields as the header."""
    tabs = [_Style("\t", quoted=False)]
    if _QUOTED_AFTER_TAB.search(sample):
        tabs.insert(0, _Style("\t"))
    others = [_Style(";"), _Style("|")]
    ordered = [*tabs, _Style(","), *others] if prefers_tab else [_Style(","), *tabs, *others]
    best, best_fit = _Style(","), (0.0, 1)
    for style in ordered:
        fit = _fit(sample, style)
        if fit[1] > 1 and fit > best_fit:
            best, best_fit = style, fit
    return best


def _fit(sample: str, style: _Style) -> tuple[float, int]:
    """The share of rows with as many fields as the header, and how many that are."""
    rows = islice(_rows(io.StringIO(sample, newline=""), style), _SAMPLE_ROWS)
    header = next(rows, None)
    if header is None:
        return 0.0, 0
    width = len(header.values)
    same = [row.fault is None and len(row.values) == width for row in rows]
    return (sum(same) / len(same) if same else 1.0), width


def _header(file: TextFile, style: _Style) -> list[str]:
    with file.open() as stream:
        row = next(_rows(stream, style), None)
    if row is None:
        raise DataError("The file is empty.", where=file.name)
    fault = row.fault or file.fault(row.text, row.line)
    if fault:
        raise DataError("The header cannot be read.", where=file.name, found=fault, fix=fault.fix)
    return row.values


def _ragged(row: _Row, needed: int, width: int) -> Fault | None:
    """Columns without a name, and empty fields after the last column, may be left out or added."""
    values = row.values
    if needed <= len(values) <= width or (len(values) > width and not any(values[width:])):
        return None
    fields = "1 field" if len(values) == 1 else f"{len(values)} fields"
    return Fault(f"line {row.line}: {fields}, where the header has {width}", _QUOTING)


def _style_notes(file: TextFile, style: _Style) -> Iterator[Note]:
    expected = "\t" if _is_tsv(file) else ","
    if style.delimiter != expected:
        name = _DELIMITERS[style.delimiter]
        yield Note("delimiter", f"The fields of {file.name} are separated by the {name}.")


def _unnamed_notes(file: TextFile, header: list[str]) -> Iterator[Note]:
    unnamed = [str(index) for index, name in enumerate(header, start=1) if not name.strip()]
    if unnamed:
        places = ", ".join(unnamed)
        yield Note("columns", f"Columns without a name in {file.name} are ignored: {places}.")


class _UnclosedQuote(Exception):
    """A row goes on for longer than a row can."""


class _Lines:
    """The lines of a file, for `csv.reader`; those of the current row can be given back."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._given_back: deque[str | LineTooLong] = deque()
        self._size = 0
        self.number = 0
        self.taken: list[str] = []

    def begin_row(self) -> None:
        self.taken.clear()
        self._size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else self._read()
        if isinstance(line, LineTooLong):
            if self.taken:
                self._given_back.appendleft(line)
                raise _UnclosedQuote
            self.number += 1
            raise line
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_LINE or len(self.taken) > MAX_LINES_OF_ROW:
            raise _UnclosedQuote
        return line

    def give_back_after_quote(self) -> int:
        """Give back the lines after the one where the open quote stands; its number."""
        opened, inside = 0, False
        for index, line in enumerate(self.taken[:-1]):
            if quotes := line.replace('""', "").count('"'):
                inside ^= quotes % 2 == 1
                opened = index if inside else opened
        self._given_back.extendleft(reversed(self.taken[opened + 1 :]))
        self.number -= len(self.taken) - opened - 1
        return self.number

    def _read(self) -> str | LineTooLong:
        try:
            return read_line(self._stream)
        except LineTooLong as error:
            return error


def _rows(stream: TextIO, style: _Style) -> Iterator[_Row]:
    """All rows, the header included; blank lines are left out."""
    csv.field_size_limit(MAX_LINE)  # one limit for the whole process, by default 131,072
    lines = _Lines(stream)
    reader = csv.reader(
        lines,
        delimiter=style.delimiter,
        quoting=csv.QUOTE_MINIMAL if style.quoted else csv.QUOTE_NONE,
        strict=True,
    )
    while True:
        lines.begin_row()
        try:
            values = next(reader)
        except StopIteration:
            return
        except LineTooLong as error:
            yield _Row(lines.number, "", [], error.at(lines.number))
        except (csv.Error, _UnclosedQuote) as error:
            closed = len(lines.taken) == 1 and "expected after" in str(error)
            yield _badly_quoted(lines, _TEXT_AFTER_QUOTE if closed else _OPEN_QUOTE)
        else:
            if _has_swallowed_rows(lines.taken, style, len(values)):
                yield _badly_quoted(lines, _OPEN_QUOTE)
            elif values and not (len(values) == 1 and values[0].isspace()):
                line = lines.number - len(lines.taken) + 1
                yield _Row(line, "".join(lines.taken), values)


def _has_swallowed_rows(taken: list[str], style: _Style, width: int) -> bool:
    """Whether a quote closed far from where it opened, by chance, with whole rows in between."""
    between = taken[1:-1]
    if len(between) <= MAX_ROWS_IN_ROW or width == 1:
        return False
    return all(len(row) == width for row in csv.reader(between, delimiter=style.delimiter))


def _badly_quoted(lines: _Lines, what: str) -> _Row:
    line = lines.give_back_after_quote()
    return _Row(line, "", [], Fault(f"line {line}: {what}", _QUOTING))
