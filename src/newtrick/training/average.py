"""The mean of the weights that a training goes through, which is evaluated and kept in their place.

Steps jump about the place that they approach; the mean of many lies nearer to it (Polyak & Juditsky
1992), and for networks often does better on new rows (Izmailov and others 2018).
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from newtrick.recipe import TrainingSettings
from newtrick.training.checkpoint import Tensors
from newtrick.training.precision import Weights


@dataclass(frozen=True)
class Reach:
    """How far back a mean goes.

    Attributes:
        progress: The share of training that was done at the last step.
        steps: What the steps in the mean count together; the last one counts 1.
    """

    progress: float = 0.0
    steps: float = 0.0


class Average:
    """A running mean of the weights proper, in float32; of none where the recipe wants none.

    `ema`: a step counts the less the longer it is past, a factor of e for each `averaging_share`
    of training; the fading begins with the first step, so that the start of training fades as well
    (Morales-Brotons and others 2024). `tail`: the steps of the last `averaging_share` of training
    count alike, and until then the mean is the weights as they are (Izmailov and others 2018).

    `reach` says how far back it goes.

    Args:
        weights: Those in training.
        settings: What to average over.
    """

    def __init__(self, weights: Weights, settings: TrainingSettings) -> None:
        self._weights = weights
        self._settings = settings
        self._trained = [] if settings.averaging == "none" else list(weights.optimized)
        self._means = [trained.detach().clone() for trained in self._trained]
        self.reach = Reach()

    @torch.no_grad()
    def add(self, progress: float) -> None:
        """Count the weights as a step has left them.

        Args:
            progress: The share of training that was done in the middle of the step, in (0, 1].
        """
        if not self._means:
            return
        steps = 1.0 + self.reach.steps * self._kept(progress)
        self.reach = Reach(progress, steps)
        for mean, trained in zip(self._means, self._trained, strict=True):
            mean.lerp_(trained, 1.0 / steps)

    def _kept(self, progress: float) -> float:
        """What is left of each earlier step's count."""
        share = self._settings.averaging_share
        if self._settings.averaging == "tail":
            return float(self.reach.progress > 1.0 - share)
        return math.exp((self.reach.progress - progress) / share)

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Let the model, and `state_dict` of its weights, be the mean for a while."""
        self.swap()
        try:
            yield
        finally:
            self.swap()

    def swap(self) -> None:
        """Let the mean and the weights in training change places."""
        for mean, trained in zip(self._means, self._trained, strict=True):
            mean.data, trained.data = trained.data, mean.data
        if self._means:
            self._weights.spread()

    def tensors(self) -> Tensors:
        """The weights in training by number, taken down while the mean is in use."""
        return {name: mean.detach() for name, mean in self._named_means()}

    @torch.no_grad()
    def restore(self, tensors: Tensors, reach: Reach) -> None:
        """Become the average that these were taken of; its mean is what the model has been given.

        Args:
            tensors: Those of `tensors`, among others.
            reach: How far back it went.
        """
        for name, mean in self._named_means():
            mean.copy_(tensors[name])
        self.swap()
        self.reach = reach

    def _named_means(self) -> Iterator[tuple[str, torch.Tensor]]:
        return ((f"trained.{number}", mean) for number, mean in enumerate(self._means))
