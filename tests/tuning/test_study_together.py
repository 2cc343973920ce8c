from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock
from tests.tuning.conftest import begin, two_steps

from newtrick.cluster.workers import ThisProcess
from newtrick.errors import StorageError
from newtrick.progress import Watcher
from newtrick.tuning import together
from newtrick.tuning.together import search_together


def test_workers_run_trials_until_nothing_is_left(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    study = begin(two_steps(reviews, tiny_encoder), tmp_path / "study", trials=3)
    search_together(study, ThisProcess(), Watcher())
    assert [trial.state.name for trial in study.ledger.trials("search")] == ["COMPLETE"] * 3
    assert not list((tmp_path / "study").glob(".asked-by*"))


def test_a_worker_on_another_disk_takes_no_trial(tmp_path: Path) -> None:
    turn = together._Turn(0, tmp_path, (), tmp_path / "elsewhere.lock")
    with pytest.raises(StorageError, match="does not see the folder"):
        together._take(turn)


def test_a_worker_for_whom_locks_do_not_count_takes_no_trial(tmp_path: Path) -> None:
    with FileLock(tmp_path / "asked-by.lock"):
        pass
    with pytest.raises(StorageError, match="does not see the locks"):
        together._take(together._Turn(0, tmp_path, (), tmp_path / "asked-by.lock"))
