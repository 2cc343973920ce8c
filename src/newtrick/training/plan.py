"""A forecast of a training from its own first steps: what it will take of time and memory."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from transformers import PreTrainedModel

from newtrick.encoder.batches import batches_by_length
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.tokens import Keep, TokenIds, Truncation
from newtrick.evaluation.predict import predict_logits
from newtrick.journal import Event, Plan, Step
from newtrick.machine.memory import peak_memory
from newtrick.recipe import TrainingSettings
from newtrick.training.order import RowOrder

_ENOUGH_SECONDS = 6.0
_SAMPLE_TOKENS = 4096
_FEWEST_TEXTS = 16


@dataclass(frozen=True)
class TextsRead:
    """What an epoch reads of the training texts, and what it would read otherwise.

    Attributes:
        truncation: What is read of a long text.
        texts_cut: The share of the texts of which something is cut off.
        tokens: Those of all texts uncut.
        tokens_read: Those that are read.
        tokens_read_in_one: Those that are read, or would be, of a head, a tail or both ends.
        tokens_read_in_windows: Those that are read, or would be, in windows.
    """

    truncation: Truncation
    texts_cut: float
    tokens: int
    tokens_read: int
    tokens_read_in_one: int
    tokens_read_in_windows: int

    @classmethod
    def of(cls, rows: TokenIds, truncation: Truncation) -> Self:
        """Count them; `truncation` is how the rows were tokenised."""
        full = rows.full_lengths

        def read(keep: Keep) -> int:
            most = replace(truncation, keep=keep).longest_whole(rows.special)
            return int(np.minimum(full, most).sum())

        return cls(
            truncation=truncation,
            texts_cut=float((full > truncation.longest_whole(rows.special)).mean()),
            tokens=int(full.sum()),
            tokens_read=read(truncation.keep),
            tokens_read_in_one=read("head"),
            tokens_read_in_windows=read("windows"),
        )


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
        texts: What is read of the training texts.
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
    texts: TextsRead


class Forecaster:
    """Follows a training by its journal, and says early on what it will take.

    It times steps, but for the first, which loads code and asks for memory: until they have taken
    six seconds, or an evaluation is due, or there are no more.

    Args:
        encoder: Its model is the one in training; it is left as it is.
        rows: The training texts.
        scored: The texts of the validation split, and of others that are scored at the end.
        settings: How it is trained.
        disk_bytes: What the run folder will need.
    """

    def __init__(
        self,
        encoder: Encoder,
        rows: TokenIds,
        scored: Sequence[TokenIds],
        settings: TrainingSettings,
        *,
        disk_bytes: int,
    ) -> None:
        self._encoder = encoder
        self._rows = rows
        self._scored = scored
        self._settings = settings
        self._disk_bytes = disk_bytes
        self._plan: Plan | None = None
        self._steps: list[float] = []
        self._last_event = 0.0

    def see(self, event: Event) -> Forecast | None:
        """Take notice of an event as it happens; with the step that is enough, the forecast."""
        took = time.perf_counter() - self._last_event
        forecast = None
        if isinstance(event, Plan):
            self._plan = event
        elif isinstance(event, Step) and self._plan is not None:
            self._steps.append(took)
            if self._is_enough(self._plan):
                forecast = self._forecast(self._plan)
                self._plan = None
        self._last_event = time.perf_counter()
        return forecast

    def _is_enough(self, plan: Plan) -> bool:
        steps = len(self._steps)
        is_last = steps in (plan.evaluate_every_steps, plan.steps)
        return is_last or sum(self._steps[1:]) > _ENOUGH_SECONDS

    def _forecast(self, plan: Plan) -> Forecast:
        epoch_seconds = self._epoch_seconds(plan.steps_per_epoch)
        evaluation_seconds, scoring_seconds = self._scoring_seconds()
        evaluations = math.ceil(plan.steps / plan.evaluate_every_steps)
        training = plan.epochs * epoch_seconds + evaluations * evaluation_seconds
        return Forecast(
            steps=plan.steps,
            steps_per_epoch=plan.steps_per_epoch,
            epoch_seconds=epoch_seconds,
            evaluations=evaluations,
            evaluation_seconds=evaluation_seconds,
            scoring_seconds=scoring_seconds,
            seconds=min(training, plan.max_seconds or math.inf) + scoring_seconds,
            memory_bytes=peak_memory(),
            disk_bytes=self._disk_bytes,
            texts=TextsRead.of(self._rows, self._encoder.truncation),
        )

    def _epoch_seconds(self, steps: int) -> float:
        """What the timed steps took for each token, times the tokens of an epoch."""
        order = RowOrder(self._rows.lengths, self._settings)
        taken = len(self._steps)
        tokens = [self._computed_tokens(order.take()) for _ in range(max(steps, taken))]
        timed = slice(min(1, taken - 1), taken)
        pace = sum(self._steps[timed]) / sum(tokens[timed])
        return pace * sum(tokens[:steps])

    def _computed_tokens(self, batches: Sequence[npt.NDArray[np.int64]]) -> int:
        """The tokens of a step, padding included."""
        lengths, rows = self._rows.lengths, np.concatenate(batches)
        computed = batches_by_length(self._rows, rows, len(rows))
        return sum(len(batch) * int(lengths[batch].max()) for batch in computed)

    def _scoring_seconds(self) -> tuple[float, float]:
        """Of an evaluation, in the format of training, and of scoring at the end, in float32."""
        model = self._encoder.model
        pace = pace_at_end = self._scoring_pace(model)
        if model.dtype != torch.float32:
            pace_at_end = self._scoring_pace(copy.deepcopy(model).float())
        tokens = [int(scored.lengths.sum()) for scored in self._scored]
        return pace * tokens[0], pace_at_end * sum(tokens)

    def _scoring_pace(self, model: PreTrainedModel) -> float:
        """Seconds for a token: the better of two tries on some texts, short ones and long ones."""
        scored = self._scored[0]
        wanted = max(_FEWEST_TEXTS, round(_SAMPLE_TOKENS / float(scored.lengths.mean())))
        places = np.linspace(0, len(scored) - 1, min(wanted, len(scored))).round().astype(int)
        sample = scored.some(np.argsort(scored.lengths, kind="stable")[places])
        seconds = []
        for _ in range(2):
            started = time.perf_counter()
            predict_logits(
                model,
                sample,
                pad_id=self._encoder.pad_id,
                batch_size=self._settings.eval_batch_size,
            )
            seconds.append(time.perf_counter() - started)
        return min(seconds) / int(sample.lengths.sum())
