"""The encoder of a run, trained from wherever the run stands."""

from __future__ import annotations

import logging
from collections.abc import Collection

from newtrick.audit.finding import Finding, worst_first
from newtrick.audit.outcome import findings_json
from newtrick.data.dataset import Note, targets
from newtrick.distillation.rows import training_rows
from newtrick.encoder.save import save_trained
from newtrick.errors import TrainingBrokeDown, TrainingLost
from newtrick.evaluation.result import TrainingSummary
from newtrick.job import Job
from newtrick.journal import Event, append_event, read_events
from newtrick.planning import forecaster_of
from newtrick.progress import Watcher
from newtrick.report.plan import told
from newtrick.run import RunFolder
from newtrick.storage import write_file
from newtrick.training import loop
from newtrick.training.checkpoint import read_weights
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.interrupt import StopRequest
from newtrick.training.precision import as_begun
from newtrick.training.team import Team
from newtrick.training.validation import LabelledTokens
from newtrick.training.watchdog import Watchdog

logger = logging.getLogger("newtrick")


def train_encoder(
    job: Job,
    folder: RunFolder,
    accept: Collection[str],
    stop: StopRequest,
    watcher: Watcher,
    *,
    team: Team,
) -> tuple[TrainingSummary, tuple[Finding, ...]]:
    """Train from the beginning or the last good checkpoint; also what was found on the way."""
    dataset, labels = job.dataset, job.dataset.labels
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
    rows = training_rows(job.recipe, dataset, job.tokens["train"], job.lessons)
    watchdog = Watchdog(rows.names, accept, past)
    forecaster = forecaster_of(job.encoder, {**job.tokens, "train": rows.tokens}, settings)

    def tell(event: Event) -> None:
        append_event(folder.journal, event)
        watcher.event(event)
        if forecast := forecaster.see(event):
            watcher.note(Note("plan", f"{told(forecast)}."))
        watchdog.see(event)

    if team.size > settings.train_batch_size * settings.accumulation_steps:
        logger.warning("A step has fewer rows than there are workers: some have nothing to do.")
    try:
        with stop.awaited():
            summary = loop.train(
                job.encoder,
                rows.objective,
                rows.tokens,
                LabelledTokens(job.tokens["validation"], targets(dataset.validation, labels)),
                settings,
                checkpoints=checkpoints,
                stop=stop,
                tell=tell,
                resume_from=start,
                team=team,
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
