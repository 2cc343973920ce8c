"""Figures of rows that have any number of labels.

Truth and decisions are flags of shape (rows, labels). Averages are over all labels, as in
scikit-learn, so that a label that no row has and none is given counts 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import entr, expit

from newtrick.evaluation.arrays import Flags, Floats
from newtrick.evaluation.metrics.decisions import Counts, f1_by_class, micro_f1


def sigmoid(logits: npt.NDArray[np.floating]) -> Floats:
    """The probability of each label by itself, in double precision."""
    shares: Floats = expit(logits.astype(np.float64))
    return shares


def label_row_losses(logits: npt.NDArray[np.floating], truth: Flags) -> Floats:
    """The binary cross-entropy of each row in nats, the mean over its labels; shape (rows,)."""
    wide = logits.astype(np.float64)
    losses: Floats = (np.logaddexp(0, wide) - wide * truth).mean(axis=1)
    return losses


def base_loss(shares: Floats) -> float:
    """The least mean loss of a model that gives each label the same probability in every row.

    Args:
        shares: Of the rows that have each label, shape (labels,).
    """
    return float((entr(shares) + entr(1 - shares)).mean())


def count_flags(truth: Flags, decided: Flags) -> Counts:
    """The rows that each label has; precision, recall and F1 by label follow from them."""
    return Counts(
        hits=(truth & decided).sum(axis=0).astype(np.float64),
        true=truth.sum(axis=0).astype(np.float64),
        predicted=decided.sum(axis=0).astype(np.float64),
    )


def label_micro_f1(truth: Flags, decided: Flags) -> float:
    """F1 of all decisions together."""
    return float(micro_f1(count_flags(truth, decided)))


def label_macro_f1(truth: Flags, decided: Flags) -> float:
    """Unweighted mean of F1 over all labels."""
    return float(f1_by_class(count_flags(truth, decided)).mean())
