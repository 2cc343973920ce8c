"""A folder of shards ─► a folder of predictions, a file for a file, each once."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from newtrick.classifier import Classifier, load, refuse_other_reading
from newtrick.cluster.workers import Failure, Workers
from newtrick.counted import counted
from newtrick.data.columns import choose_text_column
from newtrick.data.dataset import Note
from newtrick.data.rawfile import require_file
from newtrick.data.read import open_table
from newtrick.encoder.find import model_hashes
from newtrick.errors import (
    SHOWN_DETAILS,
    Interrupted,
    ModelError,
    NewtrickError,
    StorageError,
    UsageError,
)
from newtrick.hashing import file_sha256
from newtrick.predict_file import FilePredictions, predict_file
from newtrick.progress import Watcher
from newtrick.shards import (
    Answering,
    Done,
    Manifest,
    Shards,
    Terms,
    find_shards,
    open_output,
    read_manifest,
)
from newtrick.training.interrupt import stop_on_signals

logger = logging.getLogger("newtrick")


@dataclass(frozen=True)
class FolderPredictions:
    """What predicting a folder came to.

    Attributes:
        shards: Files of predictions.
        kept: Those of them that were there already.
        rows: Of all of them together; a fault names its shard.
    """

    shards: int
    kept: int
    rows: FilePredictions


@dataclass(frozen=True)
class _Shard:
    """All that a worker needs to know, wherever it is: the folders are the same for all."""

    name: str
    source: Path
    destination: Path
    model: Path
    terms: Terms


def predict_folder(
    model: str | Path,
    source: Path,
    destination: Path,
    workers: Workers,
    answering: Answering | None = None,
    *,
    text_column: str | None = None,
    pair_column: str | None = None,
    explain: bool = False,
    watcher: Watcher | None = None,
) -> FolderPredictions:
    """Classify every row of a folder of csv, jsonl and parquet files.

    The predictions of a file have its name and its format. A file of them appears when it is
    whole, and is then recorded in `manifest.json`; those that are recorded, and are as they were,
    are not made again. So the same call goes on with what was broken off.

    Args:
        model: A model folder, the run folder around it, or a hub id.
        source: The folder of shards. Workers on other machines find it, the output and the model
            at the same paths.
        destination: A folder that is new, empty, or of an earlier call.
        workers: Who does the work, a shard each at a time.
        answering: How the model is asked; see `newtrick.load`.
        text_column: The column with the text; that of the first shard when not given.
        pair_column: The column with a second text, for a model that was trained on pairs.
        explain: Whether to say of each word what it did to the decision.
        watcher: Sees the shards go by.

    Raises:
        UsageError: The output folder is the input, or of another model or input.
        DataError: The input holds no shards; or some cannot be read, and all others are done.
        StorageError: The output cannot be written, or a worker does not see it.
        ClusterError: The workers of a shard died again and again; all others are done.
        Interrupted: A signal ended it; the same call goes on.
    """
    watcher, answering = watcher or Watcher(), answering or Answering()
    source, destination = source.resolve(), destination.resolve()
    if destination.is_relative_to(source):
        raise UsageError(
            "The output would lie in the input.", found=destination, fix="name another folder"
        )
    if destination.exists() and not destination.is_dir():
        raise UsageError(
            "The predictions of a folder go to a folder, and this is a file.", found=destination
        )
    shards = find_shards(source)
    folder = _model_folder(model, answering, pair_column)
    terms = Terms(
        model=_model_sha256(folder),
        text_column=_text_column(shards, text_column, pair_column, watcher),
        pair_column=pair_column,
        explain=explain,
        answering=answering,
    )
    jobs = [_Shard(name, source, destination, folder, terms) for name in shards.names]
    try:
        with open_output(destination, terms, shards) as manifest, stop_on_signals():
            kept = _still_whole(manifest, jobs, workers, watcher)
            return _predict(kept, jobs, workers, watcher)
    except Interrupted as error:
        raise type(error)(
            error.what, where=destination, fix="give the same command again, and it goes on"
        ) from error


def _model_folder(model: str | Path, answering: Answering, pair_column: str | None) -> Path:
    """The folder of a model that can be loaded, and that reads such texts."""
    encoder = load(model, **answering.model_dump()).encoder
    refuse_other_reading(encoder, pair_column)
    return encoder.folder.resolve()


def _model_sha256(folder: Path) -> str:
    return hashlib.sha256(json.dumps(model_hashes(folder), sort_keys=True).encode()).hexdigest()


def _text_column(
    shards: Shards, text_column: str | None, pair_column: str | None, watcher: Watcher
) -> str:
    """The one column that is read of all shards, as the first tells it."""
    if shards.aside:
        watcher.note(Note("shards", f"Left aside: {', '.join(shards.aside)}."))
    table = open_table(shards.folder / shards.names[0])
    column = choose_text_column(table, text=text_column, pair=pair_column)
    for note in (*table.notes, column.note):
        watcher.note(note)
    return column.text


def _still_whole(
    manifest: Manifest, jobs: Sequence[_Shard], workers: Workers, watcher: Watcher
) -> Manifest:
    """The record without the predictions that are gone or changed.

    Raises:
        UsageError: A shard is not what it was.
    """
    recorded = [job for job in jobs if job.name in manifest.shards]
    if recorded:
        watcher.stage("Checking what is there", total=len(recorded))
    whole, changed = {}, []
    for number, (job, now) in enumerate(workers.map(_hashes, recorded), start=1):
        if isinstance(now, Failure):
            raise now.error
        then = manifest.shards[job.name]
        if now.input != then.input:
            changed.append(job.name)
        elif now.output == then.output:
            whole[job.name] = then
        else:
            logger.warning("The predictions of %s are not as they were; made again.", job.name)
        watcher.advance(number)
    if changed:
        raise UsageError(
            "The output folder holds predictions of other rows: "
            f"{counted(len(changed), 'shard')} changed since.",
            details=sorted(changed),
            fix="name another folder with --output, or remove this one",
        )
    return manifest.model_copy(update={"shards": whole})


def _predict(
    manifest: Manifest, jobs: Sequence[_Shard], workers: Workers, watcher: Watcher
) -> FolderPredictions:
    """Do what is not done, and record each shard as soon as it is.

    Raises:
        NewtrickError: Some shards came to nothing.
    """
    missing = [job for job in jobs if job.name not in manifest.shards]
    kept = len(jobs) - len(missing)
    failures: dict[str, NewtrickError] = {}
    if missing:
        watcher.stage("Predicting shards", total=len(missing))
    for number, (job, outcome) in enumerate(workers.map(_predict_shard, missing), start=1):
        if not isinstance(outcome, Failure):
            manifest = manifest.with_shard(job.name, outcome)
            manifest.write(job.destination)
        elif isinstance(outcome.error, UsageError):  # it would be that of all others, too
            raise outcome.error
        else:
            failures[job.name] = outcome.error
        watcher.advance(number)
    if failures:
        raise _all_of(failures, len(jobs))
    return FolderPredictions(len(jobs), kept, _total(manifest))


def _all_of(failures: Mapping[str, NewtrickError], shards: int) -> NewtrickError:
    """One error, of the kind of the first."""
    kind = type(next(iter(failures.values())))
    return kind(
        f"{len(failures):,} of {counted(shards, 'shard')} came to nothing; the others are done.",
        details=[
            f"{name}: {error.what}" + (f" ({error.found})" if error.found else "")
            for name, error in sorted(failures.items())
        ],
        fix="mend them and give the same command again: it goes on with these",
    )


def _total(manifest: Manifest) -> FilePredictions:
    done = sorted(manifest.shards.items())
    faults = [f"{name}, {fault}" for name, shard in done for fault in shard.faults]
    return FilePredictions(
        rows=sum(shard.rows for _, shard in done),
        without_prediction=sum(shard.without_prediction for _, shard in done),
        faults=tuple(faults[:SHOWN_DETAILS]),
    )


# What follows is done by workers, which may be other machines.


@dataclass(frozen=True)
class _Hashes:
    """SHA-256 of a shard and of its predictions, where there are any, as they are now."""

    input: str
    output: str | None


def _hashes(shard: _Shard) -> _Hashes:
    output = shard.destination / shard.name
    return _Hashes(_input_sha256(shard), file_sha256(output) if output.is_file() else None)


def _input_sha256(shard: _Shard) -> str:
    path = shard.source / shard.name
    require_file(path)
    return file_sha256(path)


def _predict_shard(shard: _Shard) -> Done:
    _require_shared(shard)
    classifier = _classifier(shard.model, shard.terms)
    before = _input_sha256(shard)
    predictions = predict_file(
        classifier,
        shard.source / shard.name,
        shard.destination / shard.name,
        text_column=shard.terms.text_column,
        pair_column=shard.terms.pair_column,
        explain=shard.terms.explain,
    )
    return Done(
        rows=predictions.rows,
        without_prediction=predictions.without_prediction,
        faults=predictions.faults,
        input=before,
        output=file_sha256(shard.destination / shard.name),
    )


def _require_shared(shard: _Shard) -> None:
    """Refuse to write into a folder of the same path on a disk of this machine alone.

    Raises:
        StorageError: The record that was written before the work began is not here.
    """
    manifest = read_manifest(shard.destination)
    if manifest is None or manifest.terms != shard.terms:
        raise StorageError(
            "A worker does not see the output folder.",
            where=shard.destination,
            found=f"on {platform.node()}",
            fix="name a folder on a disk that all machines of the cluster share",
        )


@functools.lru_cache(maxsize=1)
def _classifier(folder: Path, terms: Terms) -> Classifier:
    """The model, loaded once for all shards of a worker.

    Raises:
        ModelError: This machine has another model there, or none.
    """
    classifier = load(folder, **terms.answering.model_dump())
    if _model_sha256(folder) != terms.model:
        raise ModelError(
            "A worker has another model at the same path.",
            where=folder,
            found=f"on {platform.node()}",
            fix="put the model on a disk that all machines of the cluster share",
        )
    return classifier
