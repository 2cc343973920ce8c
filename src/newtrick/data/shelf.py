"""Values that take long to make, kept in the cache folder by what decides them.

An entry is called by a hash of everything that its value depends on: what changes has another name,
so what is found is never out of date. The entries that have not been used for longest go when there
are too many. A cache that cannot be written and an entry that is damaged are told, and cost time
alone.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Generic, TypeVar

from newtrick.data.cache import Origin, cache_folder, files_of, find, find_or_make
from newtrick.errors import StorageError
from newtrick.storage import full_disk_as_oserror, storage_errors

logger = logging.getLogger("newtrick")

ValueT = TypeVar("ValueT")

_FORMAT = 2
_MOST_BYTES = 2 * 2**30
_LIBRARIES = ("numpy", "polars", "pyarrow", "fastexcel", "scipy", "scikit-learn", "cleanlab")


@dataclass(frozen=True)
class Shelf(Generic[ValueT]):
    """Where values of one kind are kept. What it hands out was read from disk, new or not.

    Attributes:
        folder: Its name in the cache folder; kinds may share one, and then its bounds.
        what: The values in a word or two, for messages.
        write: Puts a value into an empty folder.
        read: Takes it out of there.
        told: What is logged when a value is found that was made before.
    """

    folder: str
    what: str
    write: Callable[[ValueT, Path], object]
    read: Callable[[Path], ValueT]
    told: str | None = None

    def find_or_make(self, key: str, make: Callable[[], ValueT]) -> ValueT:
        """The value of a key; of several processes that ask at once, one makes it."""
        place, promise = cache_folder() / self.folder / key, f"{self.folder} {_FORMAT}"
        made: list[ValueT] = []

        def fill(folder: Path) -> Origin:
            made.append(make())
            with full_disk_as_oserror():
                self.write(made[0], folder)
            return Origin(source=self.what)

        with contextlib.suppress(OSError):  # it is not there yet, or the cache is read-only
            os.utime(place)
        if os.access(place, os.F_OK) and find(place, promise) is None:
            logger.warning("%s: damaged in the cache, and made again.", self.what)
        try:
            with storage_errors(place):  # what is kept may be as private as what it is made of
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            find_or_make(place, promise, fill)
        except StorageError as error:
            logger.warning("%s: not cached. %s", self.what, error.what)
            return made[0] if made else make()
        if made:
            with contextlib.suppress(FileNotFoundError):  # another thread or process removes, too
                _forget_oldest(place.parent)
        elif self.told:
            logger.info(self.told)
        return self.read(files_of(place))


def key_of(*parts: str | None) -> str:
    """A key that is equal for equal parts alone."""
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]


@functools.cache
def code_hash() -> str:
    """Changes with newtrick's own code, with Python, and with the libraries that prepare data."""
    digest = hashlib.sha256(sys.version.encode())
    package = Path(__file__).parents[1]
    for path in sorted(package.rglob("*.py")):
        digest.update(f"\n{path.relative_to(package).as_posix()}\n".encode())
        digest.update(path.read_bytes())
    for name in _LIBRARIES:
        digest.update(f"\n{name} {metadata.version(name)}".encode())
    return digest.hexdigest()


def _forget_oldest(folder: Path) -> None:
    """Remove what was not used for longest, until the rest is within bounds."""
    entries = sorted(
        (entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")),
        key=lambda entry: entry.stat().st_mtime,
        reverse=True,
    )
    kept = 0
    for number, entry in enumerate(entries):
        kept += sum(path.stat().st_size for path in entry.rglob("*") if path.is_file())
        if number and kept > _MOST_BYTES:
            shutil.rmtree(entry, ignore_errors=True)
