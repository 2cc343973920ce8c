"""A study: data, a space and a budget ─► a folder in which any number of processes can work."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from newtrick.data.dataset import Dataset, Note, texts
from newtrick.data.rawfile import STANDARD_INPUT
from newtrick.encoder.find import find_model
from newtrick.encoder.load import load_reader
from newtrick.errors import UsageError
from newtrick.job import read_data
from newtrick.planning import plan_on
from newtrick.progress import Watcher
from newtrick.recipe import Recipe
from newtrick.resume import data_inputs, from_anywhere, model_inputs
from newtrick.run import describe_environment, open_run, require_empty, write_manifest
from newtrick.storage import write_file
from newtrick.tuning.defaults import Texts, default_space, imbalance_of
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
from newtrick.tuning.plan import Budget, Pace, plan_in_words, plan_study
from newtrick.tuning.space import Choices, Space

logger = logging.getLogger("newtrick")


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
