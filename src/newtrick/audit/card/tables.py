"""Tables in text: pipes, tabs, columns of spaces, csv, HTML; as lenient as readers are."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from newtrick.audit.card.names import measure_of

MAX_COLUMNS = 100
"""A wider line is no row of a table."""

_RULE = re.compile(r"[\s|│┃┼:=+─━═╌–—-]*")
_PIPE = re.compile(r"(?<!\\)[|│┃]")
_GAP = re.compile(r"\t| {2,}")
_STAR = re.compile(r"[★☆]| \*$")
_NO_LOG = re.compile(r"\bno log\b", re.IGNORECASE)
_FIGURES = re.compile(r"[\d.,%e+ -]+")
_LONGEST_NAME = 4  # words
_FIELD = re.compile(r"[\d.,%e+-]*|nan|no log", re.IGNORECASE)
_FEWEST_FIELDS, _FEWEST_NAMES = 3, 2


@dataclass(frozen=True)
class TableRow:
    """A row of a table.

    Attributes:
        line: The number of its line in the text.
        cells: As they are written.
        is_marked: Whether it is set in bold or has a star.
    """

    line: int
    cells: tuple[str, ...]
    is_marked: bool


@dataclass(frozen=True)
class TextTable:
    """A table with a header; `above` is the line of text before it."""

    header: tuple[str, ...]
    rows: tuple[TableRow, ...]
    above: str


@dataclass(frozen=True)
class _Line:
    """A line of text; one that is part of a table has a style and cells."""

    number: int
    text: str
    style: str
    cells: tuple[str, ...]


def find_tables(text: str) -> list[TextTable]:
    """All tables of a text, in time and memory linear in its length."""
    tables = list(_html_tables(text))
    above = ""
    lines = (_line(number, line) for number, line in enumerate(text.splitlines(), start=1))
    lines = (line for line in lines if line.style != "rule")
    for style, group in groupby(lines, key=lambda line: line.style):
        members = list(group)
        if style in {"pipes", "gaps", "fields"}:
            tables += _table(members, above)
        elif style == "text" and not is_fence(members[-1].text):
            above = members[-1].text
    return tables


def is_fence(line: str) -> bool:
    """Whether a line of Markdown begins or ends a block of code."""
    return line.startswith(("```", "~~~"))


def _line(number: int, text: str) -> _Line:
    bare = text.strip().removeprefix(">").strip()
    if not bare:
        return _Line(number, bare, "blank", ())
    if _PIPE.search(bare):
        cells = _PIPE.split(bare)
        inner = cells[not cells[0].strip() : len(cells) - (not cells[-1].strip())]
        return _Line(number, bare, "pipes", tuple(cell.strip() for cell in inner))
    if _RULE.fullmatch(bare):
        return _Line(number, bare, "rule", ())
    if fields := _fields(bare):
        return _Line(number, bare, "fields", fields)
    columns = _columns(_STAR.sub("", bare).strip())
    return _Line(number, bare, "gaps" if len(columns) > 1 else "text", tuple(columns))


def _fields(line: str) -> tuple[str, ...]:
    """Cells between commas or semicolons, if they are figures, or names of two measures or more."""
    for mark in (";", ","):
        cells = tuple(cell.strip().strip("\"'") for cell in line.split(mark, MAX_COLUMNS))
        if len(cells) >= _FEWEST_FIELDS and (
            all(_FIELD.fullmatch(cell) for cell in cells)
            or sum(measure_of(cell) is not None for cell in cells) >= _FEWEST_NAMES
        ):
            return cells
    return ()


def _columns(line: str) -> Sequence[str]:
    """Cells between tabs or wide gaps, or else words, if those are all figures or all names."""
    cells = _GAP.split(line)
    if len(cells) > 1:
        return [cell.strip() for cell in cells]
    line = _NO_LOG.sub("-", line)
    words = line.split(maxsplit=MAX_COLUMNS)
    if _FIGURES.fullmatch(line):
        return words
    return _names(words)


def _names(words: list[str]) -> list[str]:
    """The words joined to names of measures, or nothing if one is left over."""
    names = []
    while words:
        for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
            name = " ".join(words[:length])
            if measure_of(name):
                break
        else:
            return []
        names.append(name)
        words = words[length:]
    return names


def _table(lines: Sequence[_Line], above: str) -> Iterator[TextTable]:
    filled = [line for line in lines if line.cells and not _RULE.fullmatch(line.text)]
    if not filled:
        return
    header, width = filled[0].cells, len(filled[0].cells)
    rows = tuple(
        TableRow(line.number, line.cells, _is_marked(line))
        for line in filled[1:]
        if len(line.cells) == width or (line.style == "pipes" and len(line.cells) < width)
    )
    if rows and width <= MAX_COLUMNS:
        yield TextTable(header, rows, above)


def _is_marked(line: _Line) -> bool:
    filled = [cell for cell in line.cells if cell]
    is_bold = all(cell.startswith(("**", "__", "<b>", "<strong>")) for cell in filled)
    return is_bold or _STAR.search(line.text) is not None


def _html_tables(text: str) -> Iterator[TextTable]:
    """Tables in simple HTML: rows, header cells and cells, without tables inside."""
    line = 1
    for part in re.split(r"(?i)(?=<table\b)", text):
        body, closing, _ = part.partition("</table")
        if closing and body[:6].lower() == "<table":
            rows = list(_html_rows(body, line))
            if len(rows) > 1:
                yield TextTable(rows[0].cells, tuple(rows[1:]), "")
        line += part.count("\n")


def _html_rows(body: str, line: int) -> Iterator[TableRow]:
    for part in re.split(r"(?i)(?=<tr\b)", body):
        cells = re.split(r"(?i)<t[dh]\b[^<>]*>", part)[1:]
        if 1 < len(cells) <= MAX_COLUMNS:
            plain = tuple(html.unescape(re.sub(r"<[^<>]*>", " ", cell)).strip() for cell in cells)
            is_bold = all(re.search(r"(?i)<(b|strong)\b", cell) for cell in cells if cell.strip())
            yield TableRow(line, plain, is_bold)
        line += part.count("\n")
