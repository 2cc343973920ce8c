"""Rows with any number of labels: which are named, fitted on validation rows and checked on others.

Every label has its threshold. Nothing is withheld and there are no prediction sets: a row without a
label is an answer, and a label that is not sure enough is one that is not named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.arrays import Flags, Floats, Ids, Logits
from newtrick.evaluation.calibration import label_reliability
from newtrick.evaluation.decisions.document import LabelDecisions
from newtrick.evaluation.decisions.f1 import f1_thresholds
from newtrick.evaluation.decisions.scores import CalibrationScores, LabelDecisionScores, LabelRule
from newtrick.evaluation.decisions.temperature import fit_label_temperature
from newtrick.evaluation.decisions.thresholds import Aim
from newtrick.evaluation.metrics.multilabel import label_row_losses, sigmoid
from newtrick.evaluation.multilabel_score import score_label_decisions
from newtrick.recipe import DecisionSettings


@dataclass(frozen=True)
class LabelDecision:
    """What to do with one text: `flagged` are the labels that reach their threshold."""

    flagged: tuple[str, ...]


def fit_label_decisions(
    logits: Logits, truth: Flags, labels: LabelSet, settings: DecisionSettings, *, head: str
) -> LabelDecisions:
    """Fit a temperature, and a threshold for each label.

    Args:
        logits: Of rows that the model was not trained on, shape (rows, labels), at least one.
        truth: Shape (rows, labels).
        labels: In the order of the logits.
        settings: A wanted precision or recall; without, thresholds are those of the best F1.
        head: The hash of the model's classification head.
    """
    temperature = fit_label_temperature(logits, truth)
    shares = sigmoid(logits / temperature.value)
    return LabelDecisions(
        labels=labels.names,
        head=head,
        rows=len(truth),
        temperature=temperature.value,
        temperature_at_bound=temperature.at_bound,
        rules=tuple(_rules(shares, truth, labels, settings)),
    )


def _rules(
    shares: Floats, truth: Flags, labels: LabelSet, settings: DecisionSettings
) -> Iterator[LabelRule]:
    aim = Aim.of(settings)
    if aim is None:
        for name, threshold in zip(labels, f1_thresholds(shares, truth).tolist(), strict=True):
            yield LabelRule(label=name, wanted="f1", threshold=threshold)
        return
    for label, name in enumerate(labels):
        found = aim.threshold(shares[:, label], truth[:, label])
        yield LabelRule(
            label=name,
            wanted=aim.wanted,
            share=aim.share,
            threshold=found.threshold,
            assured=found.assured,
        )


def flag_labels(decisions: LabelDecisions, logits: Logits) -> Flags:
    """The labels that reach their threshold, shape (texts, labels)."""
    shares = sigmoid(logits / decisions.temperature)
    # Where no threshold keeps a wanted precision the label is never named, for a recall always.
    missing = [0.0 if rule.wanted == "recall" else np.inf for rule in decisions.rules]
    least = [rule.threshold for rule in decisions.rules]
    flags: Flags = shares >= [b if a is None else a for a, b in zip(least, missing, strict=True)]
    return flags


def flag_each(decisions: LabelDecisions, logits: Logits) -> Iterator[LabelDecision]:
    """The same, one text at a time."""
    names = np.array(decisions.labels, dtype=object)
    for flags in flag_labels(decisions, logits):
        yield LabelDecision(tuple(names[flags]))


def check_label_decisions(
    decisions: LabelDecisions, logits: Logits, truth: Flags, groups: Ids | None = None
) -> LabelDecisionScores:
    """Measure on rows that the decisions were not fitted on.

    Args:
        decisions: Fitted for the model that gave the logits.
        logits: Shape (rows, labels), at least one row.
        truth: Shape (rows, labels).
        groups: The group of each row as a number, where rows share one; shape (rows,).
    """
    calmed = logits / np.float32(decisions.temperature)
    before, after = (label_reliability(sigmoid(each), truth) for each in (logits, calmed))
    labels = LabelSet.of_several(decisions.labels)
    return LabelDecisionScores(
        fitted_on_rows=decisions.rows,
        temperature=decisions.temperature,
        temperature_at_bound=decisions.temperature_at_bound,
        calibration=CalibrationScores(
            error_before=before.error,
            error=after.error,
            error_by_chance=after.error_by_chance,
            loss_before=float(label_row_losses(logits, truth).mean()),
            loss=float(label_row_losses(calmed, truth).mean()),
        ),
        rules=decisions.rules,
        flagged=score_label_decisions(flag_labels(decisions, logits), truth, labels, groups=groups),
    )
