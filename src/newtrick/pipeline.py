"""The main job from top to bottom: labelled text ─► a classifier, and a score to defend."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from newtrick.audit.check import audit
from newtrick.audit.data.noise import Answers
from newtrick.audit.data.reading import Reading
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.effect import scores_without
from newtrick.audit.finding import Finding, worst_first
from newtrick.audit.outcome import check_codes, count_findings, findings_json, refuse_errors
from newtrick.audit.registry import ANSWER_CHECKS, DATA_CHECKS
from newtrick.baseline import tfidf
from newtrick.data.dataset import Dataset, Note, content_hash, label_ids, row_ids, texts
from newtrick.data.load import load_dataset
from newtrick.data.split import text_key_hashes
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import check_model_name, hub_id, load_encoder, weights_hash
from newtrick.encoder.save import read_trained_on, save_trained
from newtrick.encoder.tokens import TokenIds
from newtrick.errors import RecipeError, Stopped, TrainingBrokeDown, TrainingLost, UsageError
from newtrick.evaluation.metrics import confusion_matrix
from newtrick.evaluation.predict import predict_logits, probabilities
from newtrick.evaluation.predictions import predictions_file
from newtrick.evaluation.result import BaselineScores, DataSummary, Result, TrainingSummary
from newtrick.evaluation.score import score, score_decisions
from newtrick.journal import Evaluation, Event, Step, append_event, read_events
from newtrick.progress import Watcher
from newtrick.recipe import Recipe, input_settings, load_recipe
from newtrick.report.card import model_card
from newtrick.report.html import html_report
from newtrick.report.plots import draw
from newtrick.report.record import RunRecord
from newtrick.run import (
    Environment,
    RunFolder,
    describe_environment,
    open_run,
    require_empty,
    write_manifest,
)
from newtrick.storage import require_room, write_file
from newtrick.training import loop
from newtrick.training.checkpoint import find_checkpoint, restore_checkpoint
from newtrick.training.interrupt import stop_on_ctrl_c
from newtrick.training.objectives import Classification
from newtrick.training.validation import LabelledTokens
from newtrick.training.watchdog import Watchdog

Logits = npt.NDArray[np.float32]

SCORED = ("validation", "test")
_ROOM_FOR_REPORTS = 64 * 2**20


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
    accept: Collection[str] = (),
    watcher: Watcher | None = None,
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
        accept: Codes of findings that would stop the run, and shall not.
        watcher: Sees the run as it goes.

    Raises:
        NewtrickError: Of one of its kinds, for bad data, models, settings or storage.
    """
    changes = input_settings(data, test, model)
    base = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    return train_recipe(
        base.with_settings({**changes, **(settings or {})}),
        out=None if out is None else Path(out),
        accept=accept,
        watcher=watcher or Watcher(),
    )


def train_recipe(
    recipe: Recipe, *, out: Path | None, accept: Collection[str], watcher: Watcher
) -> Run:
    """Do what a recipe says; see `train`."""
    if out is not None:
        require_empty(out)
    job = _prepare(recipe, accept, watcher)
    with open_run(out, job.dataset.name) as folder:
        environment = describe_environment(folder.recipe)
        _write_beginning(job, folder, environment)
        watchdog = Watchdog(row_ids(job.dataset.train), accept)
        summary = _train_encoder(job, folder, watchdog, watcher)
        save_trained(folder.model, job.encoder, job.trained_on)
        if summary.stopped_by == "ctrl-c":
            raise _stopped(folder, summary)
        job = _with_findings(job, watchdog.findings, watcher)

        logits = {name: _score(job, name, watcher) for name in SCORED}
        job = _with_findings(job, _doubts(job, logits), watcher)
        result = _result(job, logits, summary)
        watcher.stage("Writing the report")
        _write_end(job, folder, environment, result, logits)
    return Run(folder.path, result, job.findings, job.dataset.notes)


@dataclass(frozen=True)
class _Job:
    """What training works with.

    Attributes:
        recipe: What to do.
        dataset: The rows.
        encoder: The model and its tokenizer.
        tokens: The texts of the data set's splits, by name.
        findings: What the audit found.
        baseline: The word count's answers for the test rows.
    """

    recipe: Recipe
    dataset: Dataset
    encoder: Encoder
    tokens: Mapping[str, TokenIds]
    findings: tuple[Finding, ...]
    baseline: tfidf.BaselinePredictions

    @property
    def trained_on(self) -> pl.DataFrame:
        """The texts that have trained the model, now or before, or choose its checkpoint."""
        ours = [
            pl.select(hash=text_key_hashes(rows), split=pl.lit(split))
            for split, rows in self.dataset.splits().items()
            if split != "test"
        ]
        return pl.concat([read_trained_on(self.encoder.folder), *ours])


