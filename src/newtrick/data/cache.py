"""The local cache of fetched data sets and models: an entry is whole, or it is not there.

<cache>/data/NAME/            (models/NAME, hub/...)
  manifest.json               what the entry is, where it came from, sizes and hashes of its files
  files/                      what is handed out
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from newtrick.data.dataset import Note
from newtrick.hashing import file_sha256
from newtrick.storage import atomic_path, storage_errors

logger = logging.getLogger("newtrick")

_WAY = "with NEWTRICK_CACHE"


class FileRecord(BaseModel):
    """One file of an entry."""

    model_config = ConfigDict(frozen=True)

    size: int
    modified: int
    """Nanoseconds since 1970, as the file system has it."""
    sha256: str


class Manifest(BaseModel):
    """Everything known about an entry; written last.

    Attributes:
        promise: What the entry was made to fulfil; another promise makes it stale.
        source: Where it came from, in words.
        notes: What its making dropped or changed.
        files: By path.
    """

    model_config = ConfigDict(frozen=True)

    promise: str
    source: str
    notes: tuple[Note, ...]
    files: Mapping[str, FileRecord]


class Origin(BaseModel):
    """What the maker of an entry has to say about it."""

    model_config = ConfigDict(frozen=True)

    source: str
    notes: tuple[Note, ...] = ()


def cache_folder() -> Path:
    """NEWTRICK_CACHE, or the folder that the platform has for caches."""
    return Path(os.environ.get("NEWTRICK_CACHE") or platformdirs.user_cache_dir("newtrick"))


def files_of(place: Path) -> Path:
    """The folder of an entry's files."""
    return place / "files"


def find(place: Path, promise: str) -> Manifest | None:
    """The manifest of an entry if it is whole and undamaged.

    A file whose size and time of change are as recorded is taken for unchanged; else it is hashed.
    """
    try:
        manifest = Manifest.model_validate_json((place / "manifest.json").read_bytes())
    except (OSError, ValidationError):
        return None
    intact = manifest.promise == promise and all(
        _is_intact(files_of(place) / name, record) for name, record in manifest.files.items()
    )
    return manifest if intact else None


def find_or_make(place: Path, promise: str, make: Callable[[Path], Origin]) -> Manifest:
    """The manifest of an entry, which is made if it is not there or damaged.

    Any number of processes may ask at once: one makes the entry, the others wait for it.

    Args:
        place: The entry's folder, somewhere under `cache_folder()`.
        promise: What it must fulfil.
        make: Fills an empty folder with the files, which may be given subfolders.

    Raises:
        StorageError: The cache cannot be written, or the disk is full.
    """
    manifest = find(place, promise)
    if manifest:
        return manifest
    with _locked(place):
        manifest = find(place, promise)  # made by another process while we waited
        if manifest:
            return manifest
        _clear_remains(place)
        with atomic_path(place, way=_WAY) as staging:
            files_of(staging).mkdir(parents=True)
            origin = make(files_of(staging))
            manifest = Manifest(
                promise=promise,
                source=origin.source,
                notes=origin.notes,
                files=_records(files_of(staging)),
            )
            (staging / "manifest.json").write_text(manifest.model_dump_json(indent=2), "utf-8")
    return manifest


def _is_intact(path: Path, record: FileRecord) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    if status.st_size != record.size:
        return False
    return status.st_mtime_ns == record.modified or file_sha256(path) == record.sha256


def _records(folder: Path) -> dict[str, FileRecord]:
    return {
        path.relative_to(folder).as_posix(): FileRecord(
            size=path.stat().st_size, modified=path.stat().st_mtime_ns, sha256=file_sha256(path)
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    with storage_errors(place, way=_WAY):
        place.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(place.with_name(f".{place.name}.lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            logger.info("Another process is making %s; waiting for it.", place.name)
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _clear_remains(place: Path) -> None:
    """Remove a damaged entry, and what a killed process left of its own; call under the lock."""
    for remains in (place, *place.parent.glob(f".{place.name}.*.part")):
        if remains.exists():
            shutil.rmtree(remains)
