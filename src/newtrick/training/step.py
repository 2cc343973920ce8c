"""One optimizer step, and the sums over many."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from newtrick.encoder.batches import batches_by_length, make_batch
from newtrick.encoder.dropout import make_dropout_quick
from newtrick.encoder.encoder import Pretrained
from newtrick.encoder.forward import forward_of
from newtrick.encoder.memory import is_out_of_memory, smaller_budget, spare_memory
from newtrick.encoder.tokens import TokenIds
from newtrick.machine.memory import usable_memory
from newtrick.recipe import TrainingSettings
from newtrick.training.average import Average
from newtrick.training.depth import learning_rate_factors
from newtrick.training.objectives import Objective
from newtrick.training.optimizer import build_optimizer, set_learning_rate
from newtrick.training.pace import Pace
from newtrick.training.precision import Weights, choose_precision
from newtrick.training.room import tokens_that_fit
from newtrick.training.team import ALONE, Team


@dataclass(frozen=True)
class StepFigures:
    """What a step did.

    Attributes:
        rows: How many it saw.
        loss: The weighted mean loss of its rows, before the update.
        weight: The total weight of its rows.
        gradient_norm: Before clipping.
        learning_rate: That of the update.
        useful_tokens: Tokens that are not padding.
        computed_tokens: All tokens, padding included.
        seconds: Wall-clock time.
    """

    rows: int
    loss: float
    weight: float
    gradient_norm: float
    learning_rate: float
    useful_tokens: int
    computed_tokens: int
    seconds: float

    @property
    def finite(self) -> bool:
        """Whether loss and gradient are numbers; if not, the weights were left alone."""
        return math.isfinite(self.loss) and math.isfinite(self.gradient_norm)


@dataclass(frozen=True)
class _Sums:
    """What the batches of a step add up to; see `StepFigures`."""

    loss: float
    useful_tokens: int
    computed_tokens: int

    def over(self, team: Team) -> Self:
        """The sums over all processes."""
        loss, useful, computed = team.sums(self.loss, self.useful_tokens, self.computed_tokens)
        return type(self)(loss, int(useful), int(computed))


class Stepper:
    """Takes optimizer steps on an encoder's model, which is in float32 again at the end.

    Where the recipe wants an average of weights, the model is left with that.

    `tokens_at_once` is what it computes in one go: what fits into the memory that is there at the
    beginning, halved whenever it is full.

    Args:
        encoder: Its model is changed in place.
        objective: What is made small.
        rows: The training texts.
        settings: Optimizer and clipping.
        team: Who takes the steps.

    Raises:
        OutOfMemory: The memory does not hold a single text.
    """

    def __init__(
        self,
        encoder: Pretrained,
        objective: Objective,
        rows: TokenIds,
        settings: TrainingSettings,
        team: Team = ALONE,
    ) -> None:
        spare_memory()
        make_dropout_quick(encoder.model)
        self._model = encoder.model
        self._forward = forward_of(encoder.model)
        self._pad_id = encoder.pad_id
        self._objective = objective
        self._rows = rows
        factors = learning_rate_factors(encoder.model, settings.layer_decay)
        self.team = team
        self.weights = Weights(encoder.model, choose_precision(settings))
        self.average = Average(self.weights, settings)
        self.optimizer = build_optimizer(self.weights.optimized, factors, settings)
        norm = settings.max_gradient_norm
        self._held: list[nn.Parameter] = []
        self._max_norm = math.inf if norm == "none" else norm
        self.tokens_at_once = self._tokens_that_fit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.average.swap()
        self.hold_encoder(still=False)
        self.weights.restore()

    def hold_encoder(self, *, still: bool) -> None:
        """Let steps from here on move the head alone, or all again.

        A new head knows nothing, and what it would have the encoder do at first is wrong.
        """
        if still and not self._held:
            self._held = [w for w in self._model.base_model.parameters() if w.requires_grad]
        for weights in self._held:
            weights.requires_grad_(not still)
        if not still:
            self._held = []

    def _tokens_that_fit(self) -> int:
        """What to compute at once, judged by the longest text."""
        longest = np.array([self._rows.lengths.argmax()])
        usable = usable_memory()
        batch = make_batch(self._rows, longest, self._pad_id)
        tokens = batch.input_ids.numel()
        was_training = self._model.training
        self._model.train()
        try:
            with torch.random.fork_rng(devices=[]):
                return tokens_that_fit(
                    lambda: self._objective.loss_sum(self._forward, batch),
                    tokens,
                    self.weights.optimized,
                    None if usable is None else usable // self.team.here,
                )
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return smaller_budget(tokens, tokens)
        finally:
            self._model.train(was_training)

    def take(self, batches: Sequence[npt.NDArray[np.int64]], pace: Pace) -> StepFigures:
        """Sum the gradients of some batches of rows and update the weights once.

        The loss is the weighted mean over all rows of the step, so that two batches of 16 rows
        give the update that one batch of 32 gives.

        Of a team, each process computes its share of the rows, and all make the same update.

        Args:
            batches: Places of rows.
            pace: How the step is to be taken.

        Raises:
            OutOfMemory: The memory does not hold a single text.
            WorkerLost: A process of the team has ended.
        """
        started = time.perf_counter()
        self.hold_encoder(still=pace.head_alone)
        set_learning_rate(self.optimizer, pace.rate)
        in_all = np.concatenate(batches)
        weight = self._objective.weight(in_all)
        own = self.team.own(in_all, self._rows.lengths)
        sums = self._gradients_that_fit(own, weight) if len(own) else _Sums(0.0, 0, 0)
        self.team.sum_gradients(self.weights.optimized)
        sums = sums.over(self.team)
        norm = float(torch.nn.utils.clip_grad_norm_(self.weights.optimized, self._max_norm))
        if math.isfinite(sums.loss) and math.isfinite(norm):
            self.optimizer.step()
            self.weights.spread()
            self.average.add(pace.progress)
        self.weights.forget_gradients()
        return StepFigures(
            rows=len(in_all),
            loss=sums.loss,
            weight=weight,
            gradient_norm=norm,
            learning_rate=pace.rate,
            useful_tokens=sums.useful_tokens,
            computed_tokens=sums.computed_tokens,
            seconds=time.perf_counter() - started,
        )

    def _gradients_that_fit(self, own: npt.NDArray[np.int64], weight: float) -> _Sums:
        """The gradients, begun anew in smaller batches as often as the memory is full."""
        longest = int(self._rows.lengths[own].max())
        random_state = torch.get_rng_state()
        while True:
            try:
                return self._gradients(own, weight)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            # Only here is the error gone, and with it all that its frames have held.
            self.weights.forget_gradients()
            torch.set_rng_state(random_state)
            used = min(self.tokens_at_once, len(own) * longest)
            self.tokens_at_once = smaller_budget(used, longest)

    def _gradients(self, own: npt.NDArray[np.int64], weight: float) -> _Sums:
        loss = 0.0
        useful_tokens = computed_tokens = 0
        for rows in batches_by_length(self._rows, own, len(own), self.tokens_at_once):
            batch = make_batch(self._rows, rows, self._pad_id)
            share = self._objective.loss_sum(self._forward, batch) / weight
            share.backward()
            loss += share.item()
            useful_tokens += batch.useful_tokens
            computed_tokens += batch.input_ids.numel()
        return _Sums(loss, useful_tokens, computed_tokens)


@dataclass
class Tally:
    """Sums over steps."""

    loss_sum: float = 0.0
    weight: float = 0.0
    useful_tokens: int = 0
    computed_tokens: int = 0
    seconds: float = 0.0

    def add(self, figures: StepFigures) -> None:
        """Count one more step."""
        self.loss_sum += figures.loss * figures.weight
        self.weight += figures.weight
        self.useful_tokens += figures.useful_tokens
        self.computed_tokens += figures.computed_tokens
        self.seconds += figures.seconds

    @property
    def loss(self) -> float:
        """The weighted mean loss over all rows counted."""
        return self.loss_sum / self.weight
