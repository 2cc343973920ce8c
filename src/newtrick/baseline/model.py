"""What the cheap models have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from newtrick.data.dataset import Targets
from newtrick.evaluation.arrays import Flags

Table: TypeAlias = csr_array
"""A row for each text, a column for each of its features."""

Shares = npt.NDArray[np.float64]
"""Probabilities of the labels, shape (rows, labels)."""

Predictions = tuple[Shares, ...]
"""Those of several tables, in their order."""

Model = Callable[[Table, Targets, tuple[Table, ...]], Predictions]
"""Training rows, what they are labelled with, and the rows to predict ─► what it says of these."""

TableT = TypeVar("TableT")

OneLabel = Callable[[TableT, Flags, tuple[TableT, ...]], tuple[Shares, ...]]
"""The same for a single label: which training rows have it ─► its probability, shape (rows,)."""


def each_label(
    one: OneLabel[TableT], train: TableT, truth: Flags, others: tuple[TableT, ...], rows: list[int]
) -> Predictions:
    """Fit one label after the other; one that all training rows have, or none, stays so.

    Args:
        one: Fits one.
        train: The training rows.
        truth: Which labels they have, shape (rows, labels).
        others: The rows to predict.
        rows: How many these are.
    """
    shares = tuple(np.empty((number, truth.shape[1])) for number in rows)
    for label, flags in enumerate(truth.T):
        known = flags.all() or not flags.any()
        found = [flags[0]] * len(rows) if known else one(train, flags, others)
        for whole, of_label in zip(shares, found, strict=True):
            whole[:, label] = of_label
    return shares
