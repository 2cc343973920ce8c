"""What the cheap models have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Table: TypeAlias = csr_array
"""A row for each text, a column for each of its features."""

Ids = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
"""Probabilities of the classes, shape (rows, classes)."""

Predictions = tuple[Shares, ...]
"""Those of several tables, in their order."""

Model = Callable[[Table, Ids, tuple[Table, ...]], Predictions]
"""Training rows, their class ids, and the rows to predict ─► what it says of these."""
