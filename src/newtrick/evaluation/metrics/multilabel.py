"""Figures of rows that have any number of labels.

Truth and decisions are flags of shape (rows, labels). Averages are over all labels, as in
scikit-learn, so that a label that no row has and none is given counts 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import entr, expit

from newtrick.evaluation.arrays import Flags, Floats
from newtrick.evaluation.metrics.decisions import Counts, f1_by_class, micro_f1, weighted
from newtrick.evaluation.metrics.ranking import average_precision, roc_auc


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


def subset_accuracy(truth: Flags, decided: Flags) -> float:
    """Share of rows with exactly the labels that they should have."""
    return float((truth == decided).all(axis=1).mean())


def hamming_loss(truth: Flags, decided: Flags) -> float:
    """Share of all decisions, one for each row and label, that are wrong."""
    return float((truth != decided).mean())


def label_micro_f1(truth: Flags, decided: Flags) -> float:
    """F1 of all decisions together."""
    return float(micro_f1(count_flags(truth, decided)))


def label_macro_f1(truth: Flags, decided: Flags) -> float:
    """Unweighted mean of F1 over all labels."""
    return float(f1_by_class(count_flags(truth, decided)).mean())


def label_weighted_f1(truth: Flags, decided: Flags) -> float:
    """Mean of F1 over the labels, each by its share of the labels given."""
    counts = count_flags(truth, decided)
    return float(weighted(f1_by_class(counts), counts))


def roc_auc_by_label(scores: npt.NDArray[np.floating], truth: Flags) -> list[float | None]:
    """The area under the ROC curve of each label; None where all rows or none have it."""
    return [roc_auc(column, flags) for column, flags in zip(scores.T, truth.T, strict=True)]


def average_precision_by_label(
    scores: npt.NDArray[np.floating], truth: Flags
) -> list[float | None]:
    """The average precision of each label; None where no row has it."""
    return [
        average_precision(column, flags) for column, flags in zip(scores.T, truth.T, strict=True)
    ]


def mean_of_known(figures: list[float | None]) -> float | None:
    """The mean over the labels that have a figure; None if none has."""
    known: Floats = np.array([figure for figure in figures if figure is not None])
    return float(known.mean()) if len(known) else None
