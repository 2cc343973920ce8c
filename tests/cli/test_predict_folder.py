"""A folder of shards, predicted here: a file for a file, each once, whatever comes between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from tests.cli.conftest import Command
from tests.conftest import TinyRun
from tests.shard_folders import names, predicted, write_shard, write_shards

from newtrick.classifier import load
from newtrick.cli.terminal import Terminal
from newtrick.cluster.workers import ThisProcess
from newtrick.errors import DataError, StorageError, UsageError
from newtrick.predict_file import predict_file
from newtrick.predict_folder import FolderPredictions, predict_folder
from newtrick.progress import Watcher

Predict = Callable[..., FolderPredictions]


class Kill(BaseException):
    """Ends the process, as far as it can be done in a test."""


class KilledAfter(Watcher):
    """A watcher that ends it all after so many shards."""

    def __init__(self, shards: int) -> None:
        self._shards, self.stages = shards, list[tuple[str, int | None]]()

    def stage(self, title: str, total: int | None = None) -> None:
        self.stages.append((title, total))

    def advance(self, done: int) -> None:
        if self.stages[-1][0] == "Predicting shards" and done == self._shards:
            raise Kill


@pytest.fixture
def predict(tiny_run: TinyRun) -> Predict:
    def call(
        source: Path,
        destination: Path,
        *,
        model: Path | None = None,
        watcher: Watcher | None = None,
    ) -> FolderPredictions:
        model = model or tiny_run.run.folder
        return predict_folder(model, source, destination, ThisProcess(), watcher=watcher)

    return call


def test_each_file_has_its_predictions_under_its_name_and_in_its_format(
    predict: Predict, tiny_run: TinyRun, tmp_path: Path
) -> None:
    source = write_shards(tmp_path / "in", rows=90, shards=3)
    done = predict(source, tmp_path / "out")
    assert (done.shards, done.kept, done.rows.rows) == (3, 0, 90)
    assert names(tmp_path / "out") == [
        *("manifest.json", "part-00.csv", "part-01.jsonl", "part-02.parquet")
    ]
    for name in names(source):
        alone = tmp_path / name
        predict_file(load(tiny_run.run.folder), source / name, alone)
        assert (tmp_path / "out" / name).read_bytes() == alone.read_bytes()


def test_what_was_killed_is_gone_on_with_and_each_row_is_there_once(
    predict: Predict, tmp_path: Path
) -> None:
    source = write_shards(tmp_path / "in", rows=120, shards=6)
    out = tmp_path / "out"
    with pytest.raises(Kill):
        predict(source, out, watcher=KilledAfter(2))
    (out / ".part-03.csv.1-ab.part").write_text("half", "utf-8")
    times = {path.name: path.stat().st_mtime_ns for path in out.glob("part-*")}
    assert len(times) == 2
    watcher = KilledAfter(99)
    done = predict(source, out, watcher=watcher)
    assert (done.shards, done.kept, done.rows.rows) == (6, 2, 120)
    assert watcher.stages == [("Checking what is there", 2), ("Predicting shards", 4)]
    assert {name: (out / name).stat().st_mtime_ns for name in times} == times
    assert names(out) == ["manifest.json", *names(source)]
    rows = predicted(out)
    assert (rows.height, rows["text"].n_unique()) == (120, 120)
    assert predict(source, out).kept == 6


def test_a_new_shard_is_added_to_those_that_are_done(predict: Predict, tmp_path: Path) -> None:
    source = write_shards(tmp_path / "in", rows=40, shards=2)
    predict(source, tmp_path / "out")
    write_shard(source / "part-02.csv", ["one more film", "and one more"])
    done = predict(source, tmp_path / "out")
    assert (done.shards, done.kept, done.rows.rows) == (3, 2, 42)


def test_predictions_that_are_gone_or_changed_are_made_again(
    predict: Predict, tmp_path: Path
) -> None:
    source, out = write_shards(tmp_path / "in", rows=60, shards=3), tmp_path / "out"
    predict(source, out)
    whole = predicted(out)
    (out / "part-00.csv").unlink()
    (out / "part-02.parquet").write_bytes((out / "part-02.parquet").read_bytes()[:99])
    assert predict(source, out).kept == 1
    assert predicted(out).equals(whole)


def test_the_files_of_other_tools_are_left_aside_and_said(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path
) -> None:
    source = write_shards(tmp_path / "in", rows=20, shards=1)
    (source / "_SUCCESS").touch()
    (source / ".part-00.csv.crc").touch()
    answer = newtrick(
        *("predict", tiny_run.run.folder, "--input", source, "--output", tmp_path / "out")
    )
    assert answer.out == f"20 rows written to 1 shard in {tmp_path / 'out'}\n"
    assert "Left aside: .part-00.csv.crc, _SUCCESS." in answer.err
    assert "the text is in column 'text'" in answer.err


def test_rows_without_prediction_are_told_with_their_shard(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path
) -> None:
    source = write_shards(tmp_path / "in", rows=20, shards=1)
    write_shard(source / "part-01.jsonl", ["a lovely film", " ", "a dull film"])
    command = ("predict", tiny_run.run.folder, "--input", source, "--output", tmp_path / "out")
    answer = newtrick(*command)
    assert answer.code == 0
    assert "1 row has no prediction" in answer.err
    assert "part-01.jsonl, row 2: no text" in answer.err
    again = newtrick(*command, "--json")
    assert "part-01.jsonl, row 2: no text" in again.err
    assert json.loads(again.out) == {
        "rows": 23,
        "without_prediction": 1,
        "shards": 2,
        "kept": 2,
        "folder": str(tmp_path / "out"),
    }


def test_a_shard_that_cannot_be_read_stands_in_the_way_of_no_other(
    predict: Predict, tmp_path: Path
) -> None:
    source, out = write_shards(tmp_path / "in", rows=60, shards=3), tmp_path / "out"
    (source / "part-03.parquet").write_bytes(b"no parquet")
    (source / "part-04.csv").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        predict(source, out)
    assert "2 of 5 shards came to nothing; the others are done" in str(caught.value)
    assert "part-04.csv: The file is empty." in str(caught.value)
    assert predicted(out).height == 60
    for name in ("part-03.parquet", "part-04.csv"):
        write_shard(source / name, ["a lovely film"])
    assert predict(source, out).kept == 3


def test_all_shards_are_read_by_the_same_column(predict: Predict, tmp_path: Path) -> None:
    source = write_shards(tmp_path / "in", rows=20, shards=1)
    (source / "part-01.csv").write_text("id,review\n1,a film\n", "utf-8")
    with pytest.raises(DataError, match="1 of 2 shards") as caught:
        predict(source, tmp_path / "out")
    assert "'text'" in str(caught.value) or "text" in caught.value.details[0]


def test_a_folder_without_shards_or_with_other_files_is_refused(
    predict: Predict, tmp_path: Path
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    with pytest.raises(DataError, match="holds no shards"):
        predict(source, tmp_path / "out")
    write_shards(source / "more", rows=20, shards=1)
    write_shard(source / "part-00.csv", ["a film"])
    (source / "part-01.csv.gz").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        predict(source, tmp_path / "out")
    assert caught.value.details == ("more/", "part-01.csv.gz")
    assert not (tmp_path / "out").exists()


def test_the_output_is_another_folder_and_not_in_the_input(
    predict: Predict, tmp_path: Path
) -> None:
    source = write_shards(tmp_path / "in", rows=20, shards=1)
    for destination in (source, source / "predictions"):
        with pytest.raises(UsageError, match="in the input"):
            predict(source, destination)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="this is a file"):
        predict(source, tmp_path / "file")
    assert names(source) == ["part-00.csv"]


def test_an_output_folder_of_something_else_is_refused_and_left_as_it_is(
    predict: Predict, tiny_run: TinyRun, tmp_path: Path
) -> None:
    source, out = write_shards(tmp_path / "in", rows=40, shards=2), tmp_path / "out"
    predict(source, out)
    before = {path: path.read_bytes() for path in out.iterdir()}

    other_model = tmp_path / "model"
    shutil.copytree(tiny_run.run.folder / "model", other_model)
    (other_model / "decisions.json").unlink()
    with pytest.raises(UsageError, match="of another kind") as caught:
        predict(source, out, model=other_model)
    assert caught.value.details == ("model: another one there",)
    with pytest.raises(UsageError, match="of another kind") as caught:
        predict_folder(tiny_run.run.folder, source, out, ThisProcess(), explain=True)
    assert caught.value.details == ("--explain: off there, on now",)

    fewer = write_shards(tmp_path / "fewer", rows=20, shards=1)
    with pytest.raises(UsageError, match="1 shard that the input does not have"):
        predict(fewer, out)

    write_shard(source / "part-01.jsonl", ["another film"])
    with pytest.raises(UsageError, match="of other rows: 1 shard changed"):
        predict(source, out)

    assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_an_output_folder_that_is_no_folder_of_predictions_is_refused(
    predict: Predict, tmp_path: Path
) -> None:
    source, out = write_shards(tmp_path / "in", rows=20, shards=1), tmp_path / "out"
    out.mkdir()
    (out / "holiday.jpg").touch()
    with pytest.raises(UsageError, match="holds other files") as caught:
        predict(source, out)
    assert caught.value.found == "holiday.jpg"
    (out / "manifest.json").write_text("{}", "utf-8")
    with pytest.raises(UsageError, match="not of predictions"):
        predict(source, out)


def test_two_processes_do_not_write_to_one_folder(predict: Predict, tmp_path: Path) -> None:
    source, out = write_shards(tmp_path / "in", rows=20, shards=1), tmp_path / "out"
    out.mkdir()
    with FileLock(out / ".lock"), pytest.raises(StorageError, match="in use"):
        predict(source, out)


def test_a_cluster_takes_a_folder_and_an_address_is_that_of_a_cluster(
    newtrick: Command, tiny_run: TinyRun, reviews: Path, tmp_path: Path
) -> None:
    command = ("predict", tiny_run.run.folder, "--input", reviews, "--output", tmp_path / "o.csv")
    of_a_file = newtrick(*command, "--backend", "ray")
    assert (of_a_file.code, "folder of shards" in of_a_file.err) == (2, True)
    without_backend = newtrick(*command, "--address", "auto")
    assert (without_backend.code, "--backend ray" in without_backend.err) == (2, True)


def test_without_ray_the_extra_is_named(
    newtrick: Command, tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_shards(tmp_path / "in", rows=20, shards=1)
    monkeypatch.setitem(sys.modules, "ray", None)
    answer = newtrick(
        *("predict", tiny_run.run.folder, "--input", source, "--output", tmp_path / "out"),
        *("--backend", "ray"),
    )
    assert answer.code == 2
    assert "pip install 'newtrick[cluster]'" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("ending", [(signal.SIGINT, 130), (signal.SIGTERM, 75)])
def test_a_signal_ends_it_with_its_code_and_a_way_to_go_on(
    newtrick: Command,
    tiny_run: TinyRun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: tuple[signal.Signals, int],
) -> None:
    sent, code = ending
    source, out = write_shards(tmp_path / "in", rows=60, shards=3), tmp_path / "out"
    command = ("predict", tiny_run.run.folder, "--input", source, "--output", out)
    with monkeypatch.context() as patch:
        patch.setattr(Terminal, "advance", lambda *_: os.kill(os.getpid(), sent))
        answer = newtrick(*command)
    assert answer.code == code
    assert "the same command again" in answer.err
    assert names(out) == ["manifest.json", "part-00.csv"]
    assert "1 of which was there already" in newtrick(*command).out
