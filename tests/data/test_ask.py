"""Whether sources answer: the real clients, against a hub on loopback and folders of packages."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from newtrick.data.sources import package_index

if TYPE_CHECKING:
    from tests.data.conftest import Hub

ASK = """
import sys
from newtrick.data.catalogue import HubSource
from newtrick.data.sources import SourceError
from newtrick.data.sources.obtain import ask
try:
    ask(HubSource(repository=sys.argv[1], layout=sys.argv[2]))
except SourceError as error:
    print(error)
"""


def ask_hub(repository: str, layout: str, endpoint: str) -> str:
    """What is wrong with a repository, in a process that has only this hub."""
    return subprocess.run(
        [sys.executable, "-c", ASK, repository, layout],
        env={**os.environ, "HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_a_hub_is_asked_for_the_repository_and_for_no_file(hub: Hub) -> None:
    hub.repositories["models/me/tiny"] = {"config.json": b"{}"}
    hub.repositories["datasets/me/reviews"] = {"train.parquet": b""}

    assert ask_hub("me/tiny", "as-is", hub.address) == ""
    assert ask_hub("me/reviews", "imdb-parquet", hub.address) == ""
    assert "there is no such model" in ask_hub("me/other", "as-is", hub.address)
    assert not any("/resolve/" in path for path in hub.asked)


def test_a_hub_that_cannot_be_reached_is_told() -> None:
    assert "it cannot be reached" in ask_hub("me/tiny", "as-is", "http://127.0.0.1:9")


def test_the_places_of_packages_are_those_of_pips_own_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels /more")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://other.example/simple")

    assert package_index.places() == (
        "https://pypi.org/simple",
        "https://other.example/simple",
        "/wheels",
        "/more",
    )

    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert package_index.places() == ("/wheels", "/more")
