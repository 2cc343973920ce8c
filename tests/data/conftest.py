"""Archives, and servers on loopback: one of files, and one that speaks the hub's protocol."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

Tar = Callable[[Mapping[str, bytes]], bytes]


@pytest.fixture
def tar() -> Tar:
    """Pack files, by their names, as a .tar.gz."""

    def pack(members: Mapping[str, bytes]) -> bytes:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name, content in members.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return packed.getvalue()

    return pack


@dataclass
class Web:
    """A server of files by path, which counts how often each was asked for."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    delay: float = 0.0
    broken_off: bool = False


@dataclass
class Hub:
    """A hub of repositories with one commit each, by `models/OWNER/NAME` or `datasets/...`."""

    address: str
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    wrong_hash: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    silent: bool = False

    def commit(self, repository: str) -> str:
        """Changes when the files do."""
        told = json.dumps({k: v.hex() for k, v in self.repositories[repository].items()})
        return hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest()

    def describe(self, repository: str, name: str) -> dict[str, object]:
        """A file as the hub lists it: large ones, here weights and tables, with their SHA-256."""
        content = self.repositories[repository][name]
        entry: dict[str, object] = {"size": len(content), "oid": "0" * 40, "type": "file"}
        if name.endswith((".safetensors", ".parquet", ".csv")):
            told = b"other" if name in self.wrong_hash else content
            sha256 = hashlib.sha256(told).hexdigest()
            entry["lfs"] = {
                "oid": sha256,
                "sha256": sha256,
                "size": len(content),
                "pointerSize": 100,
            }
        return entry


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


class _WebHandler(_Handler):
    web: ClassVar[Web]

    def do_GET(self) -> None:
        self.web.asked.append(self.path)
        time.sleep(self.web.delay)
        body = self.web.files.get(self.path)
        if body is None:
            self.answer(404, b"")
        elif self.web.broken_off:
            self.answer(200, body[: len(body) // 2], Content_Length=str(len(body)))
        else:
            self.answer(200, body)


class _HubHandler(_Handler):
    hub: ClassVar[Hub]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        self.hub.asked.append(f"{self.command} {path}")
        while self.hub.silent:
            time.sleep(0.05)
        if path.startswith("/api/"):
            kind, owner, name, *rest = path.removeprefix("/api/").split("/")
            self.api(f"{kind}/{owner}/{name}", rest)
        else:
            place, _, rest_of_path = path.removeprefix("/").partition("/resolve/")
            repository = place if place.startswith("datasets/") else f"models/{place}"
            self.file(repository, rest_of_path.partition("/")[2])

    def api(self, repository: str, rest: list[str]) -> None:
        files = self.hub.repositories.get(repository)
        if files is None:
            self.answer(404, b"{}", X_Error_Code="RepoNotFound")
        elif rest[:1] == ["revision"] and rest[1] not in ("main", self.hub.commit(repository)):
            self.answer(404, b"{}", X_Error_Code="RevisionNotFound")
        elif rest[:1] == ["tree"]:
            self.json([self.hub.describe(repository, name) | {"path": name} for name in files])
        else:
            listing = [self.hub.describe(repository, name) | {"rfilename": name} for name in files]
            name = repository.partition("/")[2]
            commit = self.hub.commit(repository)
            self.json({"id": name, "sha": commit, "siblings": listing, "tags": []})

    def json(self, document: object) -> None:
        self.answer(200, json.dumps(document).encode(), Content_Type="application/json")

    def file(self, repository: str, name: str) -> None:
        content = self.hub.repositories.get(repository, {}).get(name)
        if content is None:
            self.answer(404, b"", X_Error_Code="EntryNotFound")
        else:
            etag = hashlib.sha256(content).hexdigest()
            commit = self.hub.commit(repository)
            self.answer(200, content, ETag=f'"{etag}"', X_Repo_Commit=commit)


def _serving(handler: type[_Handler]) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def web() -> Iterator[Web]:
    """A running server of files."""

    class Handler(_WebHandler):
        web = Web("")

    for server in _serving(Handler):
        Handler.web.address = f"http://127.0.0.1:{server.server_port}"
        yield Handler.web


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A running hub."""

    class Handler(_HubHandler):
        hub = Hub("")

    for server in _serving(Handler):
        Handler.hub.address = f"http://127.0.0.1:{server.server_port}"
        yield Handler.hub
        Handler.hub.silent = False
