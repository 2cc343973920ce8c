from __future__ import annotations

from pathlib import Path

import pytest

from newtrick.doctor.folders import look_at_folder, look_at_folders


def test_a_folder_that_is_not_there_is_looked_at_where_it_would_be_made(tmp_path: Path) -> None:
    folder = look_at_folder("runs", tmp_path / "a" / "b", way="--out", needed=1)
    assert folder.failure is None
    assert folder.free
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = look_at_folder("runs", tmp_path / "file" / "runs", way="--out", needed=1)
    assert folder.failure == "not a directory"
    assert folder.free is None


def test_the_places_are_those_that_variables_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWTRICK_CACHE", str(tmp_path / "cache"))
    runs, cache, _ = look_at_folders()
    assert runs.path == str(tmp_path / "runs")
    assert cache.path == str(tmp_path / "cache")
    assert all(folder.needed > 50_000_000 for folder in (runs, cache))