def _prepare(recipe: Recipe, accept: Collection[str], watcher: Watcher) -> _Job:
    """Everything that can be refused is looked at here, before anything is written."""
    check_codes(accept)
    if recipe.data.source is None:
        raise UsageError(
            "There is no data to train on.", fix="newtrick train DATA, or data.source in a recipe"
        )
    check_model_name(recipe.model.name)
    watcher.stage("Reading the data")
    dataset = load_dataset(recipe.data, seed=recipe.training.seed)
    for note in dataset.notes:
        watcher.note(note)
    _check_metric(recipe, dataset)
    watcher.stage("Loading the model")
    encoder = load_encoder(recipe, dataset.labels)
    watcher.stage("Tokenising")
    tokens = {name: encoder.tokenize_once(texts(split)) for name, split in dataset.splits().items()}
    watcher.stage("Auditing the data")
    trained_on = read_trained_on(encoder.folder)
    subject = DataSubject(
        dataset.labels,
        dataset.splits(),
        Reading(recipe.model.name, encoder.truncation, tokens),
        trained_on,
        dataset.dropped,
        dataset.decided,
    )
    findings = audit(subject, DATA_CHECKS)
    for finding in findings:
        watcher.finding(finding)
    refuse_errors(findings, accept)
    watcher.stage("Fitting the baseline")
    baseline = tfidf.run_baseline(dataset)
    return _Job(recipe, dataset, encoder, tokens, findings, baseline)


def _check_metric(recipe: Recipe, dataset: Dataset) -> None:
    if recipe.training.best_by == "f1" and dataset.labels.positive is None:
        raise RecipeError(
            "The F1 of a positive label needs two classes.",
            where="training.best_by",
            found=f"{len(dataset.labels)} classes",
            fix="--set training.best_by=macro_f1",
        )


def _write_beginning(job: _Job, folder: RunFolder, environment: Environment) -> None:
    """What is known before training: with it, even a run that breaks off says what it was."""
    checkpoint_and_model = 2 * job.encoder.size
    require_room(folder.path, checkpoint_and_model + _ROOM_FOR_REPORTS)
    hashes = {
        "data": {name: content_hash(split) for name, split in job.dataset.splits().items()},
        "model": weights_hash(job.encoder.folder),
    }
    write_file(folder.recipe, _from_anywhere(job.recipe).to_toml())
    write_manifest(folder, environment, hashes)
    write_file(folder.audit, findings_json(job.findings))


def _from_anywhere(recipe: Recipe) -> Recipe:
    """The recipe with whole paths, so that it can be run again from another folder."""

    def whole(name: str) -> str:
        return str(Path(name).absolute()) if Path(name).exists() else name

    source = recipe.data.source
    several = source if isinstance(source, tuple) else ()
    changes: dict[str, object] = {
        "data.source": tuple(map(whole, several)) or whole(str(source)),
        "model.name": whole(recipe.model.name),
    }
    also = {
        "data.test_source": recipe.data.test_source,
        "data.corrections": recipe.data.corrections,
    }
    changes |= {setting: whole(name) for setting, name in also.items() if name}
    return recipe.with_settings(changes)


def _train_encoder(
    job: _Job, folder: RunFolder, watchdog: Watchdog, watcher: Watcher
) -> TrainingSummary:
    labels = label_ids(job.dataset.train)

    def tell(event: Event) -> None:
        append_event(folder.journal, event)
        watcher.event(event)
        watchdog.see(event)

    watcher.stage("Training")
    try:
        with stop_on_ctrl_c() as stop:
            return loop.train(
                job.encoder,
                Classification.of(labels, len(job.dataset.labels), job.recipe.training),
                job.tokens["train"],
                LabelledTokens(job.tokens["validation"], label_ids(job.dataset.validation)),
                job.recipe.training,
                checkpoints=folder.checkpoints,
                stop=stop,
                tell=tell,
            )
    except (TrainingBrokeDown, TrainingLost) as error:
        write_file(folder.audit, findings_json(worst_first([*job.findings, *watchdog.findings])))
        if checkpoint := find_checkpoint(folder.checkpoints):
            restore_checkpoint(checkpoint, job.encoder.model)
            save_trained(folder.model, job.encoder, job.trained_on)
            error.where = f"the best model so far ({checkpoint.name}) is kept in {folder.model}"
        raise


