"""A model card, a run folder or a pasted table ─► what the checks look at."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from newtrick.audit.card import prose
from newtrick.audit.card.course import ORDERS, find_course
from newtrick.audit.card.figures import Figure, read_figure
from newtrick.audit.card.metadata import read_metadata, scaled, split_of
from newtrick.audit.card.names import SCORES, Measure, measure_of
from newtrick.audit.card.subject import REPORTED, CardSubject, Headline
from newtrick.audit.card.tables import TextTable, find_tables
from newtrick.errors import DataError

MAX_SIZE = 3_000_000
"""Bytes of a card."""
MAX_HEADLINES = 50
"""Results in its text; those after are not looked at."""


def read_card(path: Path) -> CardSubject:
    """Read a card from a file, or from a run or model folder.

    Raises:
        DataError: There is no card, it is too large, or it holds nothing to audit.
    """
    if path.is_dir():
        cards = [path / "model" / "README.md", path / "README.md"]
        found = next((card for card in cards if card.is_file()), None)
        if found is None:
            raise DataError(
                "There is no model card in this folder.",
                where=path,
                fix="give a run folder, a model folder with a README.md, or the file itself",
            )
        path = found
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
    except (OSError, ValueError) as error:
        raise DataError(
            "The card cannot be read.", where=path, found=error, fix="check the path"
        ) from None
    return parse_card(content, path.name)


def parse_card(content: bytes, name: str) -> CardSubject:
    """Take a card apart.

    Args:
        content: Markdown or plain text in UTF-8 or UTF-16; broken bytes are skipped over.
        name: What to call it in findings.

    Raises:
        DataError: It is too large, its metadata is broken, or it holds nothing to audit.
    """
    if len(content) > MAX_SIZE:
        raise DataError(
            "The card is too large.",
            where=name,
            found=f"more than {MAX_SIZE:,} bytes",
            fix="give the card alone, or the part with its tables",
        )
    is_wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    text = content.decode("utf-16" if is_wide else "utf-8-sig", errors="replace")
    metadata = read_metadata(text, name)
    tables = find_tables(text)
    entries = list(prose.find_entries(text, metadata.body))
    in_text = itertools.chain(_listed(entries), _tabled(tables))
    headlines = (*itertools.islice(in_text, MAX_HEADLINES), *metadata.headlines)
    course = find_course(tables, headlines)
    if not course and not headlines:
        raise DataError(
            "There is nothing to audit: no training table, no reported score and no metadata.",
            where=name,
            found=_what_is_there(tables),
            fix="give a table with a column Step or Epoch and columns such as Validation Loss,"
            " Accuracy, F1; or a card with model-index metadata",
        )
    return CardSubject(
        name=name,
        course=course,
        headlines=headlines,
        data=prose.find_data(text, metadata.datasets),
        sizes=frozenset(prose.find_sizes(text, entries, tables)),
        epochs=prose.find_epochs(entries),
        early_stop=prose.tells_early_stop(text),
        interval=prose.tells_interval(text),
        baseline=prose.tells_baseline(text),
    )


def _listed(entries: Sequence[prose.Entry]) -> Iterator[Headline]:
    """Scores in lists; those under one introduction are one headline."""
    figures: dict[Measure, Figure] = {}
    first: prose.Entry | None = None
    for entry in entries:
        measure, figure = measure_of(entry.name), read_figure(entry.value)
        if measure not in REPORTED or figure is None:
            continue
        if first is not None and (entry.above != first.above or measure in figures):
            yield Headline(scaled(figures), "text", split_of(first.above), first.line)
            figures, first = {}, None
        first = first or entry
        figures[measure] = figure
    if first is not None:
        yield Headline(scaled(figures), "text", split_of(first.above), first.line)


def _tabled(tables: Sequence[TextTable]) -> Iterator[Headline]:
    """Scores in tables that have one result: a line of it, or a line for each measure."""
    for table in tables:
        measures = [measure_of(name) for name in table.header]
        if ORDERS.intersection(measures):
            continue
        pairs: list[tuple[Measure | None, str]] = []
        if len(table.rows) == 1:
            pairs = list(zip(measures, table.rows[0].cells, strict=False))
        elif len(table.header) == 2:  # noqa: PLR2004 (measure and figure)
            pairs = [(measure_of(row.cells[0]), row.cells[-1]) for row in table.rows]
        figures = {
            measure: figure
            for measure, cell in pairs
            if measure in REPORTED and (figure := read_figure(cell))
        }
        if figures.keys() & set(SCORES):
            yield Headline(scaled(figures), "text", split_of(table.above), table.rows[0].line)


def _what_is_there(tables: Sequence[TextTable]) -> str:
    if not tables:
        return "no table"
    header = " | ".join(tables[0].header[:6])
    return f"other tables: {len(tables):,}; the columns of the first: {header[:80]}"
