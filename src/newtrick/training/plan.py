"""A forecast of a training from a few real steps: what it will take of time and memory."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from newtrick.encoder.batches import batches_by_length
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.tokens import TokenIds
from newtrick.evaluation.predict import predict_logits
from newtrick.machine.memory import peak_memory
from newtrick.recipe import TrainingSettings
from newtrick.training.horizon import Horizon
from newtrick.training.objectives import Classification
from newtrick.training.order import RowOrder
from newtrick.training.step import Stepper

_STEPS = 4
_TEXTS = 96
_ENOUGH_SECONDS = 6.0


@dataclass(frozen=True)
class Forecast:
    """What a training will take, if the machine stays as busy as it is.

    Attributes:
        steps: Optimizer steps of all epochs.
        steps_per_epoch: Those of one.
        epoch_seconds: Of training, evaluations aside.
        evaluations: How many there will be.
        evaluation_seconds: Of each.
        scoring_seconds: Of scoring validation and test rows at the end.
        seconds: Of all that, within the limit of `training.max_minutes`.
        memory_bytes: The most that the process will hold; absent where the system does not say.
        disk_bytes: What the run folder will need.
    """

    steps: int
    steps_per_epoch: int
    epoch_seconds: float
    evaluations: int
    evaluation_seconds: float
    scoring_seconds: float
    seconds: float
    memory_bytes: int | None
    disk_bytes: int


def forecast(
    encoder: Encoder,
    objective: Classification,
    rows: TokenIds,
    scored: Sequence[TokenIds],
    settings: TrainingSettings,
    *,
    disk_bytes: int,
) -> Forecast:
    """Time steps, evaluations and scoring on a copy of the model, the heaviest batch first.

    Args:
        encoder: It is left as it is.
        objective: What is made small.
        rows: The training texts.
        scored: The texts of the validation split, and of others that are scored at the end.
        settings: How to train.
        disk_bytes: What the run folder will need.
    """
    trial = replace(encoder, model=copy.deepcopy(encoder.model))
    horizon = Horizon.begin(len(rows), settings)
    validation = scored[0]
    with torch.random.fork_rng(devices=[]):
        with Stepper(trial, objective, rows, settings) as stepper:
            trial.model.train()
            order = RowOrder(rows.lengths, settings)
            epoch = [np.concatenate(order.take()) for _ in range(horizon.steps_per_epoch)]
            epoch_seconds = _time_epoch(stepper, rows.lengths, epoch)
            evaluation_seconds = _time_scoring(trial, validation, settings)
        scoring_seconds = sum(_time_scoring(trial, tokens, settings) for tokens in scored)
    evaluations = math.ceil(horizon.steps / horizon.evaluate_every)
    training = settings.epochs * epoch_seconds + evaluations * evaluation_seconds
    return Forecast(
        steps=horizon.steps,
        steps_per_epoch=horizon.steps_per_epoch,
        epoch_seconds=epoch_seconds,
        evaluations=evaluations,
        evaluation_seconds=evaluation_seconds,
        scoring_seconds=scoring_seconds,
        seconds=min(training, horizon.max_seconds) + scoring_seconds,
        memory_bytes=peak_memory(),
        disk_bytes=disk_bytes,
    )


def _time_epoch(
    stepper: Stepper,
    lengths: npt.NDArray[np.int64],
    steps: Sequence[npt.NDArray[np.int64]],
) -> float:
    """Take some steps of an epoch; what they took for each token, times the tokens of all."""
    costs = np.array([_computed_tokens(lengths, rows) for rows in steps])
    by_cost = np.argsort(-costs, kind="stable")
    stepper.take([steps[by_cost[0]]], 0.0)  # memory is asked for, code is loaded: not timed
    spread = by_cost[np.linspace(0, len(steps) - 1, min(_STEPS, len(steps))).round().astype(int)]
    started = time.perf_counter()
    taken = tokens = 0.0
    for index in spread:
        taken += stepper.take([steps[index]], 0.0).seconds
        tokens += costs[index]
        if time.perf_counter() - started > _ENOUGH_SECONDS:
            break
    return float(taken / tokens * costs.sum())


def _time_scoring(encoder: Encoder, tokens: TokenIds, settings: TrainingSettings) -> float:
    """Score a sample of texts; what it took for each token, times the tokens of all."""
    lengths = tokens.lengths
    places = np.linspace(0, len(tokens) - 1, min(_TEXTS, len(tokens))).round().astype(int)
    sample = tokens.some(np.argsort(lengths, kind="stable")[places])
    seconds = math.inf
    for _ in range(2):
        started = time.perf_counter()
        predict_logits(
            encoder.model, sample, pad_id=encoder.pad_id, batch_size=settings.eval_batch_size
        )
        seconds = min(seconds, time.perf_counter() - started)
    return seconds * int(lengths.sum()) / int(sample.lengths.sum())


def _computed_tokens(lengths: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> int:
    batches = batches_by_length(lengths, rows, len(rows))
    return sum(len(batch) * int(lengths[batch].max()) for batch in batches)
