"""What the settings name as data ─► the files that a data set is made from, and their hashes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newtrick.data.rawfile import STANDARD_INPUT, require_file
from newtrick.data.source import Source, find_source, text_files
from newtrick.hashing import file_sha256
from newtrick.recipe import DataSettings


@dataclass(frozen=True)
class Inputs:
    """The files of a data set.

    Attributes:
        source: DATA.
        test: Separate test data, if there is any.
        corrections: A review file whose decisions are followed, if there is one.
    """

    source: Source
    test: Source | None = None
    corrections: Path | None = None

    def hashes(self) -> tuple[str, ...] | None:
        """SHA-256 of each file as it is now; None if one cannot be read, or not a second time."""
        paths = list(self._paths())
        if STANDARD_INPUT in map(str, paths) or not all(path.is_file() for path in paths):
            return None
        try:
            return tuple(map(file_sha256, paths))
        except OSError:
            return None

    def _paths(self) -> Iterator[Path]:
        for source in filter(None, (self.source, self.test)):
            yield from (file.path for file in source.files)
            for folder in source.folders:
                yield from text_files(folder)
        if self.corrections is not None:
            yield self.corrections


def find_inputs(settings: DataSettings) -> Inputs:
    """Find all files before any of them is read.

    Raises:
        UsageError: No data is named.
        DataError: There is no such thing, or it holds nothing that can be read.
        FetchError: It has to be fetched, and no source gave it.
    """
    corrections = None if settings.corrections is None else Path(settings.corrections)
    if corrections is not None:
        require_file(corrections)
    test = settings.test_source
    return Inputs(
        source=find_source(settings.source or ""),
        test=None if test is None else find_source(test),
        corrections=corrections,
    )
