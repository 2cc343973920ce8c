"""The main job from top to bottom: labelled text ─► a classifier, and a score to defend."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from newtrick.adaptation import adapted, adapted_before
from newtrick.assessment import assess
from newtrick.audit.finding import Finding, worst_first
from newtrick.audit.outcome import findings_json, read_findings
from newtrick.baseline.blendfile import save_blend
from newtrick.data.dataset import Dataset, Note
from newtrick.encoder.save import save_trained
from newtrick.errors import TrainingLost, UsageError
from newtrick.evaluation.decisions.document import save_decisions
from newtrick.evaluation.result import Result, TrainingSummary
from newtrick.evaluation.scores import Scores, SeedScores
from newtrick.fitting import train_encoder
from newtrick.job import Job, prepare, read_data
from newtrick.planning import disk_of
from newtrick.progress import Aside, Watcher
from newtrick.publishing import publish
from newtrick.recipe import Recipe, input_settings
from newtrick.recipe_files import load_recipe
from newtrick.resume import Beginning, begun, recipe_inputs
from newtrick.run import (
    Environment,
    RunFolder,
    begun_by,
    describe_environment,
    open_run,
    reopen_run,
    require_empty,
    write_manifest,
)
from newtrick.storage import require_room, write_file
from newtrick.training.interrupt import StopRequest, stop_on_signals
from newtrick.training.team import ALONE, Team
from newtrick.unfinished import adapted_for, is_ablation, resumable, resume_command

logger = logging.getLogger("newtrick")


@dataclass(frozen=True)
class Run:
    """What a training leaves behind.

    Attributes:
        folder: The run folder; its `model/` is what a user ships.
        result: Every figure.
        findings: What the audit found.
        notes: What reading, cleaning and splitting chose or changed.
    """

    folder: Path
    result: Result
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]


def train(
    data: str | Path | Sequence[str | Path] | None = None,
    *,
    test: str | Path | None = None,
    model: str | Path | None = None,
    recipe: str | Path | Recipe = "default",
    settings: Mapping[str, object] | None = None,
    out: str | Path | None = None,
    resume: str | Path | None = None,
    accept: Collection[str] = (),
    watcher: Watcher | None = None,
    team: Team = ALONE,
) -> Run:
    """Fine-tune a pretrained encoder on labelled text.

    Args:
        data: A catalogue name, a file, a folder, a hub id (hf://owner/name), or several files; by
            default what the recipe names.
        test: Separate test data of the same kinds.
        model: A catalogue name, a folder, or a hub id; by default what the recipe names.
        recipe: A shipped recipe's name, the path of a TOML file, or a Recipe.
        settings: Changes to the recipe by dotted name, such as {"training.epochs": 2}.
        out: The run folder, new or empty; by default a new one under `runs/`.
        resume: The folder of a run that was interrupted or killed, to go on with, by itself.
        accept: Codes of findings that would stop the run, and shall not.
        watcher: Sees the run as it goes.
        team: The processes that train together, which this one leads; by default it is alone.

    Raises:
        NewtrickError: Of one of its kinds, for bad data, models, settings or storage.
    """
    changes = input_settings(data, test, model)
    base = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    wanted = base.with_settings({**changes, **(settings or {})})
    if resume is not None:
        if wanted != Recipe() or out is not None:
            raise UsageError(
                "A run is resumed as it was begun: nothing of it can be changed.",
                fix=f"{resume_command(resume)}, or begin another run",
            )
        return resume_run(Path(resume), accept=accept, watcher=watcher or Watcher(), team=team)
    return train_recipe(
        wanted,
        out=None if out is None else Path(out),
        accept=accept,
        watcher=watcher or Watcher(),
        team=team,
    )


def train_recipe(
    recipe: Recipe,
    *,
    out: Path | None,
    accept: Collection[str],
    watcher: Watcher,
    team: Team = ALONE,
) -> Run:
    """Do what a recipe says; see `train`."""
    if out is not None:
        require_empty(out)
    dataset = read_data(recipe, accept, watcher)
    with open_run(out, dataset.name) as folder, resumable(folder, team.options):
        return _work(recipe, dataset, folder, accept, watcher, team=team)


def resume_run(path: Path, *, accept: Collection[str], watcher: Watcher, team: Team = ALONE) -> Run:
    """Go on with a run where its last good checkpoint is, or from the beginning; see `train`."""
    with reopen_run(path) as folder, resumable(folder, team.options):
        if is_ablation(path):
            raise UsageError(
                "This is an ablation, and no run.",
                where=path,
                fix=f"on the command line: {resume_command(path)}",
            )
        if adapted_for(path) is not None:
            raise UsageError(
                "This is a part of a run: the adaptation of its encoder.",
                where=path,
                fix=resume_command(path),
            )
        if begun_by(folder.recipe) != "train":
            raise UsageError(
                "This is a run of newtrick adapt.", where=path, fix=resume_command(path)
            )
        if result := _finished(folder):
            logger.info("The run is done already.")
            return Run(folder.path, result, read_findings(folder.audit), notes=())
        recipe = load_recipe(folder.recipe)
        beginning = Beginning(folder)
        beginning.refuse_changed(recipe_inputs(recipe))
        accept = {*accept, *beginning.accepted}
        dataset = read_data(recipe, accept, watcher)
        return _work(recipe, dataset, folder, accept, watcher, team=team)


def _finished(folder: RunFolder) -> Result | None:
    """The result of a run that has ended."""
    if not folder.result.is_file():
        return None
    return Result.model_validate_json(folder.result.read_text("utf-8"))


def _work(
    recipe: Recipe,
    dataset: Dataset,
    folder: RunFolder,
    accept: Collection[str],
    watcher: Watcher,
    *,
    team: Team,
) -> Run:
    """The run in its folder, from wherever it stands there, and after it those of other seeds."""
    with stop_on_signals() as stop:
        trained = train_in(
            folder, recipe, dataset, accept=accept, stop=stop, watcher=watcher, team=team
        )
        job, environment = trained.job, trained.environment
        save_trained(folder.model, job.encoder, job.trained_on)
        assessed = assess(job, trained.summary, watcher)
        save_decisions(folder.model, assessed.encoder_decisions)
        if assessed.blending:
            save_blend(folder.model, assessed.blending.known)
        if recipe.training.seeds > 1:
            own = {recipe.training.seed: assessed.result.test}
            others = _other_seeds(recipe, dataset, folder, accept, watcher, team=team)
            assessed = assessed.with_seeds(SeedScores.of(own | others))
        watcher.stage("Writing the report")
        publish(assessed, folder, environment)
    return Run(folder.path, assessed.result, assessed.job.findings, job.dataset.notes)


@dataclass(frozen=True)
class Trained:
    """A training that is done, before anything is scored.

    Attributes:
        job: With the trained encoder, and what was found on the way.
        summary: What training did.
        environment: What ran it, where.
    """

    job: Job
    summary: TrainingSummary
    environment: Environment


def train_in(
    folder: RunFolder,
    recipe: Recipe,
    dataset: Dataset,
    *,
    accept: Collection[str],
    stop: StopRequest,
    watcher: Watcher,
    team: Team = ALONE,
) -> Trained:
    """Prepare and train in a run folder, from wherever the run stands there."""
    with begun(recipe, folder):
        job = prepare(recipe, dataset, Beginning(folder), accept, watcher)
        environment = describe_environment(folder.recipe, team.size)
        _write_beginning(job, folder, environment, accept)
        job = adapted(job, folder, stop, watcher)
    summary, learned = train_encoder(job, folder, accept, stop, watcher, team=team)
    job = replace(job, findings=tuple(worst_first([*job.findings, *learned])))
    return Trained(job, summary, environment)


def _other_seeds(
    recipe: Recipe,
    dataset: Dataset,
    folder: RunFolder,
    accept: Collection[str],
    watcher: Watcher,
    *,
    team: Team,
) -> dict[int, Scores | None]:
    """The test scores of runs with the seeds that follow, in folders of their own, by the seed."""
    scores: dict[int, Scores | None] = {}
    first = recipe.training.seed
    for seed in range(first + 1, first + recipe.training.seeds):
        path = folder.seeds / str(seed)
        own = adapted_before(recipe, folder).with_settings(
            {"training.seed": seed % 2**32, "training.seeds": 1}
        )
        aside = Aside(watcher, f"Seed {seed}")
        begun = RunFolder(path).recipe.is_file()
        with reopen_run(path) if begun else open_run(path, dataset.name) as one:
            try:
                result = _finished(one) or _work(own, dataset, one, accept, aside, team=team).result
            except TrainingLost as error:
                logger.warning("Seed %s: %s", seed, error.what)
                scores[seed] = None
            else:
                scores[seed] = result.test
            shutil.rmtree(one.checkpoints, ignore_errors=True)  # nobody goes on from them
    return scores


def _write_beginning(
    job: Job, folder: RunFolder, environment: Environment, accept: Collection[str]
) -> None:
    """What is known before training: with it, even a run that breaks off says what it was."""
    beginning = Beginning(folder)
    if beginning.exists:
        beginning.warn_of_changed(environment)
        return
    require_room(folder.path, disk_of(job.encoder.size, job.recipe.training))
    write_file(folder.audit, findings_json(job.findings))
    inputs = {
        **recipe_inputs(load_recipe(folder.recipe)),
        **job.made_of,
        "accepted": dict.fromkeys(sorted(accept), True),
    }
    write_manifest(folder, environment, inputs)
