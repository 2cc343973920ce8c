"""The checkpoints of a run: which are kept, and which one a run goes on from."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from newtrick.errors import StorageError
from newtrick.journal import cut_journal, journal_size
from newtrick.storage import discard_folder, flush_to_disk, storage_errors
from newtrick.training.checkpoint import (
    Snapshot,
    check_checkpoint,
    read_values,
    write_checkpoint,
)

logger = logging.getLogger("newtrick")


@dataclass(frozen=True)
class Checkpoints:
    """A folder with a `step-N` for each checkpoint.

    Attributes:
        folder: Made when the first is saved.
        keep: How many; the last and the best are kept in any case.
        journal: Its size is part of a checkpoint: what comes later has not happened for a run that
            goes on from there.
    """

    folder: Path
    keep: int
    journal: Path | None = None

    def save(self, step: int, snapshot: Snapshot, *, best_step: int | None) -> Path:
        """Write the checkpoint of a step, and remove those not to be kept.

        Raises:
            StorageError: The disk is full or the folder cannot be written; what was there stays.
        """
        path = self.path(step)
        place = {"best_step": best_step, "journal_size": self._flushed_journal()}
        write_checkpoint(path, replace(snapshot, values={**snapshot.values, **place}))
        self._remove_all_but({step, best_step})
        return path

    def path(self, step: int) -> Path:
        """Where the checkpoint of a step is."""
        return self.folder / f"step-{step}"

    def newest(self) -> Path | None:
        """The last good checkpoint; says which later ones are damaged."""
        for step in self._steps():
            path = self.path(step)
            try:
                self._check(path)
            except StorageError as error:
                logger.warning("Checkpoint %s is skipped: %s.", path.name, error.found)
            else:
                return path
        return None

    def best(self) -> Path | None:
        """The checkpoint of the best evaluation before the last good checkpoint."""
        newest = self.newest()
        best_step = None if newest is None else read_values(newest)["best_step"]
        return None if best_step is None else self.path(best_step)

    def go_back_to(self, path: Path | None) -> None:
        """Undo what came after a good checkpoint, or, for None, all: in the folder and journal."""
        for step in self._steps():
            if self.path(step) == path:
                break
            discard_folder(self.path(step))
        if self.journal is not None:
            with storage_errors(self.journal):
                cut_journal(self.journal, read_values(path)["journal_size"] if path else 0)

    def _flushed_journal(self) -> int:
        """The size of the journal, all of which is on disk."""
        if self.journal is None:
            return 0
        with storage_errors(self.journal):
            flush_to_disk(self.journal)
            return journal_size(self.journal)

    def _check(self, path: Path) -> None:
        """Refuse what a run cannot go on from, or could not end well from."""
        check_checkpoint(path)
        values = read_values(path)
        if values["best_step"] is not None:
            check_checkpoint(self.path(values["best_step"]))
        if self.journal is not None and journal_size(self.journal) < values["journal_size"]:
            raise StorageError("The journal is cut.", found=f"{self.journal.name} is too short")

    def _remove_all_but(self, kept: set[int | None]) -> None:
        others = [step for step in self._steps() if step not in kept]
        room = max(0, self.keep - len(kept - {None}))
        for step in others[room:]:
            discard_folder(self.path(step))

    def _steps(self) -> list[int]:
        """The steps of all checkpoints there are, the last one first."""
        names = (path.name.removeprefix("step-") for path in self.folder.glob("step-*"))
        return sorted((int(name) for name in names if name.isdecimal()), reverse=True)
