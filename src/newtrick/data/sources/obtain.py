"""A source of the catalogue ─► verified files on this machine; or whether it has them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from newtrick.data.catalogue import HubSource, PackageSource, Source, UrlSource
from newtrick.data.sources import SourceError, archives, hub, package_index, url
from newtrick.data.sources.repository import HubId, Kind
from newtrick.errors import DataError, ModelError


@dataclass(frozen=True)
class Obtained:
    """The files that a source gave: `names` within `folder`, which may hold others beside them."""

    folder: Path
    names: tuple[str, ...]


def obtain(source: Source, scratch: Path) -> Obtained:
    """Fetch a source and check its files against the hashes that the catalogue has.

    Args:
        source: Any kind of source.
        scratch: An empty folder for what is downloaded; the hub's client has a cache of its own.

    Raises:
        SourceError: The source does not give what is promised.
        StorageError: The disk is full.
    """
    match source:
        case HubSource():
            return _from_hub(source)
        case PackageSource():
            return _from_package(source, scratch)
        case UrlSource():
            return Obtained(scratch, (url.download(source, scratch).name,))
        case _:
            assert_never(source)


def ask(source: Source) -> None:
    """Ask a source whether it has what the catalogue has there, and take nothing; in seconds.

    Raises:
        SourceError: It cannot be reached, it refuses, or it has no such thing.
    """
    match source:
        case HubSource():
            hub.ask(HubId(source.repository, source.revision), _kind(source))
        case PackageSource():
            package_index.ask(source)
        case UrlSource():
            url.ask(source)
        case _:
            assert_never(source)


def _kind(source: HubSource) -> Kind:
    return "model" if source.layout == "as-is" else "dataset"


def _from_hub(source: HubSource) -> Obtained:
    try:
        snapshot = hub.download(HubId(source.repository, source.revision), _kind(source))
    except (DataError, ModelError) as error:  # the next source may have what this one lacks
        raise SourceError(error.what[0].lower() + error.what[1:].rstrip(".")) from error
    snapshot.check()
    for name, promised in source.files.items():
        archives.check_hash(snapshot.folder / name, promised)
    return Obtained(snapshot.folder, snapshot.files)


def _from_package(source: PackageSource, scratch: Path) -> Obtained:
    downloads, files = scratch / "downloads", scratch / "files"
    downloads.mkdir()
    files.mkdir()
    archives.extract(
        package_index.download(source, downloads),
        source.files,
        files,
        folder=source.folder,
        inner=source.inner,
    )
    return Obtained(files, tuple(source.files))
