"""Rows whose truth is known: logits, and labels drawn from the probabilities behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import softmax


@dataclass(frozen=True)
class World:
    """What a model says, and what is true."""

    logits: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]

    def rows(self, which: slice) -> World:
        return World(self.logits[which], self.labels[which])


def draw(
    rows: int,
    classes: int = 2,
    *,
    spread: float = 2.0,
    overconfidence: float = 1.0,
    seed: int = 0,
) -> World:
    """Labels drawn by softmax(honest); the logits are `overconfidence` times the honest ones."""
    chance = np.random.default_rng(seed)
    honest = chance.normal(scale=spread, size=(rows, classes))
    noise = chance.gumbel(size=(rows, classes))
    logits = (overconfidence * honest).astype(np.float32)
    return World(logits, (honest + noise).argmax(axis=1))


def shares(world: World) -> npt.NDArray[np.float64]:
    """The probabilities that the logits say."""
    said: npt.NDArray[np.float64] = softmax(world.logits.astype(np.float64), axis=1)
    return said
