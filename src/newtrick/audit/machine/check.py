"""What a check of a machine is: it has a line to say also where all is in order."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from newtrick.audit.check import Check
from newtrick.audit.finding import Finding
from newtrick.audit.machine.subject import MachineSubject


@dataclass(frozen=True)
class Seen:
    """Something that is in order, or that is not known here."""

    text: str
    known: bool = True


class MachineCheck(Check[MachineSubject]):
    """One thing that can be wrong with a machine.

    Attributes:
        topic: The word that its lines begin with.
    """

    topic: ClassVar[str]

    @abstractmethod
    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Whatever there is to say: findings, or what was seen to be in order."""

    def look(self, subject: MachineSubject) -> Iterator[Finding]:
        """The findings alone."""
        for sight in self.examine(subject):
            if isinstance(sight, Finding):
                yield sight


def gigabytes(size: float) -> str:
    """A size in bytes for people, such as `4.6 GB`."""
    return f"{size / 1e9:.1f} GB"
