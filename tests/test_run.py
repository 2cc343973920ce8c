from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from newtrick.errors import StorageError
from newtrick.run import RunFolder, describe_environment, open_run, write_manifest


def test_runs_are_named_by_date_and_data_and_numbered_when_the_name_is_taken() -> None:
    with open_run(None, "movie snippets!") as first:
        (first.path / "recipe.toml").write_text("")
    with open_run(None, "movie snippets!") as second:
        (second.path / "recipe.toml").write_text("")
    today = f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}"
    assert first.path == Path("runs") / f"{today}-movie-snippets"
    assert second.path == Path("runs") / f"{today}-movie-snippets-2"


def test_a_folder_that_holds_something_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(StorageError, match="exists already") as caught, open_run(tmp_path, "x"):
        pass
    assert "thesis.txt" in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_in_use_by_another_process_is_refused(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from newtrick.run import open_run\n"
        "with open_run(Path(sys.argv[1]), 'x'): print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "run")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(StorageError, match="in use") as caught, open_run(tmp_path / "run", "x"):
        pass
    assert f"process {holder.pid} on " in str(caught.value)
    assert "since 20" in str(caught.value)
    holder.communicate()
    with open_run(tmp_path / "run", "x") as folder:
        assert folder.path == tmp_path / "run"


def test_what_a_run_leaves_that_is_killed_in_its_first_moment_is_no_obstacle(
    tmp_path: Path,
) -> None:
    for name in (".lock", ".holder", "..holder.12.part", ".recipe.toml.12.part"):
        (tmp_path / name).write_text("")
    with open_run(tmp_path, "x") as folder:
        folder.recipe.write_text("")
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.toml"]


def test_nothing_is_left_of_the_lock_nor_of_a_folder_that_stayed_empty(tmp_path: Path) -> None:
    with open_run(tmp_path / "run", "x") as folder:
        (folder.path / "recipe.toml").write_text("")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["recipe.toml"]
    with open_run(tmp_path / "empty", "x"):
        pass
    assert not (tmp_path / "empty").exists()


@pytest.mark.parametrize("name", ["file", "file/inside", "x" * 300])
def test_a_place_where_no_folder_can_be_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError), open_run(tmp_path / name, "x"):
        pass


def test_the_manifest_says_what_ran_where_on_what(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    write_manifest(folder, describe_environment(folder.recipe), {"data": {"train": "ab12"}})
    manifest = json.loads(folder.manifest.read_text())
    assert manifest["data"] == {"train": "ab12"}
    assert manifest["packages"]["torch"]
    assert manifest["cores"] >= 1
    assert manifest["threads"] >= 1
    assert manifest["command"] == f"newtrick train --recipe {tmp_path / 'recipe.toml'}"
