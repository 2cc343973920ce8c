"""A repository on a model and data hub, through the hub's own client.

The client's settings hold: HF_ENDPOINT, HF_HUB_OFFLINE, HF_HOME, HF_TOKEN, and its own cache, whose
copy serves when the hub cannot be reached.
"""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from huggingface_hub import HfApi, constants, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils.tqdm import tqdm

from newtrick.data.sources import SourceError
from newtrick.data.sources.archives import check_hash
from newtrick.data.sources.download_log import DownloadLog
from newtrick.data.sources.repository import WANTED, HubId, Kind, check_contents
from newtrick.errors import StorageError
from newtrick.storage import storage_errors

logger = logging.getLogger("newtrick")

PATIENCE = 5.0
"""Seconds to wait for the first answer: behind a firewall it never comes."""

T = TypeVar("T")


class _UnreachableError(Exception):
    """The hub gave no answer; the message says why."""


@dataclass(frozen=True)
class Snapshot:
    """Files of one commit in the client's own cache.

    Attributes:
        folder: Holds them, and maybe others that somebody else asked for.
        commit: The hash.
        files: Their paths within `folder`.
        hashes: SHA-256 of those for which the hub told it.
    """

    folder: Path
    commit: str
    files: tuple[str, ...]
    hashes: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Compare the files with what the hub says of them.

        Raises:
            SourceError: One is damaged.
        """
        for name in self.files:
            if name in self.hashes:
                try:
                    check_hash(self.folder / name, self.hashes[name])
                except SourceError as error:
                    damaged = (self.folder / name).resolve()
                    raise SourceError(f"{error} (damaged: remove {damaged})") from error


@dataclass(frozen=True)
class _Listing:
    """What the hub says that a commit holds: all names; SHA-256 and bytes where it tells them."""

    names: tuple[str, ...]
    hashes: Mapping[str, str]
    sizes: Mapping[str, int]


def download(hub_id: HubId, kind: Kind) -> Snapshot:
    """Download the useful files of a repository, or find them in the client's cache.

    Raises:
        SourceError: The hub cannot be reached and the cache has no copy, it refuses, or there is
            no such repository or revision.
        ModelError: The repository has no safetensors weights.
        DataError: The repository has no tables.
        StorageError: The client's cache cannot be written.
    """
    try:
        listing = _list(hub_id, kind)
    except _UnreachableError as unreachable:
        return _cached(hub_id, kind, unreachable)
    wanted = WANTED[kind].of(listing.names)
    check_contents(listing.names, wanted, hub_id, kind)
    size = sum(listing.sizes.get(name, 0) for name in wanted)
    logger.info("  %d files, %.1f MB", len(wanted), size / 1e6)
    try:
        folder = _fetch(hub_id, kind)
    except StorageError:
        raise
    except Exception as error:
        raise SourceError(f"the download broke off ({error})") from error
    return Snapshot(folder, folder.name, wanted, listing.hashes)


def ask(hub_id: HubId, kind: Kind) -> None:
    """Ask what a repository holds, and take nothing.

    Raises:
        SourceError: The hub cannot be reached, it refuses, or there is no such repository.
    """
    try:
        _list(hub_id, kind)
    except _UnreachableError as unreachable:
        raise SourceError(str(unreachable)) from unreachable


def _list(hub_id: HubId, kind: Kind) -> _Listing:
    """Ask for the names of the files: one request without retries, so that silence costs little."""
    ask = HfApi().model_info if kind == "model" else HfApi().dataset_info
    try:
        info = _within(
            PATIENCE,
            lambda: ask(hub_id.repository, revision=hub_id.revision, files_metadata=True),
        )
    except GatedRepoError as error:
        raise SourceError("its owner grants access on request; ask, then set HF_TOKEN") from error
    except RepositoryNotFoundError as error:
        raise SourceError(
            f"there is no such {kind}, or it is private and needs HF_TOKEN"
        ) from error
    except RevisionNotFoundError as error:
        raise SourceError(f"it has no revision {hub_id.revision}") from error
    except OfflineModeIsEnabled as error:
        raise _UnreachableError("HF_HUB_OFFLINE is set") from error
    except HfHubHTTPError as error:
        raise _UnreachableError(f"it answered {error.response.status_code}") from error
    except TimeoutError as error:
        raise _UnreachableError(f"it did not answer in {PATIENCE:.0f} seconds") from error
    except Exception as error:  # the errors of whichever HTTP library the client builds on
        raise _UnreachableError(f"it cannot be reached ({error})") from error
    siblings = info.siblings or []
    return _Listing(
        names=tuple(file.rfilename for file in siblings),
        hashes={file.rfilename: file.lfs.sha256 for file in siblings if file.lfs},
        sizes={file.rfilename: file.size for file in siblings if file.size},
    )


def _within(seconds: float, ask: Callable[[], T]) -> T:
    """The answer to a question, or TimeoutError.

    A time limit of the question itself would begin anew for each of the hub's addresses, and would
    not cover the look-up of its name.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(ask())
        except Exception as error:  # noqa: BLE001 (raised again where the answer is waited for)
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future.result(timeout=seconds)


def _fetch(hub_id: HubId, kind: Kind, *, local_files_only: bool = False) -> Path:
    """The folder of the commit in the client's cache, with the wanted files in it."""
    try:
        folder = snapshot_download(
            hub_id.repository,
            repo_type=kind,
            revision=hub_id.revision,
            allow_patterns=list(WANTED[kind].allow),
            ignore_patterns=list(WANTED[kind].ignore),
            local_files_only=local_files_only,
            tqdm_class=_Lines,
        )
    except OSError as error:
        # The errors of the network are of this kind too, but concern no file.
        if error.filename is None and error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        with storage_errors(Path(constants.HF_HUB_CACHE), way="with HF_HOME"):
            raise
    return Path(folder)


class _Lines(tqdm):
    """In the place of the client's progress bars: draws nothing, and counts bytes in the log."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{**kwargs, "disable": True})  # type: ignore[no-untyped-call]
        self._progress = DownloadLog() if kwargs.get("unit") == "B" else None

    def update(self, n: float | None = 1) -> None:
        if self._progress:
            self._progress.add(n or 0, total=self.total)


def _cached(hub_id: HubId, kind: Kind, unreachable: _UnreachableError) -> Snapshot:
    try:
        folder = _fetch(hub_id, kind, local_files_only=True)
    except LocalEntryNotFoundError:
        raise SourceError(f"{unreachable}, and no complete copy is here") from unreachable
    logger.info("  %s; taking the copy that is here", unreachable)
    names = tuple(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    wanted = WANTED[kind].of(names)
    check_contents(names, wanted, hub_id, kind)
    return Snapshot(folder, folder.name, wanted)
