"""What a run folder is a run of, and how to go on with one that was broken off."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from newtrick.errors import Interrupted, StorageError, WorkerLost
from newtrick.run import RunFolder, begun_by


def adapted_for(folder: Path) -> Path | None:
    """The run that a folder inside it adapts the encoder for; None for any other folder."""
    whole = RunFolder(folder.parent)
    is_inside = folder == whole.adaptation and whole.recipe.is_file()
    return whole.path if is_inside else None


def resume_command(run: str | Path, options: Sequence[str] = ()) -> str:
    """What to type to go on with a run, with such options; of a part of one, with the whole."""
    run = adapted_for(Path(run)) or run
    command = begun_by(RunFolder(Path(run)).recipe)
    return shlex.join(["newtrick", command, "--resume", str(run), *options])


def is_ablation(folder: Path) -> bool:
    """Whether a folder is that of an ablation; its trainings are runs in folders inside."""
    return RunFolder(folder).steps.is_file()


def unfinished_run(folder: Path) -> str | None:
    """What to do about a folder of a run that was broken off; None for any other."""
    run = RunFolder(folder)
    if is_ablation(folder):
        return "this is an ablation: its trainings are in the folders inside"
    if not run.recipe.is_file() or run.result.is_file():
        return None
    return f"this run is not finished: {resume_command(folder)}"


@contextlib.contextmanager
def resumable(folder: RunFolder, options: Sequence[str] = ()) -> Iterator[None]:
    """Say how to go on after what breaks off a run without being wrong with it."""
    try:
        yield
    except (Interrupted, StorageError, WorkerLost) as error:
        if folder.recipe.is_file():
            again = resume_command(folder.path, options)
            error.fix = f"{error.fix}; then {again}" if error.fix else f"to go on: {again}"
        raise
