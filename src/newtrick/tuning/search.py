"""The search of a study: one trial after the other, until there is nothing left to try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from optuna.trial import FrozenTrial

from newtrick.data.dataset import Dataset
from newtrick.data.stratify import LabelledGroup, stratify
from newtrick.progress import Watcher
from newtrick.training.interrupt import stop_on_signals
from newtrick.tuning.choosing import Chooser, slowness_of
from newtrick.tuning.defaults import known_good
from newtrick.tuning.ledger import Choice, Claimed
from newtrick.tuning.luck import is_enough
from newtrick.tuning.plan import Stage
from newtrick.tuning.space import Point
from newtrick.tuning.standing import finished, merits_of, promising
from newtrick.tuning.study import Study
from newtrick.tuning.trial import Ground, Places, run_trial

_PROMISING = 3
"""So many trials of a screening are tried again on all rows."""


def search(study: Study, watcher: Watcher, *, at_random: bool = False) -> None:
    """Run trials in this process until there is nothing left to try.

    Args:
        study: Begun or reopened.
        watcher: Sees it as it goes.
        at_random: Learn nothing from trials, and give none up, for comparison.

    Raises:
        Interrupted: As asked by a signal; the trial is left to others.
    """
    with stop_on_signals() as stop:
        for claimed, ground in claims(study, at_random=at_random):
            run_trial(claimed, ground, stop, watcher)
            stop.raise_if_made()


def claims(study: Study, *, at_random: bool = False) -> Iterator[tuple[Claimed, Ground]]:
    """The trials to be run, stage by stage, each claimed for this process when it is asked for."""
    stages = study.begun.plan.stages
    for place, stage in enumerate(stages):
        ground = Ground(
            study.begun.recipe,
            study.dataset,
            _places(study.dataset, stage.rows, study.begun.recipe.data.split_seed),
            study.figure,
            study.accept,
            gives_up=not at_random,
        )
        chooser = _chooser(study, stage, at_random=at_random)
        choose = partial(_next, study, stage, stages[place + 1 :], chooser)
        while claimed := study.ledger.claim(stage.name, choose):
            yield claimed, ground


def _next(
    study: Study,
    stage: Stage,
    later: Sequence[Stage],
    chooser: Chooser,
    trials: Sequence[FrozenTrial],
) -> Choice | None:
    """What to try next in a stage; nothing where it has shown enough, or a later one has begun."""
    if any(study.ledger.trials(each.name) for each in later):
        return None
    if is_enough(merits_of(study.begun.folder, stage.name, finished(trials))):
        return None
    return chooser.next(trials)


def _chooser(study: Study, stage: Stage, *, at_random: bool) -> Chooser:
    slowness = slowness_of(_before(study, stage))
    return Chooser(
        study.ledger,
        study.figure,
        stage,
        [] if at_random else _first_points(study, stage),
        lambda point: slowness * _seconds(study, stage, point),
        study.begun.recipe.training.seed,
        at_random,
    )


def _first_points(study: Study, stage: Stage) -> list[Point]:
    """Where to begin: the best of the stage before, then what is known to be good."""
    known = known_good(study.begun.recipe, study.begun.space)
    if stage.name == "screening" or len(study.begun.plan.stages) == 1:
        return known
    screened = promising(study.ledger.trials("screening"), study.figure, _PROMISING)
    return [*screened, known[0]]


def _before(study: Study, stage: Stage) -> list[FrozenTrial]:
    """The trials of the stages before one."""
    stages = study.begun.plan.stages
    earlier = [study.ledger.trials(each.name) for each in stages[: stages.index(stage)]]
    return [trial for trials in earlier for trial in trials]


def _seconds(study: Study, stage: Stage, point: Point) -> float:
    recipe = study.begun.recipe.with_settings(point)
    return study.begun.plan.pace.seconds(recipe, study.texts, stage.rows)


def _places(dataset: Dataset, rows: int, seed: int) -> Places:
    """The places of some training rows, in which labels have the shares that they have in all."""
    if rows >= dataset.train.height:
        return np.arange(dataset.train.height)
    cells = dataset.train["label"].to_list()
    groups = [
        LabelledGroup((place,), tuple(cell) if isinstance(cell, list) else (cell,))
        for place, cell in enumerate(cells)
    ]
    sizes = (rows, dataset.train.height - rows)
    chosen = stratify(groups, sizes, len(dataset.labels), seed=seed)[0]
    return np.array(sorted(chosen), dtype=np.int64)
