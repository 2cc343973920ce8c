"""What to try next: known-good points, then what the trials so far promise most of.

Points are drawn by the tree-structured Parzen estimator (Bergstra and others 2011) of all settings
together (Falkner and others 2018), for which trials that are running count as bad.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import optuna
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from newtrick.tuning.figure import Figure
from newtrick.tuning.ledger import FORECAST, SECONDS, Choice, Ledger
from newtrick.tuning.plan import Stage
from newtrick.tuning.space import Point

_AT_RANDOM = 8
"""So many trials are needed before they promise anything; good points count."""

_DRAWS = 20
"""So often is a point drawn anew that takes longer than there is time."""


@dataclass(frozen=True)
class Chooser:
    """Chooses the points of a stage.

    Attributes:
        ledger: Knows the space.
        figure: What trials are judged by.
        stage: What they may take.
        first: The points to begin with.
        forecast: The seconds that a trial of a point should take.
        seed: Of the draws; with the number of a trial it decides what is drawn for it.
        at_random: Whether to learn nothing from the trials, for comparison.
    """

    ledger: Ledger
    figure: Figure
    stage: Stage
    first: Sequence[Point]
    forecast: Callable[[Point], float]
    seed: int
    at_random: bool = False

    def next(self, trials: Sequence[FrozenTrial]) -> Choice | None:
        """The next point of a stage with these trials; None where the stage is over.

        The first is tried even where the machine has become too slow for it.
        """
        if self.stage.trials is not None and len(trials) >= self.stage.trials:
            return None
        tried = [trial.params for trial in trials]
        left, slowness = self.seconds_left(trials), slowness_of(trials)
        untried = [point for point in self.first if dict(point) not in tried]
        for draw in range(_DRAWS + len(untried)):
            point = untried[draw] if draw < len(untried) else self._drawn(trials, draw)
            seconds = self.forecast(point)
            if left is None or not trials or slowness * seconds <= left:
                return Choice(point, seconds)
        return None

    def seconds_left(self, trials: Sequence[FrozenTrial]) -> float | None:
        """Those of the stage, less what its trials took or will take; None without a limit."""
        if self.stage.seconds is None:
            return None
        slowness = slowness_of(trials)
        return self.stage.seconds - sum(seconds_of(trial, slowness) for trial in trials)

    def _drawn(self, trials: Sequence[FrozenTrial], draw: int) -> Point:
        seed = np.random.SeedSequence((self.seed, len(trials), draw)).generate_state(1)[0]
        study = optuna.create_study(
            direction=self.figure.direction, sampler=self._sampler(int(seed))
        )
        study.add_trials(trials)
        return study.ask(self.ledger.distributions).params

    def _sampler(self, seed: int) -> BaseSampler:
        if self.at_random:
            return RandomSampler(seed=seed)
        return TPESampler(
            seed=seed, n_startup_trials=_AT_RANDOM, multivariate=True, constant_liar=True
        )


def seconds_of(trial: FrozenTrial, slowness: float = 1.0) -> float:
    """What a trial took; of one that is not over, what it will take."""
    if trial.state == TrialState.RUNNING:
        return slowness * float(trial.user_attrs[FORECAST])
    return float(trial.user_attrs[SECONDS])


def slowness_of(trials: Sequence[FrozenTrial]) -> float:
    """How many times as long as forecast trials take that are not given up."""
    whole = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    forecast = sum(float(trial.user_attrs[FORECAST]) for trial in whole)
    return sum(map(seconds_of, whole)) / forecast if forecast else 1.0
