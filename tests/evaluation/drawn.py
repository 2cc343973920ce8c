"""Random labels and predictions, degenerate ones among them, for tests against scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import settings
from hypothesis import strategies as st

Ids = npt.NDArray[np.int64]

CLASSES = 4
cases = settings(max_examples=200, deadline=None)


@dataclass(frozen=True)
class Drawn:
    """Rows: true ids and predicted ids, shape (rows,); probabilities, shape (rows, classes)."""

    labels: Ids
    predicted: Ids
    shares: npt.NDArray[np.float64]

    @property
    def rows(self) -> int:
        return len(self.labels)


@st.composite
def drawn(draw: st.DrawFn, classes: int = CLASSES) -> Drawn:
    """One row or many, one class or all, with ties or without, with labels that fit or not."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = draw(st.integers(1, 60))
    present = draw(st.lists(st.integers(0, classes - 1), min_size=1, max_size=classes, unique=True))
    labels = chance.choice(present, rows)
    logits = chance.normal(size=(rows, classes))
    logits[np.arange(rows), labels] += draw(st.sampled_from([0.0, 1.0, 20.0]))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    steps = draw(st.sampled_from([None, 1, 3]))
    if steps is not None:  # few different scores, and whole ones
        shares = np.round(shares * steps) / steps
        shares[:, -1] = np.maximum(1 - shares[:, :-1].sum(axis=1), 0)
        shares /= shares.sum(axis=1, keepdims=True)
    predicted = draw(st.sampled_from([shares.argmax(axis=1), np.full(rows, present[0])]))
    return Drawn(labels, predicted, shares)


def quietly(figure: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """What scikit-learn says, without the warnings that it gives with degenerate rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return figure(*given, **named)
