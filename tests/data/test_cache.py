from __future__ import annotations

import os
from pathlib import Path

import pytest

from newtrick.data.cache import Origin, cache_folder, files_of, find, find_or_make
from newtrick.data.dataset import Note
from newtrick.errors import FetchError, StorageError


class Maker:
    """Fills an entry and counts how often it had to."""

    def __init__(self, content: str = "whole") -> None:
        self.calls = 0
        self.content = content

    def __call__(self, folder: Path) -> Origin:
        self.calls += 1
        (folder / "sub").mkdir()
        (folder / "sub" / "a.txt").write_text(self.content)
        return Origin(source="a test", notes=(Note("dropped", "one row", ("a:1",)),))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "data" / "entry"


def test_an_entry_is_made_once_and_remembers_its_notes(place: Path) -> None:
    make = Maker()

    first = find_or_make(place, "promise", make)
    again = find_or_make(place, "promise", make)

    assert make.calls == 1
    assert first == again
    assert again.notes == (Note("dropped", "one row", ("a:1",)),)
    assert (files_of(place) / "sub" / "a.txt").read_text() == "whole"


def test_a_new_promise_makes_an_entry_anew(place: Path) -> None:
    find_or_make(place, "old", Maker("old"))

    find_or_make(place, "new", Maker("new"))

    assert (files_of(place) / "sub" / "a.txt").read_text() == "new"


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "no manifest", "broken manifest"])
def test_a_damaged_entry_is_made_anew(damage: str, place: Path) -> None:
    make = Maker()
    find_or_make(place, "promise", make)
    path = files_of(place) / "sub" / "a.txt"
    match damage:
        case "cut":
            path.write_text("wh")
        case "changed":
            path.write_text("other")
            os.utime(path, ns=(0, 0))
        case "gone":
            path.unlink()
        case "no manifest":
            (place / "manifest.json").unlink()
        case _:
            (place / "manifest.json").write_text('{"promise": "promise", "files"')

    assert find(place, "promise") is None
    find_or_make(place, "promise", make)

    assert make.calls == 2
    assert path.read_text() == "whole"


def test_an_entry_that_was_copied_here_is_hashed_and_used(place: Path) -> None:
    make = Maker()
    find_or_make(place, "promise", make)
    os.utime(files_of(place) / "sub" / "a.txt", ns=(0, 0))

    find_or_make(place, "promise", make)

    assert make.calls == 1


def test_a_failure_leaves_nothing_behind(place: Path) -> None:
    def fail(folder: Path) -> Origin:
        (folder / "half.txt").write_text("half")
        raise FetchError("No source.")

    with pytest.raises(FetchError):
        find_or_make(place, "promise", fail)

    assert [path.name for path in place.parent.iterdir() if not path.name.endswith(".lock")] == []


def test_what_a_killed_process_left_is_cleared(place: Path) -> None:
    remains = place.with_name(f".{place.name}.1234.part")
    (remains / "files").mkdir(parents=True)

    find_or_make(place, "promise", Maker())

    assert not remains.exists()


def test_a_cache_that_cannot_be_written_is_named_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NEWTRICK_CACHE", str(tmp_path / "file"))

    with pytest.raises(StorageError, match="NEWTRICK_CACHE"):
        find_or_make(cache_folder() / "data" / "entry", "promise", Maker())
