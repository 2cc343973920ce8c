"""An encoder adapted to a domain, from wherever its run stands, and what that was worth."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from newtrick.domain import Domain, prepare_domain
from newtrick.encoder.find import hub_id
from newtrick.encoder.masked import save_masked
from newtrick.errors import TrainingBrokeDown
from newtrick.evaluation.masked_score import MaskedScores
from newtrick.evaluation.result import AdaptationResult, TrainingSummary
from newtrick.journal import EncoderMoves, Event, MaskedEvaluation, append_event, read_events
from newtrick.planning import disk_of
from newtrick.progress import Watcher
from newtrick.recipe import Recipe
from newtrick.recipe_files import load_recipe
from newtrick.report.adapted import adaptation_card
from newtrick.resume import Beginning, begun, recipe_inputs
from newtrick.run import (
    Environment,
    RunFolder,
    describe_environment,
    write_manifest,
)
from newtrick.storage import require_room, write_file
from newtrick.training import loop
from newtrick.training.checkpoint import read_weights
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.interrupt import StopRequest
from newtrick.training.masked import MaskedExaminer
from newtrick.training.precision import as_begun

logger = logging.getLogger("newtrick")


@dataclass(frozen=True)
class Adaptation:
    """What adapting an encoder leaves behind.

    Attributes:
        folder: The run folder; its `model/` is what `train --model` takes.
        result: Every figure.
    """

    folder: Path
    result: AdaptationResult


def adapt_encoder(
    recipe: Recipe,
    scored: Mapping[str, pl.DataFrame],
    folder: RunFolder,
    stop: StopRequest,
    watcher: Watcher,
) -> Adaptation:
    """Adapt from the beginning or the last good checkpoint; nothing, where it is done.

    Args:
        recipe: Which texts, which model, and how.
        scored: Clean rows whose texts are kept out, by their split.
        folder: Of the adaptation, which is held.
        stop: Looked at while it is trained.
        watcher: Sees it as it goes.
    """
    if folder.result.is_file():
        logger.info("The adaptation is done already.")
        result = AdaptationResult.model_validate_json(folder.result.read_text("utf-8"))
        return Adaptation(folder.path, result)
    with begun(recipe, folder):
        domain = prepare_domain(recipe, scored, Beginning(folder), watcher)
        environment = describe_environment(folder.recipe)
        _write_beginning(domain, folder, environment)
    watcher.stage("Looking at the model as it is")
    batch_size = domain.settings.eval_batch_size
    examiner = domain.held_out.examiner(domain.encoder, batch_size)
    before = None if domain.encoder.has_new_head else _score(examiner, stop)
    summary = _train(domain, folder, stop, watcher)
    watcher.stage("Looking at the adapted model")
    result = AdaptationResult(
        model=domain.encoder.name,
        new_head=domain.encoder.has_new_head,
        texts=domain.texts,
        vocabulary=domain.vocabulary,
        base_perplexity=math.exp(examiner.base_loss),
        base_accuracy=examiner.base_accuracy,
        before=before or _untouched(folder, examiner.rows),
        after=_score(examiner, stop),
        training=summary,
    )
    save_masked(folder.model, domain.encoder, domain.read)
    card = adaptation_card(
        result, recipe, domain.settings, environment, hub_id(domain.encoder.name)
    )
    write_file(folder.model / "README.md", card)
    write_file(folder.result, result.to_json() + "\n")
    return Adaptation(folder.path, result)


def _write_beginning(domain: Domain, folder: RunFolder, environment: Environment) -> None:
    beginning = Beginning(folder)
    if beginning.exists:
        beginning.warn_of_changed(environment)
        return
    require_room(folder.path, disk_of(domain.encoder.size, domain.settings))
    inputs = {**recipe_inputs(load_recipe(folder.recipe)), **domain.made_of}
    write_manifest(folder, environment, inputs)


def _train(
    domain: Domain, folder: RunFolder, stop: StopRequest, watcher: Watcher
) -> TrainingSummary:
    checkpoints = Checkpoints(folder.checkpoints, domain.settings.keep_checkpoints, folder.journal)
    start = checkpoints.newest()
    checkpoints.go_back_to(start)
    if start is not None:
        logger.info("Going on from %s.", start)
    watcher.stage("Adapting")
    past = read_events(folder.journal) if start else []
    for event in past:
        watcher.event(event)

    def tell(event: Event) -> None:
        append_event(folder.journal, event)
        watcher.event(event)

    own = domain.recipe.adaptation
    try:
        with stop.awaited():
            return loop.train(
                domain.encoder,
                domain.objective,
                domain.rows,
                domain.held_out,
                as_begun(domain.settings, past),
                checkpoints=checkpoints,
                stop=stop,
                tell=tell,
                resume_from=start,
                head_first=own.head_warmup_share if domain.encoder.has_new_head else 0.0,
            )
    except TrainingBrokeDown as error:
        if best := checkpoints.best():
            domain.encoder.model.load_state_dict(read_weights(best))
            save_masked(folder.model, domain.encoder, domain.read)
            error.where = f"the best model so far ({best.name}) is kept in {folder.model}"
        raise


def _score(examiner: MaskedExaminer, stop: StopRequest) -> MaskedScores:
    answers = examiner.ask(stop)
    return MaskedScores.of(answers.losses, answers.right, answers.texts)


def _untouched(folder: RunFolder, tokens: int) -> MaskedScores | None:
    """What the encoder as it was gave, with a new head that had learned by itself."""
    events = read_events(folder.journal)
    moves_after = next((event.step for event in events if isinstance(event, EncoderMoves)), None)
    for event in events:
        if isinstance(event, MaskedEvaluation) and event.step == moves_after:
            return MaskedScores(
                tokens=tokens,
                loss=event.validation_loss,
                perplexity=event.perplexity,
                accuracy=event.accuracy,
            )
    return None
