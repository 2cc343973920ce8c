"""The run folder: the names of its files, its lock, and the manifest that says what made it."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from newtrick.errors import StorageError, UsageError
from newtrick.machine.cores import allowed_cores
from newtrick.machine.fields import read_fields
from newtrick.storage import remove_half_written, storage_errors, write_file

RUNS = Path("runs")
_ROOM_FOR_REPORTS = 64 * 2**20
_LOCK, _HOLDER = ".lock", ".holder"
_PACKAGES = (
    "newtrick",
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "numpy",
    "polars",
    "scikit-learn",
)


@dataclass(frozen=True)
class RunFolder:
    """Every file of a run, named once."""

    path: Path

    @property
    def recipe(self) -> Path:
        """Everything needed to run it again."""
        return self.path / "recipe.toml"

    @property
    def manifest(self) -> Path:
        """Versions, machine, data and model hashes, command line."""
        return self.path / "manifest.json"

    @property
    def audit(self) -> Path:
        """Every finding."""
        return self.path / "audit.json"

    @property
    def journal(self) -> Path:
        """One event a line."""
        return self.path / "journal.jsonl"

    @property
    def checkpoints(self) -> Path:
        """Saved weights, a folder each."""
        return self.path / "checkpoints"

    @property
    def seeds(self) -> Path:
        """The runs with other seeds, a folder each, by their seed."""
        return self.path / "seeds"

    @property
    def adaptation(self) -> Path:
        """The run that adapted the encoder first, in a folder of its own."""
        return self.path / "adaptation"

    @property
    def steps(self) -> Path:
        """What an ablation takes away; where it is, the trainings are in folders inside."""
        return self.path / "steps.json"

    @property
    def ablation(self) -> Path:
        """What an ablation came to, machine-readable."""
        return self.path / "ablation.json"

    @property
    def trained(self) -> Path:
        """What a training of an ablation did; it is there when the training is done."""
        return self.path / "trained.json"

    @property
    def model(self) -> Path:
        """What a user ships."""
        return self.path / "model"

    @property
    def predictions(self) -> Path:
        """One parquet file a split: row id, label, probabilities."""
        return self.path / "predictions"

    @property
    def mistakes(self) -> Path:
        """The test rows that the model got wrong, one a line, the most confident first."""
        return self.path / "mistakes.jsonl"

    @property
    def result(self) -> Path:
        """The Result, machine-readable."""
        return self.path / "result.json"

    @property
    def report(self) -> Path:
        """One self-contained page."""
        return self.path / "report.html"

    @property
    def plots(self) -> Path:
        """The report's pictures as PNG."""
        return self.path / "plots"


def begun_by(recipe: Path) -> str:
    """The command that does what a recipe says: one that names no DATA adapts an encoder."""
    try:
        tree = tomllib.loads(recipe.read_text("utf-8"))
    except (OSError, ValueError):
        return "train"
    names_texts = "source" in tree.get("adaptation", {})
    return "adapt" if names_texts and "source" not in tree.get("data", {}) else "train"


@contextlib.contextmanager
def open_run(out: Path | None, name: str) -> Iterator[RunFolder]:
    """Make a run folder and hold its lock.

    Args:
        out: The folder, which must be new or empty; by default a new one under `runs/`, named by
            the date and `name`.
        name: The name of the data.

    Raises:
        StorageError: The folder holds something, is in use, or cannot be made.
    """
    with storage_errors(out or RUNS, way="with --out"):
        path = _new_folder(name) if out is None else out
        path.mkdir(parents=True, exist_ok=True)
    with _locked(path, fix="wait for it, or name another folder with --out"):
        require_empty(path)
        remove_half_written(path)
        yield RunFolder(path)


@contextlib.contextmanager
def reopen_run(path: Path) -> Iterator[RunFolder]:
    """Hold the lock of a run that has ended or was killed, without what it left half written.

    Raises:
        UsageError: There is no run.
        StorageError: The folder is in use, or cannot be written.
    """
    folder = RunFolder(path)
    if not folder.recipe.is_file():
        raise UsageError(
            "There is no run to resume: it has no recipe.toml.",
            where=path,
            fix="name a run folder; one that ended while it read its data has to be begun again",
        )
    with _locked(path, fix="wait for it, or end it"):
        remove_half_written(path)
        yield folder


