from __future__ import annotations

import os
import signal
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import torch
from filelock import FileLock
from tests.training.killing import START
from tests.tuning.conftest import begin, two_steps

from newtrick.data.dataset import Note
from newtrick.errors import Stopped
from newtrick.journal import Event, Resume, Step, append_event, read_events
from newtrick.progress import Watcher
from newtrick.tuning.ledger import FAULT, MOST_STARTS, Choice
from newtrick.tuning.plan import StageName
from newtrick.tuning.search import search
from newtrick.tuning.study import Study, reopen_study
from newtrick.tuning.work import work


def states(study: Study) -> list[str]:
    return [trial.state.name for trial in study.ledger.trials("search")]


def reopened(study: Study) -> Study:
    return reopen_study(study.begun.folder.path, None, None, accept=(), watcher=Watcher())


def some_point(_: object) -> Choice:
    return Choice({"training.learning_rate": 0.01, "training.warmup_share": 0.1}, 1.0)


class Notes(Watcher):
    """Writes what it is told to a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, note: Note) -> None:
        with self._path.open("a") as file:
            file.write(f"{note.message}\n")


def helper(study: Path, log: Path, dies_before: int | None = None) -> BaseProcess:
    """A process that helps with a study, until nothing is left or until a step of its trial."""
    process = START.Process(target=help_with, args=(study, log, dies_before))
    process.start()
    return process


def help_with(path: Path, log: Path, dies_before: int | None) -> None:
    torch.set_num_threads(1)

    def fatal(journal: Path, event: Event) -> None:
        if isinstance(event, Step) and event.step == dies_before:
            os.kill(os.getpid(), signal.SIGKILL)
        append_event(journal, event)

    pytest.MonkeyPatch().setattr("newtrick.tuning.trial.append_event", fatal)
    search(reopen_study(path, None, None, accept=(), watcher=Watcher()), Notes(log))


def test_a_trial_that_was_killed_goes_on_from_its_checkpoint(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    recipe = two_steps(reviews, tiny_encoder, training__epochs=4.0)
    study = begin(recipe, tmp_path / "study", trials=1)
    path = study.begun.folder.path
    killed = helper(path, tmp_path / "log", dies_before=4)
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    again = reopened(study)
    assert states(again) == ["RUNNING"]
    search(again, Watcher())
    assert states(again) == ["COMPLETE"]
    events = read_events(path / "trials" / "search-000" / "journal.jsonl")
    assert [event.step for event in events if isinstance(event, Resume)] == [2]
    assert [event.step for event in events if isinstance(event, Step)] == list(range(1, 9))


def test_a_trial_that_kills_its_process_again_and_again_is_given_up(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    study = begin(two_steps(reviews, tiny_encoder), tmp_path / "study", trials=2)

    for _ in range(MOST_STARTS):
        claimed = study.ledger.claim("search", some_point)
        assert claimed is not None
        claimed._lock.release()  # as the system does it for a process that is gone
    search(reopened(study), Watcher())
    first, second = study.ledger.trials("search")
    assert "died 3 times" in first.user_attrs[FAULT]
    assert second.state.name == "COMPLETE"


def test_a_study_that_is_stopped_leaves_its_trial_to_others(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    study = begin(two_steps(reviews, tiny_encoder), tmp_path / "study", trials=2)

    class Impatient(Watcher):
        def event(self, event: Event) -> None:
            if isinstance(event, Step):
                os.kill(os.getpid(), signal.SIGINT)

    for _ in range(MOST_STARTS + 1):
        with pytest.raises(Stopped) as stopped:
            work(study, Impatient())
        assert f"newtrick tune --resume {study.begun.folder.path}" in str(stopped.value)
        assert "RUNNING" in states(study)
        assert study.ledger.trials("search")[-1].user_attrs["starts"] == 0
    search(reopened(study), Watcher())
    assert states(study) == ["COMPLETE", "COMPLETE"]


def test_two_processes_work_on_one_study_and_no_trial_is_lost_or_doubled(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    study = begin(two_steps(reviews, tiny_encoder), tmp_path / "study", trials=6)
    logs = [tmp_path / "one", tmp_path / "other"]
    both = [helper(study.begun.folder.path, log) for log in logs]
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    trials = reopened(study).ledger.trials("search")
    assert [trial.state.is_finished() for trial in trials] == [True] * 6
    assert len({str(trial.params) for trial in trials}) == 6
    told = "".join(log.read_text() for log in logs if log.exists())
    assert [told.count(f"search-00{number}:") for number in range(6)] == [1] * 6


def test_a_trial_that_ends_while_another_process_looks_is_not_taken_over(
    reviews: Path, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = begin(two_steps(reviews, tiny_encoder), tmp_path / "study")
    ledger, other = study.ledger, reopened(study).ledger
    claimed, look = other.claim("search", some_point), ledger._free
    assert claimed is not None

    def look_late(stage: StageName, number: int) -> FileLock | None:
        claimed.end(1.0, 0.5)
        return look(stage, number)

    monkeypatch.setattr(ledger, "_free", look_late)
    assert ledger.claim("search", lambda _: None) is None
    assert states(study) == ["COMPLETE"]


def test_a_study_ends_when_no_trial_is_left_and_then_none_is_begun(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    study = begin(two_steps(reviews, tiny_encoder), tmp_path / "study")
    other = reopened(study).ledger
    claimed = other.claim("search", some_point)
    assert claimed is not None
    assert study.ledger.is_at_work(["search"])
    assert not study.ledger.close(["search"])
    claimed.end(1.0, 0.5)
    assert not study.ledger.is_at_work(["search"])
    assert study.ledger.close(["search"])
    assert other.claim("search", some_point) is None
