"""Runs of the command line in processes of their own, which can be killed wherever they are."""

from __future__ import annotations

import math
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from newtrick.cli import main
from newtrick.hashing import file_sha256
from newtrick.training.checkpoint import Snapshot, write_checkpoint

START = multiprocessing.get_context("forkserver")
START.set_forkserver_preload(["newtrick.pipeline", "tests.training.killing"])


@dataclass(frozen=True)
class Case:
    """What is trained.

    Attributes:
        data: As the command takes it.
        model: Likewise.
        folder: Where the runs go.
        settings: Of the recipe.
        command: `train` or `adapt`.
    """

    data: str
    model: str
    folder: Path
    settings: Sequence[str]
    command: str = "train"

    def begin(self, run: Path) -> list[str]:
        """The command that begins a run."""
        settings = [part for setting in self.settings for part in ("--set", setting)]
        return [self.command, self.data, "--model", self.model, "--out", str(run), *settings]

    def resume(self, run: Path) -> list[str]:
        """The command that goes on with it, or begins it where there is nothing to go on with."""
        is_there = (run / "recipe.toml").exists()
        return [self.command, "--resume", str(run)] if is_there else self.begin(run)


class Running:
    """A command in a process of its own, in which `meddle` is called first with the arguments.

    Several threads may each have one: all look at their processes one after the other, for
    `multiprocessing` lets every thread look at all of them, and only the first learns the end.
    """

    _one_looks = threading.Lock()

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        meddle: Callable[..., None] | None = None,
        *arguments: object,
    ) -> None:
        self._process = START.Process(target=_run, args=(list(command), log, meddle, arguments))
        with self._one_looks:
            self._process.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid or 0

    @property
    def code(self) -> int | None:
        """The exit code, negative for a signal; None while it lives."""
        with self._one_looks:
            return self._process.exitcode

    def wait(self, seconds: float = math.inf, until: Callable[[], bool] = bool) -> int | None:
        """Wait for the end, for something else, or for so many seconds; the exit code, if any."""
        started = time.monotonic()
        while self.code is None and time.monotonic() - started < seconds and not until():
            time.sleep(0.002)
        return self.code

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it still lives."""
        with self._one_looks:
            if self._process.exitcode is None:
                os.kill(self.pid, number)


def finish(command: Sequence[str], log: Path) -> int | None:
    """Run a command to its end; its exit code."""
    return Running(command, log).wait()


def weights(run: Path) -> str:
    """The hash of the weights that a run leaves to be shipped."""
    return file_sha256(run / "model" / "model.safetensors")


def die_in_a_save(flushes: int) -> None:
    """Be killed in a save, just before so many files and folders are flushed in saves."""

    def count(flushed: int) -> None:
        if flushed == flushes:
            os.kill(os.getpid(), signal.SIGKILL)

    _count_flushes_in_saves(count)


def count_flushes(path: Path) -> None:
    """Keep in a file how often something was flushed in saves."""

    def write(flushed: int) -> None:
        path.write_text(str(flushed))

    _count_flushes_in_saves(write)


def fill_the_disk(ballast: Path, checkpoints: float, saves: int = 3) -> None:
    """Before so many saves, leave room on the disk for this many checkpoints alone."""
    done = 0

    def full(path: Path, snapshot: Snapshot) -> None:
        nonlocal done
        done += 1
        if done == saves:
            one = sum(file.stat().st_size for file in next(path.parent.glob("step-*")).iterdir())
            free = shutil.disk_usage(path.parent).free
            ballast.write_bytes(bytes(free - int(checkpoints * one)))
        write_checkpoint(path, snapshot)

    _save_by(full)


def _count_flushes_in_saves(tell: Callable[[int], None]) -> None:
    flush = os.fsync
    flushed = 0

    def counted(descriptor: int) -> None:
        nonlocal flushed
        flushed += 1
        tell(flushed)
        flush(descriptor)

    def watched(path: Path, snapshot: Snapshot) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", counted)
            write_checkpoint(path, snapshot)

    _save_by(watched)


def _save_by(write: Callable[[Path, Snapshot], None]) -> None:
    """Have this process save in another way, until it ends."""
    pytest.MonkeyPatch().setattr("newtrick.training.checkpoints.write_checkpoint", write)


def _run(
    command: list[str],
    log: Path,
    meddle: Callable[..., None] | None,
    arguments: tuple[object, ...],
) -> None:
    sys.argv = ["newtrick", *command]
    if meddle is not None:
        meddle(*arguments)
    with log.open("a") as file, redirect_stdout(file), redirect_stderr(file):
        main()
