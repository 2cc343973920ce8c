"""Which figures there are, by name: each from rows, or from resamples of rows by their weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from newtrick.evaluation.arrays import Floats, Ids, Logits, Weights
from newtrick.evaluation.metrics import decisions
from newtrick.evaluation.metrics.decisions import Counts
from newtrick.evaluation.metrics.ordinal import mean_absolute_error, quadratic_kappa
from newtrick.evaluation.metrics.probability import row_brier_scores, row_losses
from newtrick.evaluation.metrics.ranking import Ranking
from newtrick.evaluation.metrics.weighting import mean

Named = Mapping[str, Floats]
"""Figures by the name of their field in `Scores`, each of shape (...): one for each resample."""


def of_counts(counts: Counts, positive: int | None) -> Named:
    """Figures of decided classes.

    Args:
        counts: Each of shape (..., classes).
        positive: The id of the positive label, where there are two.
    """
    precision, recall = decisions.precision_by_class(counts), decisions.recall_by_class(counts)
    f1 = decisions.f1_by_class(counts)
    named = {
        "accuracy": decisions.accuracy(counts),
        "balanced_accuracy": decisions.balanced_accuracy(counts),
        "macro_precision": decisions.macro(precision, counts),
        "macro_recall": decisions.macro(recall, counts),
        "macro_f1": decisions.macro(f1, counts),
        "weighted_f1": decisions.weighted(f1, counts),
        "mcc": decisions.matthews_correlation(counts),
    }
    if positive is not None:
        own = {"f1": f1, "precision": precision, "recall": recall}
        named |= {name: by_class[..., positive] for name, by_class in own.items()}
    return named


@dataclass(frozen=True)
class ScaleFigures:
    """Figures of labels that are numbers.

    Attributes:
        labels: True class ids, shape (rows,).
        predicted: Shape (rows,).
        scale: The number of each class, shape (classes,).
    """

    labels: Ids
    predicted: Ids
    scale: Floats

    def __call__(self, weights: Weights) -> Named:
        """Take weights of shape (..., rows)."""
        off = mean_absolute_error(self.labels, self.predicted, self.scale, weights)
        ranks = np.argsort(np.argsort(self.scale))
        kappa = quadratic_kappa(ranks[self.labels], ranks[self.predicted], weights)
        named = {"mean_absolute_error": off}
        return named if kappa is None else named | {"quadratic_kappa": kappa}


@dataclass(frozen=True)
class RowFigures:
    """Figures that are means over rows.

    Attributes:
        rows: The log loss and the Brier score of each row, shape (rows, 2).
    """

    rows: Floats

    @classmethod
    def of(cls, logits: Logits, shares: Floats, labels: Ids) -> RowFigures:
        """Rows by their logits and probabilities, of shape (rows, classes)."""
        columns = (row_losses(logits, labels), row_brier_scores(shares, labels))
        return cls(np.stack(columns, axis=1))

    def __call__(self, weights: Weights) -> Named:
        """Take weights of shape (..., rows)."""
        means = mean(self.rows, weights)
        return {"loss": means[..., 0], "brier_score": means[..., 1]}


@dataclass(frozen=True)
class Areas:
    """The areas under the curves of one class against the rest; at least one row is of it."""

    ranking: Ranking

    def __call__(self, weights: Weights) -> Named:
        """Take weights of shape (..., rows)."""
        curve = self.ranking.curve(weights)
        precision = {"average_precision": curve.average_precision()}
        if self.ranking.one_class:
            return precision
        return precision | {"roc_auc": curve.roc_auc()}
