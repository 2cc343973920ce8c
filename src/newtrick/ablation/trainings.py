"""The trainings of an ablation: each in a run folder of its own, up to the test rows."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from newtrick.ablation.steps import Step
from newtrick.adaptation import adapted_before, seconds_of_adaptation
from newtrick.assessment import answers_of
from newtrick.blending import answers_to_validation
from newtrick.data.dataset import Dataset, row_ids, targets
from newtrick.errors import TrainingBrokeDown, TrainingLost, UsageError
from newtrick.evaluation.ablation import Side, Trainings
from newtrick.evaluation.predictions import predictions_file
from newtrick.evaluation.result import TrainingSummary
from newtrick.evaluation.saved import read_predictions
from newtrick.job import read_data
from newtrick.pipeline import train_in
from newtrick.progress import Aside, Watcher
from newtrick.recipe import DataSettings, Recipe
from newtrick.resume import Beginning, data_inputs, recipe_inputs
from newtrick.run import RunFolder, open_run, reopen_run
from newtrick.storage import write_file
from newtrick.training.interrupt import StopRequest

logger = logging.getLogger("newtrick")

WITH = "with"


@dataclass(frozen=True)
class Arm:
    """A recipe that is trained with every seed.

    Attributes:
        name: Of its folder: `with`, or `without-STEP`.
        title: What it is called while it is trained.
        recipe: With the first of the seeds, and their number.
        dataset: The rows.
        adapted_by: The name of the one whose first training adapts the encoder, if the recipe does.
    """

    name: str
    title: str
    recipe: Recipe
    dataset: Dataset
    adapted_by: str

    def of_seed(self, whole: RunFolder, seed: int) -> Recipe:
        """Its recipe for one training; an encoder is adapted once, and by the first to need it."""
        recipe = self.recipe.with_settings({"training.seed": seed, "training.seeds": 1})
        first = self.adapting(whole)
        return (
            recipe if first.path == self.folder(whole, seed).path else adapted_before(recipe, first)
        )

    def adapting(self, whole: RunFolder) -> RunFolder:
        """The training that adapts the encoder for all that adapt it in the same way."""
        return RunFolder(whole.path / self.adapted_by / str(self.recipe.training.seed))

    def folder(self, whole: RunFolder, seed: int) -> RunFolder:
        """Where the training with a seed is, in the folder of an ablation."""
        return RunFolder(whole.path / self.name / str(seed))


def arms_of(
    recipe: Recipe, steps: Collection[Step], accept: Collection[str], watcher: Watcher
) -> tuple[Arm, ...]:
    """The whole recipe, and it without each step, with the rows of each.

    Raises:
        UsageError: Without a step the validation rows are others.
        DataError: The data cannot be read.
    """
    whole = Arm(WITH, "With every step", recipe, read_data(recipe, accept, watcher), WITH)
    read: dict[DataSettings, Dataset] = {recipe.data: whole.dataset}
    arms = [whole]
    for step in steps:
        without, title = step.without(recipe), f"Without {step.name}"
        if without.data not in read:
            read[without.data] = read_data(without, accept, Aside(watcher, title))
        name = f"without-{step.slug}"
        adapted_by = WITH if _adapts_alike(recipe, without) else name
        arm = Arm(name, title, without, read[without.data], adapted_by)
        _refuse_other_rows(whole.dataset, arm.dataset, step)
        arms.append(arm)
    return tuple(arms)


def _adapts_alike(recipe: Recipe, other: Recipe) -> bool:
    """Whether both adapt the same encoder to the same texts, in the same way."""
    ours, theirs = (
        (each.adaptation, each.model, each.data, each.training) for each in (recipe, other)
    )
    return ours == theirs


def _refuse_other_rows(ours: Dataset, theirs: Dataset, step: Step) -> None:
    """Models that were scored on different rows cannot be compared by row."""
    rows, others = ours.validation, theirs.validation
    if ours.labels == theirs.labels and row_ids(rows) == row_ids(others):
        truth, other = (targets(each, ours.labels) for each in (rows, others))
        if (truth == other).all():
            return
    raise UsageError(
        "With and without this step the validation rows are not the same, or not their labels.",
        where="--ablate",
        found=f"{step.name}: {rows.height:,} rows, and {others.height:,} without it",
        fix="give data with a validation split of its own; or train twice, on one --test file, and"
        " compare: newtrick compare RUN RUN",
    )


def refuse_changed(whole: RunFolder, arm: Arm, seeds: Collection[int]) -> None:
    """What was trained before has to be what the others will be.

    Raises:
        UsageError: The rows or the recipe have changed since.
    """
    for seed in seeds:
        made_of = {**recipe_inputs(arm.of_seed(whole, seed)), **data_inputs(arm.dataset)}
        Beginning(arm.folder(whole, seed)).refuse_changed(made_of)


def train_arm(
    whole: RunFolder,
    arm: Arm,
    seed: int,
    *,
    accept: Collection[str],
    stop: StopRequest,
    watcher: Watcher,
) -> TrainingSummary | None:
    """Train with a seed and ask about the validation rows, unless that is done.

    The checkpoints of the first seed are kept: `newtrick train --resume` ends that run with its
    test rows, for the recipe that is chosen.

    Returns:
        None for a training that came to nothing.
    """
    folder = arm.folder(whole, seed)
    begun = folder.recipe.is_file()
    with reopen_run(folder.path) if begun else open_run(folder.path, arm.dataset.name) as one:
        if one.trained.is_file():
            return TrainingSummary.model_validate_json(one.trained.read_text("utf-8"))
        try:
            trained = train_in(
                one,
                arm.of_seed(whole, seed),
                arm.dataset,
                accept=accept,
                stop=stop,
                watcher=watcher,
            )
        except (TrainingLost, TrainingBrokeDown) as error:
            if _is_adapting(one):
                raise  # the others would begin with the encoder that this makes
            logger.warning("%s, seed %s: %s", arm.name, seed, error.what)
            summary = None
        else:
            summary = trained.summary
            encoder = answers_of(trained.job, "validation", watcher)
            logits = answers_to_validation(trained.job, encoder)
            rows, labels = arm.dataset.validation, arm.dataset.labels
            write_file(_predictions(one), predictions_file(rows, logits, labels))
            write_file(one.trained, summary.to_json() + "\n")
        if seed != arm.recipe.training.seed:
            shutil.rmtree(one.checkpoints, ignore_errors=True)
    return summary


def side_of(whole: RunFolder, arm: Arm, done: Mapping[int, TrainingSummary | None]) -> Side:
    """The trainings of an arm by their seed, and what they said of the validation rows."""
    found = {seed: summary for seed, summary in done.items() if summary is not None}
    adapts = arm.recipe.adaptation.source is not None
    adapting = seconds_of_adaptation(arm.adapting(whole)) if adapts else 0.0
    trainings = Trainings(
        seeds=tuple(found),
        lost=tuple(seed for seed in done if seed not in found),
        seconds=tuple(adapting + summary.seconds for summary in found.values()),
    )
    files = {seed: _predictions(arm.folder(whole, seed)) for seed in found}
    return Side(trainings, {seed: read_predictions(str(path)) for seed, path in files.items()})


def _is_adapting(one: RunFolder) -> bool:
    """Whether a training has come no further than the adaptation of its encoder."""
    adaptation = RunFolder(one.adaptation)
    return adaptation.recipe.is_file() and not adaptation.result.is_file()


def _predictions(one: RunFolder) -> Path:
    return one.predictions / "validation.parquet"