@contextlib.contextmanager
def _locked(path: Path, *, fix: str) -> Iterator[None]:
    """Keep other processes out of a folder; if it is still empty at the end, it goes."""
    lock, holder = FileLock(path / _LOCK), path / _HOLDER
    with storage_errors(path):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise StorageError(
                "The run folder is in use by another process.",
                where=path,
                found=holder.read_text("utf-8") if holder.exists() else None,
                fix=fix,
            ) from None
    try:
        write_file(holder, _this_process())
        yield
    finally:
        with contextlib.suppress(OSError):
            holder.unlink(missing_ok=True)
            (path / _LOCK).unlink(missing_ok=True)  # while it is held: later, it may be another's
        lock.release()
        with contextlib.suppress(OSError):
            path.rmdir()
            if path.parent == RUNS:
                RUNS.rmdir()


def _this_process() -> str:
    since = dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds")
    return f"process {os.getpid()} on {platform.node()}, since {since}"


def require_empty(path: Path) -> None:
    """Refuse a run folder that holds something, or that cannot be made.

    Raises:
        StorageError: It does, it is a file, or the folder that would hold it cannot be written.
    """
    if not path.exists():
        holder = next(parent for parent in path.absolute().parents if parent.exists())
        if not os.access(holder, os.W_OK):
            raise StorageError(
                "The run folder cannot be made.",
                where=path,
                found=f"{holder} cannot be written",
                fix="name another folder with --out",
            )
        return
    with storage_errors(path, way="with --out"):
        held = sorted(entry.name for entry in path.iterdir() if not _is_left_over(entry.name))
    if held:
        raise StorageError(
            "The run folder exists already.",
            where=path,
            found=", ".join(held[:6]),
            fix="name a new folder with --out, or move this one away",
        )


def _is_left_over(name: str) -> bool:
    """Whether a file is of a run that was killed before it had written its recipe."""
    begun = (f".{_HOLDER}.", ".recipe.toml.")
    return name in (_LOCK, _HOLDER) or (name.startswith(begun) and name.endswith(".part"))


def _new_folder(name: str) -> Path:
    RUNS.mkdir(exist_ok=True)
    slug = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run"
    stem = f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}-{slug}"
    for number in itertools.count(1):
        path = RUNS / (stem if number == 1 else f"{stem}-{number}")
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            break
    return path


def disk_needed(weights: int, checkpoints: int, *, averaged: bool) -> int:
    """The bytes that a run folder grows to.

    Args:
        weights: The bytes of the model's weights.
        checkpoints: How many are kept; while one is written there is one more.
        averaged: Whether an average of the weights is kept beside them.
    """
    checkpoint = (4 if averaged else 3) * weights  # the optimizer keeps two numbers for each
    return (checkpoints + 1) * checkpoint + weights + _ROOM_FOR_REPORTS


@dataclass(frozen=True)
class Environment:
    """What ran, where: enough to see why another machine got another number.

    Attributes:
        python: Version.
        platform: Operating system and architecture.
        processor: The processor's name as the system gives it.
        cores: Cores that this process may use.
        threads: Threads that torch computes with.
        packages: Versions by name.
        command: The command line, quoted for a shell.
        started: ISO 8601, UTC.
        git_revision: Of the working folder, if it is a git checkout.
        workers: How many processes train together; those of a machine share its threads.
    """

    python: str
    platform: str
    processor: str
    cores: int
    threads: int
    packages: Mapping[str, str]
    command: str
    started: str
    git_revision: str | None = None
    workers: int = 1


def describe_environment(recipe: Path, workers: int = 1) -> Environment:
    """Look at this process and this machine.

    Args:
        recipe: The run's recipe: what to run again where no command line started the run.
        workers: How many processes train together.
    """
    return Environment(
        python=platform.python_version(),
        platform=platform.platform(terse=True),
        processor=_processor(),
        cores=allowed_cores() or os.cpu_count() or 1,
        packages={name: metadata.version(name) for name in _PACKAGES},
        threads=torch.get_num_threads(),
        command=_command(recipe),
        started=dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
        git_revision=_git_revision(),
        workers=workers,
    )


def write_manifest(
    folder: RunFolder, environment: Environment, inputs: Mapping[str, Mapping[str, object]]
) -> None:
    """Write `manifest.json`: the environment, and what the run is made of.

    Args:
        folder: Of the run.
        environment: What runs it, where.
        inputs: Settings by name, SHA-256 of data splits and model files, and the like.
    """
    document = {"format": 1, **asdict(environment), **inputs}
    write_file(folder.manifest, json.dumps(document, indent=2) + "\n")


def _command(recipe: Path) -> str:
    program = Path(sys.argv[0]).name
    is_ours = program == "newtrick"
    return shlex.join(
        [program, *sys.argv[1:]]
        if is_ours
        else ["newtrick", begun_by(recipe), "--recipe", str(recipe)]
    )


def _processor() -> str:
    described = read_fields(Path("/proc/cpuinfo"))
    return described.get("model name") or platform.processor() or platform.machine()


def _git_revision() -> str | None:
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 (the user's own git)
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
