"""Files are read a piece at a time, so that memory does not grow with their rows."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import tempfile
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from tests.data.small_disk import needs_small_disk, run_on_small_disk

from newtrick.data.read import is_table, open_table

ROWS = 3000
TEXT = "a long text " * 1000
MEGABYTE = 1 << 20


def write(name: str) -> None:
    rows = [{"text": f"{number} {TEXT}"} for number in range(ROWS)]
    if name.endswith(".parquet"):
        pl.DataFrame(rows).write_parquet(name, row_group_size=100)
    elif name.endswith(".csv"):
        pl.DataFrame(rows).write_csv(name)
    else:
        Path(name).write_text("\n".join(map(json.dumps, rows)))


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_a_file_is_never_held_as_a_whole(name: str) -> None:
    write(name)
    tracemalloc.start()
    try:
        assert sum(1 for _ in open_table(name).records()) == ROWS
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < ROWS * len(TEXT) / 2


def test_standard_input_can_be_read_twice_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"text;label\na, b;1\n")))
    table = open_table("-")
    assert table.name == "-"
    assert list(table.records()) == list(table.records())
    assert next(table.records()).fields == {"text": "a, b", "label": "1"}
    assert len(list(tmp_path.glob("newtrick-*"))) == 1
    del table
    gc.collect()
    assert list(tmp_path.glob("newtrick-*")) == []


READ = """
import sys
from newtrick.data.read import open_table
from newtrick.errors import NewtrickError
try:
    open_table("-")
except NewtrickError as error:
    sys.exit(f"{type(error).__name__} {error}")
"""


@needs_small_disk
def test_standard_input_that_does_not_fit_on_the_disk_is_said_with_what_to_do(
    tmp_path: Path,
) -> None:
    small = tmp_path / "small"

    said = run_on_small_disk(
        small, 64, READ, given="text,label\n" * 10_000, variables={"TMPDIR": str(small)}
    )

    assert said.startswith("StorageError The disk is full."), said
    assert "TMPDIR" in said


def test_standard_input_that_is_interrupted_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def press_ctrl_c(_size: int) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=SimpleNamespace(read=press_ctrl_c)))
    with contextlib.suppress(KeyboardInterrupt):
        open_table("-")
    gc.collect()
    assert list(tmp_path.glob("newtrick-*")) == []


@pytest.mark.parametrize(
    ("name", "read"),
    [("a.csv", True), ("A.JSONL.GZ", True), ("a.parquet", True), ("a.parquet.gz", False)],
)
def test_formats_are_told_by_their_endings(name: str, *, read: bool) -> None:
    assert is_table(Path(name)) == read
