"""A folder predicted by a cluster of two nodes that loses one: each row is there once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cluster.conftest import TwoNodes
from tests.conftest import TinyRun
from tests.shard_folders import names, predicted, texts, write_shard, write_shards

from newtrick.cluster.connect import connect
from newtrick.cluster.workers import ThisProcess
from newtrick.errors import DataError
from newtrick.predict_folder import predict_folder
from newtrick.progress import Watcher

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.enable_socket]


class LoseOneAfter(Watcher):
    """Takes a node away once so many shards are done."""

    def __init__(self, nodes: TwoNodes, shards: int) -> None:
        self._nodes, self._shards = nodes, shards

    def advance(self, done: int) -> None:
        if done == self._shards:
            self._nodes.lose_one()


def test_20000_rows_in_8_shards_are_there_once_though_a_node_is_lost(
    two_nodes: TwoNodes, tiny_run: TinyRun, tmp_path: Path
) -> None:
    source = write_shards(tmp_path / "in", rows=20_000, shards=8)
    model, out = tiny_run.run.folder, tmp_path / "out"
    with connect(two_nodes.address) as workers:
        watcher = LoseOneAfter(two_nodes, shards=2)
        done = predict_folder(model, source, out, workers, watcher=watcher)
    assert (done.shards, done.kept, done.rows.rows) == (8, 0, 20_000)
    assert names(out) == ["manifest.json", *names(source)]
    rows = predicted(out)
    assert rows.height == 20_000
    assert rows["text"].to_list() == sorted(texts(20_000))
    assert rows["label"].null_count() == 0


def test_the_command_predicts_on_a_cluster_and_gives_what_one_process_gives(
    two_nodes: TwoNodes, tiny_run: TinyRun, tmp_path: Path
) -> None:
    source = write_shards(tmp_path / "in", rows=200, shards=4)
    answer = subprocess.run(
        [
            *(sys.executable, "-c", "from newtrick.cli import main; main()"),
            *("predict", str(tiny_run.run.folder), "--input", str(source)),
            *("--output", str(tmp_path / "out"), "--json"),
            *("--backend", "ray", "--address", two_nodes.address),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["rows"] == 200
    assert "Predicting shards" in answer.stderr
    there = predicted(tmp_path / "out")
    predict_folder(tiny_run.run.folder, source, tmp_path / "here", ThisProcess())
    here = predicted(tmp_path / "here")
    assert there.drop("score").equals(here.drop("score"))
    assert there["score"].to_list() == pytest.approx(here["score"].to_list(), abs=1e-5)


def test_a_shard_that_cannot_be_read_is_told_and_all_others_are_done(
    two_nodes: TwoNodes, tiny_run: TinyRun, tmp_path: Path
) -> None:
    source = write_shards(tmp_path / "in", rows=60, shards=3)
    (source / "part-03.parquet").write_bytes(b"no parquet")
    model, out = tiny_run.run.folder, tmp_path / "out"
    with connect(two_nodes.address) as workers:
        with pytest.raises(DataError, match="1 of 4 shards"):
            predict_folder(model, source, out, workers)
        write_shard(source / "part-03.parquet", ["a lovely film"])
        assert predict_folder(model, source, out, workers).kept == 3
