"""Logits and labels ─► Scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from newtrick.data.dataset import LabelSet
from newtrick.evaluation import figures
from newtrick.evaluation.arrays import Floats, Ids, Logits, Weights
from newtrick.evaluation.intervals import (
    SEED,
    Interval,
    Resampling,
    design_effect,
    percentile_intervals,
    share_interval,
    unseen_rows,
    with_unseen_rows,
)
from newtrick.evaluation.metrics.decisions import (
    Counts,
    f1_by_class,
    precision_by_class,
    recall_by_class,
)
from newtrick.evaluation.metrics.probability import calibration_error, softmax
from newtrick.evaluation.metrics.ranking import Ranking
from newtrick.evaluation.scores import LabelScores, Scores

MOST_AREAS = 50
"""Areas under more curves than these, one for each label, have no interval: it takes too long."""


@dataclass(frozen=True)
class _Measured:
    """Figures by name, and the intervals of those that have one."""

    values: dict[str, float]
    intervals: dict[str, Interval]

    @classmethod
    def of(cls, values: figures.Named, draws: figures.Named) -> _Measured:
        found = {name: float(value) for name, value in values.items()}
        return cls(found, percentile_intervals(draws, values))


def score(
    logits: Logits,
    labels: Ids,
    label_set: LabelSet,
    *,
    groups: Ids | None = None,
) -> Scores:
    """Score predictions against labels.

    Args:
        logits: Shape (rows, classes), at least one row.
        labels: True class ids, shape (rows,).
        label_set: The classes in the order of the logits.
        groups: The group of each row as a number from 0 on, where rows share one; shape (rows,).
    """
    decided = score_decisions(logits.argmax(axis=1), labels, label_set, groups=groups)
    shares = softmax(logits)
    by_row = figures.RowFigures.of(logits, shares, labels)
    resampling = Resampling(len(labels), groups)
    likely = _Measured.of(by_row(np.ones(len(labels))), resampling.draw(by_row))
    areas = _areas(shares, labels, label_set, groups)
    return decided.model_copy(
        update={
            **likely.values,
            **areas.values,
            "calibration_error": calibration_error(shares, labels),
            "intervals": {**decided.intervals, **likely.intervals, **areas.intervals},
        }
    )


def score_decisions(
    predicted: Ids,
    labels: Ids,
    label_set: LabelSet,
    *,
    loss: float | None = None,
    groups: Ids | None = None,
) -> Scores:
    """Score decided classes; `loss` is absent where there are no logits."""
    rows, classes = len(labels), len(label_set)
    positive = label_set.positive_id
    counts, right = Counts.of(labels, predicted, classes), labels == predicted
    worth = design_effect(right, groups)
    chance = np.random.default_rng(SEED)

    def resampled(weights: Weights) -> figures.Named:
        drawn = Counts.of(labels, predicted, classes, weights)
        unseen = unseen_rows(drawn, chance, worth)
        return figures.of_counts(with_unseen_rows(drawn, unseen), positive)

    resampling = Resampling(rows, groups)
    decided = _Measured.of(figures.of_counts(counts, positive), resampling.draw(resampled))
    if label_set.scale is not None:
        by_row = figures.ScaleFigures(labels, predicted, np.array(label_set.scale))
        off = _Measured.of(by_row(np.ones(rows)), resampling.draw(by_row))
        decided = _Measured(decided.values | off.values, decided.intervals | off.intervals)
    decided.intervals.pop("accuracy", None)  # it has a better one
    return Scores(
        rows=rows,
        groups=None if groups is None else len(np.unique(groups)),
        loss=loss,
        accuracy_interval=share_interval(right, groups),
        intervals=decided.intervals,
        by_label=scores_by_label(counts, label_set),
        **decided.values,
    )


def _areas(shares: Floats, labels: Ids, label_set: LabelSet, groups: Ids | None) -> _Measured:
    """The areas under the curves of the positive label, or their mean over the labels present."""
    positive = label_set.positive_id
    wanted = np.unique(labels) if positive is None else np.intersect1d(labels, positive)
    resampling = Resampling(len(labels), groups, passes=max(len(wanted), 1))
    values, draws = [], []
    for label in wanted:
        area = figures.Areas(Ranking.of(shares[:, label], labels == label))
        values.append(area(np.ones(len(labels))))
        if len(wanted) <= MOST_AREAS:
            draws.append(resampling.draw(area))
    return _Measured.of(_mean(values), _mean(draws))


def _mean(found: Sequence[figures.Named]) -> figures.Named:
    """The mean of each figure, over all that have it."""
    names = found[0] if found else ()
    return {name: np.mean([named[name] for named in found], axis=0) for name in names}


def scores_by_label(counts: Counts, label_set: LabelSet) -> dict[str, LabelScores]:
    """How each label fared; `counts` are of all rows, each of shape (classes,)."""
    columns = (precision_by_class(counts), recall_by_class(counts), f1_by_class(counts))
    return {
        name: LabelScores(precision=precision, recall=recall, f1=f1, support=support)
        for name, precision, recall, f1, support in zip(
            label_set, *columns, counts.true.astype(int), strict=True
        )
    }
