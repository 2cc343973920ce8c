"""One input file ─► a table of records. The format is told by the ending, else by the content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from newtrick.data.delimited import open_delimited
from newtrick.data.encoding import TextFile, open_text
from newtrick.data.jsonfiles import open_json, open_json_lines
from newtrick.data.rawfile import RawFile, raw_file
from newtrick.data.table import Record, Table
from newtrick.errors import DataError

__all__ = ["Record", "Table", "ending_of", "is_table", "open_table"]

_BINARY = (".parquet", ".xlsx")
_TEXT: dict[str, Callable[[TextFile], Table]] = {
    ".csv": open_delimited,
    ".tsv": open_delimited,
    ".jsonl": open_json_lines,
    ".ndjson": open_json_lines,
    ".json": open_json,
}
_JSON_STARTS = ("{", "[")


def open_table(path: Path | str, *, name: str | None = None) -> Table:
    """Open a csv, tsv, jsonl, json, parquet or xlsx file, or standard input (`-`).

    The text formats may be packed with gzip. csv, tsv, jsonl and parquet are read as their records
    are asked for; json and xlsx are held in memory.

    Args:
        path: Where it is.
        name: What it is called in messages, if not by its path.

    Raises:
        DataError: The file is not there, is empty, or cannot be read as what it says it is.
    """
    raw = raw_file(path, name)
    ending = ending_of(raw.path)
    if ending in _BINARY:
        return _open_binary(raw, ending)
    file = open_text(raw)
    return _TEXT.get(ending, _open_by_content)(file)


def is_table(path: Path) -> bool:
    """Whether the ending of a file is that of a format read here."""
    return ending_of(path) in (_TEXT if path.suffix.lower() == ".gz" else (*_TEXT, *_BINARY))


def ending_of(path: Path) -> str:
    """The ending that tells the format, without .gz: `.csv` for `A.CSV.gz`."""
    name = path.name.lower()
    return Path(name.removesuffix(".gz")).suffix


def _open_binary(raw: RawFile, ending: str) -> Table:
    if raw.path.suffix.lower() == ".gz":
        raise DataError(f"A {ending} file is not read from gzip.", where=raw.name, fix="unpack it")
    if not raw.head():
        raise DataError("The file is empty.", where=raw.name)
    from newtrick.data.columnar import open_parquet, open_xlsx  # noqa: PLC0415 (pyarrow is large)

    return (open_parquet if ending == ".parquet" else open_xlsx)(raw.name, raw.path)


def _open_by_content(file: TextFile) -> Table:
    with file.open() as stream:
        start = stream.read(4096).lstrip()[:1]
    return open_json(file) if start in _JSON_STARTS else open_delimited(file)
