"""The main job from top to bottom: labelled text ─► a classifier, and a score to defend."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from newtrick.audit.check import audit
from newtrick.audit.data.noise import Answers
from newtrick.audit.effect import scores_without
from newtrick.audit.finding import Finding, worst_first
from newtrick.audit.outcome import count_findings, findings_json, read_findings
from newtrick.audit.registry import ANSWER_CHECKS
from newtrick.baseline import tfidf
from newtrick.data.dataset import Dataset, Note, label_ids, row_ids
from newtrick.encoder.load import hub_id
from newtrick.encoder.save import save_trained
from newtrick.errors import (
    Interrupted,
    StorageError,
    TrainingBrokeDown,
    TrainingLost,
    UsageError,
)
from newtrick.evaluation.decisions.check import check_decisions, curves
from newtrick.evaluation.decisions.document import Decisions, save_decisions
from newtrick.evaluation.decisions.fit import fit_decisions
from newtrick.evaluation.metrics.decisions import confusion_matrix
from newtrick.evaluation.predict import predict_logits, probabilities
from newtrick.evaluation.predictions import predictions_file
from newtrick.evaluation.result import BaselineScores, DataSummary, Result, TrainingSummary
from newtrick.evaluation.score import score, score_decisions
from newtrick.job import SCORED, Job, prepare, read_data
from newtrick.journal import Evaluation, Event, Step, append_event, read_events
from newtrick.planning import forecaster_of
from newtrick.progress import Watcher
from newtrick.recipe import Recipe, input_settings, load_recipe
from newtrick.report.card import model_card
from newtrick.report.plan import told
from newtrick.report.record import RunRecord
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
from newtrick.training import loop
from newtrick.training.checkpoint import read_weights
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.interrupt import StopRequest, stop_on_signals
from newtrick.training.objectives import Classification
from newtrick.training.precision import as_begun
from newtrick.training.validation import LabelledTokens
from newtrick.training.watchdog import Watchdog

logger = logging.getLogger("newtrick")

Logits = npt.NDArray[np.float32]


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
        return resume_run(Path(resume), accept=accept, watcher=watcher or Watcher())
    return train_recipe(
        wanted,
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
    dataset = read_data(recipe, accept, watcher)
    with open_run(out, dataset.name) as folder:
        return _work(recipe, dataset, folder, accept, watcher)


def resume_run(path: Path, *, accept: Collection[str], watcher: Watcher) -> Run:
    """Go on with a run where its last good checkpoint is, or from the beginning; see `train`."""
    with reopen_run(path) as folder:
        if folder.result.is_file():
            logger.info("The run is done already.")
            result = Result.model_validate_json(folder.result.read_text("utf-8"))
            return Run(folder.path, result, read_findings(folder.audit), notes=())
        recipe = load_recipe(folder.recipe)
        beginning = Beginning(folder)
        beginning.refuse_changed(recipe_inputs(recipe))
        accept = {*accept, *beginning.accepted}
        dataset = read_data(recipe, accept, watcher)
        return _work(recipe, dataset, folder, accept, watcher)


def _work(
    recipe: Recipe,
    dataset: Dataset,
    folder: RunFolder,
    accept: Collection[str],
    watcher: Watcher,
) -> Run:
    """The run in its folder, from wherever it stands there."""
    with _resumable(folder), stop_on_signals() as stop:
        with _begun(recipe, folder):
            job = prepare(recipe, dataset, Beginning(folder), accept, watcher)
            environment = describe_environment(folder.recipe)
            _write_beginning(job, folder, environment, accept)
        summary, learned = _train_encoder(job, folder, accept, stop, watcher)
        job = replace(job, findings=tuple(worst_first([*job.findings, *learned])))
        save_trained(folder.model, job.encoder, job.trained_on)
        logits = {name: _score(job, name, watcher) for name in SCORED}
        job = _with_findings(job, _doubts(job, logits), watcher)
        decisions = _decisions(job, logits["validation"])
        save_decisions(folder.model, decisions)
        result = _result(job, logits, decisions, summary)
        watcher.stage("Writing the report")
        _write_end(job, folder, environment, result, logits, decisions=decisions)
    return Run(folder.path, result, job.findings, job.dataset.notes)


@contextlib.contextmanager
def _resumable(folder: RunFolder) -> Iterator[None]:
    """Say how to go on after what breaks off a run without being wrong with it."""
    try:
        yield
    except (Interrupted, StorageError) as error:
        if folder.recipe.is_file():
            again = resume_command(folder.path)
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


def _train_encoder(
    job: Job, folder: RunFolder, accept: Collection[str], stop: StopRequest, watcher: Watcher
) -> tuple[TrainingSummary, tuple[Finding, ...]]:
    """Train from the beginning or the last good checkpoint; also what was found on the way."""
    labels = label_ids(job.dataset.train)
    settings = job.recipe.training
    checkpoints = Checkpoints(folder.checkpoints, settings.keep_checkpoints, folder.journal)
    start = checkpoints.newest()
    checkpoints.go_back_to(start)
    if start is not None:
        logger.info("Going on from %s.", start)
    watcher.stage("Training")
    past = read_events(folder.journal) if start else []
    settings = as_begun(settings, past)
    for event in past:
        watcher.event(event)
    watchdog = Watchdog(row_ids(job.dataset.train), accept, past)
    forecaster = forecaster_of(job.encoder, job.tokens, settings)

    def tell(event: Event) -> None:
        append_event(folder.journal, event)
        watcher.event(event)
        if forecast := forecaster.see(event):
            watcher.note(Note("plan", f"{told(forecast)}."))
        watchdog.see(event)

    try:
        with stop.awaited():
            summary = loop.train(
                job.encoder,
                Classification.of(labels, len(job.dataset.labels), settings),
                job.tokens["train"],
                LabelledTokens(job.tokens["validation"], label_ids(job.dataset.validation)),
                settings,
                checkpoints=checkpoints,
                stop=stop,
                tell=tell,
                resume_from=start,
            )
    except (TrainingBrokeDown, TrainingLost) as error:
        write_file(folder.audit, findings_json(worst_first([*job.findings, *watchdog.findings])))
        if best := checkpoints.best():
            job.encoder.model.load_state_dict(read_weights(best))
            save_trained(folder.model, job.encoder, job.trained_on)
            error.where = f"the best model so far ({best.name}) is kept in {folder.model}"
        raise
    for finding in watchdog.findings:
        watcher.finding(finding)
    return summary, watchdog.findings


def _score(job: Job, name: str, watcher: Watcher) -> Logits:
    watcher.stage(f"Scoring the {name} rows", total=len(job.tokens[name]))
    return predict_logits(
        job.encoder.model,
        job.tokens[name],
        pad_id=job.encoder.pad_id,
        batch_size=job.recipe.training.eval_batch_size,
        progress=watcher.advance,
    )


def _doubts(job: Job, logits: Mapping[str, Logits]) -> tuple[Finding, ...]:
    """What the encoder has against labels of rows that it was not trained on."""
    splits = job.dataset.splits()
    rows = pl.concat(splits[name] for name in SCORED)
    shares = np.concatenate([probabilities(logits[name]) for name in SCORED]).astype(np.float64)
    answers = Answers(job.dataset.labels, rows, shares, job.dataset.decided)
    return audit(answers, ANSWER_CHECKS)


def _with_findings(job: Job, findings: Sequence[Finding], watcher: Watcher) -> Job:
    for finding in findings:
        watcher.finding(finding)
    return replace(job, findings=tuple(worst_first([*job.findings, *findings])))


def _decisions(job: Job, logits: Logits) -> Decisions:
    return fit_decisions(
        logits,
        label_ids(job.dataset.validation),
        job.dataset.labels,
        job.recipe.decisions,
        head=job.encoder.head_hash,
    )


def _result(
    job: Job, logits: Mapping[str, Logits], decisions: Decisions, summary: TrainingSummary
) -> Result:
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
        baseline=BaselineScores.of(counted, tfidf.NAME, job.baseline.seconds),
        validation=score(logits["validation"], label_ids(dataset.validation), labels),
        test=score(logits["test"], label_ids(dataset.test), labels),
        training=summary,
        findings=count_findings(job.findings),
        test_without=scores_without(
            job.findings, dataset.test, labels, logits["test"], job.baseline.classes
        ),
        decisions=check_decisions(decisions, logits["test"], label_ids(dataset.test)),
    )


def _write_end(
    job: Job,
    folder: RunFolder,
    environment: Environment,
    result: Result,
    logits: Mapping[str, Logits],
    *,
    decisions: Decisions,
) -> None:
    """Everything that a finished run is looked at by."""
    # They load matplotlib, which a run that begins can do without for half a second longer.
    from newtrick.report.html import html_report  # noqa: PLC0415
    from newtrick.report.plots import draw  # noqa: PLC0415

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
        curves=curves(decisions, logits["test"], label_ids(dataset.test)),
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
