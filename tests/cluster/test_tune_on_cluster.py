"""A study worked off by a cluster of two nodes: whole, though a node is lost or it is stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.cluster.conftest import TwoNodes
from tests.tuning.conftest import begin, two_steps

from newtrick.cluster.connect import connect
from newtrick.data.dataset import Note
from newtrick.journal import Step, read_events
from newtrick.progress import Watcher
from newtrick.tuning.study import Study
from newtrick.tuning.together import search_together

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.enable_socket]


class Told(Watcher):
    """Keeps what is said of trials."""

    def __init__(self) -> None:
        self.trials: list[str] = []

    def note(self, note: Note) -> None:
        if note.topic == "trial":
            self.trials.append(note.message.partition(":")[0])


def begun_trials(study: Path) -> list[Path]:
    """The trials that have taken a step."""
    journals = sorted(study.glob("trials/*/journal.jsonl"))
    return [
        path.parent
        for path in journals
        if any(isinstance(event, Step) for event in read_events(path))
    ]


def states(study: Study) -> list[str]:
    return [trial.state.name for trial in study.ledger.trials("search")]


def test_8_trials_are_there_once_though_a_node_is_lost(
    two_nodes: TwoNodes, reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    recipe = two_steps(reviews, tiny_encoder, training__epochs=30.0)
    study = begin(recipe, tmp_path / "study", trials=8)

    def lose_one_in_the_middle() -> None:
        while len(begun_trials(tmp_path / "study")) < 4:
            time.sleep(0.05)
        two_nodes.lose_one()

    loser = threading.Thread(target=lose_one_in_the_middle, daemon=True)
    loser.start()
    told = Told()
    with connect(two_nodes.address) as workers:
        search_together(study, workers, told)
    loser.join()
    assert len(states(study)) == 8
    assert set(states(study)) <= {"COMPLETE", "PRUNED"}
    faults = [trial.user_attrs.get("fault", "") for trial in study.ledger.trials("search")]
    assert not any("died" in fault for fault in faults), faults
    assert sorted(told.trials) == [f"search-{number:03}" for number in range(8)]
    assert not list((tmp_path / "study").glob(".asked-by*"))


def test_the_command_stops_on_a_cluster_and_goes_on(
    two_nodes: TwoNodes, reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    recipe = two_steps(reviews, tiny_encoder, training__epochs=60.0)
    study = begin(recipe, tmp_path / "study", trials=3)
    command = [
        *(sys.executable, "-c", "from newtrick.cli import main; main()"),
        *("tune", "--resume", str(tmp_path / "study"), "--json"),
        *("--backend", "ray", "--address", two_nodes.address),
    ]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(begun_trials(tmp_path / "study")) < 2:
        assert first.poll() is None, first.communicate()
        time.sleep(0.05)
    first.send_signal(signal.SIGINT)
    _, said = first.communicate()
    assert first.returncode == 130, said
    assert "newtrick tune --resume" in said
    left = [t for t in study.ledger.trials("search") if not t.state.is_finished()]
    assert left
    assert [trial.user_attrs["starts"] for trial in left] == [0] * len(left)

    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert len(json.loads(again.stdout)["trials"]) == 3
    assert states(study).count("RUNNING") == 0
