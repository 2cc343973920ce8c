"""A model card, a run folder or a pasted table ─► what the checks look at."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from newtrick.audit.card import prose
from newtrick.audit.card.classes import pasted_reports, read_class_report
from newtrick.audit.card.course import find_course
from newtrick.audit.card.metadata import read_metadata
from newtrick.audit.card.reported import class_report_scores, listed_scores, tabled_scores
from newtrick.audit.card.subject import CardSubject
from newtrick.audit.card.tables import TextTable, find_tables
from newtrick.data.encoding import unicode_codec
from newtrick.errors import DataError
from newtrick.unfinished import unfinished_run

MAX_SIZE = 3_000_000
"""Bytes of a card."""
MAX_RESULTS = 50
"""Results in its text, and reports of classes; those after are not looked at."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROL = 0.01


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
                fix=unfinished_run(path)
                or "give a run folder, a model folder with a README.md, or the file itself",
            )
        path = found
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
    except (OSError, ValueError) as error:
        raise DataError(
            "The card cannot be read.",
            where=path,
            found=getattr(error, "strerror", None) or error,
            fix="check the path",
        ) from None
    return parse_card(content, path.name)


def parse_card(content: bytes, name: str) -> CardSubject:
    """Take a card apart.

    Args:
        content: Markdown or plain text in UTF-8, UTF-16 or UTF-32; broken bytes are skipped over.
        name: What to call it in findings.

    Raises:
        DataError: It is too large or no text, its metadata is broken, or it holds nothing to audit.
    """
    text = _decoded(content, name)
    metadata = read_metadata(text, name)
    tables = [*find_tables(text), *itertools.islice(pasted_reports(text), MAX_RESULTS)]
    reports = {
        place: report for place, table in enumerate(tables) if (report := read_class_report(table))
    }
    others = [table for place, table in enumerate(tables) if place not in reports]
    entries = list(prose.find_entries(text, metadata.body))
    in_text = itertools.chain(
        listed_scores(entries), tabled_scores(others), class_report_scores(reports.values())
    )
    headlines = (*itertools.islice(in_text, MAX_RESULTS), *metadata.headlines)
    course = find_course(others, headlines)
    if not course and not headlines and not reports:
        raise DataError(
            "There is nothing to audit: no training table and no reported score.",
            where=name,
            found=_what_is_there(tables),
            fix="give a table with a column Step or Epoch and columns such as Validation Loss,"
            " Accuracy, F1; or a card with model-index metadata",
        )
    return CardSubject(
        name=name,
        course=course,
        headlines=headlines,
        reports=tuple(reports.values())[:MAX_RESULTS],
        data=prose.find_data(text, metadata.datasets),
        sizes=frozenset(prose.find_sizes(text, entries, others)).union(
            *(r.sizes for r in reports.values())
        ),
        epochs=prose.find_epochs(entries),
        early_stop=prose.tells_early_stop(text),
        interval=prose.tells_interval(text),
        baseline=prose.tells_baseline(text),
    )


def _decoded(content: bytes, name: str) -> str:
    """The text, its lines ended in one way."""
    if len(content) > MAX_SIZE:
        raise DataError(
            "The card is too large.",
            where=name,
            found=f"more than {MAX_SIZE:,} bytes",
            fix="give the card alone, or the part with its tables",
        )
    text = content.decode(unicode_codec(content) or "utf-8", errors="replace")
    controls = len(_CONTROL.findall(text))
    if controls > _MOST_CONTROL * len(text):
        raise DataError(
            "This is not a text file.",
            where=name,
            found=f"{controls:,} control characters in {len(text):,}",
            fix="give the README.md of a model, or a text file with its tables",
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _what_is_there(tables: Sequence[TextTable]) -> str:
    if not tables:
        return "no table"
    header = " | ".join(tables[0].header[:6])[:80]
    shown = "".join(char if char.isprintable() else " " for char in header)
    return f"other tables: {len(tables):,}; the columns of the first: {shown}"
