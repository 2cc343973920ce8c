"""How much there is to compute in a text, how much of it is of use, and who is how quick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedModel

NOMINAL_TRAINING = 75e6
NOMINAL_INFERENCE = 24.4e6
"""Operations a token, rounded: of all-MiniLM-L6-v2 at the lengths of IMDb's reviews."""

_BACKWARD_TOO = 3
"""A step costs three forward passes: the backward pass multiplies twice where that does once."""


@dataclass(frozen=True)
class Counts:
    """Tokens: those that are not padding, and all."""

    useful_tokens: int
    computed_tokens: int

    @property
    def padding_share(self) -> float:
        """Of all tokens, those that are padding."""
        return 1 - self.useful_tokens / self.computed_tokens


@dataclass(frozen=True)
class Shape:
    """What decides how much a model computes.

    Attributes:
        parameters: Those of its layers: each is multiplied with every token, and the result added.
        layers: How many layers.
        width: Numbers of a hidden state.
    """

    parameters: int
    layers: int
    width: int

    @classmethod
    def of(cls, model: PreTrainedModel) -> Self:
        """That of a BERT."""
        return cls(
            sum(weights.numel() for weights in model.get_submodule("bert.encoder").parameters()),
            int(model.config.num_hidden_layers),
            int(model.config.hidden_size),
        )

    def inference(self, lengths: npt.NDArray[np.int64]) -> float:
        """Operations of the plain forward pass over texts of these lengths, without padding.

        So what a contender skips counts as done, and what it computes in vain does not. The
        embeddings and the classifier, which sees one position of a text, cost next to nothing.
        """
        products = 2 * self.parameters * float(lengths.sum())
        attention = 4 * self.layers * self.width * float(np.square(lengths).sum())
        return products + attention

    def training(self, lengths: npt.NDArray[np.int64]) -> float:
        """Operations of training on each of the texts once."""
        return _BACKWARD_TOO * self.inference(lengths)


def print_ratios(ratios: Mapping[str, float]) -> None:
    """How many times as quick, for people."""
    print()
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f}")
