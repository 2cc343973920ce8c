"""A training by two processes of a cluster: that of one process; one that is lost is told."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cluster.conftest import TwoNodes

from newtrick.cluster.connect import connect
from newtrick.errors import UsageError
from newtrick.journal import Step, read_events
from newtrick.run import RunFolder
from newtrick.training.on_ray import lead

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.enable_socket]

COMMAND = [sys.executable, "-c", "from newtrick.cli import main; main()", "train"]
SETTINGS = [
    *("--set", "data.max_tokens=32", "--set", "training.train_batch_size=16"),
    *("--set", "training.precision=float32", "--set", "training.learning_rate=0.002"),
]


@pytest.fixture
def encoder(tiny_encoder: Path, tmp_path: Path) -> Path:
    """The tiny encoder without dropout, which each process draws for itself."""
    folder = shutil.copytree(tiny_encoder, tmp_path / "encoder")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


def steps(run: Path) -> list[Step]:
    events = read_events(RunFolder(run).journal) if RunFolder(run).journal.is_file() else []
    return [event for event in events if isinstance(event, Step)]


def test_the_loss_curve_of_two_workers_is_that_of_one_process(
    two_nodes: TwoNodes, reviews: Path, encoder: Path, tmp_path: Path
) -> None:
    given = [*COMMAND, str(reviews), "--model", str(encoder), *SETTINGS]
    team = ["--backend", "ray", "--workers", "2", "--address", two_nodes.address]
    for out, options in (("one", []), ("two", team)):
        command = [*given, "--set", "training.epochs=2", "--out", str(tmp_path / out), *options]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr
    one, two = steps(tmp_path / "one"), steps(tmp_path / "two")
    assert [step.loss for step in two] == pytest.approx([step.loss for step in one], abs=1e-4)
    assert [step.rows for step in two] == [step.rows for step in one]
    manifest = json.loads(RunFolder(tmp_path / "two").manifest.read_text("utf-8"))
    assert manifest["workers"] == 2


def test_a_training_that_loses_a_worker_says_how_to_go_on(
    two_nodes: TwoNodes, reviews: Path, encoder: Path, tmp_path: Path
) -> None:
    run, team = tmp_path / "run", ["--backend", "ray", "--workers", "2"]
    given = [*COMMAND, str(reviews), "--model", str(encoder), *SETTINGS]
    command = [*given, "--set", "training.epochs=100", "--out", str(run), *team]
    command += ["--address", two_nodes.address]
    leader = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(steps(run)) < 5:
        assert leader.poll() is None, leader.communicate()
        time.sleep(0.05)
    subprocess.run(["pkill", "-KILL", "-f", "ray::_Follower"], check=True)
    _, said = leader.communicate()
    assert leader.returncode == 75, said
    assert "A worker of the training is lost." in said
    again = f"newtrick train --resume {run} --backend ray --workers 2 --address"
    assert again in " ".join(said.split())


def test_more_workers_than_processors_are_refused(two_nodes: TwoNodes) -> None:
    with (
        connect(two_nodes.address),
        pytest.raises(UsageError, match="too few processors") as caught,
        lead(4, ()),
    ):
        pass
    assert "4 workers, 2 processors" in str(caught.value)
