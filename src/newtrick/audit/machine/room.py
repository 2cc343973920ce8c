"""Checks of memory and disk against what a run takes."""

from __future__ import annotations

from collections.abc import Iterator

from newtrick.audit.finding import Finding, Severity
from newtrick.audit.machine.check import MachineCheck, Seen, gigabytes
from newtrick.audit.machine.subject import MachineSubject

USUAL_MEMORY = 2_800_000_000
"""The measured peak of the default recipe on IMDb: 25,000 long reviews, batches of 32 × 256."""

LEAST_MEMORY = 1_200_000_000
"""The measured peak of the default model on a few hundred short texts; imports are half of it."""


class LittleMemory(MachineCheck):
    """Less memory than a training takes."""

    code = "little-memory"
    topic = "memory"
    why = (
        "A process that asks for more is killed without a word. The default recipe was measured to"
        f" take {gigabytes(USUAL_MEMORY)} at its peak, on long texts; short ones take half."
    )
    fix = (
        "train in smaller batches, which gives the same updates:"
        " --set training.train_batch_size=8 --set training.accumulation_steps=4"
        " --set training.eval_batch_size=16"
    )

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Compare what could be had with the peak of the default recipe."""
        memory = machine.memory
        usable = memory.usable
        if usable is None:
            yield Seen("how much there is is not known here", known=False)
            return
        limited = f" of the {gigabytes(memory.limit)} allowed" if memory.limit else ""
        measured = memory.available is not None or memory.left is not None
        told = f"{gigabytes(usable)} {'available' if measured else 'in all'}{limited}"
        evidence = {"usable_bytes": usable, "needed_bytes": USUAL_MEMORY}
        if usable < LEAST_MEMORY:
            yield self.found(
                Severity.ERROR,
                f"{told}; the smallest training takes {gigabytes(LEAST_MEMORY)}",
                evidence | {"needed_bytes": LEAST_MEMORY},
                fix="end other programs, or grant more: docker run --memory 8g,"
                " resources.limits.memory in Kubernetes, #SBATCH --mem=8G",
            )
        elif usable < USUAL_MEMORY:
            yield self.found(
                Severity.WARNING,
                f"{told}; the default recipe takes {gigabytes(USUAL_MEMORY)} on long texts",
                evidence,
            )
        else:
            yield Seen(f"{told}; the default recipe takes up to {gigabytes(USUAL_MEMORY)}")


class LittleDisk(MachineCheck):
    """Less room on a disk than a run or a download takes."""

    code = "little-disk"
    topic = "disk"
    why = "A run that cannot save its model has trained for nothing."
    fix = "free some space, or name a folder on another disk: --out, NEWTRICK_CACHE, HF_HOME"

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Compare what is free with what the default model takes there."""
        rooms = [(folder, folder.free) for folder in machine.folders if folder.free is not None]
        tight = [(folder, free) for folder, free in rooms if free < folder.needed]
        for folder, free in tight:
            yield self.found(
                Severity.ERROR,
                f"{gigabytes(free)} free for {folder.purpose} in {folder.path}, where the"
                f" default model takes {gigabytes(folder.needed)}",
                {"path": folder.path, "free_bytes": free, "needed_bytes": folder.needed},
                fix=f"free some space, or name a folder on another disk with {folder.way}",
            )
        if not rooms:
            yield Seen("how much is free is not known here", known=False)
        elif not tight:
            _, least = min(rooms, key=lambda room: room[1])
            most = max(folder.needed for folder, _ in rooms)
            yield Seen(f"{gigabytes(least)} free; the default model takes {gigabytes(most)}")


class UnwritableFolder(MachineCheck):
    """A folder that newtrick writes to cannot be written."""

    code = "unwritable-folder"
    topic = "folders"
    why = "A download or a run would end with an error."
    fix = "name a folder that can be written: --out, NEWTRICK_CACHE, HF_HOME"

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Say where the folders are, and which of them cannot be written."""
        for folder in machine.folders:
            if folder.failure is None:
                yield Seen(f"{folder.purpose} in {folder.path}")
            else:
                yield self.found(
                    Severity.ERROR,
                    f"{folder.purpose} cannot be written to {folder.path}: {folder.failure}",
                    {"path": folder.path},
                    fix=f"name a folder that can be written, with {folder.way}",
                )
