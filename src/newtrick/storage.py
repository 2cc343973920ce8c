"""Writing files so that a reader sees all of one or nothing of it."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from newtrick.errors import StorageError


def write_file(path: Path, content: bytes | str) -> None:
    """Write a file beside its place, flush it to disk, and rename it into place.

    Raises:
        StorageError: The disk is full or the folder cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    with atomic_path(path, size=len(data)) as temporary, temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def atomic_path(path: Path, *, size: int | None = None, way: str = "with --out") -> Iterator[Path]:
    """A temporary path in the same folder that becomes `path` if the block ends well.

    Args:
        path: The file or folder to appear, whole.
        size: The bytes that will be written, if known: for the message when they do not fit.
        way: How the user names another folder.

    Raises:
        StorageError: The disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with storage_errors(path, size=size, way=way):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            temporary.replace(path)
        except BaseException:
            if temporary.is_dir():
                shutil.rmtree(temporary, ignore_errors=True)
            else:
                temporary.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def storage_errors(
    path: Path, *, size: int | None = None, way: str = "with --out"
) -> Iterator[None]:
    """Turn the operating system's refusal to write `path` into a message that can be acted on.

    Args:
        path: What is being written.
        size: Its bytes, if known.
        way: How the user names another folder.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                "The disk is full.",
                where=path,
                found=_room(path, size),
                fix=f"free some space, or name a folder on another disk {way}",
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENOENT):
            raise StorageError(
                f"The file cannot be written: {error.strerror}.",
                where=path,
                fix=f"name a folder that you can write {way}",
            ) from error
        raise


def require_room(folder: Path, size: int) -> None:
    """Refuse to begin what is known not to fit.

    Raises:
        StorageError: Fewer than `size` bytes are free.
    """
    if shutil.disk_usage(folder).free < size:
        raise StorageError(
            "The disk has too little room.",
            where=folder,
            found=_room(folder, size),
            fix="free some space, or name a folder on another disk with --out",
        )


def _room(path: Path, size: int | None) -> str:
    folder = next(
        parent for parent in (path.absolute(), *path.absolute().parents) if parent.exists()
    )
    free = f"{shutil.disk_usage(folder).free:,} bytes free"
    return free if size is None else f"{size:,} bytes to write, {free}"
