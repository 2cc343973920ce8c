"""Writing files so that a reader sees all of one or nothing of it."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from newtrick.errors import StorageError

_FULL = (errno.ENOSPC, errno.EDQUOT)


def write_file(path: Path, content: bytes | str) -> None:
    """Write a file beside its place, flush it to disk, and rename it into place.

    Raises:
        StorageError: The disk is full or the file cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    with atomic_path(path, size=len(data)) as temporary:
        temporary.write_bytes(data)
        flush_to_disk(temporary)


def flush_to_disk(path: Path) -> None:
    """Wait until a file, or the list of names in a folder, would survive a power cut."""
    if path.is_dir() and os.name == "nt":
        return  # a folder cannot be opened there
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic_path(path: Path, *, size: int | None = None, way: str | None = None) -> Iterator[Path]:
    """A temporary path in the same folder that becomes `path` if the block ends well.

    Args:
        path: The file or folder to appear, whole.
        size: The bytes that will be written, if known: for the message when they do not fit.
        way: How the user names another place, such as an option.

    Raises:
        StorageError: The disk is full or the path cannot be written. An error of the block that
            concerns another file passes as it is.
    """
    temporary = path.with_name(f".{path.name}.{_own_name()}.part")
    try:
        with storage_errors(path, size=size, way=way):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
        except OSError as error:
            if error.errno in _FULL or str(temporary) in str(error.filename):
                raise _storage_error(error, path, size, way) from error
            raise
        with storage_errors(path, size=size, way=way):
            temporary.replace(path)
            flush_to_disk(path.parent)
    except BaseException:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise


def _own_name() -> str:
    """What no other process has, on any of the machines that share a disk."""
    return f"{os.getpid()}-{secrets.token_hex(4)}"


def discard_folder(path: Path) -> None:
    """Remove a folder, if it is there; what is left when that is broken off has another name.

    Raises:
        StorageError: It cannot be removed.
    """
    if path.exists():
        with storage_errors(path):
            gone = path.rename(path.with_name(f".{path.name}.{_own_name()}.old.part"))
        shutil.rmtree(gone, ignore_errors=True)


def remove_half_written(folder: Path) -> None:
    """Remove what `atomic_path` had begun, anywhere in a folder, when its process was killed."""
    for path in list(folder.rglob(".*.part")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def full_disk_as_oserror() -> Iterator[None]:
    """For calls into libraries in Rust, which have no error of their own for a full disk.

    Raises:
        OSError: The disk is full.
    """
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        if "No space left" in str(error):
            raise OSError(errno.ENOSPC, str(error)) from error
        raise


@contextlib.contextmanager
def storage_errors(
    path: Path, *, size: int | None = None, way: str | None = None
) -> Iterator[None]:
    """Turn the operating system's refusal to write `path` into a message that can be acted on.

    Raises:
        StorageError: For any error of the operating system inside the block.
    """
    try:
        yield
    except OSError as error:
        raise _storage_error(error, path, size, way) from error


def require_room(folder: Path, size: int, *, way: str | None = None) -> None:
    """Refuse to begin what is known not to fit.

    Raises:
        StorageError: Fewer than `size` bytes are free.
    """
    if shutil.disk_usage(_existing(folder)).free < size:
        raise StorageError(
            "The disk has too little room.",
            where=folder,
            found=_room(folder, size),
            fix=f"free some space, or {_elsewhere(way)}",
        )


def _storage_error(error: OSError, path: Path, size: int | None, way: str | None) -> StorageError:
    if error.errno in _FULL:
        return StorageError(
            "The disk is full.",
            where=path,
            found=_room(path, size),
            fix=f"free some space, or {_elsewhere(way)}",
        )
    reason = error.strerror or type(error).__name__
    return StorageError(
        f"This cannot be written: {reason.lower()}.", where=path, fix=_elsewhere(way)
    )


def _elsewhere(way: str | None) -> str:
    return f"choose another place {way}" if way else "choose another place"


def _room(path: Path, size: int | None) -> str:
    free = f"{shutil.disk_usage(_existing(path)).free:,} bytes free"
    return free if size is None else f"{size:,} bytes to write, {free}"


def _existing(path: Path) -> Path:
    places = (path.absolute(), *path.absolute().parents)
    return next(place for place in places if place.exists())
