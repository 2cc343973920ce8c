"""The arrays that evaluation is made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Logits = npt.NDArray[np.float32]
"""Shape (rows, classes)."""

Weights = npt.NDArray[np.floating]
"""What rows weigh, shape (..., rows): see `newtrick.evaluation.metrics.weighting`."""
