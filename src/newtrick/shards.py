"""A folder of shards, and in the folder of their predictions the record of those that are done."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import ValidationError

from newtrick.counted import counted
from newtrick.errors import DataError, StorageError, UsageError
from newtrick.evaluation.value import Value
from newtrick.storage import remove_half_written, storage_errors, write_file

MANIFEST = "manifest.json"
_LOCK = ".lock"
_KINDS = (".csv", ".jsonl", ".parquet")
_OPTIONS = ("text_column", "pair_column", "explain")
_ASIDE = (".", "_")
"""What the names begin with that tools for big data give to files of their own."""


class Answering(Value):
    """How a model is asked.

    Attributes:
        precision: The format to compute in.
        blend: Whether a count of words helps; None as the model has it.
        fast: Whether that answers alone where it is sure.
    """

    precision: Literal["float32", "bfloat16", "auto"] = "float32"
    blend: bool | None = None
    fast: bool = False


class Terms(Value):
    """What decides the predictions of any row.

    Attributes:
        model: SHA-256 of the model's files, all together.
        text_column: The column with the text.
        pair_column: That with a second text, if it is read.
        explain: Whether words are told.
        answering: How the model is asked.
    """

    model: str
    text_column: str
    pair_column: str | None
    explain: bool
    answering: Answering


class Done(Value):
    """A shard whose predictions are written.

    Attributes:
        rows: All of them.
        without_prediction: Those that could not be read or held no text.
        faults: A line for each of the first of these.
        input: SHA-256 of the shard.
        output: SHA-256 of its predictions.
    """

    rows: int
    without_prediction: int
    faults: tuple[str, ...]
    input: str
    output: str


class Manifest(Value):
    """The record of a folder of predictions; a shard is in it once its predictions are there."""

    format: Literal[1] = 1
    terms: Terms
    shards: dict[str, Done]

    def with_shard(self, name: str, done: Done) -> Manifest:
        """The record with one shard more."""
        return self.model_copy(update={"shards": {**self.shards, name: done}})

    def write(self, folder: Path) -> None:
        """Replace the record in a folder, in one go.

        Raises:
            StorageError: The folder cannot be written.
        """
        write_file(folder / MANIFEST, self.model_dump_json(indent=2) + "\n")


@dataclass(frozen=True)
class Shards:
    """The files of an input folder, by name, and what was left aside there."""

    folder: Path
    names: tuple[str, ...]
    aside: tuple[str, ...]


def find_shards(folder: Path) -> Shards:
    """The csv, jsonl and parquet files of a folder, in the order of their names.

    Raises:
        DataError: There are none, or others among them.
    """
    with storage_errors(folder, way="with --input"):
        entries = sorted(folder.iterdir())
    aside = [entry.name for entry in entries if entry.name.startswith(_ASIDE)]
    names = [entry.name for entry in entries if entry.name not in aside]
    others = [
        entry.name + ("/" if entry.is_dir() else "")
        for entry in entries
        if entry.name in names and (entry.suffix.lower() not in _KINDS or entry.is_dir())
    ]
    if others:
        raise DataError(
            f"A folder of shards holds {', '.join(_KINDS)} files, and here are others.",
            where=folder,
            details=others,
            fix="move them elsewhere; unpack or convert what is to be read",
        )
    if not names:
        raise DataError(
            "The folder holds no shards.", where=folder, fix=f"give one with {', '.join(_KINDS)}"
        )
    return Shards(folder, tuple(names), tuple(aside))


@contextlib.contextmanager
def open_output(folder: Path, terms: Terms, shards: Shards) -> Iterator[Manifest]:
    """Hold the folder of predictions, which is new, empty, or of the same shards and terms.

    Raises:
        UsageError: It is of something else.
        StorageError: It is in use, or cannot be written.
    """
    with storage_errors(folder, way="with --output"):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise StorageError(
                "The output folder is in use by another process.",
                where=folder,
                fix="wait for it, or end it",
            ) from None
    try:
        manifest = _fitting(folder, terms, shards)
        remove_half_written(folder)
        manifest.write(folder)
        yield manifest
        remove_half_written(folder)
    finally:
        with contextlib.suppress(OSError):
            (folder / _LOCK).unlink(missing_ok=True)  # while it is held: later, it may be another's
        lock.release()


def read_manifest(folder: Path) -> Manifest | None:
    """The record in a folder, if there is one.

    Raises:
        UsageError: A file of that name is no such record.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise UsageError(
            f"The output folder has a {MANIFEST} that is not of predictions.",
            where=path,
            fix="name a new folder with --output",
        ) from error


def _fitting(folder: Path, terms: Terms, shards: Shards) -> Manifest:
    """The record to go on with, which may be empty."""
    manifest = read_manifest(folder)
    if manifest is None:
        held = [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")]
        if held:
            raise UsageError(
                "The output folder holds other files.",
                where=folder,
                found=", ".join(sorted(held)[:6]),
                fix="name a new or an empty folder with --output",
            )
        return Manifest(terms=terms, shards={})
    changed = _differences(manifest.terms, terms)
    if changed:
        raise UsageError(
            "The output folder holds predictions of another kind.",
            where=folder,
            details=changed,
            fix="name another folder with --output",
        )
    strange = sorted(manifest.shards.keys() - set(shards.names))
    if strange:
        raise UsageError(
            f"The output folder holds predictions of {counted(len(strange), 'shard')} that the"
            " input does not have.",
            where=folder,
            details=strange,
            fix="name another folder with --output",
        )
    return manifest


def _differences(there: Terms, now: Terms) -> list[str]:
    """A line for each thing that is asked for otherwise, by the name of its option."""
    lines = [] if there.model == now.model else ["model: another one there"]
    pairs = [
        *((name, getattr(there, name), getattr(now, name)) for name in _OPTIONS),
        *(
            (name, getattr(there.answering, name), getattr(now.answering, name))
            for name in Answering.model_fields
        ),
    ]
    return lines + [
        f"--{name.replace('_', '-')}: {_told(then)} there, {_told(asked)} now"
        for name, then, asked in pairs
        if then != asked
    ]


def _told(value: object) -> str:
    """The value of an option; a switch is on or off."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "not given" if value is None else str(value)
