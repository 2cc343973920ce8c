"""Logits and labels of rows that have any number of them ─► Scores.

The accuracy is the share of rows with exactly the labels that they should have; the other figures
are of the decisions about single labels. Intervals draw rows, each with all of its labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.arrays import Flags, Floats, Ids, Logits, Weights
from newtrick.evaluation.figures import Areas, Named
from newtrick.evaluation.intervals import (
    SEED,
    Interval,
    Resampling,
    design_effect,
    percentile_intervals,
    share_interval,
    unseen_rows,
)
from newtrick.evaluation.metrics import decisions
from newtrick.evaluation.metrics.decisions import Counts
from newtrick.evaluation.metrics.multilabel import count_flags, label_row_losses
from newtrick.evaluation.metrics.ranking import Ranking
from newtrick.evaluation.metrics.weighting import mean
from newtrick.evaluation.score import MOST_AREAS, scores_by_label
from newtrick.evaluation.scores import Scores

_MOST_RANKED = 2_500_000
"""Areas over more rows and labels than these have no interval: it takes too long."""


def score_labels(
    logits: Logits, truth: Flags, labels: LabelSet, *, groups: Ids | None = None
) -> Scores:
    """Score probabilities, and the labels that are more probable than not.

    Args:
        logits: Shape (rows, labels), at least one row.
        truth: Shape (rows, labels).
        labels: In the order of the logits.
        groups: The group of each row as a number from 0 on, where rows share one; shape (rows,).
    """
    losses = label_row_losses(logits, truth)
    decided = score_label_decisions(
        logits > 0, truth, labels, loss=float(losses.mean()), groups=groups
    )
    draws = Resampling(len(losses), groups).draw(lambda weights: {"loss": mean(losses, weights)})
    areas, intervals = _areas(logits, truth, groups)
    intervals |= percentile_intervals(draws, {"loss": losses.mean()})
    return decided.model_copy(
        update={**areas, "intervals": {**decided.intervals, **intervals}},
    )


def score_label_decisions(
    decided: Flags,
    truth: Flags,
    labels: LabelSet,
    *,
    loss: float | None = None,
    groups: Ids | None = None,
) -> Scores:
    """Score decided labels, both of shape (rows, labels); `loss` is absent without logits."""
    right = (decided == truth).all(axis=1)
    wrong = (decided != truth).mean(axis=1)
    tables = _Tables.of(decided, truth)
    worth, chance = design_effect(right, groups), np.random.default_rng(SEED)

    def resampled(weights: Weights) -> Named:
        counts = tables.counts(weights)
        drawn = {
            **_of_labels(_with_unseen(counts, chance, worth)),
            **_of_all(_with_unseen(_together(counts), chance, worth)),
            "hamming_loss": mean(wrong, weights),
        }
        # Of a label that is never named, no rows could tell the precision.
        return {name: draws for name, draws in drawn.items() if name != "macro_precision"}

    counts = count_flags(truth, decided)
    figures = {
        **_of_labels(counts),
        **_of_all(_together(counts)),
        "hamming_loss": np.array(wrong.mean()),
    }
    draws = Resampling(len(truth), groups).draw(resampled)
    return Scores(
        rows=len(truth),
        groups=None if groups is None else len(np.unique(groups)),
        loss=loss,
        accuracy=float(right.mean()),
        accuracy_interval=share_interval(right, groups),
        intervals=percentile_intervals(draws, figures),
        by_label=scores_by_label(counts, labels),
        **{name: float(figure) for name, figure in figures.items()},
    )


@dataclass(frozen=True)
class _Tables:
    """Which rows have a label, are given it, and both; each sparse, of shape (labels, rows)."""

    hits: csr_array
    true: csr_array
    predicted: csr_array

    @classmethod
    def of(cls, decided: Flags, truth: Flags) -> _Tables:
        return cls(*(_table(flags) for flags in (decided & truth, truth, decided)))

    def counts(self, weights: Weights) -> Counts:
        """The weights of the rows that each label has; from shape (..., rows) to (..., labels)."""
        return Counts(*(_sums(table, weights) for table in (self.hits, self.true, self.predicted)))


def _table(flags: Flags) -> csr_array:
    rows, labels = np.nonzero(flags)
    ones = np.ones(len(rows), dtype=np.float32)
    return csr_array((ones, (labels, rows)), shape=(flags.shape[1], flags.shape[0]))


def _sums(table: csr_array, weights: Weights) -> Floats:
    sums: Floats = (table @ weights.T).T.astype(np.float64)
    return sums


def _together(counts: Counts) -> Counts:
    """The decisions about all labels as if they were about one."""
    parts = (counts.hits, counts.true, counts.predicted)
    return Counts(*(part.sum(axis=-1, keepdims=True) for part in parts))


def _with_unseen(counts: Counts, chance: np.random.Generator, worth: float) -> Counts:
    """Add a row or less that is found, one that is missed, and one that is named wrongly."""
    found, missed = unseen_rows(counts, chance, worth)
    named, _ = unseen_rows(counts, chance, worth)
    return Counts(
        hits=counts.hits + found,
        true=counts.true + found + missed,
        predicted=counts.predicted + found + named,
    )


def _of_labels(counts: Counts) -> Named:
    """Means over all labels; one that no row has and none is given counts 0."""
    f1 = decisions.f1_by_class(counts)
    return {
        "macro_f1": f1.mean(axis=-1),
        "macro_precision": decisions.precision_by_class(counts).mean(axis=-1),
        "macro_recall": decisions.recall_by_class(counts).mean(axis=-1),
        "weighted_f1": decisions.weighted(f1, counts),
    }


def _of_all(together: Counts) -> Named:
    """Of all decisions in one."""
    return {
        "micro_f1": decisions.f1_by_class(together)[..., 0],
        "micro_precision": decisions.precision_by_class(together)[..., 0],
        "micro_recall": decisions.recall_by_class(together)[..., 0],
    }


def _areas(
    logits: Logits, truth: Flags, groups: Ids | None
) -> tuple[dict[str, float], dict[str, Interval]]:
    """The mean areas under the curves of the labels that some rows have, and their intervals."""
    present = np.flatnonzero(truth.any(axis=0))
    resampling = Resampling(len(truth), groups, passes=max(len(present), 1))
    values: dict[str, list[Floats]] = {"roc_auc": [], "average_precision": []}
    draws: dict[str, list[Floats]] = {name: [] for name in values}
    for label in present:
        areas = Areas(Ranking.of(logits[:, label], truth[:, label]))
        for name, value in areas(np.ones(len(truth))).items():
            values[name].append(value)
        if len(present) <= MOST_AREAS and len(present) * len(truth) <= _MOST_RANKED:
            for name, drawn in resampling.draw(areas).items():
                draws[name].append(drawn)
    means = {name: float(np.mean(found)) for name, found in values.items() if found}
    drawn_means = {name: np.mean(drawn, axis=0) for name, drawn in draws.items() if drawn}
    return means, percentile_intervals(drawn_means, means)
