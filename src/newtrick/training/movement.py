"""How far training has moved the weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

_VALUES = 4096
_Sample = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Change:
    """Distance from the start relative to the size at the start, by part of the model."""

    encoder: float
    head: float


class Movement:
    """Remembers a sample of the weights as they are now: up to 4,096 values of each tensor.

    The vectors of single tokens are left out, for most of them never occur in the texts.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._embeddings = model.get_input_embeddings()
        self._start = self._sample()

    def change(self) -> Change:
        """How far the weights are from where they were."""
        now = self._sample()
        within = f"{self._model.base_model_prefix}."
        encoder = [name for name in now if name.startswith(within)]
        head = [name for name in now if not name.startswith(within)]
        return Change(self._distance(encoder, now), self._distance(head, now))

    def _distance(self, names: list[str], now: _Sample) -> float:
        moved = sum(float((now[name] - self._start[name]).square().sum()) for name in names)
        size = sum(float(self._start[name].square().sum()) for name in names)
        return math.sqrt(moved / size) if size else 0.0

    def _sample(self) -> _Sample:
        skipped = {id(weights) for weights in self._embeddings.parameters()}
        return {
            name: weights.detach().flatten()[:: -(-weights.numel() // _VALUES)].float().clone()
            for name, weights in self._model.named_parameters()
            if id(weights) not in skipped
        }
