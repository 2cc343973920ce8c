"""The search of a study by many workers: each reopens the study, and runs one trial at a time.

They need nothing of each other, nor of the process that asks them, but the folder of the study: its
record says what is tried and by whom, and its locks say who is still there. So a trial whose worker
dies is taken over as after any kill.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from newtrick.cluster.workers import Failure, Workers
from newtrick.data.dataset import Note
from newtrick.errors import Interrupted, StorageError
from newtrick.progress import Watcher
from newtrick.training.interrupt import stop_on_signals
from newtrick.tuning.search import claims
from newtrick.tuning.study import Study, reopen_study
from newtrick.tuning.trial import run_trial


@dataclass(frozen=True)
class _Turn:
    """To run one trial of a study.

    Attributes:
        number: Of the turn; they are as good as each other.
        study: The folder, which is the same for all workers.
        accept: Codes of findings in spite of which it was begun.
        asked_by: A lock that is held for as long as somebody waits for the turn.
    """

    number: int
    study: Path
    accept: tuple[str, ...]
    asked_by: Path


def search_together(study: Study, workers: Workers, watcher: Watcher) -> None:
    """Have workers run trials until there is nothing left to try, or nobody left to try it.

    Args:
        study: Begun or reopened. Its folder and the data lie at the same paths for all workers.
        workers: Each does a trial at a time.
        watcher: Is told of each trial when it is over.

    Raises:
        StorageError: A worker does not see the folder, or not its locks.
        UsageError: A worker has other data, or another model.
        ClusterError: Workers died again and again, whatever they tried.
        Interrupted: A signal ended it; the study can be gone on with.
    """
    folder, accept, is_over = study.begun.folder.path.resolve(), tuple(study.accept), False

    def turns(asked_by: Path) -> Iterator[_Turn]:
        for number in itertools.count():
            if is_over:
                return
            yield _Turn(number, folder, accept, asked_by)

    with _locked(folder) as lock, stop_on_signals():
        watcher.stage("Trials")
        for done, (_, outcome) in enumerate(workers.map(_take, turns(lock)), start=1):
            if isinstance(outcome, Failure):
                if not isinstance(outcome.error, Interrupted):  # else its trial is left to others
                    raise outcome.error
            elif outcome:
                watcher.note(Note("trial", outcome))
                watcher.advance(done)
            else:
                is_over = True


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """A file that is locked inside the block, and gone after it."""
    path = folder / f".asked-by-{platform.node()}-{os.getpid()}.lock"
    try:
        with FileLock(path):
            yield path
    finally:
        path.unlink(missing_ok=True)


# What follows is done by workers, which may be other machines.


class _Notes(Watcher):
    """Keeps what is told of a trial."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def note(self, note: Note) -> None:
        """Something was chosen or changed."""
        if note.topic == "trial":
            self.messages.append(note.message)


def _take(turn: _Turn) -> str | None:
    """What came of a trial; None if there is nothing left to try."""
    _require_shared(turn)
    study, notes = _study(turn.study, turn.accept), _Notes()
    with stop_on_signals() as stop:
        if (claim := next(claims(study), None)) is None:
            return None
        run_trial(*claim, stop, notes)
    return "; ".join(notes.messages)


@functools.lru_cache(maxsize=1)
def _study(path: Path, accept: tuple[str, ...]) -> Study:
    """The study, opened once for all trials of a worker."""
    return reopen_study(path, None, None, accept=accept, watcher=Watcher())


def _require_shared(turn: _Turn) -> None:
    """Refuse to work where two workers could take the same trial.

    Raises:
        StorageError: The folder is not that of the others, or locks of theirs do not count here.
    """
    fault = None
    if not turn.asked_by.exists():
        fault = "A worker does not see the folder of the study."
    else:
        try:
            FileLock(turn.asked_by).acquire(timeout=0).lock.release()
            fault = "A worker does not see the locks of the others."
        except Timeout:
            return
    raise StorageError(
        fault,
        where=turn.study,
        found=f"on {platform.node()}",
        fix="put the study (--out) on a disk that all machines of the cluster share, with locks",
    )
