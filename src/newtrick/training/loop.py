"""The training loop: batches ─► weights, with an evaluation every so many steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from newtrick.encoder.encoder import Pretrained
from newtrick.encoder.tokens import TokenIds
from newtrick.errors import Interrupted, TrainingBrokeDown
from newtrick.evaluation.result import StoppedBy, TrainingSummary
from newtrick.journal import Checkpoint, EncoderMoves, End, Event, NotFinite, Plan, Resume, Step
from newtrick.machine.energy import EnergyMeter
from newtrick.machine.memory import peak_memory
from newtrick.recipe import TrainingSettings
from newtrick.training.checkpoint import read_checkpoint, read_weights
from newtrick.training.checkpoints import Checkpoints
from newtrick.training.horizon import Horizon
from newtrick.training.interrupt import StopRequest
from newtrick.training.objectives import Objective
from newtrick.training.pace import pace_of
from newtrick.training.precision import choose_precision
from newtrick.training.state import TrainingState
from newtrick.training.step import StepFigures, Stepper, Tally
from newtrick.training.team import ALONE, Team, Work
from newtrick.training.validation import Examiner, HeldOut

EncoderT = TypeVar("EncoderT", bound=Pretrained)


def train(
    encoder: EncoderT,
    objective: Objective,
    rows: TokenIds,
    validation: HeldOut[EncoderT],
    settings: TrainingSettings,
    *,
    checkpoints: Checkpoints,
    stop: StopRequest,
    tell: Callable[[Event], None],
    resume_from: Path | None = None,
    head_first: float = 0.0,
    team: Team = ALONE,
) -> TrainingSummary:
    """Train the encoder's model in place; leave it with the weights of its best evaluation.

    Args:
        encoder: The model as it was before training, and its tokenizer.
        objective: What is made small.
        rows: The training texts.
        validation: What the checkpoint is chosen by.
        settings: How to train.
        checkpoints: Where the state is saved: after each evaluation, every
            `checkpoint_every_steps`, and when the training is stopped.
        stop: Looked at after each step, and within an evaluation after each batch.
        tell: Takes the events of the journal.
        resume_from: A good checkpoint of the same training, to go on from.
        head_first: The share of training in which the head alone moves, at its beginning. There is
            an evaluation at the end of it.
        team: Who takes the steps; this process leads it.

    Raises:
        Interrupted: As asked by `stop`; the state is saved.
        TrainingBrokeDown: A loss, gradient or answer is no longer finite.
        StorageError: A checkpoint cannot be written.
        OutOfMemory: The memory does not hold a single text.
        WorkerLost: A process of the team has ended; the last step is not saved.
    """
    model = encoder.model
    start = None if resume_from is None else read_checkpoint(resume_from)
    work = Work(encoder, objective, rows, settings, start)
    examiner = validation.examiner(encoder, settings.eval_batch_size)
    with (
        torch.random.fork_rng(devices=[]),
        team.training(work),
        Stepper(encoder, objective, rows, settings, team) as stepper,
    ):
        torch.manual_seed(settings.seed)
        horizon = Horizon.begin(len(rows), settings)
        state = TrainingState(stepper, rows, horizon, settings)
        state.head_alone = head_first > 0
        if start is None:
            sizes = {"rows": len(rows), "parameters": model.num_parameters()}
            tell(_plan(horizon, objective, examiner, settings, **sizes))
        else:
            state.restore(start)
            tell(Resume(state.step))
        model.train()
        meter = EnergyMeter()
        try:
            while True:
                ending = _why_end(state)
                if _is_evaluation_due(state, ending, head_first):
                    _evaluate(state, examiner, stop, tell)
                    _save(state, checkpoints, tell)
                    ending = _why_end(state)
                elif _is_checkpoint_due(state, settings):
                    _save(state, checkpoints, tell)
                if ending is not None:
                    break
                stop.raise_if_made()
                _step(state, settings, tell, head_first)
                meter.joules()
        except Interrupted as error:
            _save(state, checkpoints, tell)
            error.where = f"saved after step {state.step:,} in {checkpoints.folder}"
            raise

    best_step = state.best_step or state.step
    if best_step != state.step:
        model.load_state_dict(read_weights(checkpoints.path(best_step)))
    model.eval()
    seconds, in_all = state.horizon.seconds, state.in_all
    tell(End(state.step, best_step, ending, seconds))
    return TrainingSummary(
        best_step=best_step,
        last_step=state.step,
        epochs=horizon.epoch(state.step),
        stopped_by=ending,
        seconds=seconds,
        useful_tokens=in_all.useful_tokens,
        useful_tokens_per_second=in_all.useful_tokens / in_all.seconds,
        padding_share=1 - in_all.useful_tokens / in_all.computed_tokens,
        peak_memory_bytes=peak_memory(),
        energy_joules=meter.joules() if resume_from is None else None,
    )


def _why_end(state: TrainingState) -> StoppedBy | None:
    """Why no step is to follow this one."""
    if state.step >= state.horizon.steps:
        return "epochs"
    if state.step > 0 and state.horizon.time_is_up:
        return "max_minutes"
    return "patience" if state.selection.lost_patience else None


def _is_evaluation_due(state: TrainingState, ending: StoppedBy | None, head_first: float) -> bool:
    """Whether this step is one to be evaluated, and was not; the last one always is."""
    encoder_begins = state.head_alone and state.horizon.progress(state.step + 1) >= head_first
    is_one = ending or encoder_begins or state.step % state.horizon.evaluate_every == 0
    return bool(is_one) and state.step > state.evaluated_step


def _is_checkpoint_due(state: TrainingState, settings: TrainingSettings) -> bool:
    every = settings.checkpoint_every_steps
    return every is not None and state.step > 0 and state.step % every == 0


def _step(
    state: TrainingState,
    settings: TrainingSettings,
    tell: Callable[[Event], None],
    head_first: float,
) -> None:
    """Take one optimizer step."""
    step = state.step + 1
    pace = pace_of(state.horizon.progress(step), settings, head_first)
    if state.head_alone and not pace.head_alone:
        tell(EncoderMoves(state.step))
    state.head_alone = pace.head_alone
    state.stepper.team.begin_step(pace)
    batches = state.order.take()
    figures = state.stepper.take(batches, pace)
    if not figures.finite:
        found = f"loss {figures.loss}, gradient norm {figures.gradient_norm}"
        tell(NotFinite(step, found, tuple(np.concatenate(batches).tolist())))
        raise TrainingBrokeDown(
            f"Training broke down at step {step:,}: its numbers are not finite.",
            found=found,
            fix="lower the learning rate: --set training.learning_rate="
            f"{settings.learning_rate / 5:.2g}",
        )
    state.step = step
    state.is_saved = False
    state.since_evaluation.add(figures)
    state.in_all.add(figures)
    tell(_step_event(step, figures, state.horizon))


def _evaluate(
    state: TrainingState, examiner: Examiner, stop: StopRequest, tell: Callable[[Event], None]
) -> None:
    """Score the model, and see whether it is the best so far."""
    step = state.step
    try:
        with state.stepper.average.in_use(), state.stepper.team.resting():
            scored, examined = examiner.evaluate(
                step, state.horizon.epoch(step), state.since_evaluation.loss, stop
            )
    except TrainingBrokeDown as error:
        tell(NotFinite(step, f"answers for {error.found}", ()))
        raise
    evaluation = state.selection.consider(scored, examined)
    state.evaluated_step = step
    state.is_saved = False
    state.since_evaluation = Tally()
    tell(evaluation)


def _save(state: TrainingState, checkpoints: Checkpoints, tell: Callable[[Event], None]) -> None:
    if state.is_saved:
        return
    path = checkpoints.save(state.step, state.snapshot(), best_step=state.best_step)
    state.is_saved = True
    tell(Checkpoint(state.step, path.name))


def _step_event(step: int, figures: StepFigures, horizon: Horizon) -> Step:
    return Step(
        step=step,
        epoch=horizon.epoch(step),
        rows=figures.rows,
        loss=figures.loss,
        learning_rate=figures.learning_rate,
        gradient_norm=figures.gradient_norm,
        seconds=horizon.seconds,
    )


def _plan(
    horizon: Horizon,
    objective: Objective,
    examiner: Examiner,
    settings: TrainingSettings,
    *,
    rows: int,
    parameters: int,
) -> Plan:
    return Plan(
        steps=horizon.steps,
        epochs=settings.epochs,
        steps_per_epoch=horizon.steps_per_epoch,
        evaluate_every_steps=horizon.evaluate_every,
        rows=rows,
        validation_rows=examiner.rows,
        base_loss=objective.base_loss,
        validation_base_loss=examiner.base_loss,
        validation_base_accuracy=examiner.base_accuracy,
        peak_learning_rate=settings.learning_rate,
        parameters=parameters,
        precision=choose_precision(settings),
        max_seconds=None if math.isinf(horizon.max_seconds) else horizon.max_seconds,
    )
