"""Decisions on test rows: whether they keep what they promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from newtrick.data.dataset import LabelSet, Targets
from newtrick.evaluation.arrays import Flags, Ids, Logits
from newtrick.evaluation.calibration import (
    Reliability,
    calibrated,
    reliability,
)
from newtrick.evaluation.decisions.abstention import RiskCoverage, risk_coverage
from newtrick.evaluation.decisions.costs import cost_matrix
from newtrick.evaluation.decisions.decide import Decided, decide
from newtrick.evaluation.decisions.document import Decisions, LabelDecisions
from newtrick.evaluation.decisions.labels import check_label_decisions
from newtrick.evaluation.decisions.scores import (
    AbstentionScores,
    CalibrationScores,
    CostScores,
    DecisionScores,
    LabelDecisionScores,
    SetScores,
    ThresholdScores,
)
from newtrick.evaluation.intervals import share_interval
from newtrick.evaluation.metrics.probability import log_loss


@dataclass(frozen=True)
class Curves:
    """What the pictures of decisions are drawn from.

    Attributes:
        before: The reliability of the model's own probabilities.
        after: That of the calibrated ones.
        risk: Against coverage, by calibrated probabilities.
    """

    before: Reliability
    after: Reliability
    risk: RiskCoverage


def check_decisions(
    decisions: Decisions, logits: Logits, labels: Ids, groups: Ids | None = None
) -> DecisionScores:
    """Measure on rows that the decisions were not fitted on.

    Args:
        decisions: Fitted for the model that gave the logits.
        logits: Shape (rows, classes), at least one row.
        labels: True class ids, shape (rows,).
        groups: The group of each row as a number, where rows share one; shape (rows,).
    """
    decided = decide(decisions, logits)
    before, after = (
        reliability(calibrated(logits, 1.0), labels),
        reliability(decided.shares, labels),
    )
    return DecisionScores(
        fitted_on_rows=decisions.rows,
        temperature=decisions.temperature,
        temperature_at_bound=decisions.temperature_at_bound,
        calibration=CalibrationScores(
            error_before=before.error,
            error=after.error,
            error_by_chance=after.error_by_chance,
            loss_before=log_loss(logits, labels),
            loss=log_loss(logits / np.float32(decisions.temperature), labels),
        ),
        abstention=_check_abstention(decisions, decided, labels, groups),
        sets=_check_sets(decisions, decided, labels, groups),
        thresholds=tuple(_check_thresholds(decisions, decided, labels)) or None,
        costs=_check_costs(decisions, decided, labels),
    )


def check_either(
    decisions: Decisions | LabelDecisions | None,
    logits: Logits,
    targets: Targets,
    groups: Ids | None = None,
) -> Mapping[str, DecisionScores | LabelDecisionScores]:
    """Measure decisions of either kind, where there are any.

    Returns:
        The field `decisions` or `label_decisions` of a result.
    """
    if isinstance(decisions, LabelDecisions):
        truth = targets.astype(np.bool_, copy=False)
        return {"label_decisions": check_label_decisions(decisions, logits, truth, groups)}
    if decisions is None:
        return {}
    ids = targets.astype(np.int64, copy=False)
    return {"decisions": check_decisions(decisions, logits, ids, groups)}


def curves(decisions: Decisions, logits: Logits, labels: Ids) -> Curves:
    """Follow calibration and risk on the same rows; see `check_decisions`."""
    shares = calibrated(logits, decisions.temperature)
    return Curves(
        before=reliability(calibrated(logits, 1.0), labels),
        after=reliability(shares, labels),
        risk=risk_coverage(shares.max(axis=1), shares.argmax(axis=1) == labels),
    )


def _check_abstention(
    decisions: Decisions, decided: Decided, labels: Ids, groups: Ids | None
) -> AbstentionScores:
    wanted = decisions.abstention
    right = decided.shares.argmax(axis=1) == labels
    given = right[decided.answered]
    groups_given = None if groups is None else groups[decided.answered]
    return AbstentionScores(
        wanted_accuracy=wanted.accuracy,
        threshold=wanted.threshold,
        assured=wanted.assured,
        coverage=float(decided.answered.mean()),
        accuracy=_share(given),
        accuracy_interval=share_interval(given, groups_given) if len(given) else None,
        area_under_risk_coverage=risk_coverage(decided.shares.max(axis=1), right).area,
    )


def _check_sets(
    decisions: Decisions, decided: Decided, labels: Ids, groups: Ids | None
) -> SetScores:
    holds = decided.sets[np.arange(len(labels)), labels]
    sizes = decided.sets.sum(axis=1)
    return SetScores(
        stated_coverage=decisions.sets.coverage,
        least_probability=decisions.sets.least_probability,
        coverage=float(holds.mean()),
        coverage_interval=share_interval(holds, groups),
        mean_size=float(sizes.mean()),
        single_share=float((sizes == 1).mean()),
    )


def _check_thresholds(
    decisions: Decisions, decided: Decided, labels: Ids
) -> Iterator[ThresholdScores]:
    for threshold, named in zip(decisions.thresholds, decided.named.T, strict=True):
        is_label = labels == decisions.labels.index(threshold.label)
        yield ThresholdScores(
            label=threshold.label,
            wanted=threshold.wanted,
            share=threshold.share,
            threshold=threshold.threshold,
            assured=threshold.assured,
            precision=_share(is_label[named]),
            recall=_share(named[is_label]),
        )


def _check_costs(decisions: Decisions, decided: Decided, labels: Ids) -> CostScores | None:
    if decisions.costs is None or decided.cheapest is None:
        return None
    costs = cost_matrix(decisions.costs, LabelSet.of(decisions.labels))
    return CostScores(
        cheapest=float(costs[labels, decided.cheapest].mean()),
        most_probable=float(costs[labels, decided.shares.argmax(axis=1)].mean()),
    )


def _share(hits: Flags) -> float | None:
    return float(hits.mean()) if len(hits) else None
