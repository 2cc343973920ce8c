"""The real hub client, in a process of its own, against a hub on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from newtrick.data.catalogue import HubSource, ModelEntry

if TYPE_CHECKING:
    from tests.data.conftest import Hub

FETCH = """
import json, sys
from newtrick.data.fetch import fetch_data, fetch_model
from newtrick.errors import NewtrickError
try:
    fetched = (fetch_model if sys.argv[1] == "model" else fetch_data)(sys.argv[2])
    print(json.dumps({"folder": str(fetched.folder), "source": fetched.source}))
except NewtrickError as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error)}))
"""

MODEL = {
    "config.json": b"{}",
    "tokenizer.json": b"{}",
    "vocab.txt": b"a\nb\n",
    "model.safetensors": b"weights" * 1000,
    "pytorch_model.bin": b"pickle",
    "modeling.py": b"print('code')",
    "onnx/model.onnx": b"onnx",
    "onnx/config.json": b"{}",
}


@dataclass(frozen=True)
class Answer:
    """What a process that fetched something printed."""

    told: dict[str, Any]

    @property
    def folder(self) -> Path:
        return Path(self.told["folder"])

    def names(self) -> list[str]:
        return sorted(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file()
        )


def run(
    code: str, *arguments: str, endpoint: str, offline: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run Python as a user does, with everything about the hub said by variables."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": str(int(offline))},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode == 0, done.stderr
    return done


def fetch(kind: str, name: str, endpoint: str, *, offline: bool = False) -> Answer:
    done = run(FETCH, kind, name, endpoint=endpoint, offline=offline)
    return Answer(json.loads(done.stdout))


@pytest.fixture
def table() -> bytes:
    return pl.DataFrame({"text": ["good", "bad"], "label": [1, 0]}).write_csv().encode()


def test_a_model_brings_weights_and_tokenizer_but_no_pickle_and_no_code(hub: Hub) -> None:
    hub.repositories["models/me/tiny"] = MODEL

    answer = fetch("model", "hf://me/tiny", hub.address)

    assert answer.names() == ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt"]
    assert (answer.folder / "model.safetensors").read_bytes() == MODEL["model.safetensors"]
    assert not any("pytorch_model.bin" in path for path in hub.asked)
    assert answer.told["source"].endswith(hub.commit("models/me/tiny"))


def test_offline_the_copy_in_the_clients_cache_is_used(hub: Hub) -> None:
    hub.repositories["models/me/tiny"] = MODEL
    first = fetch("model", "hf://me/tiny", hub.address)
    hub.asked.clear()

    again = fetch("model", "hf://me/tiny", hub.address, offline=True)

    assert again.folder == first.folder
    assert hub.asked == []


def test_an_unreachable_hub_costs_seconds_and_the_cached_copy_is_used(hub: Hub) -> None:
    hub.repositories["models/me/tiny"] = MODEL
    first = fetch("model", "hf://me/tiny", hub.address)

    again = fetch("model", "hf://me/tiny", "http://127.0.0.1:9")

    assert again.folder == first.folder


@pytest.mark.slow
def test_a_silent_hub_is_given_up_after_five_seconds(hub: Hub) -> None:
    hub.silent = True
    started = time.monotonic()

    answer = fetch("model", "hf://me/tiny", hub.address)

    assert time.monotonic() - started < 8
    assert "did not answer in 5 seconds" in answer.told["message"]


def test_a_moved_branch_brings_the_new_files(hub: Hub) -> None:
    hub.repositories["models/me/tiny"] = MODEL
    first = fetch("model", "hf://me/tiny", hub.address)
    hub.repositories["models/me/tiny"] = MODEL | {"model.safetensors": b"better"}

    second = fetch("model", "hf://me/tiny", hub.address)

    assert first.folder != second.folder
    assert (second.folder / "model.safetensors").read_bytes() == b"better"


def test_pickled_weights_only_are_refused_with_the_reason(hub: Hub) -> None:
    hub.repositories["models/me/old"] = {"config.json": b"{}", "pytorch_model.bin": b"pickle"}

    told = fetch("model", "hf://me/old", hub.address).told

    assert told["error"] == "ModelError"
    assert "loading a pickle can run any code" in told["message"]
    assert "pytorch_model.bin" in told["message"]
    assert not any("/resolve/" in path for path in hub.asked)


FETCH_ENTRY = """
import sys
from newtrick.data.catalogue import ModelEntry
from newtrick.data.fetch import fetch_entry
print(fetch_entry(ModelEntry.model_validate_json(sys.argv[1])).source)
"""


def test_a_repository_without_usable_weights_is_passed_over_for_the_next_source(hub: Hub) -> None:
    hub.repositories["models/me/old"] = {"config.json": b"{}", "pytorch_model.bin": b"pickle"}
    hub.repositories["models/me/tiny"] = MODEL
    entry = ModelEntry(
        name="tiny",
        description="Tiny.",
        licence="MIT",
        citation="None.",
        homepage="https://example.org",
        sources=(HubSource(repository="me/old"), HubSource(repository="me/tiny")),
        parameters=10,
    )

    done = run(FETCH_ENTRY, entry.model_dump_json(), endpoint=hub.address)

    assert done.stdout.strip() == "hub, me/tiny"


def test_a_data_set_brings_its_tables_in_their_own_layout(hub: Hub, table: bytes) -> None:
    hub.repositories["datasets/me/reviews"] = {
        "README.md": b"# Reviews",
        "dataset_infos.json": b"{}",
        "load.py": b"print('code')",
        "data/train.csv": table,
        "data/test.csv": table,
    }

    answer = fetch("data", "hf://me/reviews", hub.address)

    assert answer.names() == ["data/test.csv", "data/train.csv"]


def test_a_data_set_that_only_a_script_can_load_is_refused(hub: Hub) -> None:
    hub.repositories["datasets/me/scripted"] = {"scripted.py": b"print('code')"}

    told = fetch("data", "hf://me/scripted", hub.address).told

    assert told["error"] == "DataError"
    assert "scripted.py" in told["message"]


def test_a_damaged_download_is_refused(hub: Hub, table: bytes) -> None:
    hub.repositories["datasets/me/reviews"] = {"train.csv": table}
    hub.wrong_hash.add("train.csv")

    told = fetch("data", "hf://me/reviews", hub.address).told

    assert told["error"] == "FetchError"
    assert "train.csv has sha256" in told["message"]


def test_an_unknown_repository_or_revision_is_named(hub: Hub) -> None:
    hub.repositories["models/me/tiny"] = MODEL

    unknown = fetch("model", "hf://me/nothing", hub.address).told
    revision = fetch("model", "hf://me/tiny@v9", hub.address).told

    assert unknown["error"] == revision["error"] == "FetchError"
    assert "there is no such model" in unknown["message"]
    assert "it has no revision v9" in revision["message"]


def test_without_network_the_message_says_what_was_tried_and_what_to_do() -> None:
    told = fetch("data", "hf://me/reviews", "http://127.0.0.1:9").told

    assert told["error"] == "FetchError"
    assert "hub, me/reviews: it cannot be reached" in told["message"]
    assert "HF_ENDPOINT" in told["message"]
    assert "path of a copy" in told["message"]


def test_a_hub_id_that_is_not_one_is_refused_without_asking(hub: Hub) -> None:
    told = fetch("data", "hf://reviews", hub.address).told

    assert told["error"] == "UsageError"
    assert "hf://owner/name@revision" in told["message"]
    assert hub.asked == []


def test_the_command_prints_where_the_files_lie_and_nothing_else_on_standard_output(
    hub: Hub,
) -> None:
    hub.repositories["models/me/tiny"] = MODEL
    command = "from newtrick.cli import main; main()"

    text = run(command, "fetch", "--model", "hf://me/tiny", endpoint=hub.address)
    document = run(command, "fetch", "--model", "--json", "hf://me/tiny", endpoint=hub.address)

    folder = text.stdout.splitlines()[0]
    assert (Path(folder) / "model.safetensors").is_file()
    assert json.loads(document.stdout)["folder"] == folder
    assert "Fetching hf://me/tiny" in text.stderr
