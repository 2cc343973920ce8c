"""Follows a training by its journal, and ends one that is lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from newtrick.audit.check import audit
from newtrick.audit.finding import Finding
from newtrick.audit.outcome import refused_findings
from newtrick.audit.registry import TRAINING_CHECKS
from newtrick.audit.training.steps import BrokenNumbers
from newtrick.audit.training.subject import TrainingSubject
from newtrick.errors import TrainingLost
from newtrick.journal import End, Evaluation, Event, NotFinite


class Watchdog:
    """Sees each event of a journal.

    Args:
        row_names: The name of each training row as `file:row`.
        accepted: Codes of findings in spite of which training goes on.
        events: What the journal holds already.
    """

    def __init__(
        self, row_names: Sequence[str], accepted: Collection[str], events: Sequence[Event] = ()
    ) -> None:
        self._row_names = row_names
        self._accepted = accepted
        self._events = list(events)
        self.findings: tuple[Finding, ...] = ()

    def see(self, event: Event) -> None:
        """Look at the training so far where an event may change what is thought of it.

        Raises:
            TrainingLost: Going on is of no use.
        """
        self._events.append(event)
        if not isinstance(event, Evaluation | NotFinite | End):
            return
        is_over = isinstance(event, End)
        subject = TrainingSubject(self._events, is_over, self._row_names)
        self.findings = audit(subject, TRAINING_CHECKS)
        refused = refused_findings(self.findings, self._accepted)
        if refused and not is_over:
            raise _lost(refused)


def _lost(refused: Sequence[Finding]) -> TrainingLost:
    codes = [finding.code for finding in refused]
    accept = " ".join(f"--accept {code}" for code in codes)
    insist = "" if BrokenNumbers.code in codes else f"; or, to go on in spite of it: {accept}"
    return TrainingLost(
        "The training is lost, so it was ended.",
        details=[f"{finding.code}: {finding.title}. {finding.why}" for finding in refused],
        fix=f"{refused[0].fix}{insist}",
    )
