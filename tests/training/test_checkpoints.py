from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
from tests.events import plan, step
from tests.training.snapshots import FILES, small_snapshot

from newtrick.errors import StorageError
from newtrick.journal import append_event, read_events
from newtrick.training.checkpoints import Checkpoints


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_best_and_the_last_are_kept_however_few_may_be(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, keep=1)
    for number, best in ((8, None), (9, 9), (10, 9), (11, 9)):
        checkpoints.save(number, small_snapshot(number), best_step=best)
    assert names(tmp_path) == ["step-11", "step-9"]
    assert checkpoints.best() == tmp_path / "step-9"


def test_beyond_the_best_the_last_ones_are_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, keep=3)
    for number in range(8, 13):
        checkpoints.save(number, small_snapshot(number), best_step=8)
    assert names(tmp_path) == ["step-11", "step-12", "step-8"]


def test_without_any_there_is_nothing_to_go_on_from(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "none", keep=2)
    assert checkpoints.newest() is None
    assert checkpoints.best() is None
    checkpoints.go_back_to(None)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_one_is_skipped_and_named(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoints = Checkpoints(tmp_path, keep=2)
    for number in (9, 10):
        checkpoints.save(number, small_snapshot(number), best_step=None)
    path = tmp_path / "step-10" / name
    path.write_bytes(path.read_bytes()[:-3])
    assert checkpoints.newest() == tmp_path / "step-9"
    assert "step-10 is skipped" in caplog.text
    checkpoints.go_back_to(tmp_path / "step-9")
    assert names(tmp_path) == ["step-9"]


def test_a_folder_that_is_no_checkpoint_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "step-by-step").mkdir()
    checkpoints = Checkpoints(tmp_path, keep=1)
    for number in (1, 2):
        checkpoints.save(number, small_snapshot(number), best_step=None)
    assert names(tmp_path) == ["step-2", "step-by-step"]


def test_what_the_journal_says_after_a_checkpoint_has_not_happened(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=2, journal=journal)
    append_event(journal, plan())
    append_event(journal, step(1))
    path = checkpoints.save(1, small_snapshot(1), best_step=None)
    append_event(journal, step(2))
    with journal.open("a") as file:
        file.write('{"event": "st')
    checkpoints.go_back_to(path)
    assert read_events(journal) == [plan(), step(1)]
    checkpoints.go_back_to(None)
    assert read_events(journal) == []
    assert checkpoints.newest() is None


def test_a_checkpoint_whose_journal_is_gone_is_skipped(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=2, journal=journal)
    append_event(journal, plan())
    checkpoints.save(1, small_snapshot(1), best_step=None)
    journal.write_text("")
    assert checkpoints.newest() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.parametrize(("room", "fits"), [(0.5, 0), (1.0, 0), (1.5, 1)])
def test_a_full_disk_leaves_whole_checkpoints_and_no_half_file(
    tmp_path: Path, room: float, fits: int
) -> None:
    large = {"layer.weight": torch.zeros(2**18)}
    snapshot = small_snapshot(1, weights=large)
    size = snapshot.weights["layer.weight"].nbytes
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={int(room * size)}", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        checkpoints = Checkpoints(disk, keep=2)
        for number in range(1, fits + 1):
            checkpoints.save(number, snapshot, best_step=None)
        with pytest.raises(StorageError, match="disk is full") as caught:
            checkpoints.save(fits + 1, snapshot, best_step=None)
        assert "bytes to write" in str(caught.value)
        assert names(disk) == [f"step-{number}" for number in range(1, fits + 1)]
        assert checkpoints.newest() == (disk / "step-1" if fits else None)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_is_taken_away_is_told(tmp_path: Path) -> None:
    journal = tmp_path / "run" / "journal.jsonl"
    journal.parent.mkdir()
    append_event(journal, plan())
    checkpoints = Checkpoints(journal.parent / "checkpoints", keep=2, journal=journal)
    checkpoints.save(1, small_snapshot(1), best_step=None)
    shutil.rmtree(journal.parent)
    with pytest.raises(StorageError, match="cannot be written") as caught:
        checkpoints.save(2, small_snapshot(2), best_step=None)
    assert str(journal) in str(caught.value)
    assert not journal.parent.exists()
