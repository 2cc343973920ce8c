"""Findings kept on disk, so that the same data is not audited twice.

What decides them: every row and label, how the model reads the texts, what it was trained on, and
the code of the checks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from newtrick.audit.check import applicable, audit
from newtrick.audit.data.reading import Reading
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding
from newtrick.audit.registry import DATA_CHECKS
from newtrick.data.shelf import Shelf, code_hash, key_of

_FILE = "findings.json"
_FORMAT: TypeAdapter[tuple[Finding, ...]] = TypeAdapter(tuple[Finding, ...])


def audited(subject: DataSubject) -> tuple[Finding, ...]:
    """All that the checks of a data set find, the worst first; looked for once."""
    key = key_of("findings", *_deciding(subject), code_hash())
    checks = applicable(DATA_CHECKS, subject.labels)
    return _FINDINGS.find_or_make(key, lambda: audit(subject, checks))


def _deciding(subject: DataSubject) -> Iterator[str]:
    yield repr(subject.labels)
    for name, rows in subject.splits.items():
        yield name
        yield _hash(rows)
    for frame in (subject.trained_on, subject.dropped, subject.decided):
        yield _hash(frame)
    if subject.reading is not None:
        yield from _deciding_of_reading(subject.reading)


def _deciding_of_reading(reading: Reading) -> Iterator[str]:
    yield reading.model
    yield repr(reading.truncation)
    if reading.tokenizer is not None:  # then the texts decide, and nobody waits for the tokens
        yield reading.tokenizer
        return
    for name, tokens in reading.tokens.items():
        yield name
        for array in (tokens.flat, tokens.offsets, tokens.full_lengths):
            yield hashlib.sha256(array.data).hexdigest()


def _hash(frame: pl.DataFrame) -> str:
    """SHA-256 of all that a frame holds."""
    content = BytesIO()
    frame.rechunk().write_ipc(content)
    return hashlib.sha256(content.getbuffer()).hexdigest()


def _write(findings: tuple[Finding, ...], folder: Path) -> None:
    (folder / _FILE).write_bytes(_FORMAT.dump_json(findings))


def _read(folder: Path) -> tuple[Finding, ...]:
    return _FORMAT.validate_json((folder / _FILE).read_bytes())


_FINDINGS = Shelf(
    "prepared", "Findings", _write, _read, told="The findings are those of an earlier audit of it."
)
