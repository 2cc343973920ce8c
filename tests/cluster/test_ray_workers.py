"""Jobs on a real cluster: each comes back once, whoever dies."""

from __future__ import annotations

import importlib
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster import jobs
from tests.cluster.conftest import TwoNodes
from tests.cluster.jobs import Task

from newtrick.cluster.connect import connect
from newtrick.cluster.workers import Failure
from newtrick.errors import ClusterError, DataError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.enable_socket]


def tasks(folder: Path, count: int) -> list[Task]:
    return [Task(folder, number) for number in range(count)]


def test_each_job_is_done_once(two_nodes: TwoNodes, tmp_path: Path) -> None:
    with connect(two_nodes.address) as workers:
        done = dict(workers.map(jobs.square, tasks(tmp_path, 20)))
    assert done == {task: task.number**2 for task in tasks(tmp_path, 20)}
    assert len(list(tmp_path.iterdir())) == 20


def test_an_item_is_asked_for_when_a_worker_is_free(two_nodes: TwoNodes, tmp_path: Path) -> None:
    known: list[int] = []
    known_when_asked: list[int] = []

    def items() -> Iterator[Task]:
        for task in tasks(tmp_path, 6):
            known_when_asked.append(len(known))
            yield task

    with connect(two_nodes.address) as workers:
        known.extend(task.number for task, _ in workers.map(jobs.square, items()))
    assert known_when_asked == [0, 0, 1, 2, 3, 4]


def test_an_error_for_the_user_fails_its_job_and_no_other(
    two_nodes: TwoNodes, tmp_path: Path
) -> None:
    with connect(two_nodes.address) as workers:
        done = {task.number: it for task, it in workers.map(jobs.refuse_odd, tasks(tmp_path, 4))}
    assert (done[0], done[2]) == (0, 2)
    failure = done[3]
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, DataError)
    assert str(failure.error).split("\n  ") == [
        *("The number is odd.", "where: a job", "got: 3", "do: add one")
    ]


def test_a_defect_ends_all_with_the_traceback_of_the_other_machine(
    two_nodes: TwoNodes, tmp_path: Path
) -> None:
    with connect(two_nodes.address) as workers, pytest.raises(ZeroDivisionError) as caught:
        list(workers.map(jobs.fall_over_odd, tasks(tmp_path, 4)))
    assert "in fall_over_odd" in str(caught.value)


def test_a_job_whose_worker_is_killed_is_begun_again(
    two_nodes: TwoNodes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(two_nodes.address) as workers:
        done = dict(workers.map(jobs.die_at_first, tasks(tmp_path, 3)))
    assert done == {task: task.number for task in tasks(tmp_path, 3)}
    assert len(list(tmp_path.iterdir())) == 6
    assert caplog.messages == ["A worker died; what it did is begun again."] * 3


def test_a_job_that_kills_each_of_its_workers_is_given_up(
    two_nodes: TwoNodes, tmp_path: Path
) -> None:
    with connect(two_nodes.address) as workers:
        done = {task.number: it for task, it in workers.map(jobs.die_if_odd, tasks(tmp_path, 3))}
    assert (done[0], done[2]) == (0, 2)
    assert isinstance(done[1], Failure)
    assert isinstance(done[1].error, ClusterError)
    assert "4 times with the same job" in str(done[1].error)
    assert len(list(tmp_path.glob("1-*"))) == 4


def test_a_lost_node_loses_no_job(
    two_nodes: TwoNodes,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def lose_one_while_both_work() -> None:
        while len(list(tmp_path.iterdir())) < 3:
            time.sleep(0.1)
        two_nodes.lose_one()
        while not caplog.messages:
            time.sleep(0.1)
        (tmp_path / "go").touch()

    threading.Thread(target=lose_one_while_both_work, daemon=True).start()
    with connect(two_nodes.address) as workers:
        done = [task.number for task, _ in workers.map(jobs.wait_to_go, tasks(tmp_path, 8))]
    assert sorted(done) == list(range(8))
    assert caplog.messages == ["A machine of the cluster was lost; what it did is begun again."]
    assert capfd.readouterr().out == ""


def test_a_machine_that_does_not_know_the_job_is_told(
    two_nodes: TwoNodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("def job(item):\n    return item\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    job = importlib.import_module("only_here").job
    (tmp_path / "only_here.py").unlink()
    shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
    with connect(two_nodes.address) as workers, pytest.raises(ClusterError) as caught:
        list(workers.map(job, [1, 2]))
    assert "No module named 'only_here'" in str(caught.value.found)
