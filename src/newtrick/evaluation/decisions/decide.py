"""Decisions and logits ─► what to do with each text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from newtrick.data.dataset import LabelSet
from newtrick.evaluation.arrays import Flags, Floats, Ids, Logits
from newtrick.evaluation.calibration import calibrated
from newtrick.evaluation.decisions.conformal import prediction_sets
from newtrick.evaluation.decisions.costs import cheapest, cost_matrix
from newtrick.evaluation.decisions.document import Decisions, LabelThreshold


@dataclass(frozen=True)
class Decision:
    """What to do with one text.

    Attributes:
        answer: The most probable label; None where it is not sure enough.
        confidence: Its calibrated probability.
        set: The labels of the prediction set, the most probable first.
        flagged: The labels whose probability reaches their threshold; None without thresholds.
        cheapest: The label with the least expected cost; None without costs.
    """

    answer: str | None
    confidence: float
    set: tuple[str, ...]
    flagged: tuple[str, ...] | None = None
    cheapest: str | None = None


@dataclass(frozen=True)
class Decided:
    """What to do with many texts; see `Decision`.

    Attributes:
        shares: Calibrated probabilities, shape (texts, classes).
        answered: Whether an answer is given, shape (texts,).
        sets: The labels of the prediction sets, shape (texts, classes).
        named: For each threshold whether its label is named, shape (texts, thresholds).
        cheapest: Class ids, shape (texts,); None without costs.
    """

    shares: Floats
    answered: Flags
    sets: Flags
    named: Flags
    cheapest: Ids | None


def decide(decisions: Decisions, logits: Logits) -> Decided:
    """Apply decisions.

    Args:
        decisions: Fitted for the model that gave the logits.
        logits: Shape (texts, classes).
    """
    shares = calibrated(logits, decisions.temperature)
    surest = shares.max(axis=1)
    at_least = decisions.abstention.threshold
    named = [_is_named(shares, threshold, decisions) for threshold in decisions.thresholds]
    return Decided(
        shares=shares,
        answered=np.zeros(len(shares), dtype=bool) if at_least is None else surest >= at_least,
        sets=prediction_sets(shares, decisions.sets.least_probability),
        named=np.column_stack([np.zeros((len(shares), 0), dtype=bool), *named]),
        cheapest=None
        if decisions.costs is None
        else cheapest(shares, cost_matrix(decisions.costs, LabelSet.of(decisions.labels))),
    )


def _is_named(shares: Floats, threshold: LabelThreshold, decisions: Decisions) -> Flags:
    if threshold.threshold is None:
        return np.full(len(shares), threshold.wanted == "recall")
    named: Flags = shares[:, decisions.labels.index(threshold.label)] >= threshold.threshold
    return named


def decide_each(decisions: Decisions, logits: Logits) -> Iterator[Decision]:
    """The same, one text at a time."""
    decided = decide(decisions, logits)
    names = decisions.labels
    order = np.argsort(-decided.shares, axis=1, kind="stable")
    for place, labels in enumerate(order):
        best = labels[0]
        named = zip(decisions.thresholds, decided.named[place], strict=True)
        yield Decision(
            answer=names[best] if decided.answered[place] else None,
            confidence=float(decided.shares[place, best]),
            set=tuple(names[label] for label in labels[decided.sets[place, labels]]),
            flagged=tuple(threshold.label for threshold, is_named in named if is_named)
            if decisions.thresholds
            else None,
            cheapest=None if decided.cheapest is None else names[decided.cheapest[place]],
        )
