"""`newtrick train --backend torchrun`: the processes that it starts, and what becomes of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.tiny import write_reviews
from tests.training.killing import Case

from newtrick.journal import Step, read_events

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SETTINGS = (
    "data.max_tokens=32",
    "training.learning_rate=0.005",
    "training.train_batch_size=16",
    "training.epochs=20",
    "training.checkpoint_every_steps=10",
    "training.precision=float32",
)
MAIN = "import sys; from newtrick.cli import main; sys.argv[0] = 'newtrick'; main()"


class Launched:
    """A command in a process of its own, with what it prints."""

    def __init__(
        self, command: Sequence[str], *, workers: int = 0, around: Sequence[str] = ()
    ) -> None:
        team = ["--backend", "torchrun", "--workers", str(workers)] if workers else []
        self._process = subprocess.Popen(
            [*around, sys.executable, "-c", MAIN, *command, *team],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )

    def finish(self) -> tuple[int, str]:
        """Wait for its end; the exit code, and what was printed."""
        printed, _ = self._process.communicate()
        return self._process.returncode, printed

    def wait(self, until: Callable[[], bool]) -> None:
        """Wait for something, or for the end."""
        while self._process.poll() is None and not until():
            time.sleep(0.05)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def workers(self) -> list[int]:
        """The ids of the processes that it has started."""
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8")
        return [int(child) for child in children.split()]


@pytest.fixture
def case(tmp_path: Path, tiny_encoder: Path) -> Case:
    data = write_reviews(tmp_path / "reviews.csv", rows=600)
    return Case(str(data), str(tiny_encoder), tmp_path, SETTINGS)


def steps_of(run: Path) -> list[int]:
    journal = run / "journal.jsonl"
    events = read_events(journal) if journal.exists() else []
    return [event.step for event in events if isinstance(event, Step)]


def is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for_the_end_of(pids: Sequence[int]) -> None:
    deadline = time.monotonic() + 60
    while any(map(is_there, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_killed_worker_ends_the_run_which_one_process_can_go_on_with(case: Case) -> None:
    run = case.folder / "run"
    launched = Launched(case.begin(run), workers=2)
    launched.wait(until=lambda: len(steps_of(run)) >= 25)
    workers = launched.workers()
    assert len(workers) == 2
    os.kill(workers[1], signal.SIGKILL)
    code, printed = launched.finish()
    assert code == 75
    assert "Worker 1 was killed by SIGKILL." in printed
    assert f"newtrick train --resume {run} --backend torchrun --workers 2" in printed
    assert "Traceback" not in printed
    wait_for_the_end_of(workers)
    code, printed = Launched(case.resume(run)).finish()
    assert code == 0
    assert "workers was 2, is 1" in printed
    last = json.loads((run / "result.json").read_text("utf-8"))["training"]["last_step"]
    assert steps_of(run) == list(range(1, last + 1))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 75), (signal.SIGINT, 130)])
def test_a_signal_to_the_launcher_is_met_after_the_step(
    case: Case, number: signal.Signals, code: int
) -> None:
    run = case.folder / "run"
    launched = Launched(case.begin(run), workers=2)
    launched.wait(until=lambda: len(steps_of(run)) >= 25)
    workers = launched.workers()
    launched.send(number)
    ended, printed = launched.finish()
    assert ended == code
    assert "saved after step" in printed
    assert "Traceback" not in printed
    wait_for_the_end_of(workers)
    ended, printed = Launched(case.resume(run), workers=2).finish()
    assert ended == 0
    assert "workers was" not in printed


def test_workers_do_not_outlive_a_launcher_that_is_killed(case: Case) -> None:
    run = case.folder / "run"
    launched = Launched(case.begin(run), workers=2)
    launched.wait(until=lambda: len(steps_of(run)) >= 25)
    workers = launched.workers()
    launched.send(signal.SIGKILL)
    assert launched.finish()[0] == -signal.SIGKILL
    wait_for_the_end_of(workers)
    assert (run / "checkpoints" / f"step-{steps_of(run)[-1]}").is_dir()


def test_an_error_of_the_run_is_told_once_and_its_exit_code_kept(case: Case) -> None:
    (case.folder / "reviews.csv").write_text("text,label\n", "utf-8")
    code, printed = Launched(case.begin(case.folder / "run"), workers=2).finish()
    assert code == 2
    assert printed.count("newtrick: ") == 1
    assert "Traceback" not in printed


def test_a_torchrun_around_it_starts_the_workers_also_of_several_seeds(case: Case) -> None:
    run = case.folder / "run"
    torchrun = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--no-python")
    command = [*case.begin(run), "--set", "training.epochs=2", "--seeds", "2"]
    code, printed = Launched(
        [*command, "--backend", "torchrun"], around=(*torchrun, "--nproc-per-node", "2")
    ).finish()
    assert code == 0, printed
    assert json.loads((run / "manifest.json").read_text("utf-8"))["workers"] == 2
    assert len(json.loads((run / "result.json").read_text("utf-8"))["seeds"]) > 0
