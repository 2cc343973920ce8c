"""All trials of a study, as every process that works on it sees them; none is lost or doubled.

A trial is begun by one line of the record, and whoever works on it holds the lock of its folder.
A trial that is running and whose lock is free was killed, or stopped: the next process takes it
over, and goes on from its last checkpoint.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import optuna
from filelock import FileLock, Timeout
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import SuccessiveHalvingPruner
from optuna.samplers import RandomSampler
from optuna.storages import JournalStorage
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from newtrick.run import RunFolder
from newtrick.tuning.figure import Figure
from newtrick.tuning.folder import StudyFolder
from newtrick.tuning.journalfile import JournalFile
from newtrick.tuning.plan import StageName
from newtrick.tuning.space import Choices, Point, Space

logger = logging.getLogger("newtrick")

MOST_STARTS = 3
"""A trial whose process dies so often is given up: it may be what kills it."""

PERCENT = 100
_RUNG = PERCENT // 2  # before that the loss of a short training tells little of its end
_KEPT = 2  # of so many trials one goes on past a rung
_UNPRUNED = 3

FORECAST, SECONDS, STARTS, FAULT = "forecast", "seconds", "starts", "fault"

Choose = Callable[[Sequence[FrozenTrial]], "Choice | None"]


@dataclass(frozen=True)
class Choice:
    """A point to try, and the seconds that it will take."""

    point: Point
    seconds: float


@dataclass
class Claimed:
    """A trial that this process alone works on.

    Attributes:
        name: Of its stage, and its number there; so is its folder called.
        point: What it tries.
        folder: Of its run.
        trial: As Optuna has it.
        seen: The percents of its training at which it was evaluated.
    """

    name: str
    point: Point
    folder: RunFolder
    trial: Trial
    seen: set[int]
    _lock: FileLock

    def see(self, percent: int, value: float) -> bool:
        """Take notice of an evaluation; whether to give the trial up, for others do better.

        The first ones of a stage are never given up: there is too little to hold against them.
        """
        if percent not in self.seen:  # else its process died after it had told
            self.trial.report(value, percent)
            self.seen.add(percent)
        is_early = self.trial.number < _UNPRUNED
        return percent < PERCENT and not is_early and self.trial.should_prune()

    def leave(self) -> None:
        """Let another process take it over, which is no fault of the trial."""
        self.trial.set_user_attr(STARTS, self.trial.user_attrs[STARTS] - 1)
        self._lock.release()

    def end(self, seconds: float, value: float | None = None, fault: str | None = None) -> None:
        """Record that it is over: with its value, without one for a fault, or given up.

        One with a fault has the state of one given up, so that its like is avoided: of a failed one
        Optuna learns nothing.
        """
        self.trial.set_user_attr(SECONDS, seconds)
        if fault is not None:
            self.trial.set_user_attr(FAULT, fault)
        if value is None:
            self.trial.study.tell(self.trial, state=TrialState.PRUNED)
        else:
            self.trial.study.tell(self.trial, value)
        self._lock.release()


class Ledger:
    """The record of a study.

    Args:
        folder: Of the study.
        space: What trials may change.
        figure: What they are judged by.
    """

    def __init__(self, folder: StudyFolder, space: Space, figure: Figure) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._folder = folder
        self._figure = figure
        self._claims = FileLock(folder.path / ".claims.lock")
        self._closed = folder.path / ".closed"
        self._storage = JournalStorage(JournalFile(folder.journal))
        self.distributions = distributions(space)

    def trials(self, stage: StageName) -> list[FrozenTrial]:
        """All that were begun in a stage."""
        return self.study(stage).get_trials(deepcopy=False)

    def claim(self, stage: StageName, choose: Choose) -> Claimed | None:
        """A trial that was left behind, or else a new one; None where none is to be begun.

        Args:
            stage: Which the trial is of.
            choose: Says what to try next, given all trials of the stage.
        """
        with self._claims:
            study = self.study(stage)
            if self._closed.exists():
                return None
            for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
                lock = self._free(stage, trial.number)
                if lock is not None and (taken := self._take_over(study, trial.number, lock)):
                    return taken
            if (choice := choose(study.get_trials(deepcopy=False))) is None:
                return None
            number = len(study.get_trials(deepcopy=False))
            lock = self._lock(stage, number)
            lock.acquire(timeout=0)
            attributes = {FORECAST: choice.seconds, STARTS: 1}
            study.add_trial(
                create_trial(
                    state=TrialState.RUNNING,
                    params=dict(choice.point),
                    distributions=dict(self.distributions),
                    user_attrs=attributes,
                )
            )
            return self._claimed(study, number, lock)

    def close(self, stages: Iterable[StageName]) -> bool:
        """Have no further trial begun, unless there is one that is not over; whether it was so."""
        with self._claims:
            if any(trial.state == TrialState.RUNNING for s in stages for trial in self.trials(s)):
                return False
            self._closed.touch()
            return True

    def is_at_work(self, stages: Iterable[StageName]) -> bool:
        """Whether some process works on a trial."""
        return any(
            trial.state == TrialState.RUNNING and not self._is_free(stage, trial.number)
            for stage in stages
            for trial in self.trials(stage)
        )

    def _take_over(self, study: optuna.Study, number: int, lock: FileLock) -> Claimed | None:
        taken = self._claimed(study, number, lock)
        trial = study.get_trials(deepcopy=False)[number]
        if trial.state != TrialState.RUNNING:  # it came to its end meanwhile
            lock.release()
            return None
        starts = trial.user_attrs[STARTS] + 1
        if starts > MOST_STARTS:
            taken.end(0.0, fault=f"the process that worked on it died {MOST_STARTS} times")
            return None
        taken.trial.set_user_attr(STARTS, starts)
        logger.info("Trial %s was left behind; it is taken over.", taken.name)
        return taken

    def _claimed(self, study: optuna.Study, number: int, lock: FileLock) -> Claimed:
        study_id = self._storage.get_study_id_from_name(study.study_name)
        trial_id = self._storage.get_trial_id_from_study_id_trial_number(study_id, number)
        frozen, name = self._storage.get_trial(trial_id), trial_name(study.study_name, number)
        return Claimed(
            name,
            frozen.params,
            self._folder.trial(name),
            Trial(study, trial_id),
            set(frozen.intermediate_values),
            lock,
        )

    def study(self, stage: StageName) -> optuna.Study:
        """The trials of a stage as Optuna has them."""
        return optuna.create_study(
            storage=self._storage,
            study_name=stage,
            direction=self._figure.direction,
            sampler=RandomSampler(),  # points are chosen before a trial is begun
            pruner=SuccessiveHalvingPruner(min_resource=_RUNG, reduction_factor=_KEPT),
            load_if_exists=True,
        )

    def _lock(self, stage: StageName, number: int) -> FileLock:
        folder = self._folder.trial(trial_name(stage, number)).path
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / ".lock")

    def _free(self, stage: StageName, number: int) -> FileLock | None:
        """The lock of a trial that nobody holds, which is held from now on."""
        lock = self._lock(stage, number)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        return lock

    def _is_free(self, stage: StageName, number: int) -> bool:
        lock = self._free(stage, number)
        if lock is not None:
            lock.release()
        return lock is not None


def trial_name(stage: str, number: int) -> str:
    """What a trial is called, and its folder."""
    return f"{stage}-{number:03}"


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The space as Optuna has it."""
    found: dict[str, BaseDistribution] = {}
    for key, domain in sorted(space.settings.items()):
        if isinstance(domain, Choices):
            found[key] = CategoricalDistribution(domain.values)
        elif domain.whole:
            found[key] = IntDistribution(int(domain.low), int(domain.high), log=domain.log)
        else:
            found[key] = FloatDistribution(domain.low, domain.high, log=domain.log)
    return found