def _stopped(folder: RunFolder, summary: TrainingSummary) -> Stopped:
    evaluated = any(isinstance(event, Evaluation) for event in read_events(folder.journal))
    kept = "the best so far" if evaluated else "not evaluated yet"
    # The same recipe: other rows for testing could be rows that this model was trained on.
    again = ["newtrick", "train", "--recipe", str(folder.recipe), "--model", str(folder.model)]
    return Stopped(
        f"Stopped after step {summary.last_step:,}; the model of step {summary.best_step:,}"
        f" ({kept}) is kept.",
        where=folder.model,
        fix=f"to go on from it, with a schedule of its own: {shlex.join(again)}",
    )


def _score(job: _Job, name: str, watcher: Watcher) -> Logits:
    watcher.stage(f"Scoring the {name} rows", total=len(job.tokens[name]))
    return predict_logits(
        job.encoder.model,
        job.tokens[name],
        pad_id=job.encoder.pad_id,
        batch_size=job.recipe.training.eval_batch_size,
        progress=watcher.advance,
    )


def _doubts(job: _Job, logits: Mapping[str, Logits]) -> tuple[Finding, ...]:
    """What the encoder has against labels of rows that it was not trained on."""
    splits = job.dataset.splits()
    rows = pl.concat(splits[name] for name in SCORED)
    shares = np.concatenate([probabilities(logits[name]) for name in SCORED]).astype(np.float64)
    answers = Answers(job.dataset.labels, rows, shares, job.dataset.decided)
    return audit(answers, ANSWER_CHECKS)


def _with_findings(job: _Job, findings: Sequence[Finding], watcher: Watcher) -> _Job:
    for finding in findings:
        watcher.finding(finding)
    return replace(job, findings=tuple(worst_first([*job.findings, *findings])))


def _result(job: _Job, logits: Mapping[str, Logits], summary: TrainingSummary) -> Result:
    dataset, labels = job.dataset, job.dataset.labels
    counted = score_decisions(job.baseline.classes, label_ids(dataset.test), labels)
    return Result(
        labels=labels.names,
        positive_label=labels.positive,
        model=job.encoder.name,
        data=DataSummary(
            name=dataset.name,
            train_rows=dataset.train.height,
            validation_rows=dataset.validation.height,
            test_rows=dataset.test.height,
        ),
        baseline=BaselineScores(
            name=tfidf.NAME,
            seconds=job.baseline.seconds,
            **counted.model_dump(exclude={"rows", "loss"}),
        ),
        validation=score(logits["validation"], label_ids(dataset.validation), labels),
        test=score(logits["test"], label_ids(dataset.test), labels),
        training=summary,
        findings=count_findings(job.findings),
        test_without=scores_without(
            job.findings, dataset.test, labels, logits["test"], job.baseline.classes
        ),
    )


def _write_end(
    job: _Job,
    folder: RunFolder,
    environment: Environment,
    result: Result,
    logits: Mapping[str, Logits],
) -> None:
    """Everything that a finished run is looked at by."""
    dataset = job.dataset
    events = read_events(folder.journal)
    record = RunRecord(
        result=result,
        recipe=job.recipe,
        evaluations=tuple(event for event in events if isinstance(event, Evaluation)),
        steps=tuple(event for event in events if isinstance(event, Step)),
        findings=job.findings,
        notes=dataset.notes,
        confusion=confusion_matrix(
            label_ids(dataset.test), logits["test"].argmax(axis=1), len(dataset.labels)
        ),
        truncation=job.encoder.truncation,
        environment=environment,
    )
    for name in SCORED:
        content = predictions_file(dataset.splits()[name], logits[name], dataset.labels)
        write_file(folder.predictions / f"{name}.parquet", content)
    write_file(folder.audit, findings_json(job.findings))
    write_file(folder.model / "README.md", model_card(record, hub_id(result.model)))
    write_file(folder.report, html_report(record))
    for name, picture in draw(record).items():
        write_file(folder.plots / name, picture)
    write_file(folder.result, result.to_json() + "\n")
