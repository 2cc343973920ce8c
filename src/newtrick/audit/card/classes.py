"""What a card says of each class: in a table, or in a pasted report of scikit-learn's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from newtrick.audit.card.figures import Figure, as_shares, plain, read_count, read_figure
from newtrick.audit.card.names import Measure, measure_of
from newtrick.audit.card.tables import TableRow, TextTable, is_fence

_SCORES = frozenset({Measure.PRECISION, Measure.RECALL, Measure.F1})
_NOT_OF_CLASSES = frozenset({Measure.ACCURACY, Measure.STEP, Measure.EPOCH})
_CLASS = re.compile(r"(?i)class(es)?|labels?|categor(y|ies)|intents?|klassen?|clases?|类别|クラス")
_OVERALL = {
    "accuracy": Measure.ACCURACY,
    "macro avg": Measure.MACRO_F1,
    "macro average": Measure.MACRO_F1,
    "weighted avg": Measure.WEIGHTED_F1,
    "weighted average": Measure.WEIGHTED_F1,
}
_OVER_SEVERAL_LABELS = frozenset({"micro avg", "micro average", "samples avg", "samples average"})

_PASTED_HEADER = ("", "precision", "recall", "f1-score", "support")
_PASTED_HEAD = re.compile(r"(?i)precision\s+recall\s+f1[-\s]?score\s+support")
_PASTED_LINE = re.compile(r"(\S.*?)((?:\s+[\d.]+){1,3})\s+([\d,]+)")
_LONGEST_LINE = 200  # characters


@dataclass(frozen=True)
class ClassScores:
    """What a card says of one class.

    Attributes:
        line: The number of its line.
        name: As the card writes it.
        figures: Precision, recall and F1, as far as they are there.
        rows: How many rows of the class were scored, if it says so.
    """

    line: int
    name: str
    figures: Mapping[Measure, Figure]
    rows: int | None


@dataclass(frozen=True)
class ClassReport:
    """What a card says of all classes.

    Attributes:
        classes: Each of them.
        overall: Accuracy, macro F1 and weighted F1, as far as they are there.
        stated_rows: The rows of all classes, if it says so.
        one_label: Whether each text has one label, as far as the report shows.
        above: The line of text before it.
        line: The number of its first line.
    """

    classes: tuple[ClassScores, ...]
    overall: Mapping[Measure, Figure]
    stated_rows: int | None
    one_label: bool
    above: str
    line: int

    @property
    def sizes(self) -> frozenset[int]:
        """The rows of all classes, added up and as stated: one number, if both agree."""
        return frozenset({sum(self.class_rows), self.stated_rows or 0} - {0})

    @property
    def class_rows(self) -> tuple[int, ...]:
        """The rows of each class, or nothing if one of them does not say."""
        rows = tuple(scores.rows for scores in self.classes if scores.rows is not None)
        return rows if len(rows) == len(self.classes) else ()


def read_class_report(table: TextTable) -> ClassReport | None:
    """Read a table with a line for each class; None if it is another one."""
    measures = [measure_of(name) for name in table.header]
    names = [_name(row) for row in table.rows]
    if _SCORES.isdisjoint(measures) or measures[0] or _NOT_OF_CLASSES.intersection(measures):
        return None
    corner = plain(table.header[0])
    is_of_classes = _CLASS.fullmatch(corner) if corner else Measure.ROWS in measures
    if not (is_of_classes or _OVERALL.keys() & set(names)):
        return None
    columns: dict[Measure, list[Figure | None]] = {
        measure: _column(table.rows, place)
        for place, measure in enumerate(measures)
        if measure in _SCORES
    }
    counts = measures.index(Measure.ROWS) if Measure.ROWS in measures else None
    classes: list[ClassScores] = []
    overall: dict[Measure, Figure] = {}
    stated_rows = None
    for place, (row, name) in enumerate(zip(table.rows, names, strict=True)):
        figures = {measure: figure for measure in columns if (figure := columns[measure][place])}
        rows = read_count(_cell(row, counts)) if counts is not None else None
        if name in _OVERALL:
            stated_rows = rows or stated_rows
            if figure := figures.get(Measure.F1) or _accuracy(name, figures):
                overall[_OVERALL[name]] = figure
        elif name not in _OVER_SEVERAL_LABELS and figures:
            classes.append(ClassScores(row.line, plain(row.cells[0]), figures, rows))
    if not classes:
        return None
    one_label = not _OVER_SEVERAL_LABELS.intersection(names)
    return ClassReport(
        tuple(classes), overall, stated_rows, one_label, table.above, classes[0].line
    )


def pasted_reports(text: str) -> Iterator[TextTable]:
    """Reports in plain text, their blank lines left out: names of columns, then the lines."""
    above, rows, is_open = "", list[TableRow](), False
    for number, line in enumerate([*text.splitlines(), "end"], start=1):
        bare = line.strip().removeprefix(">").strip()[:_LONGEST_LINE]
        if is_open and (match := _PASTED_LINE.fullmatch(bare)):
            figures = match[2].split()
            blanks = [""] * (len(_PASTED_HEADER) - 2 - len(figures))
            rows.append(TableRow(number, (match[1], *blanks, *figures, match[3]), is_marked=False))
        elif bare:
            if rows:
                yield TextTable(_PASTED_HEADER, tuple(rows), above)
            rows = []
            is_open = _PASTED_HEAD.search(bare) is not None
            above = above if is_open or is_fence(bare) else bare


def _name(row: TableRow) -> str:
    words = re.sub(r"[\W_]+", " ", plain(row.cells[0]).casefold())
    return words.strip()


def _accuracy(name: str, figures: Mapping[Measure, Figure]) -> Figure | None:
    """The figure of a line on accuracy, whatever column it stands in."""
    return next(iter(figures.values()), None) if name == "accuracy" else None


def _cell(row: TableRow, place: int) -> str:
    return row.cells[place] if place < len(row.cells) else ""


def _column(rows: Sequence[TableRow], place: int) -> list[Figure | None]:
    return as_shares([read_figure(_cell(row, place)) for row in rows])
