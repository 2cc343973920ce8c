"""Tables ─► the course of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newtrick.audit.card.figures import Figure, as_shares, plain, read_count, read_figure
from newtrick.audit.card.names import SCORES, Measure, is_bare_loss, measure_of
from newtrick.audit.card.subject import REPORTED, Checkpoint, Headline, is_same
from newtrick.audit.card.tables import TextTable

ORDERS = frozenset({Measure.STEP, Measure.EPOCH})
"""A table with one of these is one of training."""

_Column = list[Figure | None]

MAX_ROWS = 10_000
"""A longer table is no course of evaluations."""


def find_course(
    tables: Sequence[TextTable], headlines: Sequence[Headline]
) -> tuple[Checkpoint, ...]:
    """The training table: one with the headline in it, or else the longest; empty without any."""
    courses = [course for table in tables if (course := _checkpoints(table))]
    with_headline = [
        course
        for course in courses
        if any(is_same(row, headline) for row in course for headline in headlines)
    ]
    return max(with_headline or courses, key=len, default=())


def _checkpoints(table: TextTable) -> tuple[Checkpoint, ...]:
    """The rows of a training table in the order of training, or nothing if it is none."""
    if len(table.rows) > MAX_ROWS:
        return ()
    columns = _columns(table)
    order = next((measure for measure in Measure if measure in ORDERS & columns.keys()), None)
    if order is None or not REPORTED & columns.keys():
        return ()
    rows: list[Checkpoint] = []
    for index, row in enumerate(table.rows):
        figures = {measure: figure for measure in columns if (figure := columns[measure][index])}
        if order in figures and REPORTED & figures.keys():
            rows.append(Checkpoint(row.line, figures, row.is_marked))
    return tuple(sorted(rows, key=lambda row: row.figures[order].value))


def _columns(table: TextTable) -> dict[Measure, _Column]:
    """The first column of each measure, a figure or None in each row."""
    columns: dict[Measure, _Column] = {}
    for column, measure in enumerate(_measures(table.header)):
        if measure is None or measure in columns:
            continue
        cells = [row.cells[column] if column < len(row.cells) else "" for row in table.rows]
        if measure is Measure.STEP:
            columns[measure] = [_whole(cell) for cell in cells]
        else:
            columns[measure] = [read_figure(cell) for cell in cells]
    return columns | _shares({m: columns[m] for m in columns if m in SCORES})


def _shares(columns: Mapping[Measure, _Column]) -> dict[Measure, _Column]:
    """Columns of scores as shares of 1.

    One that looks like per cents and has values that look like shares is what the others are.
    """
    scaled = {measure: as_shares(column) for measure, column in columns.items()}
    in_doubt = {m for m, column in columns.items() if scaled[m] != column and _has_shares(column)}
    if any(scaled[m] != column for m, column in columns.items() if m not in in_doubt):
        in_doubt.clear()
    if in_doubt == columns.keys():
        in_doubt.clear()
    return {m: columns[m] if m in in_doubt else scaled[m] for m in columns}


def _has_shares(column: _Column) -> bool:
    return any(figure and 0 < figure.value <= 1 for figure in column)


def _measures(header: Sequence[str]) -> list[Measure | None]:
    """What each column measures; a bare loss beside that of validation is that of training."""
    measures = [measure_of(name) for name in header]
    if measures.count(Measure.LOSS) > 1:
        return [
            Measure.TRAINING_LOSS if is_bare_loss(name) else measure
            for name, measure in zip(header, measures, strict=True)
        ]
    return measures


def _whole(cell: str) -> Figure | None:
    number = read_count(cell)
    return None if number is None else Figure(number, 0.5, plain(cell))
