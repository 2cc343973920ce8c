from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from newtrick.errors import StorageError
from newtrick.tuning.journalfile import JournalFile


def entries(*numbers: int) -> list[dict[str, object]]:
    return [{"entry": number} for number in numbers]


def read(file: JournalFile, start: int = 0) -> Iterable[dict[str, object]]:
    return list(file.read_logs(start))


def test_what_is_written_is_read_from_any_entry_on(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "journal")
    assert read(file) == []
    file.append_logs(entries(0, 1))
    file.append_logs(entries(2))
    assert read(file) == entries(0, 1, 2)
    assert read(file, 2) == entries(2)
    assert read(file, 3) == []


def test_two_readers_see_what_either_writes(tmp_path: Path) -> None:
    one, other = JournalFile(tmp_path / "journal"), JournalFile(tmp_path / "journal")
    one.append_logs(entries(0))
    assert read(other) == entries(0)
    other.append_logs(entries(1))
    assert read(one) == entries(0, 1)
    assert read(other, 1) == entries(1)


@pytest.mark.parametrize("torn", [b"{", b'{"entry": 2}', b'{"entry"' * 20_000])
def test_a_line_that_was_torn_off_is_left_out_and_swallows_no_other(
    torn: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "journal"
    file = JournalFile(path)
    file.append_logs(entries(0, 1))
    with path.open("ab") as ending:
        ending.write(torn)
    assert read(file) == entries(0, 1)
    file.append_logs(entries(2))
    assert read(file, 2) == entries(2)
    assert read(JournalFile(path)) == entries(0, 1, 2)


def test_a_line_that_is_damaged_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    JournalFile(path).append_logs(entries(0, 1, 2))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"{broken\n" + lines[2])
    with pytest.raises(StorageError, match="damaged") as caught:
        read(JournalFile(path))
    assert "line 2" in str(caught.value)
