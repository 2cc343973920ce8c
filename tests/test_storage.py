from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from newtrick.errors import StorageError
from newtrick.storage import atomic_path, require_room, storage_errors, write_file


def test_a_file_appears_whole_with_its_folder(tmp_path: Path) -> None:
    write_file(tmp_path / "new" / "file.txt", "grün")
    assert (tmp_path / "new" / "file.txt").read_text("utf-8") == "grün"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file.txt"]


def test_what_breaks_off_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")

    def break_off() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_a_full_disk_is_told_with_the_bytes_needed() -> None:
    if not Path("/dev/full").is_char_device():
        pytest.skip("needs /dev/full")
    with pytest.raises(StorageError, match="disk is full") as caught:
        fill("/dev/full")
    assert "1,000 bytes to write" in str(caught.value)


def fill(device: str) -> None:
    with storage_errors(Path(device), size=1000), Path(device).open("wb") as file:
        file.write(b"x" * 1000)
        file.flush()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        write_file(tmp_path / "file" / "inside.txt", "text")
    assert str(tmp_path / "file" / "inside.txt") in str(caught.value)


def test_an_error_of_reading_another_file_is_not_told_as_one_of_writing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "out.txt"):
        (tmp_path / "input.txt").read_text()


def test_what_is_known_not_to_fit_is_refused_before_it_begins(tmp_path: Path) -> None:
    require_room(tmp_path, 1)
    with pytest.raises(StorageError, match="too little room"):
        require_room(tmp_path, shutil.disk_usage(tmp_path).free * 2)
