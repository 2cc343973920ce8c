"""What a study came to: `study.json`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from newtrick.evaluation.value import Value
from newtrick.tuning.figure import FigureName
from newtrick.tuning.plan import Budget, Stage, StageName

Status = Literal["done", "given_up", "failed"]
EndedBy = Literal["trials", "minutes", "no_further_gain"]
Setting = str | int | float | bool


class TrialLine(Value):
    """A trial: what it tried, and what came of it.

    `value` is of the figure that trials are judged by; of one that was given up, its last. `share`
    is how much of its training it did.
    """

    name: str
    stage: StageName
    status: Status
    settings: dict[str, Setting]
    value: float | None = None
    share: float
    seconds: float
    fault: str | None = None


class SeedPair(Value):
    """Both recipes with the same seed, on the test rows: accuracy, difference, and its p."""

    seed: int
    start: float
    best: float
    difference: float
    interval: tuple[float, float]
    p: float


class Comparison(Value):
    """The best recipe against the one that the study started from, on seeds that no trial had.

    `difference` is that of the mean accuracies on the test rows, `interval` what other test rows
    could have given. `better` is absent where seeds or rows cannot tell. The two validation figures
    are means over the seeds, of the figure that trials are judged by.
    """

    seeds: tuple[SeedPair, ...]
    start: float
    best: float
    difference: float
    interval: tuple[float, float]
    better: Literal["start", "best"] | None = None
    start_validation: float
    best_validation: float


class StudyOutcome(Value):
    """Everything that a study found.

    `space` has what trials could change, as its file has it; `start` the values of the recipe to
    start from, and `changes` those of the best that differ. `optimism` is by how much its
    validation figure flatters it for having been picked. `importance` says which share of the
    differences between trials a setting explains. `comparison` is absent where the start is the
    best, or where `lost` says why.
    """

    format: Literal[1] = 1
    figure: FigureName
    data: str
    model: str
    budget: Budget
    stages: tuple[Stage, ...]
    ended_by: EndedBy
    minutes: float
    trials: tuple[TrialLine, ...]
    best: str
    best_value: float
    start_value: float | None = None
    space: dict[str, str]
    start: dict[str, Setting | None]
    changes: dict[str, Setting]
    optimism: float | None = None
    importance: dict[str, float] = Field(default_factory=dict)
    comparison: Comparison | None = None
    lost: str | None = None

    def with_status(self, status: Status) -> tuple[TrialLine, ...]:
        """The trials that ended in this way."""
        return tuple(trial for trial in self.trials if trial.status == status)
