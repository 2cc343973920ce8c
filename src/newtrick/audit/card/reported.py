"""Lists, tables and reports of scores ─► what a card reports as its results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from newtrick.audit.card.classes import ClassReport
from newtrick.audit.card.course import ORDERS
from newtrick.audit.card.figures import Figure, plain, read_count, read_figure
from newtrick.audit.card.metadata import scaled, split_of
from newtrick.audit.card.names import SCORES, Measure, measure_of
from newtrick.audit.card.prose import Entry
from newtrick.audit.card.subject import REPORTED, Headline, Origin, Split
from newtrick.audit.card.tables import TextTable

_TRAIN = re.compile(r"(?i)train(ing)?(s?[ -](set|split|data|rows|daten))?|训练集?|学習")
_VALUE = re.compile(r"(?i)values?|scores?|results?|valor|valeur|wert|resultado|résultat|数值|值")
_SIGNED = re.compile(r"\W*[+−-]\d")  # a difference to another line


def listed_scores(entries: Sequence[Entry]) -> Iterator[Headline]:
    """Scores in lists; those under one introduction are one headline."""
    figures: dict[Measure, Figure] = {}
    first: Entry | None = None
    for entry in entries:
        measure, figure = measure_of(entry.name), read_figure(entry.value)
        if measure not in REPORTED or figure is None:
            continue
        if first is not None and (entry.above != first.above or measure in figures):
            yield _of_list(first, figures)
            figures, first = {}, None
        first = first or entry
        figures[measure] = figure
    if first is not None:
        yield _of_list(first, figures)


def tabled_scores(tables: Iterable[TextTable]) -> Iterator[Headline]:
    """Scores in tables that are not of training: each result in a line, or in a column."""
    for table in tables:
        measures = [measure_of(name) for name in table.header]
        if ORDERS.isdisjoint(measures):
            in_lines = not set(SCORES).isdisjoint(measures)
            results = _in_lines(table, measures) if in_lines else _in_columns(table)
            yield from (headline for headline in results if headline.figures.keys() & set(SCORES))


def class_report_scores(reports: Iterable[ClassReport]) -> Iterator[Headline]:
    """Accuracy and averages below the scores of single classes."""
    for report in reports:
        if report.overall:
            rows = report.stated_rows or sum(report.class_rows) or None
            yield Headline(report.overall, "table", split_of(report.above), report.line, rows)


def _of_list(first: Entry, figures: dict[Measure, Figure]) -> Headline:
    split = split_of(first.above) or split_of(first.name)
    return Headline(scaled(figures), "text", split, first.line)


def _in_lines(table: TextTable, measures: Sequence[Measure | None]) -> Iterator[Headline]:
    """A line alone is the result of this model; of several, some may be of others."""
    alone = len(table.rows) == 1
    for row in sorted(table.rows, key=lambda row: not row.is_marked):
        pairs = list(zip(measures, row.cells, strict=False))
        cells = dict(reversed(pairs))  # the first of two columns counts
        if not alone and any(_SIGNED.match(cell) for cell in cells.values()):
            continue
        split = None if measures[0] else _split_of_cell(row.cells[0])
        above = split or split_of(table.above)
        origin: Origin = "text" if alone or split else "table"
        rows = read_count(cells.get(Measure.ROWS, ""))
        yield Headline(_figures(cells), origin, above, row.line, rows)


def _in_columns(table: TextTable) -> Iterator[Headline]:
    """A column for each split, or one that is headed as the value, or the only one."""
    splits = [_split_of_cell(name) for name in table.header]
    columns = [place for place, split in enumerate(splits) if split and place]
    values = table.header[1:]
    if not columns and values and (len(values) == 1 or _VALUE.fullmatch(plain(values[0]))):
        columns = [1]
    for column in columns:
        rows = [row for row in reversed(table.rows) if column < len(row.cells)]
        cells = {measure_of(row.cells[0]): row.cells[column] for row in rows}
        split = splits[column] or split_of(table.above)
        yield Headline(_figures(cells), "text", split, table.rows[0].line)


def _figures(cells: Mapping[Measure | None, str]) -> Mapping[Measure, Figure]:
    return scaled(
        {
            measure: figure
            for measure, cell in cells.items()
            if measure in REPORTED and (figure := read_figure(cell))
        }
    )


def _split_of_cell(cell: str) -> Split | None:
    name = plain(cell)
    return "train" if _TRAIN.fullmatch(name) else split_of(name)
