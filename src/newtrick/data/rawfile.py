"""The bytes of an input: a file, a gzip file, or standard input."""

from __future__ import annotations

import difflib
import gzip
import shutil
import sys
import tempfile
import weakref
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from newtrick.errors import DataError
from newtrick.storage import storage_errors

STANDARD_INPUT = "-"
_BLOCK = 1 << 20
_WAY = "with TMPDIR"
_GZIP_MARK = b"\x1f\x8b"


@dataclass(frozen=True)
class RawFile:
    """An input that can be read from its start as often as needed.

    Attributes:
        name: The path as the user gave it, or `-`.
        path: Where the bytes lie.
    """

    name: str
    path: Path

    def open(self) -> BinaryIO:
        """The bytes; those of a gzip file are unpacked on the way."""
        try:
            stream = self.path.open("rb")
        except OSError as error:
            raise DataError(
                f"The file cannot be opened: {error.strerror}.", where=self.name
            ) from error
        mark = stream.read(len(_GZIP_MARK))
        if mark == _GZIP_MARK:
            stream.close()
            return cast("BinaryIO", gzip.open(self.path))
        if mark and self.path.suffix.lower() == ".gz":
            stream.close()
            raise DataError(
                "This is not a gzip file.", where=self.name, fix="remove .gz from its name"
            )
        stream.seek(0)
        return stream

    def blocks(self) -> Iterator[bytes]:
        """The bytes in blocks of a megabyte.

        Raises:
            DataError: A gzip file is damaged or cut short.
        """
        with self.open() as stream:
            while block := self._read(stream):
                yield block

    def head(self) -> bytes:
        """The first block; empty for an empty file."""
        with self.open() as stream:
            return self._read(stream)

    def _read(self, stream: BinaryIO) -> bytes:
        try:
            return stream.read(_BLOCK)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(
                "The gzip file is damaged or cut short.",
                where=self.name,
                found=error,
                fix="download or copy it again",
            ) from error


def raw_file(path: Path | str, name: str | None = None) -> RawFile:
    """A file by its path, or standard input for `-`.

    Args:
        path: Where it is.
        name: What it is called in messages, if not by its path.

    Raises:
        DataError: There is no such file; the nearest name is given.
    """
    if str(path) == STANDARD_INPUT:
        return _standard_input()
    require_file(Path(path))
    return RawFile(name or str(path), Path(path))


def require_file(path: Path) -> None:
    """Refuse a path that leads to no file.

    Raises:
        DataError: There is no such file, whose nearest name is given; or it is a folder.
    """
    if not exists(path):
        raise no_such_input(str(path), "There is no such file.")
    if path.is_dir():
        raise DataError(
            "A file is needed, and this is a folder.", where=path, fix="name a file in it"
        )


def exists(path: Path) -> bool:
    """Whether there is such a file or folder; what cannot be the name of one is not there."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def no_such_input(name: str, what: str, known: Iterable[str] = ()) -> DataError:
    """The error for an input that is not there, with the nearest name of one that is."""
    folder = Path(name).parent
    beside = {path.stem: str(path) for path in folder.iterdir()} if exists(folder) else {}
    near = difflib.get_close_matches(Path(name).stem, [*beside, *known], n=1)  # endings say little
    if near:
        hint = f"did you mean {beside.get(near[0], near[0])}?"
    else:
        hint = "check the path" + (f"; known names: {', '.join(known)}" if known else "")
    return DataError(what, found=name, fix=hint)


def _standard_input() -> RawFile:
    """Standard input, copied to disk first: its encoding is known only when all of it was seen."""
    with storage_errors(Path.cwd(), way=_WAY):
        folder = Path(tempfile.gettempdir())  # fails where every folder that it tries is full
    with (
        storage_errors(folder, way=_WAY),
        tempfile.NamedTemporaryFile(prefix="newtrick-", delete=False) as copy,
    ):
        raw = RawFile(STANDARD_INPUT, Path(copy.name))
        weakref.finalize(raw, raw.path.unlink, missing_ok=True)  # or else at exit
        shutil.copyfileobj(sys.stdin.buffer, copy)
    return raw
