"""Findings ─► a review file: the suspected rows, beside an empty column for a person's decision.

A give-away and a column of labels are not reviewed: they are about a word and about a column, and
no row that has them is to blame.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

import polars as pl
import xlsxwriter
from polars import selectors

from newtrick.audit.finding import Finding
from newtrick.data.decisions import with_keys
from newtrick.data.formulas import defused
from newtrick.data.pairs import whole_text
from newtrick.data.split import text_key
from newtrick.errors import UsageError
from newtrick.storage import write_file

_OF_CONTENT = (
    "label-variants",
    "too-few-rows",
    "conflicting-labels",
    "label-noise",
    "placeholder",
    "mojibake",
)
"""Findings of what a row says: what is decided on it is decided on all that say the same."""

_OF_COPIES = ("leakage", "near-duplicates", "duplicates")
"""Findings of rows that are one too many: what is decided on a copy concerns no other."""

REVIEW_SCHEMA = pl.Schema(
    {
        "decision": pl.String,
        "key": pl.String,
        "finding": pl.String,
        "split": pl.String,
        "file": pl.String,
        "row": pl.UInt32,
        "label": pl.String,
        "suggested": pl.String,
        "text": pl.String,
    }
)
"""`decision` and `key` are read again; the others are there for who decides. Null is empty."""

_ENDINGS = (".csv", ".xlsx")
_CELL_CHARACTERS = 32_000
"""A spreadsheet has room for 32,767 in a cell, and spreads what is longer over others."""

_SHEET_ROWS = 1_048_575
_WIDTHS = {"decision": 16, "key": 19, "finding": 18, "file": 20, "label": 12, "text": 120}


def check_review_file(path: Path) -> None:
    """Refuse a place where a review must not be written.

    Raises:
        UsageError: It has another ending than .csv and .xlsx, or there is such a file, which may
            hold decisions.
    """
    if path.suffix.lower() not in _ENDINGS:
        raise UsageError(
            "A review is not written in that format.",
            where="--write-review",
            found=path.name,
            fix=f"use one of {', '.join(_ENDINGS)}",
        )
    if path.exists():
        raise UsageError(
            "This file is there already, and may hold decisions.",
            where="--write-review",
            found=path,
            fix="give another name; --corrections with the old one takes its decisions over",
        )


def review_table(
    findings: Sequence[Finding],
    pool: pl.DataFrame,
    splits: Mapping[str, pl.DataFrame],
    decided: pl.DataFrame,
) -> pl.DataFrame:
    """The suspected rows, the likeliest first, then those that were decided on before.

    Rows with the same text follow each other. Of rows that share a decision the first is listed.

    Args:
        findings: Of the audit.
        pool: All rows of the data as it has them, with the columns of `RAW_SCHEMA`.
        splits: The rows of each split there is, by its name.
        decided: Earlier decisions, with the columns of `DECIDED_SCHEMA`.

    Returns:
        With the columns of `REVIEW_SCHEMA`.
    """
    suspects = _suspects(findings)
    places = pl.concat(
        rows.select("file", "row", split=pl.lit(name)) for name, rows in splits.items()
    )
    rows = (
        with_keys(pool)
        .drop("split")
        .join(places, on=["file", "row"], how="left", maintain_order="left")
        .join(decided, on=["file", "row"], how="left", maintain_order="left")
        .with_columns(pl.concat_str("file", pl.lit(":"), "row").alias("id"))
    )
    suspected = suspects.join(rows, on="id", maintain_order="left")
    others = rows.drop_nulls("decision").join(suspects, on="id", how="anti", maintain_order="left")
    of_content = pl.col("finding").str.contains_any(list(_OF_CONTENT))
    one_of_them = pl.col("key").eq_missing(pl.col("copy_key"))
    key = (
        pl.when(pl.col("finding").is_null())
        .then("key")
        .when(of_content & ~one_of_them)
        .then("content_key")
        .otherwise("copy_key")
    )
    return (
        pl.concat([suspected, others], how="diagonal")
        .with_columns(key=key)
        .with_row_index("place")
        .sort(pl.col("place").min().over(text_key(pool)), "place")
        .with_columns(whole_text(pool))
        .unique("key", keep="first", maintain_order=True)
        .select(REVIEW_SCHEMA.names())
    )


def write_review(path: Path, table: pl.DataFrame) -> None:
    """Write a review as csv or xlsx, by the ending; no text in it runs as a formula.

    What a spreadsheet takes for a formula is defused (`newtrick.data.formulas`), as it is one in
    csv and, once a cell is edited, in a workbook. Rows are found by their keys; only a label that
    is copied into a decision has to be taken back, which reading the file does.

    Raises:
        StorageError: It cannot be written.
        UsageError: There are more rows than a sheet has.
    """
    head = pl.col("text").str.head(_CELL_CHARACTERS)
    shown = pl.when(head == pl.col("text")).then("text").otherwise(head + " …")
    readable = table.with_columns(shown).with_columns(
        selectors.string().map_elements(defused, return_dtype=pl.String)
    )
    is_csv = path.suffix.lower() == ".csv"
    write_file(path, _csv(readable) if is_csv else _xlsx(readable))


def _suspects(findings: Sequence[Finding]) -> pl.DataFrame:
    """The rows that findings name, each once, with all the codes."""
    lines = [
        (row, code, label)
        for code in (*_OF_CONTENT, *_OF_COPIES)
        for finding in findings
        if finding.code == code
        for row, label in zip_longest(finding.rows, finding.suggested)
    ]
    schema = {"id": pl.String, "finding": pl.String, "suggested": pl.String}
    return (
        pl.DataFrame(lines, schema, orient="row")
        .group_by("id", maintain_order=True)
        .agg(
            pl.col("finding").unique(maintain_order=True).str.join(", "),
            pl.col("suggested").drop_nulls().first(),
        )
    )


def _csv(table: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    table.write_csv(content, include_bom=True)  # without the mark, Excel reads no UTF-8
    return content.getvalue()


def _xlsx(table: pl.DataFrame) -> bytes:
    if table.height > _SHEET_ROWS:
        raise UsageError(
            f"A sheet has room for {_SHEET_ROWS:,} rows.",
            where="--write-review",
            found=f"{table.height:,} rows",
            fix="have it written as .csv",
        )
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("review")
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(table.columns):
            sheet.write_string(0, column, name)
            sheet.set_column(column, column, _WIDTHS.get(name))
        for place, row in enumerate(table.iter_rows(), start=1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(place, column, value)
                elif value is not None:
                    sheet.write_number(place, column, value)
    return content.getvalue()
