"""A study from top to bottom: data and a budget ─► trials ─► the best recipe, and what it is worth.

Any number of processes may work on one study; the last that has nothing left to try ends it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from optuna.trial import FrozenTrial

from newtrick.data.dataset import Dataset, Note, texts
from newtrick.data.rawfile import STANDARD_INPUT
from newtrick.data.stratify import LabelledGroup, stratify
from newtrick.encoder.load import find_model, load_reader
from newtrick.errors import Interrupted, StorageError, UsageError
from newtrick.job import read_data
from newtrick.planning import plan_on
from newtrick.progress import Watcher
from newtrick.recipe import Recipe
from newtrick.resume import data_inputs, from_anywhere, model_inputs
from newtrick.run import describe_environment, open_run, require_empty, write_manifest
from newtrick.storage import write_file
from newtrick.training.interrupt import StopRequest, stop_on_signals
from newtrick.tuning.choosing import Chooser, slowness_of
from newtrick.tuning.defaults import Texts, default_space, imbalance_of, known_good
from newtrick.tuning.ending import end_study
from newtrick.tuning.figure import Figure
from newtrick.tuning.folder import (
    Begun,
    StudyFolder,
    read_study,
    refuse_other,
    refuse_other_data,
    resume_study_command,
)
from newtrick.tuning.ledger import Ledger
from newtrick.tuning.luck import is_enough
from newtrick.tuning.outcome import StudyOutcome
from newtrick.tuning.plan import Budget, Pace, Stage, plan_in_words, plan_study
from newtrick.tuning.space import Choices, Point, Space
from newtrick.tuning.standing import finished, merits_of, promising
from newtrick.tuning.trial import Ground, Places, run_trial

logger = logging.getLogger("newtrick")

_PROMISING = 3
"""So many trials of a screening are tried again on all rows."""


@dataclass(frozen=True)
class Study:
    """A study and what it works with.

    Attributes:
        begun: What is the same for all trials.
        dataset: Read and audited.
        texts: What is known of the training texts.
        ledger: The trials.
        accept: Codes of findings in spite of which it was begun.
    """

    begun: Begun
    dataset: Dataset
    texts: Texts
    ledger: Ledger
    accept: Collection[str]

    @property
    def figure(self) -> Figure:
        """What trials are judged by."""
        return Figure(self.begun.recipe.training.best_by)


def begin_study(
    recipe: Recipe,
    space: Space | None,
    budget: Budget,
    *,
    out: Path | None,
    accept: Collection[str],
    watcher: Watcher,
    fixed: Collection[str] = (),
) -> Study:
    """Read and audit the data, time a few steps, divide the budget, and make the folder.

    Args:
        recipe: To start from.
        space: What to try; by default what matters for encoders.
        budget: When to end.
        out: The folder, new or empty; by default a new one under `runs/`.
        accept: Codes of findings that would stop a training, and shall not.
        watcher: Sees it as it goes.
        fixed: Settings that the default space leaves as the recipe has them.

    Raises:
        NewtrickError: Of one of its kinds, for bad data, models or settings, or a budget that is
            too small for one trial.
    """
    if recipe.data.source == STANDARD_INPUT:
        raise UsageError(
            "A study reads its data more than once; standard input can be read once.",
            fix="write it to a file, and name that",
        )
    _refuse_texts(recipe)
    if out is not None:
        require_empty(out)
    recipe = recipe.with_settings({"training.seeds": 1})
    dataset = read_data(recipe, accept, watcher)
    known = _texts(recipe, dataset)
    space = space or default_space(recipe, known, fixed)
    _find_models(space)
    forecast = plan_on(recipe, dataset, accept, watcher)
    pace = Pace.of(forecast, dataset.train.height)
    plan = plan_study(budget, recipe, pace, known)
    with open_run(out, f"{dataset.name}-study") as run:
        folder = StudyFolder(run.path)
        write_file(folder.recipe, from_anywhere(recipe).to_toml())
        write_file(folder.space, space.to_toml())
        inputs = {
            **data_inputs(dataset),
            **model_inputs(find_model(recipe.model.name)),
            "accepted": dict.fromkeys(sorted(accept), True),
        }
        write_manifest(run, describe_environment(folder.recipe), inputs)
        write_file(folder.plan, plan.to_json() + "\n")  # with it, the study is there
    watcher.note(Note("plan", plan_in_words(plan, plan.pace.seconds(recipe, known, pace.rows))))
    logger.info("To go on with it, or to help: %s", resume_study_command(folder))
    return _opened(read_study(folder.path), dataset, known, accept)


def _refuse_texts(recipe: Recipe) -> None:
    """Trials learn from labelled rows alone."""
    fixes = {
        "adaptation": "newtrick adapt TEXTS first, and tune with --model RUN/model",
        "distillation": "tune without it, and give it to the training: train --recipe best.toml",
    }
    for section, fix in fixes.items():
        if getattr(recipe, section).source is not None:
            raise UsageError(
                "The trials of a study learn from labelled rows alone.",
                where=f"{section}.source",
                found=getattr(recipe, section).source,
                fix=fix,
            )


def reopen_study(
    path: Path,
    recipe: Recipe | None,
    space: Space | None,
    *,
    accept: Collection[str],
    watcher: Watcher,
) -> Study:
    """Go on with a study, or help another process with it.

    Args:
        path: Its folder.
        recipe: What it has to have begun with; None for whatever that was.
        space: Likewise.
        accept: Further codes of findings.
        watcher: Sees it as it goes.

    Raises:
        UsageError: There is no study, or it was made with something else.
    """
    begun = read_study(path)
    wanted = None if recipe is None else from_anywhere(recipe.with_settings({"training.seeds": 1}))
    refuse_other(begun, wanted, space)
    accept = {*accept, *begun.folder.manifest.get("accepted", {})}
    dataset = read_data(begun.recipe, accept, watcher)
    made_of = {**data_inputs(dataset), **model_inputs(find_model(begun.recipe.model.name))}
    refuse_other_data(begun.folder, made_of)
    return _opened(begun, dataset, _texts(begun.recipe, dataset), accept)


def work(study: Study, watcher: Watcher) -> StudyOutcome | None:
    """Run trials until there is nothing left to try, then compare the best with the start.

    Returns:
        None where another process still works: it ends the study.

    Raises:
        Interrupted: As asked by a signal; the study can be gone on with.
    """
    stages = [stage.name for stage in study.begun.plan.stages]
    try:
        search(study, watcher)
        while not study.ledger.close(stages):
            if study.ledger.is_at_work(stages):
                return None
            search(study, watcher)  # the other process left its trial
        return _ended(study, watcher)
    except (Interrupted, StorageError) as error:
        again = f"to go on: {resume_study_command(study.begun.folder)}"
        is_ours = isinstance(error, Interrupted) or error.fix is None
        error.fix = again if is_ours else f"{error.fix}; {again}"
        raise


def _ended(study: Study, watcher: Watcher) -> StudyOutcome | None:
    """The outcome, where no other process is about to write it."""
    lock = FileLock(study.begun.folder.ending)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    try:
        return end_study(study.begun, study.dataset, study.ledger, study.accept, watcher)
    finally:
        lock.release()


def search(study: Study, watcher: Watcher, *, at_random: bool = False) -> None:
    """Run trials, stage by stage, until there is nothing left to try.

    Args:
        study: Begun or reopened.
        watcher: Sees it as it goes.
        at_random: Learn nothing from trials, and give none up, for comparison.
    """
    with stop_on_signals() as stop:
        for stage in study.begun.plan.stages:
            _search_stage(study, stage, stop, watcher, at_random=at_random)


def _search_stage(
    study: Study, stage: Stage, stop: StopRequest, watcher: Watcher, *, at_random: bool
) -> None:
    ground = Ground(
        study.begun.recipe,
        study.dataset,
        _places(study.dataset, stage.rows, study.begun.recipe.data.split_seed),
        study.figure,
        study.accept,
        gives_up=not at_random,
    )
    slowness = slowness_of(_before(study, stage))
    chooser = Chooser(
        study.ledger,
        study.figure,
        stage,
        [] if at_random else _first_points(study, stage),
        lambda point: slowness * _seconds(study, stage, point),
        study.begun.recipe.training.seed,
        at_random,
    )
    while claimed := study.ledger.claim(
        stage.name,
        lambda trials: (
            None
            if is_enough(merits_of(study.begun.folder, stage.name, finished(trials)))
            else chooser.next(trials)
        ),
    ):
        run_trial(claimed, ground, stop, watcher)
        stop.raise_if_made()


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


def _opened(begun: Begun, dataset: Dataset, known: Texts, accept: Collection[str]) -> Study:
    ledger = Ledger(begun.folder, begun.space, Figure(begun.recipe.training.best_by))
    return Study(begun, dataset, known, ledger, accept)


def _texts(recipe: Recipe, dataset: Dataset) -> Texts:
    """How long the training texts are, and how even their labels."""
    reader = load_reader(recipe)
    limit = load_reader(recipe.with_settings({"data.max_tokens": 2**30})).truncation.max_tokens
    tokens = reader.tokenize(texts(dataset.train))
    return Texts(tokens, limit, imbalance_of(dataset.train, dataset.labels))


def _find_models(space: Space) -> None:
    """Refuse or fetch the models of a space before its first trial."""
    names = space.settings.get("model.name")
    if isinstance(names, Choices):
        for name in names.values:
            find_model(str(name))


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
