"""Taking named files out of archives that nobody has vouched for.

Nothing is ever unpacked whole: a caller names the members that it wants and where each of them
goes, so a name inside an archive never becomes a path on disk. Links and devices are refused, and
what comes out is measured while it is read, whatever the archive says about itself.
"""

from __future__ import annotations

import gzip
import lzma
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from newtrick.data.sources import SourceError
from newtrick.hashing import file_sha256

MAX_UNPACKED = 2**30
"""Bytes that may come out of one archive."""

_CHUNK = 2**20
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,  # zipfile's, for an encrypted member or an unknown compression
)


def extract(
    archive: Path,
    files: Mapping[str, str],
    into: Path,
    *,
    folder: str = "",
    inner: Sequence[str] = (),
    limit: int = MAX_UNPACKED,
) -> None:
    """Copy named files out of a tar or zip archive, and check what they hold.

    Args:
        archive: A tar (plain or compressed) or zip file, told apart by its content.
        files: SHA-256 by file name.
        into: An existing folder for the files.
        folder: Where the files lie inside the archive.
        inner: Archives inside the archive, from the outermost inwards, that hold the files.
        limit: Bytes that may come out of each archive.

    Raises:
        SourceError: A member is missing, is no regular file, or is not what was promised; or the
            archive is damaged or holds too much.
    """
    with tempfile.TemporaryDirectory(dir=into, prefix=".inner-") as scratch:
        for depth, member in enumerate(inner):
            nested = Path(scratch, str(depth))
            _copy(archive, {member: nested}, limit)
            archive = nested
        prefix = f"{folder}/" if folder else ""
        _copy(archive, {prefix + name: into / name for name in files}, limit)
    for name, promised in files.items():
        check_hash(into / name, promised)


def read_members(archive: Path, *, limit: int = MAX_UNPACKED) -> Iterator[tuple[str, bytes]]:
    """Each regular file of a tar archive in its order: its name and its content.

    Raises:
        SourceError: The archive is damaged or holds too much.
    """
    with _damage_told(archive), tarfile.open(archive, "r|*") as tar:
        for member in tar:
            if member.isfile():
                limit -= member.size
                if limit < 0:
                    raise SourceError(f"{archive.name} holds more than it should")
                yield member.name, _stream(tar, member).read()


def check_hash(path: Path, promised: str) -> None:
    """Compare a file with its promised SHA-256.

    Raises:
        SourceError: They differ.
    """
    found = file_sha256(path)
    if found != promised:
        raise SourceError(f"{path.name} has sha256 {found} where {promised} is promised")


def _copy(archive: Path, targets: Mapping[str, Path], limit: int) -> None:
    with _damage_told(archive):
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as bundle:
                for name, target in targets.items():
                    with bundle.open(_zip_member(bundle, name, limit)) as stream:
                        limit -= _save(stream, target, limit)
        else:
            with tarfile.open(archive, "r:*") as tar:
                for name, target in targets.items():
                    limit -= _save(_stream(tar, _tar_member(tar, name, limit)), target, limit)


def _zip_member(bundle: zipfile.ZipFile, name: str, limit: int) -> zipfile.ZipInfo:
    try:
        member = bundle.getinfo(name)
    except KeyError:
        raise SourceError(f"the archive has no {name}") from None
    kind = stat.S_IFMT(member.external_attr >> 16)  # 0 where the writer was not Unix
    _check_member(name, regular=kind in (0, stat.S_IFREG) and not member.is_dir())
    _check_size(name, member.file_size, limit)
    return member


def _tar_member(tar: tarfile.TarFile, name: str, limit: int) -> tarfile.TarInfo:
    try:
        member = tar.getmember(name)
    except KeyError:
        raise SourceError(f"the archive has no {name}") from None
    _check_member(name, regular=member.isfile())
    _check_size(name, member.size, limit)
    return member


def _check_member(name: str, *, regular: bool) -> None:
    if not regular:
        raise SourceError(f"{name} in the archive is a link or a folder, not a file")


def _check_size(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise SourceError(f"{name} in the archive is too large: {size:,} bytes, {limit:,} allowed")


def _stream(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    stream = tar.extractfile(member)
    if stream is None:
        raise SourceError(f"{member.name} in the archive is no file")
    return stream


def _save(stream: IO[bytes], target: Path, limit: int) -> int:
    """Copy a stream to a file and return its size; the declared size is not believed."""
    size = 0
    with target.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            _check_size(target.name, size, limit)
            file.write(chunk)
    return size


@contextmanager
def _damage_told(archive: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise SourceError(f"{archive.name} is damaged or no archive: {error}") from error
