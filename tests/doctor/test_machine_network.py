from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import constants

from newtrick.data.catalogue import ModelEntry, PackageSource, Source, UrlSource
from newtrick.doctor.network import ask_sources, look_at_network

if TYPE_CHECKING:
    from tests.doctor.conftest import Site

HASH = hashlib.sha256(b"").hexdigest()


def entry(name: str, sources: Sequence[Source]) -> ModelEntry:
    return ModelEntry(
        name=name,
        description="Tiny.",
        licence="MIT",
        citation="None.",
        homepage="https://example.org",
        sources=tuple(sources),
        parameters=10,
    )


def url(address: str) -> UrlSource:
    return UrlSource(url=address, size=10, sha256=HASH)


def package(name: str, version: str) -> PackageSource:
    return PackageSource(
        project=name, version=version, form="wheel", size=10, sha256=HASH, folder="", files={}
    )


@pytest.fixture
def index(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A package index with one wheel, which pip is set up for, with a password."""
    page = '<!DOCTYPE html><a href="../../tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>'
    (site.folder / "simple" / "tiny").mkdir(parents=True)
    (site.folder / "simple" / "tiny" / "index.html").write_text(page, "utf-8")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    address = site.address.replace("://", "://me:hunter2@")
    monkeypatch.setenv("PIP_INDEX_URL", f"{address}/simple")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return site


def test_a_server_is_asked_for_the_file(site: Site) -> None:
    (site.folder / "data.tar.gz").write_bytes(b"0" * 10)
    entries = [entry("a", [url(f"{site.address}/data.tar.gz"), url(f"{site.address}/gone")])]
    there, gone = ask_sources(entries)
    assert there.failure is None
    assert gone.failure == "the server answered 404 File not found"


def test_an_index_is_asked_through_pip_for_the_version(index: Site) -> None:
    entries = [entry("a", [package("tiny", "1.0")]), entry("b", [package("tiny", "2.0")])]
    there, gone = ask_sources(entries)
    assert there.failure is None
    assert gone.failure == "it has no such version"
    assert index.asked == ["/simple/tiny/"] * 2


@pytest.mark.usefixtures("index")
def test_where_nothing_listens_that_is_told_for_every_kind_of_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("PIP_INDEX_URL", f"{nowhere}/simple")
    answers = ask_sources([entry("a", [url(f"{nowhere}/file"), package("tiny", "1.0")])])
    assert "Connection refused" in str(answers[0].failure)
    assert answers[1].failure == "it cannot be reached"


def test_sources_are_asked_at_the_same_time_and_given_up_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/file"
        started = time.monotonic()
        answers = ask_sources([entry("a", [url(address)] * 8)], deadline=1.0)
    assert time.monotonic() - started < 2
    assert {answer.failure for answer in answers} == {"no answer in 1.0 s"}


def test_offline_nothing_is_asked_and_mirrors_are_told_without_their_passwords(
    index: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hunter2@proxy.example:3128")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://me:hunter2@other.example/simple")
    monkeypatch.setenv("HF_TOKEN", "hf_hunter2")
    network = look_at_network(offline=True)
    assert network.answers == ()
    assert network.unasked == "--offline"
    assert network.indexes[1] == "https://***@other.example/simple"
    assert network.proxies["https"] == "http://***@proxy.example:3128"
    assert network.has_token
    assert "hunter2" not in str(network)
    assert index.asked == []


def test_the_hubs_offline_mode_is_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert look_at_network(offline=False).unasked == "HF_HUB_OFFLINE"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
