"""Texts without labels ─► an encoder that has read texts like these; by itself, or for a training.

An encoder that goes on with masked language modelling on texts of a domain is a better start there
(Gururangan and others 2020). The loop is the one that trains classifiers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from newtrick.adapting import Adaptation, adapt_encoder
from newtrick.data.dataset import Note, label_odds, texts
from newtrick.data.unlabelled import scored_texts
from newtrick.encoder.find import check_model_name
from newtrick.encoder.load import load_encoder
from newtrick.errors import UsageError
from newtrick.evaluation.result import AdaptationResult
from newtrick.job import SCORED, Job
from newtrick.progress import Watcher
from newtrick.recipe import Recipe
from newtrick.recipe_files import load_recipe
from newtrick.report.adapted import in_words
from newtrick.resume import Beginning, recipe_inputs
from newtrick.run import RunFolder, begun_by, open_run, reopen_run, require_empty
from newtrick.training.interrupt import StopRequest, stop_on_signals
from newtrick.unfinished import resumable, resume_command


def adapt(
    data: str | Path | Sequence[str | Path] | None = None,
    *,
    test: str | Path | None = None,
    model: str | Path | None = None,
    recipe: str | Path | Recipe = "default",
    settings: Mapping[str, object] | None = None,
    out: str | Path | None = None,
    resume: str | Path | None = None,
    watcher: Watcher | None = None,
) -> Adaptation:
    """Adapt a pretrained encoder to a domain, by masked language modelling on its texts.

    Args:
        data: A catalogue name, a file, a folder, a hub id (hf://owner/name), or several files;
            labels in it are not read. By default what the recipe names.
        test: Data that a classifier is to be scored on: its texts are kept out.
        model: A catalogue name, a folder, or a hub id; by default what the recipe names.
        recipe: A shipped recipe's name, the path of a TOML file, or a Recipe.
        settings: Changes to the recipe by dotted name, such as {"training.epochs": 1}.
        out: The run folder, new or empty; by default a new one under `runs/`.
        resume: The folder of an adaptation that was interrupted, to go on with, by itself.
        watcher: Sees it as it goes.

    Raises:
        NewtrickError: Of one of its kinds, for bad texts, models, settings or storage.
    """
    watcher = watcher or Watcher()
    base = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    wanted = base.with_settings({**text_settings(data), **_named(test, model), **(settings or {})})
    if resume is not None:
        if wanted != Recipe() or out is not None:
            raise UsageError(
                "An adaptation is resumed as it was begun: nothing of it can be changed.",
                fix=f"{resume_command(resume)}, or begin another one",
            )
        return _resume(Path(resume), watcher)
    source = wanted.adaptation.source
    if source is None:
        raise UsageError(
            "There are no texts to adapt to.",
            fix="newtrick adapt TEXTS, or adaptation.source in a recipe",
        )
    wanted = wanted.with_settings({"data.source": None})  # whose labels are for a training
    check_model_name(wanted.model.name)
    if out is not None:
        require_empty(Path(out))
    path = None if out is None else Path(out)
    with open_run(path, f"adapt-{_short(source)}") as folder, resumable(folder):
        return _alone(wanted, folder, watcher)


def text_settings(data: str | Path | Sequence[str | Path] | None) -> dict[str, object]:
    """What is given of TEXTS, as a setting by its dotted name."""
    if data is None:
        return {}
    if isinstance(data, str | Path):
        return {"adaptation.source": str(data)}
    return {"adaptation.source": tuple(map(str, data))}


def adapted(job: Job, folder: RunFolder, stop: StopRequest, watcher: Watcher) -> Job:
    """A job whose encoder is first adapted to the recipe's texts, if it names any.

    The job's own validation and test texts are kept out of them.
    """
    if job.recipe.adaptation.source is None:
        return job
    scored = {split: job.dataset.splits()[split] for split in SCORED}
    own = RunFolder(folder.adaptation)
    with reopen_run(own.path) if own.recipe.is_file() else open_run(own.path, job.dataset.name):
        adaptation = adapt_encoder(job.recipe, scored, own, stop, watcher)
    watcher.stage("Tokenising for the adapted model")
    dataset = job.dataset
    encoder = load_encoder(
        adapted_before(job.recipe, folder),
        dataset.labels,
        label_odds(dataset.train, dataset.labels),
    )
    lessons = job.lessons
    if lessons is not None:
        lessons = replace(lessons, tokens=encoder.tokenize_once(lessons.rows["text"].to_list()))
    note = Note("adaptation", in_words(adaptation.result))
    watcher.note(note)
    return replace(
        job,
        encoder=replace(encoder, name=job.encoder.name),
        tokens={
            name: encoder.tokenize_once(texts(rows)) for name, rows in dataset.splits().items()
        },
        dataset=replace(dataset, notes=(*dataset.notes, note)),
        lessons=lessons,
    )


def adapted_before(recipe: Recipe, folder: RunFolder) -> Recipe:
    """A recipe that begins with the encoder which a run has adapted, if it has."""
    if recipe.adaptation.source is None:
        return recipe
    model = RunFolder(folder.adaptation).model.absolute()  # as a kept recipe has it
    return recipe.with_settings({"adaptation.source": None, "model.name": str(model)})


def seconds_of_adaptation(folder: RunFolder) -> float:
    """What the adaptation of a run took to train."""
    result = RunFolder(folder.adaptation).result.read_text("utf-8")
    return AdaptationResult.model_validate_json(result).training.seconds


def _alone(recipe: Recipe, folder: RunFolder, watcher: Watcher) -> Adaptation:
    test = recipe.data.test_source
    if test is not None:
        watcher.stage("Reading the test data")
    scored = {} if test is None else scored_texts(test)
    with stop_on_signals() as stop:
        return adapt_encoder(recipe, scored, folder, stop, watcher)


def _resume(path: Path, watcher: Watcher) -> Adaptation:
    with reopen_run(path) as folder, resumable(folder):
        if begun_by(folder.recipe) != "adapt":
            raise UsageError(
                "This is a run of newtrick train.", where=path, fix=resume_command(path)
            )
        recipe = load_recipe(folder.recipe)
        Beginning(folder).refuse_changed(recipe_inputs(recipe))
        return _alone(recipe, folder, watcher)


def _named(test: str | Path | None, model: str | Path | None) -> dict[str, object]:
    given = {"data.test_source": test, "model.name": model}
    return {name: str(value) for name, value in given.items() if value is not None}


def _short(source: str | tuple[str, ...]) -> str:
    """A name for a run folder."""
    return Path(source if isinstance(source, str) else source[0]).stem
