"""What the checks of a training look at."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from newtrick.journal import Evaluation, Event, NotFinite, Plan, Step

_FEWEST_STEPS = 50
_SHARE_OF_STEPS = 1 / 2


@dataclass(frozen=True)
class TrainingSubject:
    """A journal, of a training that goes on or is over.

    Attributes:
        events: In their order; the first is the plan.
        is_over: Whether no more will come.
        row_names: The name of each training row as `file:row`, or nothing.
    """

    events: Sequence[Event]
    is_over: bool
    row_names: Sequence[str] = ()

    @functools.cached_property
    def plan(self) -> Plan:
        """What was to be done."""
        return next(event for event in self.events if isinstance(event, Plan))

    @functools.cached_property
    def steps(self) -> list[Step]:
        """The steps that were taken."""
        return [event for event in self.events if isinstance(event, Step)]

    @functools.cached_property
    def evaluations(self) -> list[Evaluation]:
        """The scores on the validation rows."""
        return [event for event in self.events if isinstance(event, Evaluation)]

    @property
    def broken(self) -> NotFinite | None:
        """The step at which the numbers broke down."""
        return next((event for event in self.events if isinstance(event, NotFinite)), None)

    @property
    def kept(self) -> Evaluation | None:
        """The evaluation whose weights are kept."""
        return next((event for event in reversed(self.evaluations) if event.best), None)

    @property
    def had_its_chance(self) -> bool:
        """Whether a training that has learned nothing by now will not: half of it is done.

        A few steps say nothing; then only the end tells.
        """
        return len(self.steps) >= max(_FEWEST_STEPS, _SHARE_OF_STEPS * self.plan.steps)
