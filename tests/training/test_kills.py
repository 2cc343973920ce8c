"""Runs that are killed, terminated, and starved: resumed, each ends with the same weights."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.tiny import write_reviews
from tests.training.killing import (
    Case,
    Running,
    count_flushes,
    die_in_a_save,
    fill_the_disk,
    finish,
    weights,
)

from newtrick.journal import Step, read_events

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SETTINGS = (
    "data.max_tokens=32",
    "training.learning_rate=0.01",
    "training.train_batch_size=8",
    "training.epochs=3",
    "training.evaluate_every_steps=7",
    "training.checkpoint_every_steps=3",
)
KILLS = {
    ("train", "bert"): (10, 7),
    ("train", "roberta"): (10, 7),
    ("train", "modernbert"): (10, 6),
    ("adapt", "bert"): (6, 4),
}
"""For each command and architecture: how often at any moment, and how often in a save."""
TERMINATIONS = 20
AT_ONCE = 2


@dataclass(frozen=True)
class Undisturbed:
    """A run that was left alone: its weights, its seconds, and how often its saves flushed."""

    weights: str
    seconds: float
    flushes: int


@pytest.fixture(scope="module", autouse=True)
def one_thread_each() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture
def case_of(tmp_path: Path, encoder_of: Callable[[str], Path]) -> Callable[..., Case]:
    data = str(write_reviews(tmp_path / "reviews.csv", rows=240))
    return lambda model_type, command="train": Case(
        data, str(encoder_of(model_type)), tmp_path, SETTINGS, command
    )


def leave_alone(case: Case) -> Undisturbed:
    run, count = case.folder / "undisturbed", case.folder / "flushes"
    assert finish(case.begin(case.folder / "warm-up"), case.folder / "log") == 0
    started = time.monotonic()
    assert Running(case.begin(run), case.folder / "log", count_flushes, count).wait() == 0
    return Undisturbed(weights(run), time.monotonic() - started, int(count.read_text()))


def kill_at_any_moment(case: Case, run: Path, seconds: float, chance: random.Random) -> None:
    """Kill a run on its way, and once more when it goes on, if it is not done by then."""
    log = run.with_suffix(".log")
    code: int | None = 0
    while code == 0:  # it was quicker this time
        shutil.rmtree(run, ignore_errors=True)
        code = killed_after(chance.uniform(0, seconds), Running(case.begin(run), log))
    assert code == -signal.SIGKILL
    killed_after(chance.uniform(0, seconds), Running(case.resume(run), log))


def killed_after(seconds: float, process: Running) -> int | None:
    process.wait(seconds)
    process.send(signal.SIGKILL)
    return process.wait()


def kill_in_a_save(case: Case, run: Path, flushes: int, chance: random.Random) -> None:
    log, flush = run.with_suffix(".log"), chance.randint(1, flushes)
    assert Running(case.begin(run), log, die_in_a_save, flush).wait() == -signal.SIGKILL


@pytest.mark.parametrize(("command", "model_type"), KILLS)
def test_a_killed_run_ends_with_the_weights_of_one_that_was_not(
    command: str, model_type: str, case_of: Callable[..., Case]
) -> None:
    case = case_of(model_type, command)
    whole = leave_alone(case)
    at_any_moment, in_a_save = KILLS[command, model_type]

    def weights_after(number: int) -> str:
        run, own = case.folder / f"run-{number}", random.Random(f"{model_type} {number}")
        if number < in_a_save:
            kill_in_a_save(case, run, whole.flushes, own)
        else:
            kill_at_any_moment(case, run, whole.seconds, own)
        assert finish(case.resume(run), run.with_suffix(".log")) == 0
        return weights(run)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(weights_after, range(at_any_moment + in_a_save)))
    assert found == [whole.weights] * (at_any_moment + in_a_save)


def steps_of(run: Path) -> list[int]:
    journal = run / "journal.jsonl"
    events = read_events(journal) if journal.exists() else []
    return [event.step for event in events if isinstance(event, Step)]


def test_a_terminated_run_finishes_its_step_and_goes_on_later(
    case_of: Callable[..., Case],
) -> None:
    case = case_of("bert")
    whole = leave_alone(case)

    def weights_after(number: int) -> str:
        run, log = case.folder / f"run-{number}", case.folder / f"run-{number}.log"
        process = Running(case.begin(run), log)
        process.wait(until=lambda: len(steps_of(run)) >= 2 * number + 1)
        process.send(signal.SIGTERM)
        before = steps_of(run)
        assert process.wait() == 75
        assert f"newtrick train --resume {run}" in log.read_text()
        assert len(steps_of(run)) <= len(before) + 1
        assert finish(case.resume(run), log) == 0
        return weights(run)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(weights_after, range(TERMINATIONS)))
    assert found == [whole.weights] * TERMINATIONS


def test_a_second_process_is_kept_out_of_a_run_and_told_who_is_in_it(
    case_of: Callable[..., Case],
) -> None:
    case = case_of("bert")
    whole = leave_alone(case)
    run, log, other_log = (case.folder / name for name in ("run", "log", "other-log"))
    process = Running(case.begin(run), log)
    process.wait(until=lambda: bool(steps_of(run)))
    process.send(signal.SIGSTOP)  # so that it surely is in there
    refused = finish(case.resume(run), other_log)
    process.send(signal.SIGCONT)
    assert (refused, process.wait()) == (2, 0)
    assert f"process {process.pid} on " in other_log.read_text()
    assert weights(run) == whole.weights


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 200 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("room", [0.5, 1.0, 1.5])
def test_a_disk_that_fills_up_costs_nothing_but_time(
    disk: Path, case_of: Callable[..., Case], room: float
) -> None:
    case = case_of("bert")
    whole = leave_alone(case)
    run, ballast, log = disk / "run", disk / "ballast", case.folder / "full.log"
    assert Running(case.begin(run), log, fill_the_disk, ballast, room).wait() == 2
    assert "The disk is full." in log.read_text()
    assert "bytes to write" in log.read_text()
    assert f"then newtrick train --resume {run}" in log.read_text()
    assert not list(run.rglob("*.part"))
    assert len(list(run.glob("checkpoints/step-*"))) == 2
    ballast.unlink()
    assert finish(case.resume(run), log) == 0
    assert "is skipped" not in log.read_text()
    assert weights(run) == whole.weights


@pytest.mark.enable_socket
def test_the_real_model_killed_in_mid_epoch_ends_with_the_same_weights(tmp_path: Path) -> None:
    settings = ("data.max_train_rows=480", "training.epochs=2", "training.checkpoint_every_steps=4")
    case = Case("movie-snippets", "all-MiniLM-L6-v2", tmp_path, settings)
    whole, run, log = tmp_path / "whole", tmp_path / "run", tmp_path / "log"
    assert finish(case.begin(whole), log) == 0
    process = Running(case.begin(run), log)
    process.wait(until=lambda: len(steps_of(run)) >= 22)  # an epoch has 15; it saved at step 20
    process.send(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert finish(case.resume(run), log) == 0
    assert weights(run) == weights(whole)
