"""What a check is: one thing that can be wrong, with the reason and the remedy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from newtrick.audit.finding import Finding, Severity, worst_first
from newtrick.data.dataset import LabelSet

SubjectT = TypeVar("SubjectT")


class Check(ABC, Generic[SubjectT]):
    """One thing that can be wrong with a subject: a data set, a journal, a model card.

    Attributes:
        code: A stable word.
        why: Why it matters, in a sentence.
        fix: What to do about it; begins in lower case, without a full stop.
        needs_one_label: Whether it says something only of rows that have one label each.
    """

    code: ClassVar[str]
    why: ClassVar[str]
    fix: ClassVar[str]
    needs_one_label: ClassVar[bool] = False

    @abstractmethod
    def look(self, subject: SubjectT) -> Iterator[Finding]:
        """Find it, or nothing."""

    def found(
        self,
        severity: Severity,
        title: str,
        evidence: Mapping[str, float | int | str],
        rows: Sequence[str] = (),
        suggested: Sequence[str] = (),
        *,
        fix: str | None = None,
    ) -> Finding:
        """A finding of this check, with its remedy or a better one for the case."""
        return Finding(
            self.code,
            severity,
            title,
            self.why,
            fix or self.fix,
            evidence,
            rows=tuple(rows),
            suggested=tuple(suggested),
        )


def applicable(checks: Iterable[Check[SubjectT]], labels: LabelSet) -> tuple[Check[SubjectT], ...]:
    """The checks that say something of data with such labels."""
    return tuple(c for c in checks if not (labels.multi_label and c.needs_one_label))


def audit(subject: SubjectT, checks: Iterable[Check[SubjectT]]) -> tuple[Finding, ...]:
    """Everything that the checks find, the worst first."""
    return tuple(worst_first(finding for check in checks for finding in check.look(subject)))
