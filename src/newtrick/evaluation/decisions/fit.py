"""Logits and labels of validation rows ─► decisions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from newtrick.data.dataset import LabelSet, Targets
from newtrick.evaluation.arrays import Floats, Ids, Logits
from newtrick.evaluation.calibration import calibrated
from newtrick.evaluation.decisions.conformal import least_probability
from newtrick.evaluation.decisions.document import (
    Abstention,
    Decisions,
    LabelDecisions,
    LabelThreshold,
    Sets,
)
from newtrick.evaluation.decisions.labels import fit_label_decisions
from newtrick.evaluation.decisions.selection import select
from newtrick.evaluation.decisions.temperature import fit_temperature
from newtrick.evaluation.decisions.thresholds import Aim
from newtrick.recipe import DecisionSettings


def fit_either(
    logits: Logits, targets: Targets, labels: LabelSet, settings: DecisionSettings, *, head: str
) -> Decisions | LabelDecisions:
    """Fit decisions of the kind that the labels ask for; see `fit_decisions`."""
    if labels.multi_label:
        truth = targets.astype(np.bool_, copy=False)
        return fit_label_decisions(logits, truth, labels, settings, head=head)
    ids = targets.astype(np.int64, copy=False)
    return fit_decisions(logits, ids, labels, settings, head=head)


def fit_decisions(
    logits: Logits, labels: Ids, label_set: LabelSet, settings: DecisionSettings, *, head: str
) -> Decisions:
    """Fit everything that a model decides by.

    Args:
        logits: Of rows that the model was not trained on, shape (rows, classes), at least one.
        labels: True class ids, shape (rows,).
        label_set: The classes in the order of the logits.
        settings: What is wanted.
        head: The hash of the model's classification head.
    """
    temperature = fit_temperature(logits, labels)
    shares = calibrated(logits, temperature.value)
    answers = select(shares.max(axis=1), shares.argmax(axis=1) == labels, settings.abstain_accuracy)
    own = shares[np.arange(len(labels)), labels]
    return Decisions(
        labels=label_set.names,
        head=head,
        rows=len(labels),
        temperature=temperature.value,
        temperature_at_bound=temperature.at_bound,
        abstention=Abstention(
            accuracy=settings.abstain_accuracy,
            threshold=answers.threshold,
            assured=answers.assured,
        ),
        sets=Sets(
            coverage=settings.coverage, least_probability=least_probability(own, settings.coverage)
        ),
        thresholds=tuple(_thresholds(shares, labels, label_set, settings)),
        costs=settings.costs or None,
    )


def _thresholds(
    shares: Floats, labels: Ids, label_set: LabelSet, settings: DecisionSettings
) -> Iterable[LabelThreshold]:
    """For two classes that of the positive one, else one for each."""
    aim = Aim.of(settings)
    if aim is None:
        return
    positive = label_set.positive_id
    for label in range(len(label_set)) if positive is None else [positive]:
        found = aim.threshold(shares[:, label], labels == label)
        yield LabelThreshold(
            label=label_set.names[label],
            wanted=aim.wanted,
            share=aim.share,
            threshold=found.threshold,
            assured=found.assured,
        )
