"""The training loop: batches ─► weights, with an evaluation every so many steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from newtrick.encoder.batches import shuffled_rows
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.tokens import TokenIds
from newtrick.errors import TrainingBrokeDown
from newtrick.evaluation.metrics import entropy
from newtrick.evaluation.result import StoppedBy, TrainingSummary
from newtrick.journal import Checkpoint, End, Event, NotFinite, Plan, Step
from newtrick.recipe import TrainingSettings
from newtrick.training.checkpoint import restore_checkpoint, save_checkpoint
from newtrick.training.horizon import Horizon
from newtrick.training.interrupt import StopRequest
from newtrick.training.memory import peak_memory
from newtrick.training.movement import Movement
from newtrick.training.objectives import Classification
from newtrick.training.optimizer import learning_rate
from newtrick.training.precision import choose_precision
from newtrick.training.selection import Selection
from newtrick.training.step import StepFigures, Stepper, Tally
from newtrick.training.validation import LabelledTokens, Validation


def train(
    encoder: Encoder,
    objective: Classification,
    rows: TokenIds,
    validation: LabelledTokens,
    settings: TrainingSettings,
    *,
    checkpoints: Path,
    stop: StopRequest,
    tell: Callable[[Event], None],
) -> TrainingSummary:
    """Train the encoder's model in place; leave it with the weights of its best evaluation.

    Args:
        encoder: The model and its tokenizer.
        objective: What is made small.
        rows: The training texts.
        validation: The rows that choose the checkpoint.
        settings: How to train.
        checkpoints: The folder for the best weights so far.
        stop: Looked at after each step. A run that is stopped before its first evaluation keeps
            its last weights.
        tell: Takes the events of the journal.

    Raises:
        TrainingBrokeDown: A loss, gradient or answer is no longer finite.
        StorageError: A checkpoint cannot be written.
    """
    model = encoder.model
    horizon = Horizon.begin(len(rows), settings)
    tell(_plan(horizon, objective, validation, settings, model.num_parameters()))
    examiner = Validation(encoder, validation, settings.eval_batch_size, Movement(model))
    selection = Selection(settings)
    since_evaluation, in_all = Tally(), Tally()
    step = 0
    stopped_by: StoppedBy | None = None
    with (
        torch.random.fork_rng(devices=[]),
        Stepper(encoder, objective, rows, settings) as stepper,
    ):
        torch.manual_seed(settings.seed)
        order = _steps(rows.lengths, settings)
        model.train()
        while stopped_by is None:
            step += 1
            rate = learning_rate(horizon.progress(step), settings)
            batches = next(order)
            figures = stepper.take(batches, rate)
            if not figures.finite:
                found = f"loss {figures.loss}, gradient norm {figures.gradient_norm}"
                tell(NotFinite(step, found, tuple(np.concatenate(batches).tolist())))
                raise TrainingBrokeDown(
                    f"Training broke down at step {step:,}: its numbers are not finite.",
                    found=found,
                    fix="lower the learning rate: --set training.learning_rate="
                    f"{settings.learning_rate / 5:.2g}",
                )
            since_evaluation.add(figures)
            in_all.add(figures)
            tell(_step_event(step, rate, figures, horizon))
            stopped_by = _why_stop(step, horizon, stop)

            due = step % horizon.evaluate_every == 0 or stopped_by is not None
            if due and stopped_by != "ctrl-c":
                try:
                    scored, logits = examiner.evaluate(
                        step, horizon.epoch(step), since_evaluation.loss
                    )
                except TrainingBrokeDown as error:
                    tell(NotFinite(step, f"answers for {error.found}", ()))
                    raise
                evaluation = selection.consider(scored, logits, validation.labels)
                since_evaluation = Tally()
                tell(evaluation)
                if evaluation.best:
                    path = save_checkpoint(checkpoints, step, stepper.weights.state_dict())
                    tell(Checkpoint(step, path.name))
                if selection.lost_patience:
                    stopped_by = stopped_by or "patience"

    best_step = selection.best.step if selection.best else step
    if best_step != step:
        restore_checkpoint(checkpoints / f"step-{best_step}", model)
    model.eval()
    tell(End(step, best_step, stopped_by, horizon.seconds))
    return TrainingSummary(
        best_step=best_step,
        last_step=step,
        epochs=horizon.epoch(step),
        stopped_by=stopped_by,
        seconds=horizon.seconds,
        useful_tokens=in_all.useful_tokens,
        useful_tokens_per_second=in_all.useful_tokens / in_all.seconds,
        padding_share=1 - in_all.useful_tokens / in_all.computed_tokens,
        peak_memory_bytes=peak_memory(),
    )


def _steps(
    lengths: npt.NDArray[np.int64], settings: TrainingSettings
) -> Iterator[Sequence[npt.NDArray[np.int64]]]:
    """The batches of each optimizer step, epoch after epoch without end."""
    generator = np.random.default_rng(settings.seed)
    many = settings.accumulation_steps
    while True:
        batches = shuffled_rows(lengths, settings.train_batch_size, generator)
        for start in range(0, len(batches), many):
            yield batches[start : start + many]


def _why_stop(step: int, horizon: Horizon, stop: StopRequest) -> StoppedBy | None:
    if stop.made:
        return "ctrl-c"
    if step >= horizon.steps:
        return "epochs"
    return "max_minutes" if horizon.time_is_up else None


def _step_event(step: int, rate: float, figures: StepFigures, horizon: Horizon) -> Step:
    return Step(
        step=step,
        epoch=horizon.epoch(step),
        rows=figures.rows,
        loss=figures.loss,
        learning_rate=rate,
        gradient_norm=figures.gradient_norm,
        seconds=horizon.seconds,
    )


def _plan(
    horizon: Horizon,
    objective: Classification,
    validation: LabelledTokens,
    settings: TrainingSettings,
    parameters: int,
) -> Plan:
    return Plan(
        steps=horizon.steps,
        epochs=settings.epochs,
        steps_per_epoch=horizon.steps_per_epoch,
        evaluate_every_steps=horizon.evaluate_every,
        rows=len(objective.labels),
        validation_rows=len(validation.labels),
        base_loss=objective.base_loss,
        validation_base_loss=entropy(np.bincount(validation.labels).astype(np.float64)),
        peak_learning_rate=settings.learning_rate,
        parameters=parameters,
        precision=choose_precision(settings),
        max_seconds=None if math.isinf(horizon.max_seconds) else horizon.max_seconds,
    )
