"""A finding: one thing that makes a data set, a run or a score worth less than it looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """An error stops training unless it is accepted by its code; the others are told."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        code: A stable word, such as `leakage`; what `--accept` takes.
        severity: How bad it is.
        title: One line with the figures in it.
        evidence: The figures by name: numbers and short strings.
        rows: All rows concerned as `file:row`; reports show the first of them.
        suggested: For each of the rows the label that speaks from the evidence; empty where none
            does.
        why: Why it matters, in a sentence.
        fix: What to do about it.
        final: Whether nothing can be trained, so that there is nothing to accept.
    """

    code: str
    severity: Severity
    title: str
    why: str
    fix: str
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    final: bool = False

    @property
    def shown_rows(self) -> tuple[str, ...]:
        """The first of the rows, as many as a report has room for."""
        return self.rows[:MAX_ROWS]


MAX_ROWS = 20


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Errors, then warnings, then the rest, each in the order in which they were found."""
    order = list(Severity)
    return sorted(findings, key=lambda finding: order.index(finding.severity))
