"""How a long job tells whoever started it what it does."""

from __future__ import annotations

from newtrick.audit.finding import Finding
from newtrick.data.dataset import Note
from newtrick.journal import Event, Plan, Step


class Watcher:
    """Sees a job as it goes and says nothing; the command line has one that draws it."""

    def stage(self, title: str, total: int | None = None) -> None:
        """A stage begins; `total` is its pieces of work, if they can be counted."""

    def advance(self, done: int) -> None:
        """So many pieces of the stage are done."""

    def note(self, note: Note) -> None:
        """Something was chosen or changed."""

    def finding(self, finding: Finding) -> None:
        """The audit found something."""

    def event(self, event: Event) -> None:
        """Something was written to the journal."""


class Aside(Watcher):
    """Shows how far a job is that belongs to another, and nothing else of it.

    Args:
        watcher: Sees the other.
        name: Of this one; it stands before its stages.
    """

    def __init__(self, watcher: Watcher, name: str) -> None:
        self._watcher, self._name = watcher, name

    def stage(self, title: str, total: int | None = None) -> None:
        """A stage begins."""
        self._watcher.stage(f"{self._name}: {title}", total)

    def advance(self, done: int) -> None:
        """So many pieces of the stage are done."""
        self._watcher.advance(done)

    def event(self, event: Event) -> None:
        """The length of training, and its steps."""
        if isinstance(event, Plan | Step):
            self._watcher.event(event)
