"""Jobs for workers that may be other processes; what they did before is kept in a folder."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from newtrick.errors import DataError


@dataclass(frozen=True)
class Task:
    """A job with a number that marks each of its beginnings in a folder."""

    folder: Path
    number: int

    def begin(self) -> int:
        """Mark one more beginning; how many there are now."""
        marks = list(self.folder.glob(f"{self.number}-*"))
        (self.folder / f"{self.number}-{len(marks)}").touch()
        return len(marks) + 1


def square(task: Task) -> int:
    """Just do it."""
    task.begin()
    return task.number**2


def refuse_odd(task: Task) -> int:
    """Fail as a job may: with an error for the user."""
    if task.number % 2:
        raise DataError("The number is odd.", where="a job", found=task.number, fix="add one")
    return task.number


def fall_over_odd(task: Task) -> int:
    """Fail as no job should."""
    if task.number % 2:
        raise ZeroDivisionError
    return task.number


def die_at_first(task: Task) -> int:
    """Kill the own process the first time."""
    if task.begin() == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return task.number


def die_if_odd(task: Task) -> int:
    """Kill the own process whenever the number is odd."""
    task.begin()
    if task.number % 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return task.number


def wait_to_go(task: Task) -> int:
    """Be at it until there is a file `go`; number 0 is quick."""
    task.begin()
    while task.number and not (task.folder / "go").exists():
        time.sleep(0.1)
    return task.number
