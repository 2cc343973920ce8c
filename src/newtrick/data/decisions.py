"""A review file ─► what a person decided on single rows, each known by its content.

A review file is a table with the columns `key` and `decision`, as `newtrick audit --write-review`
writes it. A decision is `keep` (the label was checked and is right), `drop` or `relabel:CLASS`;
rows without one are left alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from newtrick.data.dataset import SPLITS
from newtrick.data.formulas import restored
from newtrick.data.pairs import whole_text
from newtrick.data.read import open_table
from newtrick.data.table import Fault, Record, Table
from newtrick.data.values import label_name, text_of
from newtrick.errors import DataError, did_you_mean
from newtrick.hashing import file_sha256

KEEP, DROP, RELABEL = "keep", "drop", "relabel:"
_KEY = re.compile(r"k[0-9a-f]{16}(-[1-9][0-9]*)?")


@dataclass(frozen=True)
class Decisions:
    """The decisions of a review file.

    Attributes:
        file: The name of the file.
        sha256: Its hash.
        by_key: `keep`, `drop` or `relabel:CLASS`, by the key of the rows.
    """

    file: str
    sha256: str
    by_key: Mapping[str, str]


def with_keys(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with two more columns, by which a decision finds them.

    `content_key` is a hash of the clean text and the name of the label. It finds the row wherever
    it has moved, and whatever its file is called by then. Clean text stays as it is when it is
    cleaned again, so it also finds rows that were saved clean. The same text under two labels has
    two keys, for a person may decide on one of them; rows that have both in common share the key,
    and what is decided on their text or label.

    `copy_key` is that key with the number of the copy among such rows, those for training first,
    then those for validation and the test: for decisions on one of them, such as to drop a copy.

    The letter before the digits keeps a spreadsheet from taking a key for a number.

    Args:
        rows: All of the data, with the columns of `RAW_SCHEMA`.
    """
    said = rows.select(whole_text(rows), "label").iter_rows()
    keys = [f"k{_digest(f'{len(text)}:{text}{label}')}" for text, label in said]
    split = pl.col("split").fill_null("train").cast(pl.Enum(SPLITS)).to_physical()
    order = split.cast(pl.Int64) * rows.height + pl.int_range(rows.height)
    number = pl.col("order").rank("ordinal").over("content_key")
    return (
        rows.with_columns(pl.Series("content_key", keys, pl.String), order.alias("order"))
        .with_columns(pl.concat_str("content_key", pl.lit("-"), number).alias("copy_key"))
        .drop("order")
    )


def read_decisions(path: Path, classes: Sequence[str]) -> Decisions:
    """Read a review file: csv as any spreadsheet saves it, xlsx, or another kind of table.

    Args:
        path: Where it is.
        classes: The names that a row can be relabelled to; case and spaces are forgiven.

    Raises:
        DataError: It cannot be read, lacks a column, or has decisions that are none or contradict
            each other; all of these are listed.
    """
    table = open_table(path)
    columns = _columns(table)
    choices = (KEEP, DROP, *(f"{RELABEL}{name}" for name in classes))
    decided: dict[str, _Decided] = {}
    faults, fixes = list[str](), dict[str, None]()
    usual = f"write {KEEP}, {DROP} or {RELABEL}CLASS in the column {columns.decision}, or nothing"
    for record in table.records([columns.key, columns.decision]):
        try:
            row = _decided(record, columns, choices)
        except Fault as fault:
            faults.append(f"row {record.row}: {fault}")
            fixes[fault.fix or usual] = None
            continue
        if row and (first := decided.setdefault(row.key, row)).decision != row.decision:
            faults.append(
                f"row {row.number}: {row.decision}, and in row {first.number} with the same key"
                f" {first.decision}"
            )
            fixes["decide in one way on rows with the same key"] = None
    if faults:
        count = len(faults)
        raise DataError(
            "A decision cannot be used." if count == 1 else f"{count:,} decisions cannot be used.",
            where=path,
            details=faults,
            fix="; ".join(fixes),
        )
    by_key = {row.key: row.decision for row in decided.values()}
    return Decisions(path.name, file_sha256(path), by_key)


@dataclass(frozen=True)
class _Columns:
    """What the columns are called in a file."""

    key: str
    decision: str


@dataclass(frozen=True)
class _Decided:
    """A row of a review file that has a decision."""

    number: int
    key: str
    decision: str


def _digest(content: str) -> str:
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _columns(table: Table) -> _Columns:
    names = {name.strip().casefold(): name for name in table.columns}
    if missing := [name for name in ("key", "decision") if name not in names]:
        raise DataError(
            f"A review file needs a column {' and a column '.join(missing)}.",
            where=table.name,
            found=f"the columns {', '.join(table.columns)}",
            fix="have one written: newtrick audit DATA --write-review FILE",
        )
    return _Columns(names["key"], names["decision"])


def _decided(record: Record, columns: _Columns, choices: Sequence[str]) -> _Decided | None:
    """The decision of a row; None when it has none."""
    if record.fault:
        raise record.fault
    written = (text_of(record.fields[columns.decision]) or "").strip()
    if not written:
        return None
    decision = _choice(written, choices)
    key = (text_of(record.fields[columns.key]) or "").strip().lower()
    if not _KEY.fullmatch(key):
        raise Fault(
            f"{key!r} is no key" if key else f"there is no key to {decision!r}",
            f"leave the column {columns.key} as newtrick audit --write-review wrote it",
        )
    return _Decided(record.row, key, decision)


def _choice(written: str, choices: Sequence[str]) -> str:
    """The choice that is meant: a class is read as it is in data, and any case will do.

    Of classes that differ in case alone, it is the one that is written so. One that was copied from
    the review file may have been defused there.
    """
    word, colon, label = written.partition(":")
    name = label_name(label) or ""
    meant, as_copied = (
        word.strip().casefold() + (f":{each}" if colon else "") for each in (name, restored(name))
    )
    for choice in (meant, as_copied):
        if choice in choices:
            return choice
    same = [choice for choice in choices if choice.casefold() == meant.casefold()]
    if len(same) != 1:
        raise Fault(f"{written!r} is no decision; {did_you_mean(meant, choices)}")
    return same[0]
