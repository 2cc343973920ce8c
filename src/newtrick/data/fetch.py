"""A name ─► a folder on this machine: the cache, else the sources of the catalogue in their order.

Whatever is fetched is compared with the hashes that the catalogue has, and appears in the cache
whole or not at all. No code of what is downloaded is run.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from newtrick.data import cache
from newtrick.data.cache import Origin
from newtrick.data.catalogue import DataEntry, HubSource, ModelEntry, Source, catalogue
from newtrick.data.dataset import Note
from newtrick.data.prepare import Prepared, prepare
from newtrick.data.sources import SourceError, hub
from newtrick.data.sources.obtain import obtain
from newtrick.data.sources.repository import HUB_SCHEME, HubId, Kind
from newtrick.errors import FetchError

logger = logging.getLogger("newtrick")

_ADVICE = {
    "hub": "set HF_ENDPOINT to a mirror of the hub",
    "package": "give pip a mirror of the index (pip config set global.index-url ADDRESS)",
    "url": "set HTTPS_PROXY",
}


@dataclass(frozen=True)
class Fetched:
    """A data set or model in the cache.

    Attributes:
        folder: For a data set of the catalogue `train.parquet`, and `validation.parquet`,
            `test.parquet`, `unsup.parquet` where it has them, with the columns `text` and `label`
            (names; none in `unsup`) and maybe `id`. For a data set of a hub its tables as they lie
            there. For a model `config.json`, tokenizer files and safetensors.
        name: As it was asked for.
        labels: Of a data set of the catalogue, in the order of their ids.
        notes: What was dropped or mended when the rows were prepared.
        source: Where it came from, in words.
        licence: As the catalogue has it.
    """

    folder: Path
    name: str
    labels: tuple[str, ...] | None
    notes: tuple[Note, ...]
    source: str
    licence: str | None


def is_data_name(name: str) -> bool:
    """Whether `fetch_data` knows what to look for: a name of the catalogue or a hub id."""
    return name in catalogue().data or name.startswith(HUB_SCHEME)


def is_model_name(name: str) -> bool:
    """Whether `fetch_model` knows what to look for: a name of the catalogue or a hub id."""
    return name in catalogue().models or name.startswith(HUB_SCHEME)


def fetch_data(name: str) -> Fetched:
    """Find a data set in the cache, or fetch it.

    Args:
        name: A name of the catalogue, or `hf://owner/name`, with `@revision` if wanted.

    Raises:
        UsageError: No such name.
        FetchError: No source gave what the catalogue promises.
        DataError: The hub's repository holds no tables.
        StorageError: The cache cannot be written, or the disk is full.
    """
    if name.startswith(HUB_SCHEME):
        return _fetch_from_hub(HubId.parse(name), "dataset")
    return fetch_entry(catalogue().data_set(name))


def fetch_model(name: str) -> Fetched:
    """Find a model in the cache, or fetch it.

    Args:
        name: A name of the catalogue, or `hf://owner/name`, with `@revision` if wanted.

    Raises:
        UsageError: No such name.
        FetchError: No source gave what the catalogue promises.
        ModelError: The hub's repository has no weights, or pickled ones only.
        StorageError: The cache cannot be written, or the disk is full.
    """
    if name.startswith(HUB_SCHEME):
        return _fetch_from_hub(HubId.parse(name), "model")
    return fetch_entry(catalogue().model(name))


def fetch_entry(entry: DataEntry | ModelEntry) -> Fetched:
    """Find an entry of a catalogue in the cache, or fetch it; raises as `fetch_data` does."""
    place = _place(entry)
    manifest = cache.find_or_make(place, _promise(entry), lambda files: _make(entry, files))
    return Fetched(
        folder=cache.files_of(place),
        name=entry.name,
        labels=entry.labels if isinstance(entry, DataEntry) else None,
        notes=manifest.notes,
        source=manifest.source,
        licence=entry.licence,
    )


def is_cached(entry: DataEntry | ModelEntry) -> bool:
    """Whether an entry lies in the cache, whole."""
    return cache.find(_place(entry), _promise(entry)) is not None


def _place(entry: DataEntry | ModelEntry) -> Path:
    kind = "data" if isinstance(entry, DataEntry) else "models"
    return cache.cache_folder() / kind / entry.name


def _promise(entry: DataEntry | ModelEntry) -> str:
    """Changes with whatever in an entry decides what lies in the cache."""
    told = entry.model_dump_json(include={"sources", "labels", "splits"})
    return hashlib.sha256(told.encode()).hexdigest()


def _make(entry: DataEntry | ModelEntry, files: Path) -> Origin:
    """Fill a folder from the first source that gives what is promised."""
    failures = []
    for source in entry.sources:
        size = "" if isinstance(source, HubSource) else f" ({source.size / 1e6:.1f} MB)"
        logger.info("Fetching %s: %s%s", entry.name, source, size)
        try:
            with tempfile.TemporaryDirectory(dir=files.parent, prefix="raw-") as scratch:
                notes = _take(entry, source, Path(scratch), files)
        except SourceError as error:
            logger.info("  %s", error)
            failures.append(f"{source}: {error}")
        else:
            return Origin(source=str(source), notes=notes)
    raise _not_fetched(entry.name, failures, [source.kind for source in entry.sources])


def _take(
    entry: DataEntry | ModelEntry, source: Source, scratch: Path, files: Path
) -> tuple[Note, ...]:
    obtained = obtain(source, scratch)
    if isinstance(entry, ModelEntry):
        _link(obtained.folder, obtained.names, files)
        return ()
    prepared = prepare(source.layout, obtained.folder)
    _check_rows(entry, prepared)
    for split, frame in prepared.splits.items():
        # By way of memory: what polars says of a full disk is not what the system says.
        content = io.BytesIO()
        frame.write_parquet(content)
        (files / f"{split}.parquet").write_bytes(content.getbuffer())
    return prepared.notes


def _check_rows(entry: DataEntry, prepared: Prepared) -> None:
    rows = {split: frame.height for split, frame in prepared.splits.items()}
    if rows != dict(entry.splits):
        raise SourceError(f"it has rows {rows} where {dict(entry.splits)} are promised")
    for split, frame in prepared.splits.items():
        if split != "unsup" and set(frame["label"]) != set(entry.labels):
            raise SourceError(f"{split} has other labels than {', '.join(entry.labels)}")


def _fetch_from_hub(hub_id: HubId, kind: Kind) -> Fetched:
    logger.info("Fetching %s", hub_id)
    try:
        snapshot = hub.download(hub_id, kind)
        name = f"{kind}--{hub_id.repository.replace('/', '--')}--{snapshot.commit}"
        place = cache.cache_folder() / "hub" / name

        def make(files: Path) -> Origin:
            snapshot.check()
            _link(snapshot.folder, snapshot.files, files)
            return Origin(source=f"hub, {hub_id.repository} at {snapshot.commit}")

        manifest = cache.find_or_make(place, " ".join(snapshot.files), make)
    except SourceError as error:
        raise _not_fetched(str(hub_id), [f"hub, {hub_id.repository}: {error}"], ["hub"]) from error
    return Fetched(
        folder=cache.files_of(place),
        name=str(hub_id),
        labels=None,
        notes=(),
        source=manifest.source,
        licence=None,
    )


def _link(folder: Path, names: Iterable[str], into: Path) -> None:
    """Give files a second name in another folder, or copy them where that cannot be."""
    for name in names:
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        original = (folder / name).resolve()  # the client's cache has symbolic links
        try:
            os.link(original, target)
        except OSError:
            shutil.copyfile(original, target)


def _not_fetched(name: str, failures: list[str], kinds: Iterable[str]) -> FetchError:
    advice = [_ADVICE[kind] for kind in dict.fromkeys(kinds)]
    return FetchError(
        f"No source gave {name}; these were tried.",
        details=failures,
        fix=f"check the network; {'; '.join(advice)}; or give the path of a copy",
    )
