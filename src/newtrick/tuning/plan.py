"""What fits a budget: the stages of a study, and what a trial of any recipe takes.

A training of the recipe to start from is timed by its first steps; another takes its time by the
tokens that it reads. Where too few trainings on all rows would fit, half of the budget is spent on
trials with a part of the rows first (Klein and others 2017), and the best of those begin the rest.
"""

from __future__ import annotations

import math
from typing import Literal, Self

from newtrick.counted import counted
from newtrick.encoder.tokens import Truncation
from newtrick.errors import UsageError
from newtrick.evaluation.value import Value
from newtrick.recipe import Recipe
from newtrick.report.wording import duration
from newtrick.training.plan import Forecast
from newtrick.tuning.defaults import Texts

EVALUATIONS = 4
"""A trial is looked at so often, at equal shares of its training."""

ENOUGH = 12
"""Fewer trials on all rows are no search; then some on a part of the rows go first."""

_USUAL = 0.75
"""Of a whole training, what a trial takes on average, for half of them are given up at its half."""

_FEWEST_ROWS, _LEAST_SHARE = 500, 1 / 16
"""Fewer rows than either tell little of what all of them would do."""

_WORTH = 4
"""A screening of fewer trials is not worth it."""

_SLACK = 1.1

SEEDS = 3
"""So often is each of two recipes trained in the end."""

StageName = Literal["screening", "search"]


class Budget(Value):
    """How much work a study may be: minutes of all its trials together, trials, or both."""

    minutes: float | None = None
    trials: int | None = None

    @property
    def seconds(self) -> float:
        """Infinite without a limit."""
        return math.inf if self.minutes is None else 60 * self.minutes


class Stage(Value):
    """A round of trials on as many training rows each; it ends with its seconds or trials."""

    name: StageName
    rows: int
    seconds: float | None = None
    trials: int | None = None


class Pace(Value):
    """What was measured of a training of the recipe to start from.

    `tokens` are those of its epoch; the seconds are of an epoch and of an evaluation.
    """

    rows: int
    tokens: int
    epoch_seconds: float
    evaluation_seconds: float

    @classmethod
    def of(cls, forecast: Forecast, rows: int) -> Self:
        """What a forecast has of it."""
        return cls(
            rows=rows,
            tokens=forecast.texts.tokens_read,
            epoch_seconds=forecast.epoch_seconds,
            evaluation_seconds=forecast.evaluation_seconds,
        )

    def seconds(self, recipe: Recipe, texts: Texts, rows: int) -> float:
        """A trial of a recipe, on so many rows; the last evaluation is of the best weights."""
        read = texts.read(Truncation.of(recipe.data, texts.limit)) / self.tokens
        training = recipe.training.epochs * self.epoch_seconds * rows / self.rows
        return read * (training + (EVALUATIONS + 1) * self.evaluation_seconds)


class StudyPlan(Value):
    """What a study sets out to do."""

    format: Literal[1] = 1
    budget: Budget
    pace: Pace
    stages: tuple[Stage, ...]


def plan_study(budget: Budget, recipe: Recipe, pace: Pace, texts: Texts) -> StudyPlan:
    """Divide a budget.

    Raises:
        UsageError: It is too small for one training of the recipe.
    """
    whole = pace.seconds(recipe, texts, pace.rows)
    if budget.seconds < whole:
        raise UsageError(
            "The budget is too small for one trial.",
            where="--minutes",
            found=f"{budget.minutes:g}",
            fix=f"one takes about {duration(whole)}: --minutes {math.ceil(ENOUGH * whole / 60)}"
            f" would be {ENOUGH} of them; or --set training.epochs=1, or fewer rows with"
            " --set data.max_train_rows=N",
        )
    screening = _screening(budget, recipe, pace, texts)
    left = None if budget.minutes is None else budget.seconds - (screening.seconds or 0)
    search = Stage(name="search", rows=pace.rows, seconds=left, trials=budget.trials)
    stages = (search,) if screening.rows == 0 else (screening, search)
    return StudyPlan(budget=budget, pace=pace, stages=stages)


def plan_in_words(plan: StudyPlan, whole: float) -> str:
    """What is set out to be done.

    Args:
        plan: The stages.
        whole: Seconds that a whole training of the recipe to start from takes.
    """
    stages = []
    for stage in plan.stages:
        rows = "" if stage.rows == plan.pace.rows else f" on {stage.rows:,} rows"
        if stage.seconds is None:
            usual = duration(_USUAL * whole * (stage.trials or 0))
            stages.append(f"{counted(stage.trials or 0, 'trial')}{rows}, about {usual}")
        else:
            limit = "" if stage.trials is None else f", {stage.trials} at most"
            stages.append(f"{duration(stage.seconds)} of trials{rows}{limit}")
    return (
        f"{', then '.join(stages)}; a whole training takes about {duration(whole)}. At the end the"
        f" best recipe and this one are trained on {SEEDS} seeds each, about"
        f" {duration(2 * SEEDS * whole)}."
    )


def _screening(budget: Budget, recipe: Recipe, pace: Pace, texts: Texts) -> Stage:
    """Trials on a part of the rows; of no rows, where it is not worth it."""
    none = Stage(name="screening", rows=0)
    whole = pace.seconds(recipe, texts, pace.rows)
    if budget.trials is not None or budget.seconds >= ENOUGH * _USUAL * whole:
        return none
    seconds = min(budget.seconds / 2, budget.seconds - _SLACK * whole)
    least = max(_FEWEST_ROWS, math.ceil(_LEAST_SHARE * pace.rows))
    wanted = seconds / (ENOUGH * _USUAL)
    rows = max(least, round(pace.rows * wanted / whole))
    if rows > pace.rows / 2 or seconds < _WORTH * _USUAL * pace.seconds(recipe, texts, rows):
        return none
    return Stage(name="screening", rows=rows, seconds=seconds)
