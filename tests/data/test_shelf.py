"""What is kept on disk is found again, and what cannot be kept does no harm."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from newtrick.data import shelf
from newtrick.data.shelf import Shelf, key_of

WORDS = Shelf(
    "words",
    "Words",
    write=lambda value, folder: (folder / "value.txt").write_text(value, "utf-8"),
    read=lambda folder: (folder / "value.txt").read_text("utf-8"),
    told="The words are as before.",
)


class Maker:
    """Makes a value and counts how often it had to."""

    def __init__(self, value: str = "made") -> None:
        self.value = value
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        return self.value


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEWTRICK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "words"


@pytest.mark.usefixtures("cache")
def test_a_value_is_made_once_and_it_is_told_when_it_is_found_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    make = Maker()
    assert WORDS.find_or_make("key", make) == "made"
    assert caplog.messages == []
    assert WORDS.find_or_make("key", make) == "made"
    assert caplog.messages == ["The words are as before."]
    assert WORDS.find_or_make("other", make) == "made"
    assert make.calls == 2


def test_a_damaged_value_is_told_and_made_again(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make = Maker()
    WORDS.find_or_make("key", make)
    (cache / "key" / "files" / "value.txt").write_text("mad")
    assert WORDS.find_or_make("key", make) == "made"
    assert make.calls == 2
    assert caplog.messages == ["Words: damaged in the cache, and made again."]


def test_a_cache_that_cannot_be_written_is_told_and_the_value_is_made_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NEWTRICK_CACHE", str(tmp_path / "file"))
    make = Maker()
    assert [WORDS.find_or_make("key", make) for _ in range(2)] == ["made", "made"]
    assert make.calls == 2
    assert all(message.startswith("Words: not cached.") for message in caplog.messages)
    assert len(caplog.messages) == 2


def test_what_was_not_used_for_longest_goes_first(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("oldest", "older"):
        WORDS.find_or_make(key, Maker("x" * 1000))
        os.utime(cache / key, (1, 1))
    WORDS.find_or_make("oldest", Maker())
    monkeypatch.setattr(shelf, "_MOST_BYTES", 3000)
    WORDS.find_or_make("new", Maker("x" * 1000))
    assert {entry.name for entry in cache.iterdir() if entry.is_dir()} == {"oldest", "new"}


def test_the_newest_value_stays_however_large_it_is(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "_MOST_BYTES", 1)
    for key in ("old", "new"):
        WORDS.find_or_make(key, Maker())
    assert [entry.name for entry in cache.iterdir() if entry.is_dir()] == ["new"]


@pytest.mark.skipif(os.name != "posix", reason="a folder has no mode there")
def test_only_its_owner_can_look_at_what_is_kept(cache: Path) -> None:
    WORDS.find_or_make("key", Maker())
    assert cache.stat().st_mode & 0o077 == 0


def test_an_error_in_the_making_leaves_nothing_behind(cache: Path) -> None:
    def fail() -> str:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        WORDS.find_or_make("key", fail)
    assert WORDS.find_or_make("key", Maker()) == "made"
    assert [entry.name for entry in cache.iterdir() if entry.is_dir()] == ["key"]


def test_keys_of_different_parts_differ() -> None:
    keys = [key_of("ab", "c"), key_of("a", "bc"), key_of("a", "b", "c"), key_of("a", None)]
    assert len({*keys, key_of("a", "None")}) == 5
    assert key_of("a", "\ud800") == key_of("a", "\ud800")
