"""What stands between a user and a cluster: each is a message within seconds, no traceback."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from tests.cluster import jobs
from tests.cluster.jobs import Task

from newtrick.cluster.connect import connect
from newtrick.errors import UsageError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.enable_socket]


def refused(address: str) -> UsageError:
    with pytest.raises(UsageError) as caught, connect(address):
        pass
    return caught.value


def test_an_address_that_does_not_answer_is_told_within_seconds() -> None:
    began = time.monotonic()
    error = refused("127.0.0.1:1")
    assert time.monotonic() - began < 15
    assert error.found == "127.0.0.1:1: Connection refused"
    assert error.where == "--address"


def test_something_else_at_the_address_is_no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newtrick.cluster.connect._SECONDS_TO_ANSWER", 3.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        error = refused(f"127.0.0.1:{server.getsockname()[1]}")
    assert "no answer of Ray in 3 seconds" in str(error.found)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "Invalid address format"),
        ("no.such.host:6379", "no.such.host"),
        ("ray://127.0.0.1:10001", "joined from inside"),
    ],
)
def test_what_is_no_address_is_told(address: str, said: str) -> None:
    assert said in str(refused(address))


def test_without_an_address_the_processors_of_this_machine_do_the_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{root / 'src'}:{root}")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with connect() as workers:
        done = dict(workers.map(jobs.square, [Task(tmp_path, 3), Task(tmp_path, 4)]))
    assert done == {Task(tmp_path, 3): 9, Task(tmp_path, 4): 16}
