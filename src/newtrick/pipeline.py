"""The main job from top to bottom: labelled text ─► a classifier, and a score to defend."""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from newtrick.assessment import assess
from newtrick.audit.finding import Finding, worst_first
from newtrick.audit.outcome import findings_json, read_findings
from newtrick.data.dataset import Dataset, Note
from newtrick.encoder.save import save_trained
from newtrick.errors import (
    Interrupted,
    StorageError,
    TrainingLost,
    UsageError,
    WorkerLost,
)
from newtrick.evaluation.decisions.document import save_decisions
from newtrick.evaluation.result import Result
from newtrick.evaluation.scores import Scores, SeedScores
from newtrick.fitting import train_encoder
from newtrick.job import Job, prepare, read_data
from newtrick.progress import Aside, Watcher
from newtrick.publishing import publish
from newtrick.recipe import Recipe, input_settings
from newtrick.recipe_files import load_recipe
from newtrick.resume import Beginning, from_anywhere, recipe_inputs
from newtrick.run import (
    Environment,
    RunFolder,
    describe_environment,
    disk_needed,
    open_run,
    reopen_run,
    require_empty,
    resume_command,
    write_manifest,
)
from newtrick.storage import require_room, write_file
from newtrick.training.interrupt import stop_on_signals
from newtrick.training.team import ALONE, Team

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
    with open_run(out, dataset.name) as folder, _resumable(folder, team):
        return _work(recipe, dataset, folder, accept, watcher, team=team)


def resume_run(path: Path, *, accept: Collection[str], watcher: Watcher, team: Team = ALONE) -> Run:
    """Go on with a run where its last good checkpoint is, or from the beginning; see `train`."""
    with reopen_run(path) as folder, _resumable(folder, team):
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
        with _begun(recipe, folder):
            job = prepare(recipe, dataset, Beginning(folder), accept, watcher)
            environment = describe_environment(folder.recipe, team.size)
            _write_beginning(job, folder, environment, accept)
        summary, learned = train_encoder(job, folder, accept, stop, watcher, team=team)
        job = replace(job, findings=tuple(worst_first([*job.findings, *learned])))
        save_trained(folder.model, job.encoder, job.trained_on)
        assessed = assess(job, summary, watcher)
        save_decisions(folder.model, assessed.decisions)
        if recipe.training.seeds > 1:
            own = {recipe.training.seed: assessed.result.test}
            others = _other_seeds(recipe, dataset, folder, accept, watcher, team=team)
            assessed = assessed.with_seeds(SeedScores.of(own | others))
        watcher.stage("Writing the report")
        publish(assessed, folder, environment)
    return Run(folder.path, assessed.result, assessed.job.findings, job.dataset.notes)


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
        own = recipe.with_settings({"training.seed": seed % 2**32, "training.seeds": 1})
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


@contextlib.contextmanager
def _resumable(folder: RunFolder, team: Team) -> Iterator[None]:
    """Say how to go on after what breaks off a run without being wrong with it."""
    try:
        yield
    except (Interrupted, StorageError, WorkerLost) as error:
        if folder.recipe.is_file():
            again = resume_command(folder.path, team.size)
            error.fix = f"{error.fix}; then {again}" if error.fix else f"to go on: {again}"
        raise


@contextlib.contextmanager
def _begun(recipe: Recipe, folder: RunFolder) -> Iterator[None]:
    """Keep the recipe of a run that is killed before it is ready; of a refused one, nothing."""
    if folder.recipe.is_file():
        yield
        return
    write_file(folder.recipe, from_anywhere(recipe).to_toml())
    try:
        yield
    except Exception:
        for path in (folder.recipe, folder.audit):
            path.unlink(missing_ok=True)
        raise


def _write_beginning(
    job: Job, folder: RunFolder, environment: Environment, accept: Collection[str]
) -> None:
    """What is known before training: with it, even a run that breaks off says what it was."""
    beginning = Beginning(folder)
    if beginning.exists:
        beginning.warn_of_changed(environment)
        return
    kept = job.recipe.training.keep_checkpoints
    require_room(folder.path, disk_needed(job.encoder.size, kept))
    write_file(folder.audit, findings_json(job.findings))
    inputs = {
        **recipe_inputs(load_recipe(folder.recipe)),
        **job.made_of,
        "accepted": dict.fromkeys(sorted(accept), True),
    }
    write_manifest(folder, environment, inputs)
