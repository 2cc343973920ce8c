"""How a long job tells whoever started it what it does."""

from __future__ import annotations

from newtrick.audit.finding import Finding
from newtrick.data.dataset import Note
from newtrick.journal import Event


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
